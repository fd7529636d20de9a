"""What becomes of somebody's places and messages when they delete their account."""

from __future__ import annotations

from sqlalchemy import delete, select

from doorward import Transaction

from .. import access
from ..models import DRAFTS, MENTIONS_IN, REACTIONS, Message, Place, Quiet, Room
from . import messages, people

_AT_ONCE = 500


def let_go(tx: Transaction, account_id: str) -> None:
    """They are out of every room, and no moderator any more. What they wrote stays, under a deleted account."""
    for room_id in sorted(tx.db.scalars(select(Place.room_id).where(Place.account_id == account_id)).all()):
        if (room := access.hold_room(tx.db, room_id)) is not None:
            people.go_out(tx, room, account_id)
    if (quiet := tx.db.get(Quiet, account_id)) is not None:
        tx.db.delete(quiet)
    for table in (DRAFTS, MENTIONS_IN):
        tx.db.execute(delete(table).where(table.c.account_id == account_id))


def erase(tx: Transaction, account_id: str) -> None:
    """Besides, what they wrote is gone, with what it said before; that there were messages stays to be seen."""
    let_go(tx, account_id)
    tx.db.execute(delete(REACTIONS).where(REACTIONS.c.account_id == account_id))
    last = 0
    while True:
        theirs = select(Message).where(Message.author_id == account_id, Message.id > last)
        found = tx.db.scalars(theirs.order_by(Message.id).limit(_AT_ONCE)).all()
        if not found:
            return
        for message in found:
            if message.deleted_at is None:
                messages.empty(tx, tx.db.get_one(Room, message.room_id), message, account_id)
                message.version += 1
        last = found[-1].id
        tx.db.flush()
        tx.db.expunge_all()
