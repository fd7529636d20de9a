"""What the page says that a message links to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chat_0009"
down_revision = "chat_0008"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    message = sa.ForeignKey("chat_messages.id", ondelete="CASCADE")
    op.create_table(
        "chat_previews",
        sa.Column("message_id", _number, message, primary_key=True, autoincrement=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("chat_previews_asked", "chat_previews", ["asked_by", "asked_at"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
