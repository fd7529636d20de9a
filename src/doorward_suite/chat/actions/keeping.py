"""How long a room keeps its messages: set by its moderators, carried out once a day, and told in the room."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from doorward import Caller, Invalid, Job, Transaction, reading, transaction

from .. import access, live
from ..access import KEEP, name_of
from ..models import Attached, Message, Room
from ..queries import keeping
from ..queries.messages import line_of
from . import messages

KIND = "chat.keeping"
EVERY = timedelta(days=1)
MOST_DAYS = 36_500


def judged_days(typed: str) -> int:
    """How many days; 0 keeps for ever.

    Errors:
        Invalid: it is no such number.
    """
    days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else -1
    if not 0 <= days <= MOST_DAYS:
        raise Invalid({"days": f"Write a number of days up to {MOST_DAYS}, or 0 to keep everything."})
    return days


def set_days(actor: Caller, room_id: int, days: int) -> None:
    """Say for how many days a room keeps its messages; 0 for ever. What is pinned is always kept.

    Errors:
        NotFound: no such room. Forbidden: the actor does not moderate it.
    """
    with transaction(actor) as tx:
        access.hold_room(tx.db, room_id)
        room = access.seat_in(tx.db, actor, room_id, KEEP).room
        if room.keep_days == days:
            return
        room.keep_days = days
        tx.journal("chat.keeping_set", on=name_of(room), days=days)
        kept = (
            f"for {days} days; older ones are erased, but for pinned ones"
            if days
            else "for as long as the room is there"
        )
        server_says(tx, room, f"A moderator has set that messages are kept {kept}.")


def trim(job: Job) -> None:
    """The job. A small part of a room in each transaction, so that nobody who writes waits long; it may be repeated."""
    with reading() as db:
        rooms = keeping.rooms_that_forget(db)
    for number, room_id in enumerate(rooms, start=1):
        _trim_room(job, room_id)
        job.progress(number, len(rooms))


@dataclass(slots=True)
class _Erased:
    messages: int = 0
    files: int = 0
    after: int = 0
    is_done: bool = False


def _trim_room(job: Job, room_id: int) -> None:
    erased = _Erased()
    while not erased.is_done:
        with transaction(job.actor) as tx:
            _trim_part(tx, room_id, erased)
        job.progress(job.done, job.total)


def _trim_part(tx: Transaction, room_id: int, erased: _Erased) -> None:
    """The next messages of a room, which is held. With the last of them it is told what went."""
    room = access.hold_room(tx.db, room_id)
    if room is None or not room.keep_days:
        erased.is_done = True
        return
    before = tx.now - timedelta(days=room.keep_days)
    part = keeping.next_ones(tx.db, room_id, erased.after, keeping.AT_ONCE)
    for message in part:
        if keeping.goes(message, before):
            erased.files += _files_of(tx, message)
            _erase(tx, room, message)
            erased.messages += 1
    erased.is_done = len(part) < keeping.AT_ONCE or part[-1].at >= before
    erased.after = part[-1].id if part else erased.after
    if erased.is_done and erased.messages:
        _tell(tx, room, before, erased)


def _files_of(tx: Transaction, message: Message) -> int:
    return tx.db.scalar(select(func.count()).where(Attached.message_id == message.id)) or 0


def _erase(tx: Transaction, room: Room, message: Message) -> None:
    """Take a message away; of one whose thread goes on, it stays that it was there, until its last reply has gone."""
    if message.deleted_at is None:
        messages.empty(tx, room, message, message.author_id)
        message.version += 1
    if message.replies > 0:
        return
    root = tx.db.get(Message, message.thread_id, with_for_update=True) if message.thread_id else None
    tx.db.delete(message)
    if root is not None:
        root.replies = max(0, root.replies - 1)
        if root.deleted_at is not None and root.replies == 0 and root.pinned_at is None:
            tx.db.delete(root)
    tx.db.flush()


def _tell(tx: Transaction, room: Room, before: datetime, erased: _Erased) -> None:
    tx.journal(
        "chat.trimmed",
        on=name_of(room),
        messages=erased.messages,
        files=erased.files,
        before=before.isoformat(timespec="minutes"),
    )
    many = f"{erased.messages} message{'s' if erased.messages != 1 else ''}"
    files = f" and {erased.files} file{'s' if erased.files != 1 else ''}" if erased.files else ""
    server_says(
        tx, room, f"{many}{files} from before {before:%Y-%m-%d %H:%M} UTC were erased: kept for {room.keep_days} days."
    )


def server_says(tx: Transaction, room: Room, text: str) -> None:
    """Let the server say something in a room, which is held. Its author is no account, and it is never unread."""
    message = Message(room_id=room.id, author_id="", client_id=secrets.token_hex(16), text=text, at=tx.now)
    tx.db.add(message)
    tx.db.flush()
    messages.index_message(tx, room, message)
    room.last_id = message.id
    live.tell_quietly(tx, room, line_of(tx.db, message))
