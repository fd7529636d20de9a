"""Messages, a page at a time, with all that hangs on them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from doorward import account_names

from .. import marks
from ..access import LARGEST, Seat
from ..models import THERE, Attached, Earlier, Mention, Message, Preview, Reaction, Room

PAGE = 50
#: Who wrote what the server says.
SERVER_NAME = "Doorward"
_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Marked:
    """One kind of reaction on a message."""

    emoji: str
    by: tuple[str, ...]


@dataclass(slots=True)
class NewMessage:
    """A message that is being written, with the names of `Message`; past the ORM, whose price each would pay."""

    room_id: int
    thread_id: int
    reply_to: int | None
    author_id: str
    client_id: str
    text: str
    at: datetime
    named: str = ""
    calls: str = ""
    id: int = 0
    version: ClassVar[int] = 1
    replies: ClassVar[int] = 0
    edited_at: ClassVar[None] = None
    deleted_at: ClassVar[None] = None
    pinned_at: ClassVar[None] = None


@dataclass(frozen=True, slots=True)
class Line:
    """A message as pages and streams show it.

    Arguments:
        name: its author's.
        reactions: in the order in which each kind was first given.
    """

    message: Message | NewMessage
    name: str
    reactions: Sequence[Marked] = ()
    files: Sequence[Attached] = ()
    preview: Preview | None = None

    @property
    def named(self) -> dict[str, str]:
        """The names in it that are people's, case folded, with their accounts."""
        found: dict[str, str] = json.loads(self.message.named) if self.message.named else {}
        return found

    @property
    def _names(self) -> frozenset[str]:
        one = self.message
        return frozenset({*self.named, *([one.calls] if one.calls else [])}) if one.named or one.calls else _NOBODY

    def html(self) -> str:
        """What it says, sanitised."""
        return marks.html(self.message.text, self._names)

    def as_json(self) -> dict[str, Any]:
        """All of it, for a stream or a script. Nothing in it depends on who asks."""
        one = self.message
        return {
            "id": one.id,
            "room": one.room_id,
            "thread": one.thread_id,
            "author": one.author_id,
            "name": self.name,
            "client": one.client_id,
            "at": one.at.isoformat(),
            "body": marks.tree(one.text, self._names) if one.deleted_at is None else [],
            "version": one.version,
            "edited": one.edited_at is not None,
            "deleted": one.deleted_at is not None,
            "moderated": one.deleted_at is not None and one.deleted_by != one.author_id,
            "pinned": one.pinned_at is not None,
            "replies": one.replies,
            "reply_to": one.reply_to,
            "named": sorted(set(self.named.values())) if one.named else [],
            "calls": one.calls,
            "reactions": [{"emoji": kind.emoji, "by": list(kind.by)} for kind in self.reactions],
            "files": [file_data(one) for one in self.files],
            "preview": preview_data(self.preview),
        }


def preview_data(one: Preview | None) -> dict[str, str] | None:
    """What streams and programs are told of the page that a message links to."""
    if one is None:
        return None
    return {"address": one.address, "site": one.site, "title": one.title, "about": one.about}


def file_data(one: Attached) -> dict[str, Any]:
    """A file as streams and programs are told of it."""
    return {
        "number": one.number,
        "name": one.name,
        "size": one.size,
        "notes": one.notes.splitlines(),
        "picture": one.is_picture,
        "width": one.width,
        "height": one.height,
    }


@dataclass(frozen=True, slots=True)
class Page:
    """Messages in their order, and whether there are more on either side."""

    lines: list[Line]
    older: bool = False
    newer: bool = False
    quoted: Mapping[int, Line] = field(default_factory=dict)

    @property
    def first(self) -> int:
        return self.lines[0].message.id if self.lines else 0

    @property
    def last(self) -> int:
        return self.lines[-1].message.id if self.lines else 0


def newest(db: Session, seat: Seat, thread: int = 0) -> Page:
    """The last messages of a room, or of a thread."""
    return before(db, seat, LARGEST, thread)


def before(db: Session, seat: Seat, message_id: int, thread: int = 0, count: int = PAGE) -> Page:
    """The messages before this one."""
    query = _of(seat, thread).where(Message.id < min(message_id, LARGEST)).order_by(Message.id.desc())
    found = db.scalars(query.limit(count + 1)).all()
    lines = lines_of(db, found[:count][::-1])
    newer = bool(lines) and _any(db, _of(seat, thread, lines[-1].message.id))
    return Page(lines, len(found) > count, newer, _quoted(db, seat, lines))


def after(db: Session, seat: Seat, message_id: int, thread: int = 0, count: int = PAGE) -> Page:
    """The messages after this one."""
    query = _of(seat, thread, min(message_id, LARGEST)).order_by(Message.id)
    found = db.scalars(query.limit(count + 1)).all()
    lines = lines_of(db, found[:count])
    older = bool(lines) and _any(db, _of(seat, thread).where(Message.id < lines[0].message.id))
    return Page(lines, older, len(found) > count, _quoted(db, seat, lines))


