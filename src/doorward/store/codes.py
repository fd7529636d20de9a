"""One-time codes in the database: hashed, dead on use, one per purpose."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from doorward.store.models import OneTimeCode
from doorward.store.transaction import Transaction

#: The purpose of the code that makes the first administrator.
SETUP = "setup"


def reset_of(account_id: str) -> str:
    """The purpose of a code that lets an account choose another password."""
    return f"reset:{account_id}"


def _hash(code: str) -> str:
    # The code carries 256 random bits: a slow hash would add nothing.
    return hashlib.sha256(code.encode()).hexdigest()


def replace(tx: Transaction, purpose: str, code: str, expires_at: datetime | None = None) -> None:
    """Store `code` as the only one for this purpose; earlier ones are dead."""
    tx.db.execute(delete(OneTimeCode).where(OneTimeCode.purpose == purpose))
    tx.db.add(OneTimeCode(hash=_hash(code), purpose=purpose, created_at=tx.now, expires_at=expires_at))


def holds(db: Session, purpose: str, code: str, now: datetime) -> bool:
    """Would this code work now?"""
    found = db.get(OneTimeCode, _hash(code))
    return found is not None and found.purpose == purpose and (found.expires_at is None or now < found.expires_at)


def use(tx: Transaction, purpose: str, code: str) -> bool:
    """Use the code up. False if it is unknown, used or expired; of two who try at once, one succeeds."""
    if not holds(tx.db, purpose, code, tx.now):
        return False
    gone = tx.db.execute(delete(OneTimeCode).where(OneTimeCode.hash == _hash(code)).returning(OneTimeCode.hash))
    return gone.one_or_none() is not None


def purpose_of(db: Session, code: str, now: datetime) -> str | None:
    """What this code is for, if it works now."""
    found = db.get(OneTimeCode, _hash(code))
    works = found is not None and (found.expires_at is None or now < found.expires_at)
    return found.purpose if found is not None and works else None


def drop(tx: Transaction, purpose: str) -> None:
    """Make every code for this purpose worthless."""
    tx.db.execute(delete(OneTimeCode).where(OneTimeCode.purpose == purpose))


def spend(tx: Transaction, purpose: str, code: str) -> bool:
    """Note that a code which others keep, and which cannot be deleted, was used. False if it was used before."""
    try:
        with tx.db.begin_nested():
            tx.db.add(OneTimeCode(hash=_hash(code), purpose=purpose, created_at=tx.now, expires_at=None))
    except IntegrityError:
        return False
    return True


def was_spent(db: Session, purpose: str, code: str) -> bool:
    """Was this code used?"""
    found = db.get(OneTimeCode, _hash(code))
    return found is not None and found.purpose == purpose


def is_waiting(db: Session, purpose: str) -> bool:
    """Is there an unused code for this purpose?"""
    return db.scalar(select(OneTimeCode.hash).where(OneTimeCode.purpose == purpose).limit(1)) is not None
