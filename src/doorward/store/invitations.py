"""Invitations in the database: made, looked up by their code, used up, taken back."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from doorward.store.accounts import join_roles
from doorward.store.invitation_models import Invitation
from doorward.store.transaction import Transaction


def _hash(code: str) -> str:
    # 256 random bits: a slow hash would add nothing.
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def add(tx: Transaction, code: str, *, roles: frozenset[str], life: timedelta, uses: int, note: str) -> Invitation:
    """Store an invitation that was made with this code.

    Arguments:
        code: from `core.tokens.new_one_time_code`; shown once, never stored.
        roles: what the new accounts get.
        life: how long it works.
        uses: how many accounts it makes.
        note: for whom, in the words of who made it.
    """
    made = Invitation(
        hash=_hash(code),
        note=note,
        roles=join_roles(roles),
        created_by=tx.actor.account_id,
        created_at=tx.now,
        expires_at=tx.now + life,
        uses_left=uses,
        used=0,
    )
    tx.db.add(made)
    tx.db.flush()
    return made


def find(db: Session, code: str, now: datetime) -> Invitation | None:
    """The invitation of this code, if it still makes accounts."""
    found = db.scalars(select(Invitation).where(Invitation.hash == _hash(code))).one_or_none()
    return found if found is not None and found.uses_left > 0 and now < found.expires_at else None


def use(tx: Transaction, code: str) -> Invitation | None:
    """Use it up by one. None if it does not work any more; of two who take the last use at once, one gets it."""
    found = find(tx.db, code, tx.now)
    if found is None:
        return None
    taken = update(Invitation).where(Invitation.id == found.id, Invitation.uses_left > 0)
    taken = taken.values(uses_left=Invitation.uses_left - 1, used=Invitation.used + 1)
    return found if tx.db.execute(taken.returning(Invitation.id)).first() is not None else None


def take_back(tx: Transaction, invitation_id: int) -> bool:
    """Make it worthless. False if there is none of this number."""
    gone = tx.db.execute(delete(Invitation).where(Invitation.id == invitation_id).returning(Invitation.id))
    return gone.first() is not None


def latest(db: Session, count: int = 200) -> list[Invitation]:
    """The invitations, newest first."""
    return list(db.scalars(select(Invitation).order_by(Invitation.created_at.desc()).limit(count)))


def made_by(db: Session, account_id: str) -> list[Invitation]:
    """The invitations that an account made, oldest first."""
    mine = select(Invitation).where(Invitation.created_by == account_id)
    return list(db.scalars(mine.order_by(Invitation.id)))
