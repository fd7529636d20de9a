"""Who is in a room: joining, inviting, leaving, moderating, removing."""

from __future__ import annotations

from sqlalchemy import delete, select

from doorward import Caller, Conflict, Invalid, Transaction, find_account, transaction

from .. import access, live
from ..access import name_of
from ..models import DRAFTS, EVERYTHING, GROUP, JOINED, MEMBER, MENTIONS, MODERATOR, NOTHING, REMOVED, Place, Room
from ..queries.rooms import MOST_IN_GROUP, MOST_PEOPLE, how_many_in
from . import calls

NOTIFY = {EVERYTHING: "Every message", MENTIONS: "Only what names me", NOTHING: "Nothing"}


def join(actor: Caller, room_id: int) -> None:
    """Come into a public room."""
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        _seat(tx, access.seat_in(tx.db, actor, room_id, access.JOIN).room, actor.id)


def invite(actor: Caller, room_id: int, name: str) -> None:
    """Bring somebody into a room; also somebody who was removed, if the actor moderates it.

    Errors:
        Invalid: there is no such account. Forbidden: the actor does not bring people in. Conflict: the room is full.
    """
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        seat = access.seat_in(tx.db, actor, room_id, access.INVITE)
        account_id = find_account(tx.db, name.removeprefix("@"))
        if account_id is None:
            raise Invalid({"person": "There is no account of this name that may sign in."})
        room = seat.room
        there = tx.db.get(Place, (room_id, account_id), populate_existing=True)
        if there is not None and there.role != REMOVED:
            return
        if there is not None:
            access.must(seat, access.SEAT)
            tx.db.delete(there)
            tx.db.flush()
        _seat(tx, room, account_id)


def _seat(tx: Transaction, room: Room, account_id: str) -> None:
    """Give somebody a place. The room is held already, so that no message slips in between."""
    most = MOST_IN_GROUP if room.kind == GROUP else None
    if most is not None and how_many_in(tx.db, room.id, most) >= most:
        raise Conflict(f"At most {most} people write to each other directly. Make a room instead.")
    since = 0
    if room.history == JOINED:
        since = room.last_id
        live.begin_anew(tx, room)
    tx.db.add(
        Place(
            room_id=room.id, account_id=account_id, role=MEMBER, since_id=since, read_to=room.last_id, joined_at=tx.now
        )
    )
    tx.journal("chat.person_seated", on=name_of(room), account=account_id)
    live.tell_rooms(tx, account_id)


def leave(actor: Caller, room_id: int) -> None:
    """Go out of a room. Of a room that is left without a moderator, whoever is there longest becomes one."""
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        seat = access.seat_in(tx.db, actor, room_id, access.LEAVE)
        room = seat.room
        go_out(tx, room, actor.id)
        tx.journal("chat.person_left", on=name_of(room))


def go_out(tx: Transaction, room: Room, account_id: str) -> None:
    """Take somebody out of a room that is held."""
    there = tx.db.get(Place, (room.id, account_id), populate_existing=True)
    if there is None:
        return
    tx.db.delete(there)
    tx.db.execute(delete(DRAFTS).where(DRAFTS.c.account_id == account_id, DRAFTS.c.room_id == room.id))
    tx.db.flush()
    if there.role == MODERATOR:
        _keep_a_moderator(tx, room)
    calls.put_out(tx, room, account_id)
    live.end_stream(tx, room, account_id)


def _keep_a_moderator(tx: Transaction, room: Room) -> None:
    others = select(Place).where(Place.room_id == room.id, Place.role == MODERATOR).limit(1)
    if tx.db.scalar(others) is not None:
        return
    longest = select(Place).where(Place.room_id == room.id, Place.role == MEMBER).limit(MOST_PEOPLE)
    heirs = sorted(tx.db.scalars(longest), key=lambda one: (one.joined_at, one.account_id))
    if heirs:
        heirs[0].role = MODERATOR
        tx.journal("chat.moderator_made", on=name_of(room), account=heirs[0].account_id)


def set_role(actor: Caller, room_id: int, account_id: str, role: str) -> None:
    """Make somebody in the room a moderator, or a member again.

    Errors:
        Invalid: no such role. Conflict: the only moderator would be none any more.
    """
    if role not in (MODERATOR, MEMBER):
        raise Invalid({"role": "Choose a role."})
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        seat = access.seat_in(tx.db, actor, room_id, access.SEAT)
        room = seat.room
        place = access.place_in(tx.db, seat, account_id)
        if place.role == REMOVED:
            raise Conflict("They were removed. Bring them in again first.")
        if place.role == MODERATOR and role == MEMBER:
            _must_not_be_last(tx, room, account_id)
        place.role = role
        tx.journal("chat.role_given", on=name_of(room), account=account_id, role=role)
        live.tell_rooms(tx, account_id)


def remove(actor: Caller, room_id: int, account_id: str) -> None:
    """Put somebody out of a room. From then on it does not exist for them, until a moderator brings them in again."""
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        seat = access.seat_in(tx.db, actor, room_id, access.SEAT)
        room = seat.room
        place = access.place_in(tx.db, seat, account_id)
        if place.role == MODERATOR:
            _must_not_be_last(tx, room, account_id)
        place.role = REMOVED
        tx.db.execute(delete(DRAFTS).where(DRAFTS.c.account_id == account_id, DRAFTS.c.room_id == room_id))
        tx.journal("chat.person_removed", on=name_of(room), account=account_id)
        calls.put_out(tx, room, account_id)
        live.end_stream(tx, room, account_id)


def _must_not_be_last(tx: Transaction, room: Room, account_id: str) -> None:
    others = select(Place.account_id).where(
        Place.room_id == room.id, Place.role == MODERATOR, Place.account_id != account_id
    )
    if tx.db.scalar(others.limit(1)) is None:
        raise Conflict("This is the only moderator. Make somebody else a moderator first.")


def set_notify(actor: Caller, room_id: int, notify: str) -> None:
    """Say what one wants to be told of."""
    if notify not in NOTIFY:
        raise Invalid({"notify": "Choose what you are told of."})
    with transaction(actor) as tx:
        access.seat_in(tx.db, actor, room_id, access.SET)
        tx.db.get_one(Place, (room_id, actor.id)).notify = notify
