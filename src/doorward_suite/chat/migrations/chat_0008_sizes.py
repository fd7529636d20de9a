"""How much a room keeps, of everything and of files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chat_0008"
down_revision = "chat_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("keep_mib", "keep_files_mib"):
        op.add_column("chat_rooms", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.drop_index("chat_rooms_keeping", "chat_rooms")
    some = sa.text("keep_days > 0 OR keep_mib > 0 OR keep_files_mib > 0")
    op.create_index("chat_rooms_keeping", "chat_rooms", ["id"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
