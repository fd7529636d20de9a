"""What pages show of the caller's factors: which there are, when they were used, how many recovery codes are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from doorward.core.factors import is_required
from doorward.store import factors, kit_settings
from doorward.web.here import Here


@dataclass(frozen=True, slots=True)
class FactorState:
    """The second factors of one account.

    Arguments:
        totp: when the authenticator app was set up; None without one.
        totp_used: when a code of it was last used.
        codes_left: how many recovery codes were not used yet.
        codes_made: when these were made.
        others: how many factors there are besides the authenticator app.
        required: whether the account's roles ask for a second factor.
    """

    totp: datetime | None
    totp_used: datetime | None
    codes_left: int
    codes_made: datetime | None
    required: bool
    others: int = 0

    @property
    def any(self) -> bool:
        """Does signing in ask for more than the password?"""
        return self.totp is not None


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
        )
