"""PostgreSQL keeps what is new for the search index on a list that every search reads: a short one."""

from __future__ import annotations

from alembic import op

revision = "chat_0011"
down_revision = "chat_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("ALTER INDEX chat_search_words SET (gin_pending_list_limit = 256)")  # KiB


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
