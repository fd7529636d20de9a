"""What limits of age and size would erase in a room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, LargeBinary, case, cast, func, select, text
from sqlalchemy.orm import Session

from doorward import account_names

from ..fairness import too_much
from ..models import FORGETS, Attached, Message, Room
from .messages import SERVER_NAME

#: How many messages are looked at once, and at most for what is shown before.
AT_ONCE = 100
MOST_COUNTED = 20_000


@dataclass(frozen=True, slots=True)
class Going:
    """What would go.

    Arguments:
        bytes: of texts and files.
        more: whether there is more than was counted.
    """

    messages: int = 0
    files: int = 0
    bytes: int = 0
    more: bool = False


def rooms_that_forget(db: Session) -> list[int]:
    """The rooms that do not keep everything."""
    return list(db.scalars(select(Room.id).where(text(f"({FORGETS})")).order_by(Room.id)))


def next_ones(db: Session, room_id: int, after: int, count: int) -> Sequence[Message]:
    """The messages of a room that follow this one, threads among them."""
    query = select(Message).where(Message.room_id == room_id, Message.id > after).order_by(Message.id).limit(count)
    return db.scalars(query.execution_options(populate_existing=True)).all()


def goes(message: Message, before: datetime) -> bool:
    """Whether a message is too old, and may go."""
    return message.at < before and may_go(message)


def may_go(message: Message) -> bool:
    """Whether a message is not pinned. The trace of one whose thread goes on stays."""
    is_trace = message.deleted_at is not None and message.replies > 0
    return message.pinned_at is None and not is_trace


def going(db: Session, room_id: int, before: datetime) -> Going:
    """What would go if nothing were kept from before this time. Counts up to some thousand messages."""
    messages = files = size = seen = 0
    for part in _parts(db, room_id):
        old = [one for one in part if goes(one, before)]
        messages += len(old)
        size += sum(len(one.text.encode()) for one in old)
        seen += len(part)
        if old:
            attached = select(func.count(), func.coalesce(func.sum(Attached.size), 0))
            number, their_size = db.execute(attached.where(Attached.message_id.in_([one.id for one in old]))).one()
            files, size = files + number, size + int(their_size)
        if part[-1].at >= before:
            break
        if seen >= MOST_COUNTED:
            return Going(messages, files, size, more=True)
    return Going(messages, files, size)


def _parts(db: Session, room_id: int) -> Iterator[Sequence[Message]]:
    after = 0
    while part := next_ones(db, room_id, after, 10 * AT_ONCE):
        yield part
        after = part[-1].id
        db.expunge_all()


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody has in a room, in bytes.

    Arguments:
        has: without what is pinned.
        goes: how much of it is too much.
    """

    account_id: str
    name: str
    has: int
    goes: int


def shares(db: Session, room: Room, limit_mib: int | None = None, *, of_files: bool) -> list[Share]:
    """Who has too much in a room, the heaviest first. Reads the index of the whole room: for jobs and for who asks.

    Arguments:
        limit_mib: instead of the room's own.
        of_files: whether it is about files alone.
    """
    own = room.keep_files_mib if of_files else room.keep_mib
    limit = (own if limit_mib is None else limit_mib) << 20
    if not limit:
        return []
    has: dict[str, int] = {}
    pinned = 0
    for author, kept, size in [*files_by_author(db, room.id), *([] if of_files else _texts_by_author(db, room.id))]:
        pinned += int(size) if kept else 0
        has[author] = has.get(author, 0) + (0 if kept else int(size))
    going = too_much(has, limit - pinned)
    names = account_names(db, [one for one in going if one])
    found = [Share(one, names[one] if one else SERVER_NAME, has[one], size) for one, size in going.items()]
    return sorted(found, key=lambda one: (-one.has, one.account_id))


_PINNED = case((Message.pinned_at.is_not(None), 1), else_=0)


def _texts_by_author(db: Session, room_id: int) -> Sequence[tuple[str, int, int]]:
    query = select(Message.author_id, _PINNED, func.sum(_bytes_of(db))).where(Message.room_id == room_id)
    return [(who, kept, size) for who, kept, size in db.execute(query.group_by(Message.author_id, _PINNED))]


def files_by_author(db: Session, room_id: int) -> Sequence[tuple[str, int, int]]:
    """Who has how many bytes of files in a room: author, whether of pinned messages, size."""
    query = select(Message.author_id, _PINNED, func.sum(Attached.size))
    query = query.join(Attached, Attached.message_id == Message.id).where(Message.room_id == room_id)
    return [(who, kept, size) for who, kept, size in db.execute(query.group_by(Message.author_id, _PINNED))]


def _bytes_of(db: Session) -> ColumnElement[int]:
    """How many bytes a text has; older SQLite has no octet_length."""
    if db.get_bind().dialect.name == "sqlite":
        return func.length(cast(Message.text, LargeBinary))
    return func.octet_length(Message.text)
