"""One's e-mail address: given, verified, changed, removed. It counts for nothing until its owner has shown a code."""

from __future__ import annotations

from doorward.core import mail_texts
from doorward.core.mail_addresses import Address, BadAddress, is_allowed, read_address, veiled
from doorward.core.mail_texts import VEIL
from doorward.errors import Invalid, NotFound
from doorward.settings import Settings
from doorward.store import accounts, emails, mail_codes
from doorward.store.accounts import ACTIVE, UNVERIFIED, WAITING
from doorward.store.mail_codes import VERIFY
from doorward.store.mail_models import EmailRecord, MailCode
from doorward.store.models import Account
from doorward.store.transaction import Transaction
from doorward.web import mailing
from doorward.web.helpers import page_address
from doorward.web.here import Here
from doorward.web.mail_codes import WrongMailCode, ask, count_asking

#: What the page says of an address, whoever's it may be already.
SENT = "We have written to {address}. Type the code from that mail here."


def read_email(typed: str, field: str = "email") -> Address:
    """The address in a form.

    Errors:
        Invalid: with a sentence for the field.
    """
    try:
        return read_address(typed[:500])
    except BadAddress as wrong:
        raise Invalid({field: str(wrong)}) from None


def is_needed(settings: Settings) -> bool:
    """Must who registers give an address, and verify it?"""
    return settings.registration_email == "required" or bool(settings.registration_domains)


def is_asked_for(settings: Settings) -> bool:
    """May who registers give an address?"""
    return is_needed(settings) or settings.registration_email == "optional"


def for_registration(settings: Settings, typed: str) -> Address | None:
    """The address of somebody who registers; None where none is asked for, or none was given and none is needed.

    Errors:
        Invalid: it is missing, no address, or not of a domain that may register here.
    """
    if not is_asked_for(settings) or (not typed.strip() and not is_needed(settings)):
        return None
    if not typed.strip():
        raise Invalid({"email": "Give your e-mail address: this site asks for one."})
    address = read_email(typed)
    if not is_allowed(address, settings.registration_domains):
        raise Invalid({"email": f"Only addresses of {', '.join(settings.registration_domains)} may register here."})
    return address


def state(at: Here) -> EmailRecord | None:
    """What is known of the caller's address."""
    with at.door.store.reading() as db:
        return emails.of_account(db, at.caller.id)


def ask_for(at: Here, typed: str) -> None:
    """Let the caller's account want an address, and send a code there. The address that it has stays until then.

    Errors:
        Invalid: it is no address, or the one that it has already. Limited: too many codes were asked for.
    """
    address = read_email(typed)
    known = state(at)
    if known is not None and known.verified_at is not None and known.address_key == address.key:
        raise Invalid({"email": "This is your address already."})
    count_asking(at, at.caller.id)
    with at.door.store.transaction(at.caller) as tx:
        account = accounts.held(tx, at.caller.id)
        if account is None:
            raise NotFound
        emails.want(tx, account.id, address)
        send_code(at, tx, account, address)
        tx.journal("email.asked", on=f"account:{account.id}")


def ask_again(at: Here, account_id: str) -> None:
    """Send another code to the address that waits to be verified.

    Errors:
        NotFound: none does. Limited: too many codes were asked for.
    """
    count_asking(at, account_id)
    with at.door.store.transaction(at.caller) as tx:
        account, record = accounts.held(tx, account_id), emails.of_account(tx.db, account_id)
        if account is None or record is None or not record.wanted:
            raise NotFound("No address waits to be verified.")
        address = Address(record.wanted, record.wanted_key or "")
        emails.want(tx, account.id, address)
        send_code(at, tx, account, address)


def send_code(at: Here, tx: Transaction, account: Account, address: Address) -> None:
    """Send a code to the address that the account wants, for this browser."""
    number, code, link = ask(at, tx, VERIFY, address, account.id)
    site, asker, where = at.door.settings.site_name, mailing.asker_of(at), page_address(f"/verify/{link}")
    texts = (
        mail_texts.verify(site, account.name, asker, code, where),
        mail_texts.verify(site, account.name, asker, VEIL, VEIL),
    )
    mailing.send_code(at, tx, VERIFY, number, address, texts, account.id)


def confirm(at: Here, tx: Transaction, proved: MailCode) -> Account:
    """The code was right: the address counts, and the one before it is told. The account, as it is from now on.

    Errors:
        WrongMailCode: the account is gone, or blocked. Conflict: another address is wanted by now.
        AddressTaken: another account was faster.
    """
    account = accounts.held(tx, proved.account_id or "")
    if account is None or account.status not in (ACTIVE, WAITING, UNVERIFIED):
        raise WrongMailCode
    new, before = emails.confirm(tx, account.id, proved.address_key)
    mail_codes.use_up(tx, proved.id)
    tx.journal("email.verified", on=f"account:{account.id}", changed=before is not None)
    if before is not None:
        told = mail_texts.moved(at.door.settings.site_name, account.name, mailing.asker_of(at), veiled(new))
        mailing.tell(at, tx, account.id, before, told)
    return account


def remove(at: Here) -> None:
    """Forget the caller's address; it is told that it was.

    Errors:
        NotFound: there is none.
    """
    with at.door.store.transaction(at.caller) as tx:
        account, record = accounts.held(tx, at.caller.id), emails.of_account(tx.db, at.caller.id)
        if account is None or record is None:
            raise NotFound
        mail_codes.drop_recovery(tx, account.id)
        before = emails.forget(tx, account.id)
        tx.journal("email.removed", on=f"account:{account.id}")
        told = mail_texts.moved(at.door.settings.site_name, account.name, mailing.asker_of(at), "")
        mailing.tell(at, tx, account.id, before, told)


def stop_wanting(at: Here) -> None:
    """Let the address that waits to be verified be; the one that counts stays."""
    with at.door.store.transaction(at.caller) as tx:
        emails.forget_wanted(tx, at.caller.id)
        tx.journal("email.not_wanted", on=f"account:{at.caller.id}")
