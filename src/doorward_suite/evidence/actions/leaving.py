"""What becomes of somebody's places and contributions when they delete their account."""

from __future__ import annotations

from sqlalchemy import delete, update

from doorward import Transaction

from ..access import ASSESSOR
from ..models import MEMBERS, NOTES, Entry, Mention
from .progress import COMMENT
from .team import unassign


def let_go(tx: Transaction, account_id: str) -> None:
    """Their places are empty, and what was theirs to do is nobody's; what they did stays, as a deleted account's.

    The guests whom they invited are out too: their tokens have ended with the account.
    """
    unassign(tx, account_id)
    owned = update(Entry).where(Entry.owner_id == account_id, Entry.closed_at.is_(None))
    tx.db.execute(owned.values(owner_id=""))
    tx.db.execute(delete(MEMBERS).where(MEMBERS.c.holder == f"account:{account_id}"))
    tx.db.execute(delete(MEMBERS).where(MEMBERS.c.role == ASSESSOR, MEMBERS.c.added_by == account_id))
    tx.db.execute(delete(Mention).where(Mention.account_id == account_id))


def erase(tx: Transaction, account_id: str) -> None:
    """Besides, what they wrote in comments is gone. What was collected and found stays: it is the organisation's."""
    let_go(tx, account_id)
    theirs = update(NOTES).where(NOTES.c.author_id == account_id, NOTES.c.kind == COMMENT)
    tx.db.execute(theirs.values(text=""))
