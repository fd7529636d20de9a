"""What a limit of age would erase in a room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..models import Attached, Message, Room

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
    """The rooms that keep their messages for some time only."""
    return list(db.scalars(select(Room.id).where(Room.keep_days > 0).order_by(Room.id)))


def next_ones(db: Session, room_id: int, after: int, count: int) -> Sequence[Message]:
    """The messages of a room that follow this one, threads among them."""
    query = select(Message).where(Message.room_id == room_id, Message.id > after).order_by(Message.id).limit(count)
    return db.scalars(query.execution_options(populate_existing=True)).all()


def goes(message: Message, before: datetime) -> bool:
    """Whether a message is too old and not pinned. The trace of one whose thread goes on stays."""
    is_trace = message.deleted_at is not None and message.replies > 0
    return message.at < before and message.pinned_at is None and not is_trace


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
