"""Who may do what in a room, and the only place that fetches a record for somebody.

Whoever has no way into a room learns nothing of it, not even that it exists: a stranger to a private room, and who was
removed from a public one. Administrators of the server are no exception. Who is in it, and may not do this, is told so.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from doorward import Caller, Forbidden, NotFound

from .models import DIRECT, GROUP, MEMBER, MODERATOR, PLACES, PRIVATE, PUBLIC, REMOVED, Attached, Message, Place, Room

#: Somebody with an account who has not joined a public room.
VISITOR = "visitor"

# What is done in a room.
READ = "read"
POST = "post"
REACT = "react"
PIN = "pin"
CALL = "call"  # everybody at once, in a room of any size
ERASE = "erase"  # what others wrote
INVITE = "invite"
MANAGE = "manage"  # name, description, what later members may read
ARCHIVE = "archive"
KEEP = "keep"  # for how long messages stay
PREVIEW = "preview"  # whether the server asks others for previews of links
SEAT = "seat"  # who moderates, who is removed
JOIN = "join"
LEAVE = "leave"
TALK = "talk"  # be in a call
SET = "set"  # what one is told of, how far one has read, drafts

_IN_ANY = frozenset({READ, POST, REACT, PIN, SET})
_MODERATES = _IN_ANY | {CALL, ERASE, INVITE, MANAGE, KEEP, PREVIEW, ARCHIVE, SEAT, LEAVE}

#: The table of kinds, roles and acts. Nothing else in the app says who may do what.
MAY: dict[tuple[str, str], frozenset[str]] = {
    (PUBLIC, VISITOR): frozenset({READ, JOIN}),
    (PUBLIC, MEMBER): _IN_ANY | {INVITE, LEAVE},
    (PUBLIC, MODERATOR): _MODERATES,
    (PRIVATE, MEMBER): _IN_ANY | {LEAVE, TALK},
    (PRIVATE, MODERATOR): _MODERATES | {TALK},
    (DIRECT, MEMBER): _IN_ANY | {PREVIEW, TALK},
    (GROUP, MEMBER): _IN_ANY | {CALL, INVITE, MANAGE, PREVIEW, LEAVE, TALK},
}
#: What is left of it in a room that is archived.
IN_ARCHIVED = frozenset({READ, SET, LEAVE, ARCHIVE})

_REFUSALS = {
    POST: "Join the room to write in it.",
    REACT: "Join the room to react to what is said in it.",
    PIN: "Join the room to pin what is said in it.",
    SET: "Join the room first.",
    JOIN: "You are in this room already.",
    LEAVE: "One cannot leave this room.",
    TALK: "There are no calls in public rooms.",
    INVITE: "Only moderators bring people into this room.",
}
_ONLY_MODERATORS = "Only a moderator of the room does this."
_ARCHIVED = "This room is archived: it can be read, and nothing in it changes."
NO_ROOM = "There is no such room, or it is not open to you."
NO_MESSAGE = "There is no such message, or it is not for you."
#: The largest number that a database keeps: beyond it nothing is there.
LARGEST = 2**63 - 1

# Nearly every request asks these, so they are built once.
_HELD_ROOM = select(Room).where(Room.id == bindparam("in_room")).with_for_update()
_HELD_ROOM = _HELD_ROOM.execution_options(populate_existing=True)
_PLACE = select(PLACES.c.role, PLACES.c.since_id, PLACES.c.read_to, PLACES.c.notify).where(
    PLACES.c.room_id == bindparam("in_room"), PLACES.c.account_id == bindparam("whose")
)
_HELD_PLACE = _PLACE.with_for_update()


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place in a room, as pages and actions need it.

    Arguments:
        room: which one.
        role: theirs in it; `VISITOR` for who has not joined.
        account_id: theirs.
        since_id: messages up to this one are not for them.
        read_to: the newest message that they have read.
        notify: what they are told of.
    """

    room: Room
    role: str
    account_id: str
    since_id: int = 0
    read_to: int = 0
    notify: str = ""

    def may(self, act: str) -> bool:
        """Whether they may do this; for pages, which offer nothing that would be refused."""
        return act in MAY[self.room.kind, self.role] and (self.room.archived_at is None or act in IN_ARCHIVED)

    @property
    def is_in(self) -> bool:
        """Whether they have joined."""
        return self.role != VISITOR

    def sees(self, message: Message) -> bool:
        """Whether a message of this room is for them."""
        return message.room_id == self.room.id and message.id > self.since_id


