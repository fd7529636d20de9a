"""What pages show of the caller's factors: which there are, when they were used, how many recovery codes are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doorward.core.factors import is_required
from doorward.store import factors, kit_settings, passkeys
from doorward.store.factor_models import Passkey
from doorward.web.challenges import place_here
from doorward.web.here import Here


@dataclass(frozen=True, slots=True)
class PasskeyState:
    """One passkey.

    Arguments:
        name: the person's own name for it.
        rp_id: the host at which it works.
        here: whether that is the host of this page.
        synced: whether it is kept on more than one device.
    """

    id: int
    name: str
    rp_id: str
    here: bool
    synced: bool
    created: datetime
    used: datetime | None


@dataclass(frozen=True, slots=True)
class FactorState:
    """The second factors of one account.

    Arguments:
        totp: when the authenticator app was set up; None without one.
        totp_used: when a code of it was last used.
        codes_left: how many recovery codes were not used yet.
        codes_made: when these were made.
        required: whether the account's roles ask for a second factor.
        passkeys: the account's, oldest first.
    """

    totp: datetime | None
    totp_used: datetime | None
    codes_left: int
    codes_made: datetime | None
    required: bool
    passkeys: tuple[PasskeyState, ...] = ()

    @property
    def any(self) -> bool:
        """Does signing in ask for more than the password?"""
        return self.totp is not None or bool(self.passkeys)

    @property
    def passkey_here(self) -> bool:
        """Is there a passkey that works under the address of this page?"""
        return any(passkey.here for passkey in self.passkeys)


def factor_state(at: Here, account_id: str = "") -> FactorState:
    """The factors of the caller, or of the account that is signing in."""
    whose = account_id or at.caller.id
    with at.door.store.reading() as db:
        app = factors.totp(db, whose)
        confirmed = app is not None and app.secret is not None
        return FactorState(
            totp=app.confirmed_at if app is not None and confirmed else None,
            totp_used=app.used_at if app is not None and confirmed else None,
            codes_left=factors.codes_left(db, whose),
            codes_made=factors.codes_made_at(db, whose),
            required=is_required(kit_settings.second_factor_of(db), at.caller.roles),
            passkeys=tuple(_shown(at, passkey) for passkey in passkeys.of_account(db, whose)),
        )


def _shown(at: Here, passkey: Passkey) -> PasskeyState:
    place = place_here(at)
    return PasskeyState(
        id=passkey.id,
        name=passkey.name,
        rp_id=passkey.rp_id,
        here=place is not None and place.rp_id == passkey.rp_id,
        synced=passkey.backed_up,
        created=passkey.created_at,
        used=passkey.used_at,
    )
