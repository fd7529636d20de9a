"""How sessions begin and end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import update

from doorward.store import sessions
from doorward.store.models import SessionRecord
from doorward.web import change_password, people, signing_in
from doorward.web.checks import caller
from doorward.web.here import here
from tests.prove.switches import Switch, replaced


class Instead:
    """A module in which some names mean something else, for one of those who use it."""

    def __init__(self, module: ModuleType, **others: Any) -> None:
        self._module, self._others = module, others

    def __getattr__(self, name: str) -> Any:
        return self._others[name] if name in self._others else getattr(self._module, name)


def instead(user: Any, module: str, **others: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """Lets `user` find other functions in a module, and nobody else."""
    return replaced(user, module, Instead(getattr(user, module), **others))


def _same_identifier(tx: Any, session_id: int, factors: Any = None) -> str:
    tx.db.execute(update(SessionRecord).where(SessionRecord.id == session_id).values(confirmed_at=tx.now))
    return str(here().identifier)


def _numbered_identifiers(patch: pytest.MonkeyPatch) -> None:
    numbers = count(1)
    patch.setattr(sessions, "new_identifier", lambda: f"session-number-{next(numbers):028d}")


SWITCHES = (
    Switch(
        "session rotation",
        replaced(sessions, "rotate", _same_identifier),
        "A session has a new identifier as soon as it stands for more than before.",
    ),
    Switch("session identifier", _numbered_identifiers, "Identifiers of sessions are 256 random bits."),
    Switch("session lifetime", replaced(caller, "is_alive", lambda *_: True), "Sessions end when unused, or too old."),
    Switch(
        "session end at sign-out",
        instead(signing_in, "sessions", end=lambda *_: None),
        "Signing out ends the session on the server.",
    ),
    Switch(
        "session end at password change",
        instead(change_password, "sessions", end_all=lambda *_, **__: 0),
        "A new password ends all other sessions.",
    ),
    Switch(
        "session end with the account",
        replaced(people, "_end_everything", lambda *_: 0),
        "Blocking, deleting, or signing somebody out ends all of that person's sessions.",
        from_start=True,
    ),
)
