"""Notices for a person, shown once at the next sign-in."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from doorward.store.invitation_models import Notice
from doorward.store.transaction import Transaction

_MOST = 20

_OF = Notice.account_id == bindparam("wanted")
_LEAVE = insert(Notice)
_MINE = select(Notice.created_at, Notice.text).where(_OF).order_by(Notice.id).limit(_MOST)
_DROP = delete(Notice).where(_OF)


def leave(tx: Transaction, account_id: str, text: str) -> None:
    """Tell the person `text` when they sign in next."""
    tx.db.connection().execute(_LEAVE, {"account_id": account_id, "text": text, "created_at": tx.now})


def collect(tx: Transaction, account_id: str) -> list[str]:
    """What the person has not been told yet, oldest first; from now on it counts as told."""
    found = tx.db.connection().execute(_MINE, {"wanted": account_id}).all()
    if found:
        tx.db.connection().execute(_DROP, {"wanted": account_id})
    return [f"{created_at:%Y-%m-%d %H:%M} UTC: {text}" for created_at, text in found]


def of_account(db: Session, account_id: str) -> list[Notice]:
    """What the person has not been told yet, oldest first; looking at it does not tell it."""
    return list(db.scalars(select(Notice).where(Notice.account_id == account_id).order_by(Notice.id)))
