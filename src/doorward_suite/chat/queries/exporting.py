"""What somebody may read, a part at a time, for an export."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from doorward import Caller

from ..access import Seat
from ..models import PUBLIC, Earlier, Message, Place, Room
from .messages import Line, lines_of
from .rooms import visible_places


def rooms_to_export(db: Session, actor: Caller) -> list[int]:
    """Every room that somebody may read: those they are in, archived ones too, and public ones they have not joined."""
    query = select(Room.id).outerjoin(Place, and_(Place.room_id == Room.id, Place.account_id == actor.id))
    offered = db.scalars(query.where(Room.kind == PUBLIC, Place.role.is_(None)))
    return sorted({*visible_places(db, actor), *offered})


def how_many_for(db: Session, seat: Seat) -> int:
    """How many messages of a room are for somebody. Reads the index of all of them: for jobs only."""
    query = select(func.count(Message.id)).where(Message.room_id == seat.room.id, Message.id > seat.since_id)
    return db.scalar(query) or 0


def part_of(db: Session, seat: Seat, after: int, count: int) -> list[Line]:
    """The messages of a room that follow this one, threads among them."""
    query = select(Message).where(Message.room_id == seat.room.id, Message.id > max(after, seat.since_id))
    return lines_of(db, db.scalars(query.order_by(Message.id).limit(count)).all())


def earlier_among(db: Session, ids: Sequence[int]) -> dict[int, list[Earlier]]:
    """What each of these messages said before, the oldest first."""
    found: dict[int, list[Earlier]] = {}
    if ids:
        query = select(Earlier).where(Earlier.message_id.in_(ids)).order_by(Earlier.message_id, Earlier.version)
        for one in db.scalars(query):
            found.setdefault(one.message_id, []).append(one)
    return found
