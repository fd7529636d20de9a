"""The index by which messages are found: FTS5 on SQLite, a tsvector with GIN on PostgreSQL, of the same words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from doorward_suite.chat.queries.index import put

revision = "chat_0002"
down_revision = "chat_0001"
branch_labels = None
depends_on = None

_MESSAGES = sa.text(
    "SELECT m.id, m.text, m.room_id, m.author_id, r.kind FROM chat_messages m JOIN chat_rooms r ON r.id = m.room_id "
    "WHERE m.id > :after AND m.deleted_at IS NULL ORDER BY m.id LIMIT 1000"
)


def upgrade() -> None:
    op.create_index("chat_messages_when", "chat_messages", ["at", "id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE chat_search USING "
            "fts5(words, content='', detail='none', columnsize=0, tokenize='ascii')"
        )
    else:
        op.execute(
            "CREATE TABLE chat_search (message_id BIGINT PRIMARY KEY "
            "REFERENCES chat_messages (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX chat_search_words ON chat_search USING GIN (words)")
    _fill()


def _fill() -> None:
    """What was written before there was an index."""
    after = 0
    while True:
        found = op.get_bind().execute(_MESSAGES, {"after": after}).all()
        if not found:
            return
        for row in found:
            put(op.get_bind(), row.id, row.text, row.room_id, row.author_id, public=row.kind == "public")
        after = found[-1].id


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
