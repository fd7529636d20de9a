"""Signing in, second step: the password was right, and the account has a second factor."""

from __future__ import annotations

from doorward.store import accounts, identities
from doorward.store.models import Account
from doorward.store.transaction import Transaction
from doorward.web import pending
from doorward.web.here import Here
from doorward.web.pending import Pending, StepExpired
from doorward.web.signing_in import actor_of, attempt, journal_failure, must_still_hold, start_session
from doorward.web.typed_codes import Checked, WrongCode, use_typed


def answer_with_code(at: Here, typed: str) -> None:
    """Open the session if the typed code is right.

    Errors:
        WrongCode, LockedOut; StepExpired when there is no sign-in under way in this browser.
    """
    begun, account = sign_in_under_way(at)
    with attempt(at, account.name_key, account, second=True) as taken:
        checked = _open_if_right(at, begun, account, typed)
        if checked.factor is None:
            journal_failure(at, account, checked.reason, event="factor.refused")
            raise WrongCode
        at.door.limiter.give_back(*taken)


def _open_if_right(at: Here, begun: Pending, account: Account, typed: str) -> Checked:
    with at.door.store.transaction(actor_of(at, account)) as tx:
        must_still_hold(tx, account)
        checked = use_typed(at, tx, account.id, typed)
        if checked.factor is not None:
            open_after(at, tx, begun, account, checked.factor)
    return checked


def open_after(at: Here, tx: Transaction, begun: Pending, account: Account, factor: str) -> None:
    """Open the session: what came first was right, and now the second factor is."""
    pending.use_up(at, tx, begun)
    start_session(at, tx, account, keep=begun.keep, factors_used=(begun.factor, factor))
    if begun.identity is not None and at.session is not None:
        identities.note_session(tx, at.session.id, *begun.identity)


def sign_in_under_way(at: Here) -> tuple[Pending, Account]:
    """What this browser has begun, and for whom.

    Errors:
        StepExpired: nothing, or it does not hold any more.
    """
    begun = pending.pending_here(at)
    if begun is None:
        raise StepExpired
    with at.door.store.reading() as db:
        account = accounts.by_id(db, begun.account_id)
        if begun.identity is not None and not identities.is_of(db, begun.identity[0], begun.account_id):
            raise StepExpired  # it was unlinked in the meantime
    if account is None or account.status != accounts.ACTIVE or not pending.still_holds(begun, account):
        raise StepExpired
    return begun, account
