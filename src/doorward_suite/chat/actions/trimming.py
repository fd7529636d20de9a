"""What is not kept any more is erased, once a day: what is too old, and the oldest of who has the most.

First what a room itself says, then what the server says of the files of all rooms.

A small part of a room goes in each transaction, so that nobody who writes waits long; all of it may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from doorward import Job, Transaction, reading, transaction

from .. import access, live
from ..access import name_of
from ..models import Attached, Message, Room
from ..queries import keeping, server_keeping
from . import messages
from .keeping import server_says
from .server_keeping import FAIRLY as _FAIRLY_OF_ALL

_MIB = 1 << 20


@dataclass(slots=True)
class _Erased:
    """How far a room is trimmed, and what went.

    Arguments:
        over: how many bytes each author still has to give, where it is about size.
        gone: the messages that went in this part, for pages that show them.
    """

    over: dict[str, int] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    messages: int = 0
    files: int = 0
    bytes: int = 0
    after: int = 0
    is_done: bool = False


#: Erases the next part of a room; gives whether there is more of it.
_Part = Callable[[Transaction, Room, _Erased], bool]


def trim(job: Job) -> None:
    """The job."""
    with reading() as db:
        rooms = keeping.rooms_that_forget(db)
    for number, room_id in enumerate(rooms, start=1):
        _run(job, room_id, _Erased(), _old_part, _told_of_age)
        _run(job, room_id, _Erased(_over(room_id, of_files=True)), _file_part, _told_of_files)
        _run(job, room_id, _Erased(_over(room_id, of_files=False)), _heavy_part, _told_of_size)
        job.progress(number, len(rooms))
    _trim_all(job)


def _trim_all(job: Job) -> None:
    """The heaviest rooms give files until those of all rooms are no more than the server keeps."""
    with reading() as db:
        limit = server_keeping.files_mib(db)
        over = server_keeping.sizes(db).over(limit) if limit else {}

    def part(tx: Transaction, room: Room, erased: _Erased) -> bool:
        # Whoever lifts the limit meanwhile stops it.
        return server_keeping.files_mib(tx.db) == limit and _light_part(tx, room, erased)

    def told(room: Room, erased: _Erased) -> str:
        return f"{_many(erased)} erased: this server keeps {limit} MiB of files in all its rooms. {_FAIRLY_OF_ALL}"

    for room_id, goes in over.items():
        with reading() as db:
            erased = _Erased(server_keeping.shares_in(db, room_id, goes))
        _run(job, room_id, erased, part, told)


def _run(job: Job, room_id: int, erased: _Erased, part: _Part, told: Callable[[Room, _Erased], str]) -> None:
    """Part by part of a room, which is held; with the last of them the room is told what went."""
    while not erased.is_done:
        with transaction(job.actor) as tx:
            room = access.hold_room(tx.db, room_id)
            erased.gone = []
            erased.is_done = room is None or not part(tx, room, erased)
            if room is not None and erased.gone:
                live.tell_erased(tx, room, erased.gone)
            if room is not None and erased.is_done and (erased.messages or erased.files):
                tx.journal("chat.trimmed", on=name_of(room), messages=erased.messages, files=erased.files)
                server_says(tx, room, told(room, erased))
        job.progress(job.done, job.total)


def _over(room_id: int, *, of_files: bool) -> dict[str, int]:
    with reading() as db:
        room = db.get(Room, room_id)
        return {} if room is None else {one.account_id: one.goes for one in keeping.shares(db, room, of_files=of_files)}


# --- what is too old ---


def _old_part(tx: Transaction, room: Room, erased: _Erased) -> bool:
    if not room.keep_days:
        return False
    before = tx.now - timedelta(days=room.keep_days)
    part = keeping.next_ones(tx.db, room.id, erased.after, keeping.AT_ONCE)
    for message in part:
        if keeping.goes(message, before):
            _erase(tx, room, message, erased)
    return _goes_on(part, erased) and part[-1].at < before


def _told_of_age(room: Room, erased: _Erased) -> str:
    return f"{_many(erased)} erased: what is older than {room.keep_days} days is not kept here."


# --- what is too much ---


def _heavy_part(tx: Transaction, room: Room, erased: _Erased) -> bool:
    if not room.keep_mib or not erased.over:
        return False
    part = keeping.next_ones(tx.db, room.id, erased.after, keeping.AT_ONCE)
    for message in part:
        if message.author_id in erased.over and keeping.may_go(message):
            before = erased.bytes
            _erase(tx, room, message, erased)
            _give(erased, message.author_id, erased.bytes - before)
    return _goes_on(part, erased) and bool(erased.over)


def _told_of_size(room: Room, erased: _Erased) -> str:
    return f"{_many(erased)} erased: this room keeps {room.keep_mib} MiB. {_FAIRLY}"


def _file_part(tx: Transaction, room: Room, erased: _Erased) -> bool:
    return bool(room.keep_files_mib) and _light_part(tx, room, erased)


def _light_part(tx: Transaction, room: Room, erased: _Erased) -> bool:
    """Files go, of whom it says; what was said with them stays."""
    if not erased.over:
        return False
    part = keeping.next_ones(tx.db, room.id, erased.after, keeping.AT_ONCE)
    for message in part:
        if message.author_id in erased.over and keeping.may_go(message):
            _drop_files(tx, room, message, erased)
    return _goes_on(part, erased) and bool(erased.over)


def _told_of_files(room: Room, erased: _Erased) -> str:
    return f"{_many(erased)} erased: this room keeps {room.keep_files_mib} MiB of files. {_FAIRLY}"


_FAIRLY = "They were the oldest of those who have the most here; what is pinned is kept."


def _give(erased: _Erased, author: str, size: int) -> None:
    erased.over[author] -= size
    if erased.over[author] <= 0:
        del erased.over[author]


def _drop_files(tx: Transaction, room: Room, message: Message, erased: _Erased) -> None:
    """The files of a message, the first first; a message that was nothing but files goes with the last."""
    attached = messages.files_of(tx, message)
    going = list(_first_of(attached, erased.over[message.author_id]))
    if not going:
        return
    if len(going) == len(attached) and not message.text:
        _give(erased, message.author_id, sum(one.size for one in going))
        _erase(tx, room, message, erased)
        return
    messages.unindex(tx, room, message, attached)
    for file in going:
        tx.drop_file(file.file_id)
        tx.db.delete(file)
        erased.files, erased.bytes = erased.files + 1, erased.bytes + file.size
    _give(erased, message.author_id, sum(one.size for one in going))
    tx.db.flush()
    messages.index_message(tx, room, message, attached[len(going) :])
    messages.show_changed(tx, room, message)


def _first_of(files: Sequence[Attached], size: int) -> Iterator[Attached]:
    """As many of these, from the first on, as it takes to have this size together."""
    for file in files:
        if size <= 0:
            return
        size -= file.size
        yield file


# --- a message ---


def _goes_on(part: Sequence[Message], erased: _Erased) -> bool:
    erased.after = part[-1].id if part else erased.after
    return len(part) >= keeping.AT_ONCE


def _erase(tx: Transaction, room: Room, message: Message, erased: _Erased) -> None:
    """Take a message away; of one whose thread goes on, it stays that it was there, until its last reply has gone."""
    sizes = tx.db.scalars(select(Attached.size).where(Attached.message_id == message.id)).all()
    erased.messages, erased.files = erased.messages + 1, erased.files + len(sizes)
    erased.bytes += len(message.text.encode()) + sum(sizes)
    if message.deleted_at is None:
        messages.empty(tx, room, message, message.author_id)
        message.version += 1
    if message.replies > 0:
        messages.show_changed(tx, room, message)
        return
    erased.gone.append(message.id)
    root = tx.db.get(Message, message.thread_id, with_for_update=True) if message.thread_id else None
    tx.db.delete(message)
    if root is not None:
        root.replies = max(0, root.replies - 1)
        if root.deleted_at is not None and root.replies == 0 and root.pinned_at is None:
            tx.db.delete(root)
            erased.gone.append(root.id)
    tx.db.flush()


def _many(erased: _Erased) -> str:
    found = [(erased.messages, "message"), (erased.files, "file")]
    said = " and ".join(f"{count} {what}{'s' if count != 1 else ''}" for count, what in found if count)
    return f"{said} {'was' if erased.messages + erased.files == 1 else 'were'}"
