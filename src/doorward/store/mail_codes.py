"""Codes that go by e-mail, in the database: hashed, for one browser, 30 minutes, five tries, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from doorward.core.tokens import token_hash
from doorward.store.mail_models import EmailRecord, MailCode
from doorward.store.transaction import Transaction

VERIFY, RECOVER = "verify", "recover"
LIFE = timedelta(minutes=30)
MOST_TRIES = 5

#: Mails to one mailbox: so many an hour from one place, so many in all. Owners' own browsers are not counted in all.
_HOUR = timedelta(hours=1)
MOST_FROM_ONE_PLACE, MOST_IN_ALL = 4, 20


@dataclass(frozen=True, slots=True)
class NewCode:
    """What is kept of a code.

    Arguments:
        purpose: `VERIFY` or `RECOVER`.
        browser: who asked, and who alone may use it.
        account_id: whose address shall be verified; None for recovery, since nobody has looked whose it is.
        address_key: where the code goes, as addresses are compared.
        code_mac: of the code that people type, under a key of the server.
        link: 256 random bits for the link.
        asked_from: the group of the client's address.
        known_to: the accounts that have signed in from this browser before.
    """

    purpose: str
    browser: str
    account_id: str | None
    address_key: str
    code_mac: str
    link: str
    asked_from: str
    known_to: str


def add(tx: Transaction, new: NewCode) -> int:
    """Keep a code; what the browser had asked for before, for the same purpose, is dead. Its number."""
    drop(tx, new.purpose, new.browser)
    row = MailCode(
        purpose=new.purpose,
        browser=new.browser,
        account_id=new.account_id,
        address_key=new.address_key,
        code_mac=new.code_mac,
        link_hash=token_hash(new.link),
        asked_from=new.asked_from[:64],
        known_to=new.known_to[:300],
        created_at=tx.now,
        expires_at=tx.now + LIFE,
        tries=0,
    )
    tx.db.add(row)
    tx.db.flush()
    return row.id


def asked(db: Session, purpose: str, browser: str, now: datetime) -> MailCode | None:
    """What this browser has asked for last, and has not used; whether or not it ever gets an answer."""
    return _newest(db, purpose, browser, now, proved=False)


def proved(db: Session, purpose: str, browser: str, now: datetime) -> MailCode | None:
    """The code that this browser has used and not made anything of yet."""
    return _newest(db, purpose, browser, now, proved=True)


def _newest(db: Session, purpose: str, browser: str, now: datetime, *, proved: bool) -> MailCode | None:
    mine = select(MailCode).where(MailCode.browser == browser, MailCode.purpose == purpose, MailCode.expires_at > now)
    mine = mine.where(MailCode.proved_at.is_not(None) if proved else MailCode.proved_at.is_(None))
    return db.scalars(mine.order_by(MailCode.id.desc()).limit(1)).one_or_none()


def of_link(db: Session, purpose: str, link: str, now: datetime) -> MailCode | None:
    """What a link stands for, in whichever browser it was opened."""
    found = db.scalars(select(MailCode).where(MailCode.link_hash == token_hash(link))).one_or_none()
    works = found is not None and found.purpose == purpose and found.proved_at is None and now < found.expires_at
    return found if works else None


def count_try(tx: Transaction, code_id: int) -> bool:
    """Count one try before it is looked at. False if there were too many: then the code is dead."""
    mine = update(MailCode).where(MailCode.id == code_id, MailCode.tries < MOST_TRIES)
    counted = tx.db.execute(mine.values(tries=MailCode.tries + 1).returning(MailCode.id))
    return counted.one_or_none() is not None


def prove(tx: Transaction, code_id: int) -> bool:
    """Use the code up. False if it was used, or ran out; of two who try at once, one succeeds."""
    mine = update(MailCode).where(MailCode.id == code_id, MailCode.proved_at.is_(None), MailCode.expires_at > tx.now)
    return tx.db.execute(mine.values(proved_at=tx.now, code_mac="").returning(MailCode.id)).one_or_none() is not None


def use_up(tx: Transaction, code_id: int) -> bool:
    """What a proved code allowed was done. False if somebody else was faster."""
    mine = update(MailCode).where(MailCode.id == code_id, MailCode.proved_at.is_not(None), MailCode.expires_at > tx.now)
    return tx.db.execute(mine.values(expires_at=tx.now).returning(MailCode.id)).one_or_none() is not None


def belongs_to(tx: Transaction, code_id: int, account_id: str) -> None:
    """Whose password the code is about, as it was when it was sent; it stays so, whoever has the address later."""
    tx.db.execute(update(MailCode).where(MailCode.id == code_id).values(account_id=account_id))


def kill(tx: Transaction, code_id: int) -> None:
    """The code opens nothing any more; that it was asked for is still counted."""
    tx.db.execute(update(MailCode).where(MailCode.id == code_id).values(expires_at=tx.now, code_mac=""))


def drop(tx: Transaction, purpose: str, browser: str) -> None:
    """What this browser asked for opens nothing any more."""
    mine = update(MailCode).where(MailCode.browser == browser, MailCode.purpose == purpose)
    tx.db.execute(mine.where(MailCode.expires_at > tx.now).values(expires_at=tx.now, code_mac=""))


def drop_recovery(tx: Transaction, account_id: str) -> None:
    """No code that was sent to the account's address lets anybody choose its password any more."""
    address = select(EmailRecord.address_key).where(EmailRecord.account_id == account_id).scalar_subquery()
    mine = update(MailCode).where(MailCode.address_key == address, MailCode.created_at > tx.now - LIFE)
    mine = mine.where(MailCode.purpose == RECOVER, MailCode.expires_at > tx.now)
    tx.db.execute(mine.values(expires_at=tx.now, code_mac=""))


def is_too_much(db: Session, code: MailCode, account_id: str | None) -> bool:
    """Was the mailbox sent enough of this already? A stranger shall neither fill it, nor use its owner's share up.

    Arguments:
        account_id: whose verified address it is, if it is anybody's.
    """
    before = select(func.count()).select_from(MailCode).where(MailCode.address_key == code.address_key)
    before = before.where(MailCode.created_at > code.created_at - _HOUR, MailCode.id < code.id)
    before = before.where(MailCode.purpose == code.purpose)
    if (db.scalar(before.where(MailCode.asked_from == code.asked_from)) or 0) >= MOST_FROM_ONE_PLACE:
        return True
    if account_id is not None and account_id in code.known_to.split():
        return False
    return (db.scalar(before) or 0) >= MOST_IN_ALL


def sweep(tx: Transaction, before: datetime) -> int:
    """Forget codes that were made before this time. How many went."""
    old = select(MailCode.id).where(MailCode.created_at < before).limit(1000)
    gone = tx.db.execute(delete(MailCode).where(MailCode.id.in_(list(tx.db.scalars(old)))).returning(MailCode.id))
    return len(gone.all())
