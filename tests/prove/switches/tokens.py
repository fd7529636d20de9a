"""Signed notes and access tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from doorward.core.secrets import KeyRing
from doorward.store import tokens
from doorward.web.checks import token
from tests.prove.switches import Switch, replaced, wrapped

_keys_for, _unsign = KeyRing._keys_for, KeyRing.unsign


def _unchecked(_self: KeyRing, _purpose: str, signed: str, *_: Any) -> str:
    return signed.rpartition(".")[0].rpartition(".")[0]


def _for_ever(self: KeyRing, purpose: str, signed: str, max_age: timedelta | None, now: Any) -> str:
    return _unsign(self, purpose, signed, None, now)


def _one_key(self: KeyRing, use: str, _purpose: str) -> tuple[bytes, ...]:
    return _keys_for(self, use, "everything")


def _never_over(why: Callable[..., str]) -> Callable[..., str]:
    return lambda _expires_at, *rest: why(None, *rest)


SWITCHES = (
    Switch("token expiry", wrapped(tokens, "why_dead", _never_over), "The secrets of tokens expire."),
    Switch(
        "end of replaced secrets",
        replaced(tokens, "_end_by", lambda *_: None),
        "A secret that was replaced ends when its overlap is over.",
    ),
    Switch("note signatures", replaced(KeyRing, "unsign", _unchecked), "Notes are believed if their signature holds."),
    Switch("note dates", replaced(KeyRing, "unsign", _for_ever), "Notes are believed for as long as they are meant."),
    Switch("note purposes", replaced(KeyRing, "_keys_for", _one_key), "No two kinds of notes share a key."),
    Switch(
        "tokens in addresses",
        replaced(token, "_refuse_in_address", lambda _at: None),
        "A token in an address is refused, and written down.",
    ),
)
