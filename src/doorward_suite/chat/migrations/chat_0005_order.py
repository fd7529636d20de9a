"""An index for a room's messages in their order, threads among them: for what reads or trims a whole room in parts."""

from __future__ import annotations

from alembic import op

revision = "chat_0005"
down_revision = "chat_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("chat_messages_all", "chat_messages", ["room_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
