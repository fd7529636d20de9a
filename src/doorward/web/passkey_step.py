"""Signing in with a passkey: without a password, or as the second step after one."""

from __future__ import annotations

from doorward.core.factors import PASSKEY
from doorward.core.passkeys import Proved, Unproved
from doorward.store.accounts import ACTIVE
from doorward.store.factor_models import Passkey
from doorward.store.models import Account
from doorward.web import passkeys, pending
from doorward.web.challenges import SECOND_STEP, SIGN_IN
from doorward.web.here import Here
from doorward.web.passkeys import Claim, WrongPasskey
from doorward.web.second_step import open_after, sign_in_under_way
from doorward.web.signing_in import actor_of, attempt, journal_failure, must_still_hold, start_session

_LONGEST_KEY = 200


def sign_in_with_passkey(at: Here, claim: Claim, *, keep: bool) -> bool:
    """Open a session for who holds the passkey, and was verified by the device that holds it. Always True.

    Errors:
        WrongPasskey, LockedOut.
    """
    passkey, account = passkeys.owner_of(at, claim)
    # A credential id that we do not know counts like a name that we do not know.
    key = account.name_key if account is not None else f"passkey {claim.credential_id or ''}"[:_LONGEST_KEY]
    with attempt(at, key, account) as taken:
        proved = _proved(at, claim, passkey, account, SIGN_IN, "")
        assert passkey is not None  # nosec B101  # (otherwise nothing was proved)
        assert account is not None  # nosec B101  # (the same)
        with at.door.store.transaction(actor_of(at, account)) as tx:
            must_still_hold(tx, account)
            passkeys.note_use(tx, passkey, proved)
            pending.forget(at)
            start_session(at, tx, account, keep=keep, factors_used=(PASSKEY,))
        at.door.limiter.give_back(*taken)
    return True


def answer_with_passkey(at: Here, claim: Claim) -> None:
    """Second step: open the session if the passkey is one of the account whose password was right.

    Errors:
        WrongPasskey, LockedOut; StepExpired when there is no sign-in under way in this browser.
    """
    begun, account = sign_in_under_way(at)
    passkey, owner = passkeys.owner_of(at, claim)
    with attempt(at, account.name_key, account, second=True) as taken:
        mine = account if owner is not None and owner.id == account.id else None
        proved = _proved(at, claim, passkey, mine, SECOND_STEP, account.id)
        assert passkey is not None  # nosec B101  # (otherwise nothing was proved)
        with at.door.store.transaction(actor_of(at, account)) as tx:
            must_still_hold(tx, account)
            passkeys.note_use(tx, passkey, proved)
            open_after(at, tx, begun, account, PASSKEY)
        at.door.limiter.give_back(*taken)


def _proved(
    at: Here, claim: Claim, passkey: Passkey | None, account: Account | None, purpose: str, owner: str
) -> Proved:
    """What the claim proves, or one refusal for every reason, with the reason in the journal."""
    try:
        may = account is not None and account.status == ACTIVE
        proved = passkeys.check(at, claim, passkey if account is not None else None, purpose, owner=owner)
        if not may:
            raise Unproved("blocked")
        return proved
    except Unproved as problem:
        journal_failure(at, account, str(problem), event="factor.refused")
        raise WrongPasskey from problem
