"""Proving again who one is: for the rule `fresh`, and before one's own password or factors change."""

from __future__ import annotations

from doorward.core.access import Rule, judge
from doorward.core.passkeys import Unproved
from doorward.store import accounts, factors, sessions
from doorward.store.accounts import BLOCKED
from doorward.store.models import Account
from doorward.web import passkeys
from doorward.web.challenges import CONFIRM
from doorward.web.here import Here
from doorward.web.oidc.linking import forget_confirmation, has_password, provider_confirmed
from doorward.web.passkeys import Claim
from doorward.web.signing_in import WrongCredentials, attempt, hold_session, journal_failure, own_session
from doorward.web.typed_codes import use_typed

_EVENT = "session.confirm_refused"
_WRONG_CODE = "The password or the code is not right."
_WRONG_PASSKEY = "That did not work with this passkey. If it asked for no PIN or finger, type the password too."


def confirm(at: Here, password: str, code: str = "", claim: Claim | None = None) -> None:
    """Prove again who one is. The session gets a new identifier.

    Arguments:
        password: the account's.
        code: of its second factor, where it has one: of an authenticator app, or a recovery code.
        claim: the answer of a passkey instead of the code; and of the password too, if it has verified the person.

    Errors:
        WrongCredentials, LockedOut: as when signing in.
    """
    account = _confirm_both(at, password, code, claim) if asks_for_code(at) else check_own_password(at, password)
    renew_session(at, account)


def _confirm_both(at: Here, password: str, code: str, claim: Claim | None) -> Account:
    """One answer for both, so that a stolen session does not learn which of the two was right."""
    account = own_account(at)
    with attempt(at, account.name_key, account, second=True) as taken:
        problem = _use_passkey(at, account, claim, password) if claim else _use_both(at, account, password, code)
        if problem:
            journal_failure(at, account, problem, event=_EVENT)
            raise WrongCredentials(_WRONG_PASSKEY if claim else _WRONG_CODE)
        at.door.limiter.give_back(*taken)
        forget_confirmation(at)
    return account


def _use_both(at: Here, account: Account, password: str, code: str) -> str:
    """Why password and code prove nothing; empty when they do. A wrong password uses no code up."""
    return _use_code(at, account, code) if _came_first(at, account, password) else "wrong password"


def _came_first(at: Here, account: Account, password: str) -> bool:
    """What comes before a code: the password, or that a provider has just asked again who it is."""
    return provider_confirmed(at) or at.door.hashing.verify(account.password_hash, password).ok


def _use_passkey(at: Here, account: Account, claim: Claim, password: str) -> str:
    """Why the passkey proves nothing; empty when it does. Only one that verified the person stands for the password."""
    passkey, _ = passkeys.owner_of(at, claim)
    if passkey is None:
        return "unknown passkey"
    try:
        proved = passkeys.check(at, claim, passkey, CONFIRM, owner=account.id)
    except Unproved as problem:
        return str(problem)
    if not proved.verified and not _came_first(at, account, password):
        return "wrong password"
    with at.door.store.transaction(at.caller) as tx:
        passkeys.note_use(tx, passkey, proved)
    return ""


def _use_code(at: Here, account: Account, code: str) -> str:
    """Why the code proves nothing; empty when it does, and is used up."""
    with at.door.store.transaction(at.caller) as tx:
        return use_typed(at, tx, account.id, code).reason


def asks_for_code(at: Here) -> bool:
    """Has the caller's account a second factor?"""
    with at.door.store.reading() as db:
        return factors.has_second(db, at.caller.id)


def renew_session(at: Here, account: Account) -> None:
    """The caller has proved who they are: from now on the session counts as fresh."""
    assert at.session is not None  # nosec B101  # (the rule of the route let only sessions in)
    with at.door.store.transaction(at.caller) as tx:
        identifier = sessions.rotate(tx, at.session.id)
        tx.journal("session.confirmed", on=f"account:{account.id}", session=at.session.id)
        found = own_session(tx, identifier)
    hold_session(at, found, identifier)


def must_be_fresh_with_factor(at: Here) -> None:
    """For pages that ask for the password themselves: what else there is must have been proved just now too.

    Errors:
        SignInAgain: there is a second factor, or no password to ask for, and the session is not fresh.
    """
    refusal = judge(Rule(fresh=True), at.caller, at.now, at.door.settings.fresh_for)
    if refusal is not None and (asks_for_code(at) or not has_password(at)):
        raise refusal


def check_own_password(at: Here, password: str) -> Account:
    """The caller's account, if this is its password; failures count as those of signing in do."""
    account = own_account(at)
    with attempt(at, account.name_key, account) as taken:
        if not at.door.hashing.verify(account.password_hash, password).ok:
            journal_failure(at, account, "wrong password", event=_EVENT)
            raise WrongCredentials("The password is not right.")
        at.door.limiter.give_back(*taken)
    return account


def own_account(at: Here) -> Account:
    """The caller's account, as it is now."""
    with at.door.store.reading() as db:
        account = accounts.by_id(db, at.caller.id)
    if account is None or account.status == BLOCKED:
        raise WrongCredentials
    return account
