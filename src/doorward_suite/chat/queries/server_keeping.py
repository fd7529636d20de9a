"""What the files of all rooms take together, and which rooms would give how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from doorward import Caller

from ..fairness import too_much
from ..models import DIRECT, GROUP, PRIVATE, REMOVED, Attached, Message, Place, Room, ServerKeeps
from . import keeping
from .rooms import titles_of

#: How many rooms are shown one by one.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the files of all rooms take, in bytes.

    Arguments:
        pinned: of files in pinned messages, which stay.
        rooms: of all others, by room.
    """

    pinned: int
    rooms: Mapping[int, int]

    @property
    def all(self) -> int:
        """Of all files together."""
        return self.pinned + sum(self.rooms.values())

    def over(self, files_mib: int) -> dict[int, int]:
        """How much each room has to give, the heaviest first; none where there is no limit."""
        if not files_mib:
            return {}
        going = too_much({str(room): size for room, size in self.rooms.items()}, (files_mib << 20) - self.pinned)
        found = {int(room): size for room, size in going.items()}
        return dict(sorted(found.items(), key=lambda one: (-self.rooms[one[0]], one[0])))


@dataclass(frozen=True, slots=True)
class Giving:
    """A room that gives.

    Arguments:
        kind: of the room.
        title: what it is called; empty where the room is not open to who asks.
        has: what its files take, without those of pinned messages.
        goes: how much of that is too much.
    """

    kind: str
    title: str
    has: int
    goes: int


def files_mib(db: Session) -> int:
    """How many MiB of files the server keeps; 0 for no limit."""
    return db.scalar(select(ServerKeeps.files_mib).where(ServerKeeps.id == 1)) or 0


def sizes(db: Session) -> Sizes:
    """What files take, by room. Reads all that is known of files: for jobs, and for administrators."""
    query = select(Message.room_id, Message.pinned_at.is_not(None).label("kept"), func.sum(Attached.size))
    # An outer join, since there are far fewer files than messages: it has SQLite begin with them.
    query = query.select_from(Attached).outerjoin(Message, Message.id == Attached.message_id)
    pinned, rooms = 0, dict[int, int]()
    for room_id, is_pinned, size in db.execute(query.group_by(Message.room_id, "kept")):
        if is_pinned:
            pinned += int(size)
        else:
            rooms[room_id] = int(size)
    return Sizes(pinned, rooms)


def giving(db: Session, actor: Caller, found: Sizes, limit_mib: int) -> list[Giving]:
    """The heaviest of the rooms that give, for an administrator: of rooms that are not open to them, only the kind."""
    over = dict(list(found.over(limit_mib).items())[:MOST_SHOWN])
    rooms = {one.id: one for one in db.scalars(select(Room).where(Room.id.in_(list(over))))}
    places = select(Place.room_id, Place.role).where(Place.account_id == actor.id, Place.room_id.in_(list(over)))
    roles = {room_id: role for room_id, role in db.execute(places)}  # noqa: C416  # rows are no pairs to mypy
    # A room without a place of theirs is open if it is public; with one, unless they were removed.
    names = [room for room in rooms.values() if roles.get(room.id, room.kind) not in (PRIVATE, DIRECT, GROUP, REMOVED)]
    titles = titles_of(db, names, actor.id)
    return [
        Giving(rooms[number].kind, titles.get(number, ""), found.rooms[number], goes)
        for number, goes in over.items()
        if number in rooms
    ]


def shares_in(db: Session, room_id: int, goes: int) -> dict[str, int]:
    """How much each person gives in a room that gives so much: whoever has the most, first."""
    has: dict[str, int] = {}
    for author, is_pinned, size in keeping.files_by_author(db, room_id):
        if not is_pinned:
            has[author] = has.get(author, 0) + int(size)
    return too_much(has, sum(has.values()) - goes)
