"""Ways in: that all are known, and that each asks for what the account asks for."""

from __future__ import annotations

from typing import Any

import pytest

from doorward.core import passkeys
from doorward.core.access import HOST
from doorward.core.factors import PROVIDER, PROVIDER_SECOND
from doorward.core.names import name_key
from doorward.store import accounts
from doorward.web import signing_in
from doorward.web.here import here
from doorward.web.oidc import arriving, flow
from tests.prove.sound import app as sound
from tests.prove.switches import Switch, replaced, wrapped
from tests.prove.switches.sessions import Instead

_remember = sound.remember


def _guests_are_let_in(answer: Any, name: str, value: str) -> None:
    """Whoever chooses a theme for the first time is somebody from then on."""
    at = here()
    if not sound.recall("theme") and not at.caller.is_signed_in:
        with at.door.store.transaction(HOST) as tx:
            guest = accounts.by_name_key(tx.db, name_key("prove-other"))
            if guest is not None:
                signing_in.start_session(at, tx, guest, keep=False)
    _remember(answer, name, value)


def _providers_are_enough(patch: pytest.MonkeyPatch) -> None:
    start = arriving.start_session
    both = (PROVIDER, PROVIDER_SECOND)
    patch.setattr(arriving, "factors", Instead(arriving.factors, has_second=lambda *_: False))
    patch.setattr(arriving, "start_session", lambda *rest, **more: start(*rest, **{**more, "factors_used": both}))


SWITCHES = (
    Switch(
        "documented ways in",
        replaced(sound, "remember", _guests_are_let_in),
        "People are signed in by the documented ways, and by no other.",
    ),
    Switch(
        "second factor after a provider",
        _providers_are_enough,
        "Where there is a second factor, a provider alone opens nothing.",
    ),
    Switch(
        "second factor in listed words",
        replaced(flow, "counts_as_second_factor", lambda _provider, claims: bool(claims.get("amr"))),
        "A second factor at a provider counts in the words that the operator has listed.",
    ),
    Switch(
        "verified passkeys",
        wrapped(passkeys, "check_use", lambda check: lambda *rest, verified: check(*rest, verified=False)),
        "A passkey without a password has verified the person.",
    ),
)
