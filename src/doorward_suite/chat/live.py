"""What the streams of chat say, and who may listen.

Each room has a stream, and each person one of their own. A room's stream carries messages to everybody in it. A change
of a message that is from before somebody's time goes by its number alone, and each page asks for what is for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from doorward import Caller, Refused, Transaction, live_tell, reading, topic, whole_number

from . import access
from .models import NOTHING, Call, Room
from .queries.calls import RINGS_FOR, Talking
from .queries.messages import Line, NewMessage
from .queries.rooms import how_many_in, is_hidden_from_some, who_is_told

#: In rooms with more people, only those who are named are told of a message while they look elsewhere, and nobody is
#: told live how far each has read: a crowd that is told of a crowd would cost its square.
MOST_TOLD = 50


def room_topic(room: Room) -> str:
    """The stream of a room, as it is called since somebody last came who may not hear what was before."""
    return f"chat.room:{room.id}.{room.generation}"


def own_topic(account_id: str) -> str:
    """The stream of a person: what happens in their rooms."""
    return f"chat.me:{account_id}"


@topic("chat.room", scopes=["chat:read"])
def may_listen_in_room(caller: Caller, key: str) -> bool:
    """Whoever may read in the room; by the name that its stream has now, and by no earlier one."""
    number, _, generation = key.partition(".")
    try:
        with reading() as db:
            seat = access.seat_in(db, caller, whole_number(number) or 0)
    except Refused:
        return False
    return str(seat.room.generation) == generation


def here_topic(room_id: int) -> str:
    """The stream of who has a room open, and of who is typing there: for those who may write in it."""
    return f"chat.here:{room_id}"


@topic("chat.here", names_people=True)
def may_be_here(caller: Caller, key: str) -> bool:
    """Whoever may write in the room. Who only looks into a public one neither sees who is there nor is seen."""
    try:
        with reading() as db:
            return access.seat_in(db, caller, whole_number(key) or 0).may(access.POST)
    except Refused:
        return False


def tell_typing(caller: Caller, room_id: int, thread: int) -> None:
    """Somebody is typing: to who has the room open now, and to no record.

    Errors:
        NotFound: they may not write there, or there is no such room.
    """
    said: dict[str, str | int] = {"account": caller.id, "name": caller.name, "thread": thread}
    live_tell(here_topic(room_id), "typing", said, newest=f"typing:{caller.id}")


@topic("chat.me", scopes=["chat:read"])
def may_listen_to_own(caller: Caller, key: str) -> bool:
    """The person themselves."""
    return caller.is_signed_in and caller.id == key


def tell_message(tx: Transaction, room: Room, line: Line) -> None:
    """A message is new: to everybody who has the room open."""
    tx.publish(room_topic(room), "message", line.as_json())


def tell_elsewhere(tx: Transaction, room: Room, new: Sequence[tuple[NewMessage, frozenset[str]]]) -> None:
    """Messages are new: to those who look elsewhere. Several are told at once, by the last that calls, or the last.

    Arguments:
        new: messages of one author in their order, each with the accounts that it names.
    """
    there = who_is_told(tx.db, room.id, MOST_TOLD + 1)
    for account_id, news in _news(room.id, new, there).items():
        if account_id != new[-1][0].author_id:
            tx.publish(own_topic(account_id), "news", news, newest=f"news:{room.id}:{news['called']}")


def _news(
    room_id: int, new: Sequence[tuple[NewMessage, frozenset[str]]], there: Sequence[tuple[str, str]]
) -> dict[str, dict[str, Any]]:
    """What each account is told."""
    last, _named = new[-1]
    if not any(named or message.calls for message, named in new):  # everybody is told the same, and it is made once
        count = sum(not message.thread_id for message, _named in new)
        same = {"room": room_id, "id": last.id, "thread": last.thread_id, "called": False, "count": count}
        return dict.fromkeys(_told_of(last, frozenset(), there), same)
    told: dict[str, dict[str, Any]] = {}
    for message, named in new:
        for account_id, called in _told_of(message, named, there).items():
            before = told.get(account_id, {"called": False, "count": 0})
            count = before["count"] + (not message.thread_id)
            if before["called"] and not called:
                before["count"] = count
                continue
            news = {"room": room_id, "id": message.id, "thread": message.thread_id, "called": called, "count": count}
            told[account_id] = news
    return told


def _told_of(message: NewMessage, named: frozenset[str], there: Sequence[tuple[str, str]]) -> dict[str, bool]:
    """Who is told of a message, and whether it calls them."""
    calls = bool(message.calls)
    told = dict.fromkeys(named, True)
    if calls or len(there) <= MOST_TOLD:
        told |= {one: calls or one in named for one, notify in there if notify != NOTHING or calls}
    return told


def tell_quietly(tx: Transaction, room: Room, line: Line) -> None:
    """The server says something: to who has the room open. Nobody is called away from elsewhere."""
    tx.publish(room_topic(room), "message", line.as_json())


def tell_changed(tx: Transaction, room: Room, line: Line) -> None:
    """A message is not what it was: edited, deleted, pinned, reacted to, answered in its thread."""
    message = line.message
    only_number = {"id": message.id, "version": message.version}
    whole: dict[str, Any] = only_number if is_hidden_from_some(tx.db, room, message) else line.as_json()
    tx.publish(room_topic(room), "changed", whole, newest=f"message:{message.id}")


def tell_erased(tx: Transaction, room: Room, message_ids: Sequence[int]) -> None:
    """Messages are not kept any more: to who has the room open. Their numbers say nothing to who came later."""
    tx.publish(room_topic(room), "erased", {"ids": list(message_ids)})


def tell_read(tx: Transaction, room: Room, account_id: str, read_to: int) -> None:
    """Somebody has read up to here: to their own other pages, and to who has the room open, unless it is a crowd."""
    said: dict[str, Any] = {"room": room.id, "account": account_id, "to": read_to}
    tx.publish(own_topic(account_id), "read", said, newest=f"read:{room.id}")
    if how_many_in(tx.db, room.id, MOST_TOLD) <= MOST_TOLD:
        tx.publish(here_topic(room.id), "read", said, newest=f"read:{account_id}")


def tell_quiet(tx: Transaction, account_id: str, until: datetime) -> None:
    """Somebody is not to be disturbed until then: to all pages of theirs."""
    tx.publish(own_topic(account_id), "hush", {"until": until.isoformat()}, newest="hush")


def tell_room(tx: Transaction, room: Room) -> None:
    """The room has another name, description or state."""
    said: dict[str, Any] = {
        "id": room.id,
        "name": room.name,
        "about": room.about,
        "archived": room.archived_at is not None,
    }
    tx.publish(room_topic(room), "room", said, newest="room")


def tell_rooms(tx: Transaction, account_id: str) -> None:
    """Somebody's list of rooms is another: they came into one, or are out."""
    tx.publish(own_topic(account_id), "rooms", {})


