"""What the whole server keeps of files; and a room says whether links in it have previews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chat_0012"
down_revision = "chat_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_server",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("files_mib", sa.Integer, nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
    )
    op.add_column("chat_rooms", sa.Column("previews", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
