"""What slows guessing down, and what keeps answers from telling who is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doorward.core import transport
from doorward.core.passwords import Verdict
from doorward.store.limits import Limiter, Taken
from doorward.web import signing_in
from tests.prove.switches import Switch, replaced, wrapped


def uncounted(*names: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Lets limits of these names count nothing."""

    def around(take: Callable[..., Taken]) -> Callable[..., Taken]:
        def taken(self: Limiter, limit: Any, key: str, cost: int = 1) -> Taken:
            if limit.name in names:
                return Taken(limit, key, cost, None, self.peek(limit, key))
            return take(self, limit, key, cost)

        return taken

    return wrapped(Limiter, "take", around)


def _leftmost(nearest: Any, forwarded: str, trusted: Any) -> Any:
    return transport._address(forwarded.split(",")[0].strip()) or nearest


def _says_who_is_there(at: Any, account: Any, password: str) -> Verdict:
    if account is None:
        at.door.hashing.verify_nobody(password)
        raise signing_in.WrongCredentials("There is no account of this name.")
    return at.door.hashing.verify(account.password_hash, password)


def _saves_work(at: Any, account: Any, password: str) -> Verdict:
    if account is None:
        return Verdict(ok=False, upgrade=False)
    return at.door.hashing.verify(account.password_hash, password)


SWITCHES = (
    Switch(
        "lockout",
        uncounted("sign-in-account", "sign-in-browser", "second-step"),
        "After a few failures for one account nothing more is tried, except from browsers it knows.",
    ),
    Switch("sign-in limit per address", uncounted("sign-in"), "One place may fail to sign in only so often."),
    Switch(
        "trusted proxies",
        replaced(transport, "_walk", _leftmost),
        "Only what a named proxy has written says where a request comes from.",
    ),
    Switch("same answer", replaced(signing_in, "_verdict", _says_who_is_there), "Refused sign-ins all read the same."),
    Switch(
        "same work",
        replaced(signing_in, "_verdict", _saves_work),
        "A name that nobody has costs the same hash as one that somebody has.",
        settings={"hash_profile": "rfc9106"},
    ),
    Switch("setup limit", uncounted("setup"), "One place may try only a few links that the host has printed."),
    Switch(
        "token sign-in limit",
        uncounted("token-sign-in"),
        "One place may fail to sign in with tokens only so often.",
    ),
    Switch("token limit", uncounted("tokens-refused"), "One place may try only so many tokens."),
)
