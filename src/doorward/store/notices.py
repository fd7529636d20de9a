"""Notices for a person, shown once at the next sign-in."""

from __future__ import annotations

from sqlalchemy import delete, select

from doorward.store.invitation_models import Notice
from doorward.store.transaction import Transaction

_MOST = 20


def leave(tx: Transaction, account_id: str, text: str) -> None:
    """Tell the person `text` when they sign in next."""
    tx.db.add(Notice(account_id=account_id, text=text, created_at=tx.now))


def collect(tx: Transaction, account_id: str) -> list[str]:
    """What the person has not been told yet, oldest first; from now on it counts as told."""
    mine = select(Notice).where(Notice.account_id == account_id).order_by(Notice.id).limit(_MOST)
    found = list(tx.db.scalars(mine))
    tx.db.execute(delete(Notice).where(Notice.account_id == account_id))
    return [f"{notice.created_at:%Y-%m-%d %H:%M} UTC: {notice.text}" for notice in found]
