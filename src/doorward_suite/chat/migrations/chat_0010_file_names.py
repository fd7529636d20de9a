"""Messages are found by the names of their files, too: those that have some are indexed anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from doorward_suite.chat.queries.index import drop, put

revision = "chat_0010"
down_revision = "chat_0009"
branch_labels = None
depends_on = None

_WITH_FILES = sa.text(
    "SELECT m.id, m.text, m.room_id, m.author_id, r.kind FROM chat_messages m JOIN chat_rooms r ON r.id = m.room_id "
    "WHERE m.id IN (SELECT message_id FROM chat_files WHERE message_id > :after ORDER BY message_id LIMIT 1000) "
    "AND m.deleted_at IS NULL ORDER BY m.id"
)
_LAST = sa.text(
    "SELECT max(message_id) FROM (SELECT message_id FROM chat_files WHERE message_id > :after "
    "ORDER BY message_id LIMIT 1000) AS part"
)
_FILES = sa.text("SELECT name, is_picture FROM chat_files WHERE message_id = :id ORDER BY number")


def upgrade() -> None:
    db = op.get_bind()
    after = 0
    while last := db.execute(_LAST, {"after": after}).scalar():
        for row in db.execute(_WITH_FILES, {"after": after}).all():
            files = [(name, bool(is_picture)) for name, is_picture in db.execute(_FILES, {"id": row.id})]
            public = row.kind == "public"
            drop(db, row.id, row.text, row.room_id, row.author_id, public=public)
            put(db, row.id, row.text, row.room_id, row.author_id, public=public, files=files)
        after = last


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
