"""PostgreSQL finds messages of one stretch of numbers without reading those of others."""

from __future__ import annotations

from alembic import op

revision = "chat_0013"
down_revision = "chat_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("DROP INDEX chat_search_words")
    op.execute(
        "CREATE INDEX chat_search_words ON chat_search USING GIN ((words || array_to_tsvector(ARRAY["
        "'near' || CAST(message_id >> 15 AS text), 'far' || CAST(message_id >> 19 AS text)])))"
        " WITH (gin_pending_list_limit = 256)"  # KiB
    )
    op.execute("ANALYZE chat_search")


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
