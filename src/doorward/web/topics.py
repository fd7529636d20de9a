"""Topics: which live streams there are, and who may listen. A kind that nobody registered does not exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from doorward.core.access import PUBLIC, Caller, Rule, seen_behind
from doorward.core.limits import limit_of
from doorward.core.streams import Event, Json, ListenerMark
from doorward.core.transport import address_group
from doorward.errors import NotFound
from doorward.web.here import here

MayListen = Callable[[Caller, str], bool | ListenerMark]

_kinds: dict[str, MayListen] = {}
_rules: dict[str, Rule] = {}
_people: dict[str, str] = {}
_named: set[str] = set()

_MOST_TOLD = 1000
#: How often anybody may tell something to listeners, in one topic and in all; and how often all may in one topic.
_TELLING = limit_of("live.telling", "120/minute", per="account", on_store_failure="open")
_TOLD = limit_of("live.told", "20/second", per="topic", on_store_failure="open")


def topic(
    kind: str, *, people_to: str | None = None, names_people: bool = False, scopes: Sequence[str] = ()
) -> Callable[[MayListen], MayListen]:
    """Register who may listen to the topics named `kind:key`.

    Arguments:
        kind: such as "polls.audience".
        people_to: the kind of topic that is told how many browsers listen to this one: an event of type
            "people" with `{"count": n}` on `people_to:key` whenever the number changes.
        names_people: whether its own listeners are told which accounts listen: an event of type "people" with
            `{"count": n, "accounts": […]}`, without accounts where there are more than fifty. For topics of members.
        scopes: what a token must carry. Where it does not carry them all, or none are named, the function is asked
            about a visitor: a token brings nothing of its owner along. A scope that no route names must have its
            meaning in `Doorward(app, scopes=…)`, so that it can be given to a token.

    The decorated function gets the caller and the key, and answers whether the stream may open. It runs inside the
    request that opens it, so cookies can be read. In the place of True it may answer with a
    `ListenerMark`: `publisher.cut_topic(name, mark=…)` then takes the topic from who has it under this mark, and from
    nobody else. Whatever else it answers, a text for one, opens nothing.
    """

    def register(may_listen: MayListen) -> MayListen:
        _kinds[kind] = may_listen
        _rules[kind] = Rule(scopes=frozenset(scopes))
        if people_to is not None:
            _people[kind] = people_to
        if names_people:
            _named.add(kind)
        return may_listen

    return register


def may_listen(caller: Caller, name: str) -> bool:
    """May this caller open the topic of this name?

    Arguments:
        caller: all that the caller is; for whoever holds a token, from `whole_caller`.
    """
    return right_to(caller, name) is not None


def right_to(caller: Caller, name: str) -> str | None:
    """The mark under which this caller may open a topic; empty where there is none. None: they may not."""
    kind, _, key = name.partition(":")
    judge = _kinds.get(kind)
    answer = judge(seen_behind(_rules.get(kind, PUBLIC), caller), key) if judge is not None else False
    if isinstance(answer, ListenerMark):
        return answer.text
    return "" if answer is True else None


def kinds_of_topics() -> list[str]:
    """Every kind that is registered in this process."""
    return sorted(_kinds)


def scopes_of_topics() -> dict[str, list[str]]:
    """Every scope that some kind of topic names, with the kinds that do, as `stream polls.audience`."""
    found: dict[str, list[str]] = {}
    for kind, rule in sorted(_rules.items()):
        for scope in sorted(rule.scopes):
            found.setdefault(scope, []).append(f"stream {kind}")
    return found


def people_counts() -> Mapping[str, str]:
    """Which kinds of topic are counted, and which kind is told."""
    return dict(_people)


def named_people() -> frozenset[str]:
    """Which kinds of topic tell their listeners who is there."""
    return frozenset(_named)


def live_tell(name: str, type: str, data: Json, *, newest: str | None = None) -> None:
    """Tell something to whoever listens to a topic at this moment, such as that somebody is typing.

    It costs no transaction, is stored nowhere and never replayed. Only who may listen may tell: who holds the topic's
    stream was asked when it opened, and loses it the moment the right ends; anybody else is asked now.

    Arguments:
        name: the topic, `kind:key`.
        type, data, newest: as in `doorward.core.streams.Event`; data of at most 1,000 bytes of JSON.

    Errors:
        NotFound: the caller may not listen to it, or there is no such topic. Limited: more than 120 a minute by one
        account, or more than 20 a second on one topic. ValueError: more data than that.
    """
    at = here()
    publisher = at.door.store.publisher
    flood = at.door.parts.flood
    flood.take(_TELLING, at.caller.holder or at.caller.visitor or address_group(at.client.address))
    holds = at.caller.account_id is not None and publisher.listens(name, at.caller.account_id)
    if not holds and not may_listen(at.caller, name):
        raise NotFound
    if len(json.dumps(data)) > _MOST_TOLD:
        raise ValueError(f"what is told to {name} in passing is longer than {_MOST_TOLD} bytes")
    flood.take(_TOLD, name)
    publisher.tell(Event(name, type, data, newest))


def live_people(name: str) -> list[str]:
    """The accounts that listen right now to a topic that names its people; none when there are more than fifty."""
    return list(here().door.store.publisher.people(name))


def live_cursor() -> str:
    """Where the live events stand now. Read it before the snapshot, and give both to the page."""
    return here().door.store.publisher.cursor()


def live_listeners(name: str) -> int:
    """How many browsers listen to a topic right now."""
    return here().door.store.publisher.listeners(name)
