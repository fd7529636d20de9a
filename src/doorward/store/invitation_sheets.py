"""Lists of people to invite, and the sheets of links that were made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from doorward.store.accounts import join_roles
from doorward.store.invitation_models import Invitation, InvitationSheet
from doorward.store.transaction import Transaction

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """One invitation of a sheet; all of it is judged."""

    code: str
    note: str
    roles: frozenset[str]
    life: timedelta
    uses: int


def begin(tx: Transaction, owner_id: str, sealed: str) -> int:
    """Keep a list that somebody looks at before anything is made. It takes the place of the one before. Its number."""
    mine = delete(InvitationSheet).where(InvitationSheet.created_by == owner_id, InvitationSheet.made_at.is_(None))
    tx.db.execute(mine)
    sheet = InvitationSheet(created_by=owner_id, created_at=tx.now, made_at=None, count=0, rows=sealed, links="")
    tx.db.add(sheet)
    tx.db.flush()
    return sheet.id


def of_owner(db: Session, sheet_id: int, owner_id: str) -> InvitationSheet | None:
    """The sheet of this number, if it is this account's."""
    found = db.get(InvitationSheet, sheet_id) if 0 < sheet_id <= _LARGEST else None
    return found if found is not None and found.created_by == owner_id else None


def latest(db: Session, owner_id: str, count: int = 20) -> list[InvitationSheet]:
    """The sheets that somebody made, newest first."""
    query = select(InvitationSheet).where(InvitationSheet.created_by == owner_id, InvitationSheet.made_at.is_not(None))
    return list(db.scalars(query.order_by(InvitationSheet.id.desc()).limit(count)))


def make(tx: Transaction, sheet_id: int, wanted: Sequence[NewInvitation], sealed_links: str) -> bool:
    """Make the invitations of a sheet, all in a few queries. False if it was made before; then nothing is made."""
    taken = update(InvitationSheet).where(InvitationSheet.id == sheet_id, InvitationSheet.made_at.is_(None))
    taken = taken.values(made_at=tx.now, count=len(wanted), rows="", links=sealed_links)
    if tx.db.execute(taken.returning(InvitationSheet.id)).first() is None:
        return False
    rows = [
        {
            "hash": hashlib.sha256(one.code.encode()).hexdigest(),
            "note": one.note,
            "roles": join_roles(one.roles),
            "created_by": tx.actor.account_id,
            "created_at": tx.now,
            "expires_at": tx.now + one.life,
            "uses_left": one.uses,
            "used": 0,
            "sheet_id": sheet_id,
        }
        for one in wanted
    ]
    tx.db.execute(insert(Invitation), rows)
    return True


def forget_links(tx: Transaction, sheet_id: int) -> None:
    """From now on nobody sees the links any more; they work on."""
    tx.db.execute(update(InvitationSheet).where(InvitationSheet.id == sheet_id).values(links=""))


def take_back(tx: Transaction, sheet_id: int) -> int:
    """Make all links of a sheet worthless. How many still worked."""
    forget_links(tx, sheet_id)
    gone = delete(Invitation).where(Invitation.sheet_id == sheet_id, Invitation.uses_left > 0)
    return len(tx.db.scalars(gone.returning(Invitation.id)).all())
