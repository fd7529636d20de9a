"""Calls: somebody begins one, others come in and go. What browsers tell each other goes through here, unread.

Nothing has to be ended by anybody: who is not heard of is out, a call that nobody is in is over, and who is rung for
stops ringing by themselves. So no call can be stuck.
"""

from __future__ import annotations

import re

from sqlalchemy.exc import IntegrityError

from doorward import Caller, Conflict, Invalid, NotFound, Transaction, now, reading, transaction

from .. import access, live
from ..access import TALK, name_of
from ..models import Call, CallSeat, Room
from ..queries import calls
from ..queries.calls import MOST_IN_CALL, Talking

_PAGE = re.compile(r"[A-Za-z0-9_-]{8,40}")
#: What a browser describes of itself to another is some kilobytes.
LONGEST_SIGNAL = 24_000
NOT_IN_CALL = "You are not in this call any more."


def enter(actor: Caller, room_id: int, page: str) -> Talking:
    """Come into the call of a room; begin it, if none is on. Gives who is in it.

    Arguments:
        page: a name that the page of the call made for itself.

    Errors:
        NotFound: no such room. Forbidden: there are no calls in it. Conflict: the call is full. Invalid: the page.
    """
    if not _PAGE.fullmatch(page):
        raise Invalid({"page": "Open the page of the call again."})
    try:
        return _enter(actor, room_id, page)
    except IntegrityError:  # two began at the same moment: now there is a call to come into
        return _enter(actor, room_id, page)


def _enter(actor: Caller, room_id: int, page: str) -> Talking:
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        room = access.seat_in(tx.db, actor, room_id, TALK).room
        call = _call_that_is_on(tx, room)
        others = [one for one in calls.present(tx.db, call, tx.now) if one.account_id != actor.id]
        if len(others) >= MOST_IN_CALL:
            raise Conflict(f"The call is full: {MOST_IN_CALL} people are in it.")
        _sit_down(tx, call, actor.id, page)
        talking = calls.call_in(tx.db, room_id, tx.now)
        if talking is None:
            raise NotFound(NOT_IN_CALL)
        live.tell_call(tx, room, talking)
        if not others:
            live.ring(tx, room, call, actor)
        return talking


def _call_that_is_on(tx: Transaction, room: Room) -> Call:
    """The one that is on; a new one where the last was left by everybody, however they left it."""
    there = calls.open_call(tx.db, room.id)
    if there is not None:
        if calls.present(tx.db, there, tx.now):
            return there
        _end(tx, room, there)
    call = Call(room_id=room.id, begun_by=tx.actor.id, begun_at=tx.now)
    tx.db.add(call)
    tx.db.flush()
    tx.journal("chat.call_begun", on=name_of(room), call=call.id)
    return call


def _sit_down(tx: Transaction, call: Call, account_id: str, page: str) -> None:
    seat = tx.db.get(CallSeat, (call.id, account_id), populate_existing=True)
    if seat is None:
        seat = CallSeat(call_id=call.id, account_id=account_id, page=page, joined_at=tx.now, seen_at=tx.now)
        tx.db.add(seat)
    if seat.left_at is not None or seat.page != page:
        seat.joined_at = tx.now
    seat.page, seat.seen_at, seat.left_at = page, tx.now, None
    tx.db.flush()


def stay(actor: Caller, room_id: int, page: str) -> Talking:
    """Say that one is still in the call. Gives who is in it.

    Errors:
        NotFound: no such room, or one is not in a call there any more, or in it by another page.
    """
    with transaction(actor) as tx:
        room = access.seat_in(tx.db, actor, room_id, TALK).room
        call, seat = _seat_of(tx, room_id, actor.id, page)
        seat.seen_at = tx.now
        before = {one.account_id for one in calls.present(tx.db, call, tx.now - calls.HEARD_WITHIN / 3)}
        tx.db.flush()
        talking = calls.call_in(tx.db, room_id, tx.now)
        if talking is None:
            raise NotFound(NOT_IN_CALL)
        if before - {one.account_id for one in talking.people}:
            live.tell_call(tx, room, talking)
        return talking


def go(actor: Caller, room_id: int, page: str) -> None:
    """Leave the call; the last one ends it. Whoever is not in it has left already."""
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        room = access.seat_in(tx.db, actor, room_id).room
        try:
            call, _seat = _seat_of(tx, room_id, actor.id, page)
        except NotFound:
            return
        _stand_up(tx, room, call, actor.id)


def put_out(tx: Transaction, room: Room, account_id: str) -> None:
    """Somebody is out of the room, which is held, and so out of its call."""
    call = calls.open_call(tx.db, room.id)
    if call is not None:
        _stand_up(tx, room, call, account_id)


def close(tx: Transaction, room: Room) -> None:
    """End the call of a room that is archived, and held."""
    call = calls.open_call(tx.db, room.id)
    if call is not None:
        _end(tx, room, call)


def _stand_up(tx: Transaction, room: Room, call: Call, account_id: str) -> None:
    seat = tx.db.get(CallSeat, (call.id, account_id), populate_existing=True)
    if seat is not None and seat.left_at is None:
        seat.left_at = tx.now
        tx.db.flush()
    talking = calls.call_in(tx.db, room.id, tx.now)
    if talking is None:
        _end(tx, room, call)
    else:
        live.tell_call(tx, room, talking)


def _end(tx: Transaction, room: Room, call: Call) -> None:
    call.ended_at = tx.now
    tx.db.flush()
    tx.journal("chat.call_ended", on=name_of(room), call=call.id)
    live.tell_no_call(tx, room)


def _seat_of(tx: Transaction, room_id: int, account_id: str, page: str) -> tuple[Call, CallSeat]:
    call = calls.open_call(tx.db, room_id)
    seat = tx.db.get(CallSeat, (call.id, account_id), populate_existing=True) if call else None
    if call is None or seat is None or seat.left_at is not None or seat.page != page:
        raise NotFound(NOT_IN_CALL)
    return call, seat


def pass_on(actor: Caller, room_id: int, page: str, to: str, said: str) -> None:
    """Tell somebody in the same call what one's browser has to say to theirs. It is not stored, and not read.

    Arguments:
        to: the account.
        said: JSON, as the page made it.

    Errors:
        NotFound: no such room, or one of both is not in its call. Invalid: it is empty or too long.
    """
    if not 0 < len(said) <= LONGEST_SIGNAL:
        raise Invalid({"said": f"Say 1 to {LONGEST_SIGNAL} signs."})
    with transaction(actor) as tx:
        access.seat_in(tx.db, actor, room_id, TALK)
        _call, mine = _seat_of(tx, room_id, actor.id, page)
        talking = calls.call_in(tx.db, room_id, tx.now)
        there = {one.account_id for one in talking.people} if talking else set()
        if to not in there or to == actor.id:
            raise NotFound("They are not in this call any more.")
        live.tell_signal(tx, to, {"room": room_id, "from": actor.id, "page": mine.page, "said": said})


def talking_in(actor: Caller, room_id: int) -> Talking | None:
    """The call that is on in a room, for somebody who may be in it.

    Errors:
        NotFound: no such room. Forbidden: there are no calls in it.
    """
    with reading() as db:
        access.seat_in(db, actor, room_id, TALK)
        return calls.call_in(db, room_id, now())
