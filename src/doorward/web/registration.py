"""Open registration: who may make an account without an invitation, and what that costs whom (`registration_open`)."""

from __future__ import annotations

from doorward.core.mail_addresses import Address
from doorward.core.transport import address_group
from doorward.errors import Conflict, Invalid
from doorward.settings import Settings
from doorward.store import accounts
from doorward.store import emails as kept_emails
from doorward.store.accounts import ACTIVE, UNVERIFIED, WAITING, NewAccount
from doorward.store.mail_models import MailCode
from doorward.web import emails
from doorward.web.here import Here
from doorward.web.new_passwords import judge_new_account, new_account
from doorward.web.signing_in import start_session

WAITS = "Your account is made. It waits for approval: sign in once the person who runs this site has approved it."


def is_open(settings: Settings) -> bool:
    """May anybody make an account?"""
    return settings.registration_open != "invitation"


def needs_approval(settings: Settings) -> bool:
    """Must an administrator approve each account that somebody makes?"""
    return settings.registration_open == "approval"


def register(at: Here, name: str, password: str, again: str, email: str = "") -> str:
    """Make an account: a member's, whatever the form says.

    That a name is taken cannot be hidden from who wants it. So every try counts, and an account that was made
    counts once more (OWASP ASVS 2.4.1, 6.3.8). Whether an address is taken is told to nobody but its owner.

    Arguments:
        email: as typed; read only where the settings ask for one.
    Results:
        the status of the account: ACTIVE when the person is signed in, WAITING for approval, UNVERIFIED when a code
        was sent to the address.

    Errors:
        Invalid: with a sentence for each field that is wrong. Limited: too many tries, or accounts, from this address.
    """
    address = address_group(at.client.address)
    at.door.limiter.take(at.door.limits.names_tried, address)
    # Before the hashing, so that a crowd at once cannot slip by.
    made = at.door.limiter.take(at.door.limits.accounts_made, address)
    try:
        mailbox, new = _judged(at, name, password, again, email)
        return _make(at, new, mailbox)
    except BaseException:
        at.door.limiter.give_back(made)
        raise


def _judged(at: Here, name: str, password: str, again: str, email: str) -> tuple[Address | None, NewAccount]:
    """The address and the account. Raises Invalid with everything that is wrong in the form."""
    mailbox, problems = None, {}
    try:
        mailbox = emails.for_registration(at.door.settings, email)
    except Invalid as wrong:
        problems = wrong.fields
        judge_new_account(at.door.parts, name, password, again, problems)
        raise Invalid(problems) from None
    return mailbox, new_account(at.door.parts, name, password, again, frozenset())


def _make(at: Here, new: NewAccount, mailbox: Address | None) -> str:
    status = _first_status(at.door.settings)
    with at.door.store.transaction(at.caller) as tx:
        try:
            account = accounts.add(tx, new, status)
        except Conflict as taken:
            raise Invalid({"username": taken.message}) from None
        tx.journal("account.registered", on=f"account:{account.id}", name=account.name, waits=status != ACTIVE)
        if mailbox is not None:
            kept_emails.want(tx, account.id, mailbox)
        if status == ACTIVE:
            start_session(at, tx, account, keep=False)
        if mailbox is not None:
            emails.send_code(at, tx, account, mailbox)  # behind the session, to which the code belongs
    return status


def _first_status(settings: Settings) -> str:
    if emails.is_needed(settings):
        return UNVERIFIED
    return WAITING if needs_approval(settings) else ACTIVE


def verified(at: Here, proved: MailCode) -> str:
    """Who registered has shown that the address is theirs: the account counts, or waits for approval. Its status.

    Errors:
        WrongMailCode, AddressTaken: as of `emails.confirm`.
    """
    with at.door.store.transaction(at.caller) as tx:
        account = emails.confirm(at, tx, proved)
        if account.status == UNVERIFIED:
            account.status = WAITING if needs_approval(at.door.settings) else ACTIVE
            tx.db.flush()
            if account.status == ACTIVE:
                start_session(at, tx, account, keep=False)
                return ACTIVE
        return WAITING if account.status == WAITING else ""