def seat_in(db: Session, actor: Caller, room_id: int, act: str = READ) -> Seat:
    """The actor's place in a room.

    Arguments:
        act: what they are about to do. For everything but reading, the place is held until the transaction ends: who
            is removed at the same moment does it before that, or not at all.

    Errors:
        NotFound: there is none, or it is not open to them. Forbidden: they are in it, and may not do this.
    """
    if not actor.is_signed_in or not 0 < room_id <= LARGEST:
        raise NotFound(NO_ROOM)
    asked = {"in_room": room_id, "whose": actor.id}
    db.flush()  # the place is read past the session, which would do that
    place = db.connection().execute(_PLACE if act == READ else _HELD_PLACE, asked).one_or_none()
    room = db.get(Room, room_id)
    if room is None or (place is None and room.kind != PUBLIC) or (place is not None and place.role == REMOVED):
        raise NotFound(NO_ROOM)
    if place is None:
        seat = Seat(room, VISITOR, actor.id, read_to=LARGEST)
    else:
        seat = Seat(room, place.role, actor.id, place.since_id, place.read_to, place.notify)
    must(seat, act)
    return seat


def seat_of(room: Room, place: Place) -> Seat:
    """The seat that a place gives."""
    return Seat(room, place.role, place.account_id, place.since_id, place.read_to, place.notify)


def must(seat: Seat, act: str) -> None:
    """Refuse what this seat may not do, with the reason."""
    if seat.may(act):
        return
    if act in MAY[seat.room.kind, seat.role]:
        raise Forbidden(_ARCHIVED)
    raise Forbidden(_REFUSALS.get(act, _ONLY_MODERATORS))


def name_of(room: Room) -> str:
    """A room as the journal names it."""
    return f"room:{room.id}"


def hold_room(db: Session, room_id: int) -> Room | None:
    """Hold a room until the transaction ends: whoever writes, joins or changes it comes one after the other.

    Before anything else is held, or two could wait for each other. It lets nobody in: `seat_in` comes next, and
    finds the room without asking for it again as long as what this gives is kept.
    """
    if not 0 < room_id <= LARGEST:
        return None
    return db.scalars(_HELD_ROOM, {"in_room": room_id}).one_or_none()


def message_for(
    db: Session, actor: Caller, message_id: int, act: str = READ, *, lock: bool = False
) -> tuple[Seat, Message]:
    """A message that the actor may see, with their seat in its room.

    Arguments:
        act: as for `seat_in`.
        lock: whether the message is about to be changed.

    Errors:
        NotFound: there is none, it is in a room that is not open to them, or from before they came.
    """
    room_id = db.scalar(select(Message.room_id).where(Message.id == min(max(message_id, 0), LARGEST)))
    if room_id is None:
        raise NotFound(NO_MESSAGE)
    try:
        seat = seat_in(db, actor, room_id)
    except NotFound:
        raise NotFound(NO_MESSAGE) from None
    message = message_in(db, seat, message_id)
    if act != READ:
        seat = seat_in(db, actor, room_id, act)
    if lock:
        query = select(Message).where(Message.id == message.id).with_for_update()
        message = db.scalars(query.execution_options(populate_existing=True)).one()
    return seat, message


def message_in(db: Session, seat: Seat, message_id: int) -> Message:
    """A message of the room that one sits in, if it is for them."""
    found = db.get(Message, message_id) if 0 < message_id <= LARGEST else None
    if found is None or not seat.sees(found):
        raise NotFound(NO_MESSAGE)
    return found


def attached_to(db: Session, message: Message, number: int) -> Attached:
    """A file of a message that one may see; none of one that was deleted."""
    found = db.get(Attached, (message.id, number)) if 0 < number < 1000 and message.deleted_at is None else None
    if found is None:
        raise NotFound("There is no such file.")
    return found


def place_in(db: Session, seat: Seat, account_id: str) -> Place:
    """Somebody else's place in the room, held; also of who was removed."""
    query = select(Place).where(Place.room_id == seat.room.id, Place.account_id == account_id).with_for_update()
    found = db.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("Nobody of this name is in the room.")
    return found
