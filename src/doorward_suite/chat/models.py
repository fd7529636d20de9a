"""The records of chat: rooms, who has a place in them, messages and what hangs on them.

What belongs to whom is by account id and not by foreign key: accounts are the kit's. An empty author is the server.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from doorward import BigNumber, Record

# Kinds of rooms.
PUBLIC, PRIVATE, DIRECT, GROUP = "public", "private", "direct", "group"
#: What who joins late may read of what was said before: all of it, or nothing.
ALL, JOINED = "all", "joined"
#: Roles of a place. A person who was removed keeps a row, so that a public room is closed to them too.
MODERATOR, MEMBER, REMOVED = "moderator", "member", "removed"
#: What of a room one is told of.
EVERYTHING, MENTIONS, NOTHING = "all", "mentions", "none"
#: States of a preview.
ASKED, THERE, NONE = "asked", "there", "none"
#: The most signs that a mark has: an emoji of a family is long.
LONGEST_EMOJI = 24
#: Whether a room keeps not everything; written out, since an index is used only by who asks with the same words.
FORGETS = "keep_days > 0 OR keep_mib > 0 OR keep_files_mib > 0"


class Room(Record):
    """A room.

    Arguments:
        key: what there may be only one of: the name of a public room, the two people of a direct one; else None.
        history: what later members may read of what was said before they came.
        generation: counts the times when somebody came who may not read what was before. It is part of the name of
            the room's stream, so that nobody is handed by the stream what was said before they came.
        last_id: of the newest message. Its row is locked by whoever writes, so that numbers within a room are
            committed in their order.
        keep_days: how long it keeps its messages; 0 for ever.
        keep_mib, keep_files_mib: how many MiB it keeps of everything, and of files; 0 for no limit.
        previews: whether links in it have previews, where the operator lets there be any.
    """

    __tablename__ = "chat_rooms"
    __table_args__ = (
        Index("chat_rooms_kind", "kind", "id"),
        Index("chat_rooms_keeping", "id", sqlite_where=text(FORGETS), postgresql_where=text(FORGETS)),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    key: Mapped[str | None] = mapped_column(String(250), unique=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    about: Mapped[str] = mapped_column(Text, default="")
    history: Mapped[str] = mapped_column(String(8), default=ALL)
    generation: Mapped[int] = mapped_column(Integer, default=0)
    last_id: Mapped[int] = mapped_column(BigNumber, default=0)
    made_by: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    keep_days: Mapped[int] = mapped_column(Integer, default=0)
    keep_mib: Mapped[int] = mapped_column(Integer, default=0)
    keep_files_mib: Mapped[int] = mapped_column(Integer, default=0)
    previews: Mapped[bool] = mapped_column(Boolean, default=False)


class Place(Record):
    """Somebody's place in a room.

    Arguments:
        since_id: messages up to this one are not for them.
        read_to: the newest message that they have read.
        notify: what they are told of.
    """

    __tablename__ = "chat_places"
    __table_args__ = (Index("chat_places_of", "account_id", "room_id"), {"sqlite_with_rowid": False})

    room_id: Mapped[int] = mapped_column(ForeignKey("chat_rooms.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))
    since_id: Mapped[int] = mapped_column(BigNumber, default=0)
    read_to: Mapped[int] = mapped_column(BigNumber, default=0)
    notify: Mapped[str] = mapped_column(String(10), default=EVERYTHING)
    joined_at: Mapped[datetime]


class Message(Record):
    """One message.

    Arguments:
        thread_id: the message that its thread began with; 0 for what stands in the room itself.
        reply_to: the message that it answers, if it names one.
        client_id: made by the sender's browser or program, so that what is sent twice is there once.
        text: Markdown; empty once it is deleted.
        named: the names in it that are people's, as JSON: name as it is compared, and account.
        calls: "everyone" or "here" where it calls all; else empty.
        version: grows with every change that people see.
        replies: how many stand in its thread.
        deleted_by: who deleted it, for the trace.
    """

    __tablename__ = "chat_messages"
    __table_args__ = (
        Index("chat_messages_once", "author_id", "client_id", unique=True),
        Index("chat_messages_in", "room_id", "thread_id", "id"),
        Index("chat_messages_all", "room_id", "id"),
        Index("chat_messages_at", "room_id", "thread_id", "at"),
        Index("chat_messages_by", "author_id", "id"),
        Index("chat_messages_when", "at", "id"),
        Index(
            "chat_messages_pinned",
            "room_id",
            "pinned_at",
            sqlite_where=text("pinned_at IS NOT NULL"),
            postgresql_where=text("pinned_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("chat_rooms.id", ondelete="CASCADE"))
    thread_id: Mapped[int] = mapped_column(BigNumber, default=0)
    reply_to: Mapped[int | None] = mapped_column(BigNumber)
    author_id: Mapped[str] = mapped_column(String(32))
    client_id: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    named: Mapped[str] = mapped_column(Text, default="")
    calls: Mapped[str] = mapped_column(String(8), default="")
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)
    replies: Mapped[int] = mapped_column(Integer, default=0)
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[str] = mapped_column(String(32), default="")
    pinned_at: Mapped[datetime | None]
    pinned_by: Mapped[str] = mapped_column(String(32), default="")


class Attached(Record):
    """A file of a message; `file_id` is the kit's. `number` counts from 1 within the message."""

    __tablename__ = "chat_files"
    __table_args__ = ({"sqlite_with_rowid": False},)

    message_id: Mapped[int] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    file_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    notes: Mapped[str] = mapped_column(Text, default="")
    is_picture: Mapped[bool] = mapped_column(Boolean, default=False)
    width: Mapped[int] = mapped_column(Integer, default=0)
    height: Mapped[int] = mapped_column(Integer, default=0)


