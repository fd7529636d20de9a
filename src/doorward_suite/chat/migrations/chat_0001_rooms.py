"""Rooms, places in them, messages and what hangs on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chat_0001"
down_revision = None
branch_labels = ("chat",)
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _rooms()
    _messages()
    op.create_table(
        "chat_earlier",
        _message(),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat_reactions",
        _message(),
        sa.Column("emoji", sa.String(24), primary_key=True),
        sa.Column("account_id", sa.String(32), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_reactions_by", "chat_reactions", ["account_id"])
    op.create_table(
        "chat_mentions",
        sa.Column("account_id", sa.String(32), primary_key=True),
        _message(),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_mentions_in", "chat_mentions", ["message_id"])
    op.create_table(
        "chat_drafts",
        sa.Column("account_id", sa.String(32), primary_key=True),
        _room(primary_key=True),
        sa.Column("thread_id", _number, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_drafts_in", "chat_drafts", ["room_id"])


def _rooms() -> None:
    op.create_table(
        "chat_rooms",
        sa.Column("id", _number, primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("key", sa.String(250), unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("history", sa.String(8), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("last_id", _number, nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("archived_at", sa.BigInteger),
        # Numbers stand in names of streams and in the journal: none is given out twice.
        sqlite_autoincrement=True,
    )
    op.create_index("chat_rooms_kind", "chat_rooms", ["kind", "id"])
    op.create_table(
        "chat_places",
        _room(primary_key=True),
        sa.Column("account_id", sa.String(32), primary_key=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("since_id", _number, nullable=False),
        sa.Column("read_to", _number, nullable=False),
        sa.Column("notify", sa.String(10), nullable=False),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_places_of", "chat_places", ["account_id", "room_id"])


def _messages() -> None:
    op.create_table(
        "chat_messages",
        sa.Column("id", _number, primary_key=True),
        _room(),
        sa.Column("thread_id", _number, nullable=False),
        sa.Column("reply_to", _number),
        sa.Column("author_id", sa.String(32), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("named", sa.Text, nullable=False),
        sa.Column("calls", sa.String(8), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("replies", sa.Integer, nullable=False),
        sa.Column("edited_at", sa.BigInteger),
        sa.Column("deleted_at", sa.BigInteger),
        sa.Column("deleted_by", sa.String(32), nullable=False),
        sa.Column("pinned_at", sa.BigInteger),
        sa.Column("pinned_by", sa.String(32), nullable=False),
        sqlite_autoincrement=True,
    )
    table = "chat_messages"
    op.create_index("chat_messages_once", table, ["author_id", "client_id"], unique=True)
    op.create_index("chat_messages_in", table, ["room_id", "thread_id", "id"])
    op.create_index("chat_messages_at", table, ["room_id", "thread_id", "at"])
    op.create_index("chat_messages_by", table, ["author_id", "id"])
    pinned = sa.text("pinned_at IS NOT NULL")
    op.create_index(
        "chat_messages_pinned", table, ["room_id", "pinned_at"], sqlite_where=pinned, postgresql_where=pinned
    )


def _room(*, primary_key: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("chat_rooms.id", ondelete="CASCADE")
    if primary_key:
        return sa.Column("room_id", _number, key, primary_key=True, autoincrement=False)
    return sa.Column("room_id", _number, key, nullable=False)


def _message() -> sa.Column[int]:
    key = sa.ForeignKey("chat_messages.id", ondelete="CASCADE")
    return sa.Column("message_id", _number, key, primary_key=True, autoincrement=False)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the messages")
