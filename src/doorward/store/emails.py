"""E-mail addresses of accounts: wanted, verified, forgotten. A verified one belongs to one account only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from doorward.core.mail_addresses import Address
from doorward.errors import Conflict
from doorward.store.accounts import ACTIVE, UNVERIFIED, has_password
from doorward.store.mail_models import EmailRecord
from doorward.store.models import Account
from doorward.store.transaction import Transaction


class AddressTaken(Conflict):
    """Only who has shown that the mailbox is theirs is told this."""

    code = "address_taken"
    default = "This address already belongs to another account. Sign in with that one, or use another address."


def of_account(db: Session, account_id: str) -> EmailRecord | None:
    """What is known of the account's address."""
    return db.get(EmailRecord, account_id)


def verified(db: Session, account_id: str) -> str | None:
    """Where mail for the account goes; None without a verified address."""
    found = of_account(db, account_id)
    return found.address if found is not None and found.verified_at is not None else None


def owner_of(db: Session, key: str) -> Account | None:
    """The account whose verified address this is.

    Arguments:
        key: as `core.mail_addresses.Address` has it.
    """
    mine = select(Account).join(EmailRecord, EmailRecord.account_id == Account.id)
    return db.scalars(mine.where(EmailRecord.address_key == key, EmailRecord.verified_at.is_not(None))).one_or_none()


def want(tx: Transaction, account_id: str, address: Address) -> None:
    """Remember an address that counts only once it was verified; one that waited before is forgotten."""
    record = tx.db.get(EmailRecord, account_id) or EmailRecord(account_id=account_id)
    record.wanted, record.wanted_key, record.wanted_at = address.text, address.key, tx.now
    tx.db.add(record)
    tx.db.flush()


def confirm(tx: Transaction, account_id: str, key: str) -> tuple[str, str | None]:
    """Let the wanted address count. The new address, and the one before it.

    Errors:
        Conflict: it is not the wanted one any more. AddressTaken: another account has verified it meanwhile.
    """
    record = tx.db.get(EmailRecord, account_id)
    if record is None or record.wanted is None or record.wanted_key != key:
        raise Conflict("Another address was given in the meantime. Ask for a new code.")
    new, before = record.wanted, record.address
    try:
        with tx.db.begin_nested():
            record.address, record.address_key, record.verified_at = new, key, tx.now
            record.wanted, record.wanted_key, record.wanted_at = None, None, None
            tx.db.flush()
    except IntegrityError:
        raise AddressTaken from None
    return new, before


def forget_wanted(tx: Transaction, account_id: str) -> None:
    """The address that waits to be verified is not wanted any more."""
    mine = update(EmailRecord).where(EmailRecord.account_id == account_id)
    tx.db.execute(mine.values(wanted=None, wanted_key=None, wanted_at=None))


def forget(tx: Transaction, account_id: str) -> str | None:
    """Forget every address of the account. The verified one, if there was one."""
    gone = delete(EmailRecord).where(EmailRecord.account_id == account_id).returning(EmailRecord.address)
    return tx.db.execute(gone).scalar_one_or_none()


def sweep(tx: Transaction, before: datetime) -> int:
    """Forget addresses that nobody verified since `before`, and accounts that were never more than that."""
    late = select(EmailRecord.account_id).where(EmailRecord.wanted_at < before).limit(500)
    ids = list(tx.db.scalars(late))
    never = select(Account.id).where(Account.id.in_(ids), Account.status == UNVERIFIED)
    for account_id in list(tx.db.scalars(never)):
        tx.journal("account.expired", on=f"account:{account_id}")
        # Once more in the statement: somebody may verify the address in this very moment.
        tx.db.execute(delete(Account).where(Account.id == account_id, Account.status == UNVERIFIED))
    old = update(EmailRecord).where(EmailRecord.account_id.in_(ids), EmailRecord.wanted_at < before)
    tx.db.execute(old.values(wanted=None, wanted_key=None, wanted_at=None))
    return len(ids)


def may_recover(account: Account | None) -> bool:
    """Does the owner of a verified address get a code for another password?

    Who enters by a provider alone has none: a mailbox shall not become a second way in beside the provider.
    """
    return account is not None and account.status == ACTIVE and has_password(account)
