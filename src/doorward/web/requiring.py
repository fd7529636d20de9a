"""Requiring a second factor by role. Nobody can require what would lock everybody out."""

from __future__ import annotations

from doorward.core.factors import DEMANDS, NOBODY
from doorward.errors import BadRequest, Conflict
from doorward.store import factors, kit_settings
from doorward.web.here import Here


def require_second_factor(at: Here, demand: str) -> None:
    """From the next request on, require a second factor of nobody, of administrators or of everybody.

    Errors:
        BadRequest: `demand` is none of `core.factors.DEMANDS`.
        Conflict: who asks for it has none, or has no way back if the device is lost.
    """
    if demand not in DEMANDS:
        raise BadRequest
    with at.door.store.transaction(at.caller) as tx:
        if demand != NOBODY and not may_require(at, factors.codes_left(tx.db, at.caller.id)):
            raise Conflict("Set up a second factor of your own first, and keep its recovery codes.")
        before = kit_settings.second_factor_of(tx.db)
        kit_settings.require_second_factor(tx, demand)
        tx.journal("security.second_factor", of=demand or "nobody", before=before or "nobody")


def may_require(at: Here, codes_left: int) -> bool:
    """Has the caller a second factor, and a way back if the device is lost?

    Arguments:
        codes_left: how many recovery codes the caller has not used yet.
    """
    # A strong session means that the account has a factor: with the last one its sessions become weak, or end.
    return at.session is not None and at.session.is_strong and codes_left > 0
