"""Changing one's own password: the current one is asked, the new one is judged, every other session ends."""

from __future__ import annotations

from unicodedata import normalize

from doorward.core.password_rules import judge_change, judge_reuse
from doorward.core.problems import as_sentences
from doorward.errors import Conflict, Invalid, NotFound
from doorward.store import accounts, factors, sessions
from doorward.store.models import Account
from doorward.web import telling
from doorward.web.confirming import asks_for_code, check_own_password, must_be_fresh_with_factor, own_account
from doorward.web.here import Here
from doorward.web.new_passwords import judge_new_password, profile_of, shortest
from doorward.web.oidc.linking import has_password
from doorward.web.signing_in import LockedOut, WrongCredentials, hold_session, own_session


def change_password(at: Here, current: str, password: str, again: str) -> None:
    """Give the caller's account a new password (OWASP ASVS 6.2.2, 6.2.3, 7.4.3).

    An account that is entered by a provider has none yet: it gets its first, if its owner has just signed in.

    Errors:
        Invalid: with a sentence for each field that is wrong; nothing was changed.
        SignInAgain: the account has a second factor or no password, and nothing was proved just now.
    """
    must_be_fresh_with_factor(at)
    account = _who_may_change(at, current)
    second_factor = asks_for_code(at)
    problems = judge_new_password(at.door.parts, password, again, account.name, second_factor=second_factor)
    problems = problems or _history_problems(at, account, password)
    if problems:
        raise Invalid(problems)
    needs_factor = len(normalize("NFC", password)) < shortest(at.door.parts)
    _replace(at, account, at.door.hashing.hash(password), needs_factor=needs_factor)


def _who_may_change(at: Here, current: str) -> Account:
    try:
        return own_account(at) if not has_password(at) else check_own_password(at, current)
    except (WrongCredentials, LockedOut) as wrong:
        raise Invalid({"current_password": wrong.message}) from wrong


def _history_problems(at: Here, account: Account, password: str) -> dict[str, str]:
    if not accounts.has_password(account):
        return {}
    too_soon = judge_change(account.password_changed_at, at.now, profile_of(at.door.parts))
    return {"password": as_sentences(too_soon)} if too_soon else judge_reused(at, account, password)


def judge_reused(at: Here, account: Account, password: str) -> dict[str, str]:
    """What is wrong with a password that the account had before, by field, as far as the profile looks back."""
    profile = profile_of(at.door.parts)
    with at.door.store.reading() as db:
        earlier = accounts.earlier_hashes(db, account, max(1, profile.history))
    problems = judge_reuse(password, earlier, profile, at.door.hashing.verify)
    return {"password": as_sentences(problems)} if problems else {}


def _replace(at: Here, account: Account, password_hash: str, *, needs_factor: bool) -> None:
    assert at.session is not None  # nosec B101  # (the rule of the route let only sessions in)
    with at.door.store.transaction(at.caller) as tx:
        mine = accounts.held(tx, account.id)
        if mine is None:
            raise NotFound
        if needs_factor and not factors.has_second(tx.db, account.id):
            raise Conflict  # the second factor was taken away while the password was judged
        keep = profile_of(at.door.parts).history
        accounts.replace_password(tx, mine, password_hash, keep, needs_factor=needs_factor)
        ended = sessions.end_all(tx, account.id, but=at.session.id)
        identifier = sessions.rotate(tx, at.session.id)
        tx.journal("account.password_changed", on=f"account:{account.id}", sessions_ended=ended)
        telling.tell(at, tx, account.id, account.name, telling.PASSWORD_CHANGED)
        found = own_session(tx, identifier)
    hold_session(at, found, identifier)
