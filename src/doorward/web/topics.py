"""Topics: which live streams there are, and who may listen. A kind that nobody registered does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from doorward.core.access import PUBLIC, Caller, Rule, seen_behind
from doorward.web.here import here

MayListen = Callable[[Caller, str], bool]

_kinds: dict[str, MayListen] = {}
_rules: dict[str, Rule] = {}
_people: dict[str, str] = {}


def topic(kind: str, *, people_to: str | None = None, scopes: Sequence[str] = ()) -> Callable[[MayListen], MayListen]:
    """Register who may listen to the topics named `kind:key`.

    Arguments:
        kind: such as "polls.audience".
        people_to: the kind of topic that is told how many browsers listen to this one: an event of type
            "people" with `{"count": n}` on `people_to:key` whenever the number changes.
        scopes: what a token must carry. Where it does not carry them all, or none are named, the function is asked
            about a visitor: a token brings nothing of its owner along. A scope that no route names must have its
            meaning in `Doorward(app, scopes=…)`, so that it can be given to a token.

    The decorated function gets the caller and the key, and answers whether the stream may open. It runs inside the
    request that opens it, so cookies can be read.
    """

    def register(may_listen: MayListen) -> MayListen:
        _kinds[kind] = may_listen
        _rules[kind] = Rule(scopes=frozenset(scopes))
        if people_to is not None:
            _people[kind] = people_to
        return may_listen

    return register


def may_listen(caller: Caller, name: str) -> bool:
    """May this caller open the topic of this name?

    Arguments:
        caller: all that the caller is; for whoever holds a token, from `whole_caller`.
    """
    kind, _, key = name.partition(":")
    judge = _kinds.get(kind)
    return judge is not None and judge(seen_behind(_rules.get(kind, PUBLIC), caller), key) is True


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


def live_cursor() -> str:
    """Where the live events stand now. Read it before the snapshot, and give both to the page."""
    return here().door.store.publisher.cursor()


def live_listeners(name: str) -> int:
    """How many browsers listen to a topic right now."""
    return here().door.store.publisher.listeners(name)