def tell_call(tx: Transaction, room: Room, talking: Talking) -> None:
    """Who is in the call of a room."""
    tx.publish(room_topic(room), "call", talking.as_json(), newest="call")


def tell_no_call(tx: Transaction, room: Room) -> None:
    """The call of a room is over; nobody is rung for any more."""
    tx.publish(room_topic(room), "call", {"room": room.id, "people": []}, newest="call")
    for account_id, _notify in who_is_told(tx.db, room.id, MOST_TOLD):
        tx.publish(own_topic(account_id), "quiet", {"room": room.id}, newest=f"ring:{room.id}")


def ring(tx: Transaction, room: Room, call: Call, by: Caller) -> None:
    """Somebody began a call: to all in the room who want to be told of something in it."""
    until = (call.begun_at + RINGS_FOR).isoformat()
    said: dict[str, Any] = {"room": room.id, "call": call.id, "by": by.name, "name": room.name, "until": until}
    for account_id, notify in who_is_told(tx.db, room.id, MOST_TOLD):
        if account_id != by.id and notify != NOTHING:
            tx.publish(own_topic(account_id), "ring", said, newest=f"ring:{room.id}")


def tell_signal(tx: Transaction, account_id: str, said: dict[str, Any]) -> None:
    """What one browser in a call has to say to another."""
    tx.publish(own_topic(account_id), "signal", said)


def end_stream(tx: Transaction, room: Room, account_id: str) -> None:
    """Somebody is out of the room, and with it the right to listen."""
    said, here = room_topic(room), here_topic(room.id)
    tx.after_commit(lambda publisher: publisher.cut_topic(said, account_id))
    tx.after_commit(lambda publisher: publisher.cut_topic(here, account_id))
    tell_rooms(tx, account_id)


def begin_anew(tx: Transaction, room: Room) -> None:
    """Somebody came who may not hear what was said before: the stream gets another name, and pages follow it."""
    old = room_topic(room)
    room.generation += 1
    tx.after_commit(lambda publisher: publisher.cut_topic(old))


def end_presence(tx: Transaction, room: Room) -> None:
    """Nobody writes in the room any more: nobody is told who is there."""
    name = here_topic(room.id)
    tx.after_commit(lambda publisher: publisher.cut_topic(name))
