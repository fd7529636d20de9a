"""Signing in and out: what happens between the form and the session.

The answer and its time do not tell whether a name exists: an unknown name costs the same hash, counts the same
failures and reads the same sentence (OWASP ASVS 6.3.8).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from flask import flash, request, session

from doorward.core.access import Caller
from doorward.core.factors import PASSWORD, is_strong
from doorward.core.journal import FAILED, REFUSED
from doorward.core.names import name_key
from doorward.core.passwords import Verdict
from doorward.core.transport import address_group
from doorward.errors import Limited, NotSignedIn, Refused
from doorward.store import accounts, factors, notices, sessions
from doorward.store.accounts import ACTIVE, UNVERIFIED, WAITING
from doorward.store.limits import LimitReached, Taken
from doorward.store.models import Account
from doorward.store.transaction import Transaction
from doorward.web import pending, telling
from doorward.web.agents import browser_name
from doorward.web.checks.caller import as_caller, lifetimes
from doorward.web.cookies import SESSION, cookie_header
from doorward.web.devices import known_browser, remember_browser
from doorward.web.here import Here
from doorward.web.token_sign_in import end_participation

_log = logging.getLogger("doorward.signing_in")

LONGEST_NAME = 200


class WrongCredentials(Refused):
    """The one answer to a wrong name, a wrong password, and an account that may not sign in."""

    code = "wrong_credentials"
    status = 401
    default = "The user name or the password is not right."


class WaitsForApproval(WrongCredentials):
    """Only who knows the password is told that the account is there and waits."""

    code = "waits_for_approval"
    status = 403
    default = "Your account waits for approval. Ask the person who runs this site, then sign in again."


class NotVerified(WrongCredentials):
    """Only who knows the password is told that the account's e-mail address waits to be verified.

    Arguments:
        account_id: whose.
    """

    code = "address_not_verified"
    status = 403
    default = "Your e-mail address was not verified yet."

    def __init__(self, account_id: str) -> None:
        super().__init__()
        self.account_id = account_id


class LockedOut(Limited):
    """Too many failures: for a while not even the right password is tried."""

    code = "locked_out"
    default = "Too many attempts that did not work. Wait a while, then try again."


class SecondFactorMissing(Refused):
    """A session was to be opened with less than its account asks for. No page leads here: it is the last lock."""

    code = "second_factor_missing"
    status = 401
    default = "This account asks for a second factor. Sign in with it."


def sign_in(at: Here, name: str, password: str, *, keep: bool) -> bool:
    """Open a session for who knows the password; or, where the account has a second factor, begin the second step.

    Arguments:
        name, password: as typed.
        keep: whether the browser stays signed in after it was closed.

    Results:
        True for a session; False when a second factor is asked for now, and nothing is open yet.

    Errors:
        WrongCredentials, WaitsForApproval, LockedOut; Unavailable when too many others are signing in right now.
    """
    key = name_key(name[:LONGEST_NAME])
    with at.door.store.reading() as db:
        account = accounts.by_name_key(db, key)
    with attempt(at, key, account) as taken:
        verdict = _verdict(at, account, password)
        if account is None or not verdict.ok or account.status not in (ACTIVE, WAITING, UNVERIFIED):
            journal_failure(at, account, "blocked" if verdict.ok and account else "wrong password")
            raise WrongCredentials
        at.door.limiter.give_back(*taken)
    if account.status == WAITING:
        journal_failure(at, account, "waits for approval")
        raise WaitsForApproval
    if account.status == UNVERIFIED:
        journal_failure(at, account, "address not verified")
        raise NotVerified(account.id)
    upgraded = at.door.hashing.hash(password) if verdict.upgrade else None
    with at.door.store.transaction(actor_of(at, account)) as tx:
        must_still_hold(tx, account)
        if upgraded is not None:
            accounts.upgrade_hash(tx, account.id, account.password_hash, upgraded)
        if factors.has_second(tx.db, account.id):
            tx.journal("session.password_accepted", on=f"account:{account.id}")
            pending.begin(at, account, keep=keep)
            return False
        start_session(at, tx, account, keep=keep)
        return True


def must_still_hold(tx: Transaction, account: Account) -> None:
    """Hashing takes its time: a block or a new password meanwhile ended all sessions, and this shall be none more."""
    now = accounts.held(tx, account.id)
    if now is None or now.status != ACTIVE or now.password_changed_at != account.password_changed_at:
        raise WrongCredentials


@contextmanager
def attempt(at: Here, key: str, account: Account | None, *, second: bool = False) -> Iterator[tuple[Taken, ...]]:
    """Count the attempt before the work, so that a hundred guesses at once cannot slip through together.

    Arguments:
        key: the name, in the form in which names are compared.
        account: whose it is, if there is one.
        second: whether a second factor is tried.
    """
    known = known_browser(at, account.id) if account is not None else None
    wanted = at.door.limits.of_sign_in(key, address_group(at.client.address), known, second=second)
    with ExitStack() as stack:
        try:
            taken = stack.enter_context(at.door.parts.attempts.begun(wanted))
        except LimitReached as limited:
            at.standings.append(limited.standing)
            if at.door.limits.may_journal(at.door.limiter, at.client.address):
                journal_failure(at, account, "locked out", event="session.locked_out")
            raise LockedOut(limited.retry_after) from None
        yield taken


def _verdict(at: Here, account: Account | None, password: str) -> Verdict:
    if account is None:
        at.door.hashing.verify_nobody(password)
        return Verdict(ok=False, upgrade=False)
    return at.door.hashing.verify(account.password_hash, password)


def journal_failure(at: Here, account: Account | None, reason: str, event: str = "session.refused") -> None:
    # What was typed as a name may be a password in the wrong field, so unknown names are not written down.
    with at.door.store.transaction(actor_of(at, account)) as tx:
        outcome = REFUSED if event == "session.locked_out" else FAILED
        on = f"account:{account.id}" if account is not None else "account:(unknown)"
        tx.journal(event, on=on, outcome=outcome, reason=reason if account is not None else "unknown name")


def actor_of(at: Here, account: Account | None) -> Caller:
    """Who tries is not known yet: the journal shows the account it was tried on, and from where."""
    name = account.name if account is not None else ""
    return Caller(account_id=account.id if account else None, name=name, address=at.client.address)


def start_session(
    at: Here, tx: Transaction, account: Account, *, keep: bool, factors_used: Iterable[str] = (PASSWORD,)
) -> None:
    """Open a session and give it to this browser in place of whatever it had (no fixation, OWASP ASVS 7.2.4).

    Arguments:
        factors_used: what was proved, of `core.factors`.

    Errors:
        SecondFactorMissing: the account has a second factor, and none was proved.
    """
    used = tuple(factors_used)
    accounts.held(tx, account.id)  # so that no factor is set up between this look and the session
    if not is_strong(used) and factors.has_second(tx.db, account.id):
        raise SecondFactorMissing
    if at.caller.is_signed_in and at.session is not None:  # asking for the caller looks the session up
        sessions.end(tx, at.session.id)
    end_participation(at, tx)
    # Looked at first: opening a session notes that the account was seen.
    is_new = account.seen_at is not None and known_browser(at, account.id) is None
    identifier, session_id = sessions.open_session(
        tx, account.id, agent=request.headers.get("User-Agent", ""), keep=keep, factors=used
    )
    told = "+".join(used)
    on = f"account:{account.id}"
    tx.journal("session.started", on=on, session=session_id, kept=keep, factors=told, new_browser=is_new)
    tx.db.flush()
    found = sessions.find(tx.db, identifier)
    assert found is not None  # nosec B101  # (it was written a line above, in this transaction)
    _forget_page_session()
    for notice in notices.collect(tx, account.id):
        flash(notice, "warn")
    if is_new:
        notices.leave(tx, account.id, _new_browser(at))
        telling.tell(at, tx, account.id, account.name, telling.NEW_BROWSER)
    remember_browser(at, account.id)
    hold_session(at, found, identifier)


def _new_browser(at: Here) -> str:
    browser = browser_name(request.headers.get("User-Agent", ""))
    seen = f"Somebody signed in from a new browser ({browser}, {at.client.address})."
    return f"{seen} If it was not you, change your password."


def _forget_page_session() -> None:
    if session:  # clearing an empty one would send a cookie that deletes nothing
        session.clear()


def hold_session(at: Here, found: sessions.Found, identifier: str) -> None:
    """Set the cookie, and let the rest of this request run as its owner."""
    at.set_cookies.append(cookie_header(at, SESSION, identifier, _cookie_life(at, found)))
    at.become(as_caller(found, at.client.address), found, identifier)


def _cookie_life(at: Here, found: sessions.Found) -> timedelta | None:
    if at.door.settings.session_per_tab or not found.keep:
        return None
    return lifetimes(at, found.roles).absolute


def sign_out(at: Here) -> None:
    """End this browser's session at once, and what the browser kept of it."""
    if at.caller.is_signed_in and at.session is not None:
        session_id, account_id = at.session.id, at.session.account_id
        with at.door.store.transaction(at.caller) as tx:
            sessions.end(tx, session_id)
            tx.journal("session.ended", on=f"account:{account_id}", session=session_id)
    if at.participant is not None:
        with at.door.store.transaction(at.caller) as tx:
            end_participation(at, tx)
    forget_browser(at)


def forget_browser(at: Here) -> None:
    """From here on this browser is nobody's: its cookies, and what it kept of the pages, go."""
    _forget_page_session()
    at.set_cookies.append(cookie_header(at, SESSION, "", timedelta(0)))
    at.clear_site_data = True
    at.become(Caller(address=at.client.address), None, None)


def own_session(tx: Transaction, identifier: str) -> sessions.Found:
    """The caller's session after a rotation.

    Errors:
        NotSignedIn: it was ended, or its account blocked, while the password was checked; nothing is changed.
    """
    tx.db.flush()
    found = sessions.find(tx.db, identifier)
    if found is None or found.status != ACTIVE:
        raise NotSignedIn
    return found
