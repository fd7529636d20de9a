"""Calls, and who is in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chat_0003"
down_revision = "chat_0002"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "chat_calls",
        sa.Column("id", _number, primary_key=True),
        sa.Column("room_id", _number, sa.ForeignKey("chat_rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("begun_by", sa.String(32), nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    still_on = sa.text("ended_at IS NULL")
    op.create_index(
        "chat_calls_on", "chat_calls", ["room_id"], unique=True, sqlite_where=still_on, postgresql_where=still_on
    )
    op.create_index("chat_calls_in", "chat_calls", ["room_id", "id"])
    call = sa.Column(
        "call_id", _number, sa.ForeignKey("chat_calls.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    op.create_table(
        "chat_call_seats",
        call,
        sa.Column("account_id", sa.String(32), primary_key=True),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("left_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_call_seats_of", "chat_call_seats", ["account_id"])
