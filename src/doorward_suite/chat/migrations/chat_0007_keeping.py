"""How long a room keeps its messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chat_0007"
down_revision = "chat_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chat_rooms", sa.Column("keep_days", sa.Integer, nullable=False, server_default="0"))
    some = sa.text("keep_days > 0")
    op.create_index("chat_rooms_keeping", "chat_rooms", ["id"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
