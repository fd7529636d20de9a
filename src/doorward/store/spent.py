"""What works once: used up by writing that down, so that of two who try at the same moment one succeeds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from doorward.core.tokens import token_hash
from doorward.store.factor_models import Spent
from doorward.store.transaction import Transaction


def spend(tx: Transaction, once: str, expires_at: datetime) -> bool:
    """Use something up. False if it was used before.

    Arguments:
        once: what works once, such as a challenge; only its hash is kept.
        expires_at: when it stops working by itself, after which nobody needs to remember it.
    """
    tx.db.execute(delete(Spent).where(Spent.expires_at < tx.now))
    try:
        with tx.db.begin_nested():
            tx.db.add(Spent(hash=token_hash(once), expires_at=expires_at))
    except IntegrityError:
        return False
    return True
