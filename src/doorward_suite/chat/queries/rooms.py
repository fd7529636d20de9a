"""Which rooms there are for somebody, and who is in a room."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from doorward import Caller, account_names

from ..access import Seat, seat_of
from ..models import DIRECT, GROUP, MODERATOR, PLACES, PUBLIC, REMOVED, Draft, Message, Place, Quiet, Room
from . import messages

#: The most people that a page of a room names.
MOST_PEOPLE = 500
#: How many public rooms a page offers at once.
OFFERED = 100
#: How many people a direct room of more than two has.
MOST_IN_GROUP = 10
# For every message, so it is built once.
_TOLD = (
    select(PLACES.c.account_id, PLACES.c.notify)
    .where(PLACES.c.room_id == bindparam("in_room"), PLACES.c.role != REMOVED)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room in somebody's list.

    Arguments:
        seat: theirs in it.
        title: its name; of direct rooms, the names of the others.
        unread: how many messages they have not read, at most 100.
    """

    seat: Seat
    title: str
    unread: int = 0
    draft: bool = False

    @property
    def room(self) -> Room:
        return self.seat.room


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has a place in a room."""

    account_id: str
    name: str
    role: str
    read_to: int


def open_rooms(query: Select[Message, Room], account_id: str) -> Select[Message, Room]:
    """Narrow a query over `Message` and `Room` down to what an account may see."""
    place = and_(Place.room_id == Room.id, Place.account_id == account_id)
    query = query.outerjoin(Place, place)
    query = query.where(or_(and_(Place.role.is_not(None), Place.role != REMOVED), _public_and_no_place()))
    return query.where(Message.id > func.coalesce(Place.since_id, 0))


def _public_and_no_place() -> Any:
    return and_(Room.kind == PUBLIC, Place.role.is_(None))


def rooms_of(db: Session, actor: Caller) -> list[RoomLine]:
    """The rooms that somebody is in, those with the newest messages first; archived ones are left out."""
    query = select(Room, Place).join(Place, Place.room_id == Room.id)
    query = query.where(Place.account_id == actor.id, Place.role != REMOVED, Room.archived_at.is_(None))
    found = db.execute(query.order_by(Room.last_id.desc(), Room.id.desc())).all()
    titles = titles_of(db, [room for room, _place in found], actor.id)
    drafts = set(db.scalars(select(Draft.room_id).where(Draft.account_id == actor.id)))
    lines = []
    for room, place in found:
        seat = seat_of(room, place)
        unread = messages.unread_in(db, seat) if room.last_id > place.read_to else 0
        lines.append(RoomLine(seat, titles[room.id], unread, room.id in drafts))
    return lines


def offered_to(db: Session, actor: Caller, after: int = 0) -> list[Room]:
    """Public rooms that somebody has not joined, by age."""
    query = select(Room).outerjoin(Place, and_(Place.room_id == Room.id, Place.account_id == actor.id))
    query = query.where(Room.kind == PUBLIC, Room.id > after, Place.role.is_(None), Room.archived_at.is_(None))
    return list(db.scalars(query.order_by(Room.id).limit(OFFERED)))


def archived_for(db: Session, actor: Caller) -> list[RoomLine]:
    """Archived rooms that somebody is in."""
    query = select(Room, Place).join(Place, Place.room_id == Room.id)
    query = query.where(Place.account_id == actor.id, Place.role != REMOVED, Room.archived_at.is_not(None))
    found = db.execute(query.order_by(Room.id.desc()).limit(OFFERED)).all()
    titles = titles_of(db, [room for room, _place in found], actor.id)
    return [RoomLine(seat_of(room, place), titles[room.id]) for room, place in found]


def titles_of(db: Session, rooms: Sequence[Room], account_id: str) -> Mapping[int, str]:
    """What each room is called for somebody: direct ones by who else is in them."""
    nameless = [room.id for room in rooms if room.kind == DIRECT or (room.kind == GROUP and not room.name)]
    query = select(Place.room_id, Place.account_id).where(Place.room_id.in_(nameless), Place.role != REMOVED)
    others: dict[int, list[str]] = {}
    for room_id, other in db.execute(query).all() if nameless else ():
        if other != account_id:
            others.setdefault(room_id, []).append(other)
    names = account_names(db, {one for them in others.values() for one in them})
    titles = {}
    for room in rooms:
        them = ", ".join(sorted(names[one] for one in others.get(room.id, ())))
        titles[room.id] = room.name if room.id not in nameless else them or "Only you"
    return titles


def title_of(db: Session, seat: Seat) -> str:
    """What a room is called for whoever sits in it."""
    return titles_of(db, [seat.room], seat.account_id)[seat.room.id]


def people_in(db: Session, seat: Seat, *, removed: bool = False) -> list[Person]:
    """Who is in a room, by name, moderators first; or who was removed from it."""
    query = select(Place).where(Place.room_id == seat.room.id).limit(MOST_PEOPLE)
    query = query.where(Place.role == REMOVED if removed else Place.role != REMOVED)
    rows = db.scalars(query).all()
    names = account_names(db, (row.account_id for row in rows))
    people = [Person(row.account_id, names[row.account_id], row.role, row.read_to) for row in rows]
    return sorted(people, key=lambda one: (one.role != MODERATOR, one.name.casefold(), one.account_id))


def how_many_in(db: Session, room_id: int, most: int = MOST_PEOPLE) -> int:
    """How many are in a room, at most one more than `most`."""
    query = select(Place.account_id).where(Place.room_id == room_id, Place.role != REMOVED).limit(most + 1)
    return len(db.scalars(query).all())


def who_is_told(db: Session, room_id: int, most: int) -> Sequence[tuple[str, str]]:
    """Who is in a room, at most so many, and what they want to be told of: for every message, so past the ORM."""
    return [(one, notify) for one, notify in db.connection().execute(_TOLD, {"in_room": room_id, "most": most})]


def is_hidden_from_some(db: Session, room: Room, message: Message | messages.NewMessage) -> bool:
    """Whether somebody in the room came after this message, and may not read it."""
    if room.kind == PUBLIC:
        return False
    late = select(Place.account_id).where(Place.room_id == room.id, Place.since_id >= message.id)
    return db.scalar(late.limit(1)) is not None


def known_people(db: Session, actor: Caller, most: int = 200) -> list[str]:
    """The names of people with whom somebody shares a room that is not public, for a list to choose from."""
    mine = select(Place.room_id).join(Room, Room.id == Place.room_id)
    mine = mine.where(Place.account_id == actor.id, Place.role != REMOVED, Room.kind != PUBLIC).limit(50)
    query = select(Place.account_id).where(Place.room_id.in_(mine), Place.role != REMOVED).distinct().limit(most)
    found = [one for one in db.scalars(query) if one != actor.id]
    return sorted(account_names(db, found).values(), key=str.casefold)


def draft_in(db: Session, seat: Seat, thread: int = 0) -> str:
    """What somebody has begun to write there."""
    found = db.get(Draft, (seat.account_id, seat.room.id, thread))
    return found.text if found is not None else ""


def quiet_until(db: Session, account_id: str, at: datetime) -> datetime | None:
    """Until when somebody is not to be disturbed; None if they may be."""
    found = db.get(Quiet, account_id)
    return found.until if found is not None and found.until > at else None


def visible_places(db: Session, actor: Caller) -> list[int]:
    """The rooms that somebody is in, archived ones too."""
    query = select(Place.room_id).where(Place.account_id == actor.id, Place.role != REMOVED)
    return list(db.scalars(query))


def keys_of_public(db: Session, name: str) -> list[int]:
    """The public room of this name, if there is one."""
    return list(db.scalars(select(Room.id).where(Room.key == public_key(name))))


def public_key(name: str) -> str:
    """What makes the name of a public room unique: two that look the same are the same."""
    return "public:" + unicodedata.normalize("NFKC", unicodedata.normalize("NFD", name).casefold())[:240]