def around(db: Session, seat: Seat, message_id: int, thread: int = 0) -> Page:
    """The messages around this one, half a page on either side."""
    one, two = (
        before(db, seat, message_id, thread, PAGE // 2),
        after(db, seat, message_id - 1, thread, PAGE - PAGE // 2),
    )
    return Page([*one.lines, *two.lines], one.older, two.newer, {**one.quoted, **two.quoted})


def first_of_day(db: Session, seat: Seat, day: date) -> int:
    """The first message of a room on this day (UTC) or after it; 0 where there is none."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    query = _of(seat, 0).with_only_columns(Message.id).where(Message.at >= start)
    return db.scalar(query.order_by(Message.at, Message.id).limit(1)) or 0


def pinned(db: Session, seat: Seat, most: int = 100) -> list[Line]:
    """What is pinned in a room, the newest pin first."""
    query = select(Message).where(Message.room_id == seat.room.id, Message.pinned_at.is_not(None))
    query = query.where(Message.id > seat.since_id).order_by(Message.pinned_at.desc()).limit(most)
    return lines_of(db, db.scalars(query).all())


def mentions_of(db: Session, account_id: str, before_id: int, most: int = PAGE) -> list[tuple[Line, Room]]:
    """Where somebody was named, the newest first, in the rooms that they may see."""
    from .rooms import open_rooms

    query = select(Message, Room).join(Mention, Mention.message_id == Message.id)
    query = open_rooms(query.join(Room, Room.id == Message.room_id), account_id)
    query = query.where(Mention.account_id == account_id, Mention.message_id < min(before_id, LARGEST))
    found = db.execute(query.order_by(Mention.message_id.desc()).limit(most)).all()
    lines = lines_of(db, [message for message, _room in found])
    return [(line, room) for line, (_message, room) in zip(lines, found, strict=True)]


def earlier_of(db: Session, message: Message) -> Sequence[Earlier]:
    """What a message said before, the newest first."""
    query = select(Earlier).where(Earlier.message_id == message.id).order_by(Earlier.version.desc())
    return db.scalars(query.limit(200)).all()


def unread_in(db: Session, seat: Seat, most: int = 100) -> int:
    """How many messages of a room somebody has not read, at most `most`."""
    query = _of(seat, 0, seat.read_to).with_only_columns(Message.id)
    query = query.where(Message.author_id.not_in((seat.account_id, "")), Message.deleted_at.is_(None))
    return db.scalar(select(func.count()).select_from(query.limit(most).subquery())) or 0


def lines_of(db: Session, messages: Sequence[Message]) -> list[Line]:
    """Messages with their authors' names, their reactions, files and previews: four queries at most, however many."""
    names = account_names(db, {one.author_id for one in messages})
    there = [one.id for one in messages if one.deleted_at is None]
    marked, files = _reactions(db, there), _files(db, there)
    previews = _previews(db, [one.id for one in messages if "://" in one.text])
    return [
        Line(
            one,
            names[one.author_id] if one.author_id else SERVER_NAME,
            marked.get(one.id, ()),
            files.get(one.id, ()),
            previews.get(one.id),
        )
        for one in messages
    ]


def line_of(db: Session, message: Message) -> Line:
    """One message."""
    return lines_of(db, [message])[0]


def _reactions(db: Session, ids: Sequence[int]) -> dict[int, list[Marked]]:
    if not ids:
        return {}
    query = select(Reaction.message_id, Reaction.emoji, Reaction.account_id).where(Reaction.message_id.in_(ids))
    by: dict[int, dict[str, list[str]]] = {}
    for message_id, emoji, account_id in db.execute(query.order_by(Reaction.message_id, Reaction.at)):
        by.setdefault(message_id, {}).setdefault(emoji, []).append(account_id)
    return {number: [Marked(emoji, tuple(who)) for emoji, who in kinds.items()] for number, kinds in by.items()}


def _files(db: Session, ids: Sequence[int]) -> dict[int, list[Attached]]:
    if not ids:
        return {}
    query = select(Attached).where(Attached.message_id.in_(ids)).order_by(Attached.message_id, Attached.number)
    found: dict[int, list[Attached]] = {}
    for one in db.scalars(query):
        found.setdefault(one.message_id, []).append(one)
    return found


def _previews(db: Session, ids: Sequence[int]) -> dict[int, Preview]:
    if not ids:
        return {}
    query = select(Preview).where(Preview.message_id.in_(ids), Preview.state == THERE)
    return {one.message_id: one for one in db.scalars(query)}


def _quoted(db: Session, seat: Seat, lines: Sequence[Line]) -> Mapping[int, Line]:
    """What these answer, as far as the reader may see it."""
    wanted = {line.message.reply_to for line in lines if line.message.reply_to}
    if not wanted:
        return {}
    query = select(Message).where(Message.id.in_(wanted), Message.room_id == seat.room.id, Message.id > seat.since_id)
    return {line.message.id: line for line in lines_of(db, db.scalars(query).all())}


def _of(seat: Seat, thread: int, above: int = 0) -> Select[Message]:
    """What is for somebody, above a number. One bound and not two: of two SQLite may take the lower, and read all."""
    mine = select(Message).where(Message.room_id == seat.room.id, Message.thread_id == thread)
    return mine.where(Message.id > max(seat.since_id, above))


def _any(db: Session, query: Select[Message]) -> bool:
    return db.scalar(query.with_only_columns(Message.id).limit(1)) is not None