class Preview(Record):
    """What the page says of itself that a message links to; texts of a stranger, and nothing but texts.

    Arguments:
        asked_by: who wrote the message.
        address: of the page.
        state: `ASKED`, `THERE` once the page was read, or `NONE`: there is none, or it was taken away.
        site: the host of the address.
        title, about: at most some hundred signs, without line breaks and control characters.
    """

    __tablename__ = "chat_previews"
    __table_args__ = (Index("chat_previews_asked", "asked_by", "asked_at"), {"sqlite_with_rowid": False})

    message_id: Mapped[int] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True)
    asked_by: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default=ASKED)
    site: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(Text, default="")
    about: Mapped[str] = mapped_column(Text, default="")


class Earlier(Record):
    """What a message said before it was edited, until `until`."""

    __tablename__ = "chat_earlier"
    __table_args__ = ({"sqlite_with_rowid": False},)

    message_id: Mapped[int] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime]


class Reaction(Record):
    """Somebody's mark on a message."""

    __tablename__ = "chat_reactions"
    __table_args__ = (Index("chat_reactions_by", "account_id"), {"sqlite_with_rowid": False})

    message_id: Mapped[int] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True)
    emoji: Mapped[str] = mapped_column(String(LONGEST_EMOJI), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]


class Mention(Record):
    """Somebody was named in a message."""

    __tablename__ = "chat_mentions"
    __table_args__ = (Index("chat_mentions_in", "message_id"), {"sqlite_with_rowid": False})

    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True)


class Draft(Record):
    """What somebody has begun to write in a room, or in a thread of it."""

    __tablename__ = "chat_drafts"
    __table_args__ = (Index("chat_drafts_in", "room_id"), {"sqlite_with_rowid": False})

    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("chat_rooms.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(BigNumber, primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)


class ServerKeeps(Record):
    """What the whole server keeps; one row, or none before somebody has set anything.

    Arguments:
        files_mib: how many MiB of files, in all rooms together; 0 for no limit.
        set_at: when that was set.
    """

    __tablename__ = "chat_server"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    files_mib: Mapped[int] = mapped_column(Integer)
    set_at: Mapped[datetime]


class Quiet(Record):
    """Somebody is not to be disturbed until then; a time that is over disturbs nobody."""

    __tablename__ = "chat_quiet"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    until: Mapped[datetime]


class Call(Record):
    """A call in a room. It is on as long as somebody in it was heard of lately; who only rings gives up by itself.

    Arguments:
        ended_at: when somebody saw that nobody is in it any more; empty while it may be on.
    """

    __tablename__ = "chat_calls"
    __table_args__ = (
        # One at a time in a room, whoever begins at the same moment.
        Index(
            "chat_calls_on",
            "room_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("chat_calls_in", "room_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("chat_rooms.id", ondelete="CASCADE"))
    begun_by: Mapped[str] = mapped_column(String(32))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CallSeat(Record):
    """Somebody in a call, by one page of theirs.

    Arguments:
        page: made by the page that they are in it with. Who opens a second page takes the place of the first.
        seen_at: when that page was last heard of.
        left_at: when they left; empty while they are in it.
    """

    __tablename__ = "chat_call_seats"
    __table_args__ = (Index("chat_call_seats_of", "account_id"), {"sqlite_with_rowid": False})

    call_id: Mapped[int] = mapped_column(ForeignKey("chat_calls.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    page: Mapped[str] = mapped_column(String(40))
    joined_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


#: The tables themselves, for statements that run once a message or over many rows.
ROOMS, PLACES, MESSAGES, REACTIONS, MENTIONS_IN, DRAFTS, PREVIEWS = (
    cast(Table, model.__table__) for model in (Room, Place, Message, Reaction, Mention, Draft, Preview)
)
