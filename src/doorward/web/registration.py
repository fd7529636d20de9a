"""Open registration: who may make an account without an invitation, and what that costs whom (`registration_open`)."""

from __future__ import annotations

from doorward.core.transport import address_group
from doorward.errors import Conflict, Invalid
from doorward.settings import Settings
from doorward.store import accounts
from doorward.store.accounts import ACTIVE, WAITING, NewAccount
from doorward.web.here import Here
from doorward.web.new_passwords import new_account
from doorward.web.signing_in import start_session


def is_open(settings: Settings) -> bool:
    """May anybody make an account?"""
    return settings.registration_open != "invitation"


def needs_approval(settings: Settings) -> bool:
    """Must an administrator approve each account that somebody makes?"""
    return settings.registration_open == "approval"


def register(at: Here, name: str, password: str, again: str) -> bool:
    """Make an account: a member's, whatever the form says.

    That a name is taken cannot be hidden from who wants it. So every try counts, and an account that was made
    counts once more (OWASP ASVS 2.4.1, 6.3.8).

    Results:
        True when the person is signed in; False when the account waits for approval.

    Errors:
        Invalid: with a sentence for each field that is wrong. Limited: too many tries, or accounts, from this address.
    """
    address = address_group(at.client.address)
    at.door.limiter.take(at.door.limits.names_tried, address)
    # Before the hashing, so that a crowd at once cannot slip by.
    made = at.door.limiter.take(at.door.limits.accounts_made, address)
    try:
        return _make(at, new_account(at.door.parts, name, password, again, frozenset()))
    except BaseException:
        at.door.limiter.give_back(made)
        raise


def _make(at: Here, new: NewAccount) -> bool:
    waits = needs_approval(at.door.settings)
    with at.door.store.transaction(at.caller) as tx:
        try:
            account = accounts.add(tx, new, WAITING if waits else ACTIVE)
        except Conflict as taken:
            raise Invalid({"username": taken.message}) from None
        tx.journal("account.registered", on=f"account:{account.id}", name=account.name, waits=waits)
        if not waits:
            start_session(at, tx, account, keep=False)
    return not waits
