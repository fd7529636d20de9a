"""What the gate decides: who may enter, by which method, and whether a page of ours sent it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import MapAdapter

from doorward.store import sessions
from doorward.store.tokens import Found
from doorward.web import gate
from doorward.web.checks import caller, csrf, rule, token
from tests.prove.sound import app as sound
from tests.prove.switches import Switch, replaced, wrapped


def without(check: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Takes a check out of the gate."""

    def off(patch: pytest.MonkeyPatch) -> None:
        for order in ("ORDER", "ORDER_WITHOUT_ROUTE"):
            patch.setattr(gate, order, tuple(one for one in getattr(gate, order) if one is not check))

    return off


def judging(change: Callable[[Any, Any], tuple[Any, Any]]) -> Callable[[pytest.MonkeyPatch], None]:
    """Judges by another rule, or another caller, than those of the request."""

    return wrapped(rule, "judge", lambda judge: lambda demanded, actor, *rest: judge(*change(demanded, actor), *rest))


def _ended_sessions_live_on(patch: pytest.MonkeyPatch) -> None:
    """What was found once is believed for ever, as a cache would."""
    kept: dict[str, sessions.Found] = {}

    def find(db: Any, identifier: str) -> sessions.Found | None:
        found = sessions.find(db, identifier)
        if found is not None:
            kept[identifier] = found
        return kept.get(identifier)

    patch.setattr(caller, "sessions", SimpleNamespace(find=find, touch=sessions.touch))


def _programs_are_their_owners(patch: pytest.MonkeyPatch) -> None:
    judging(lambda demanded, actor: (demanded, replace(actor, scopes=None)))(patch)
    patch.setattr(token, "seen_behind", lambda _rule, actor: actor)


def _any_method(patch: pytest.MonkeyPatch) -> None:
    """A path answers to every method as it does to the one that its way names."""
    match = MapAdapter.match

    def matched(self: MapAdapter, *args: Any, **kwargs: Any) -> Any:
        try:
            return match(self, *args, **kwargs)
        except MethodNotAllowed as refused:
            named = list(refused.valid_methods or ["GET"])
            return match(self, *args, **{**kwargs, "method": next((one for one in named if one == "POST"), named[0])})

    patch.setattr(MapAdapter, "match", matched)


def _anybodys_note(db: Any, actor: Any, note_id: int) -> Any:
    found = db.execute(sound.text("SELECT * FROM notes WHERE id = :id"), {"id": min(note_id, 2**62)}).one_or_none()
    if found is None:
        raise sound.NotFound
    return found


def _anybodys_paper(db: Any, actor: Any, paper_id: int) -> Any:
    found = db.execute(sound.text("SELECT * FROM papers WHERE id = :id"), {"id": min(paper_id, 2**62)}).one_or_none()
    if found is None:
        raise sound.NotFound
    return found


def _of_anybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sound, "own_note", _anybodys_note)
    patch.setattr(sound, "own_paper", _anybodys_paper)


SWITCHES = (
    Switch("rule", without(rule.check), "The gate asks whether the caller satisfies the rule of the way."),
    Switch(
        "role",
        judging(lambda demanded, actor: (replace(demanded, roles=frozenset()), actor)),
        "A rule that names roles lets in only who has one of them.",
    ),
    Switch(
        "fresh",
        judging(lambda demanded, actor: (replace(demanded, fresh=False), actor)),
        "The rule `fresh` lets in only who has proved within minutes who they are.",
    ),
    Switch("scope", _programs_are_their_owners, "A token opens only ways whose scopes it carries."),
    Switch("token", replaced(Found, "why_dead", lambda *_: ""), "A token that was revoked or has expired is refused."),
    Switch("owner", _of_anybody, "The app fetches objects through their owner."),
    Switch(
        "session lookup",
        _ended_sessions_live_on,
        "Sessions are looked up on the server at every request.",
        from_start=True,
    ),
    Switch("csrf token", replaced(csrf, "token_holds", lambda *_: True), "A change needs its session's CSRF token."),
    Switch(
        "csrf headers",
        replaced(csrf, "browser_says_foreign", lambda *_: None),
        "A change is refused where the browser's headers name another site.",
    ),
    Switch("methods", _any_method, "A way answers only to the methods that it names."),
)
