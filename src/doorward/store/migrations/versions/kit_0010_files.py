"""Files that came in, and how much everybody has here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0010"
down_revision = "kit_0009"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(40), nullable=False, unique=True),
        sa.Column("intake", sa.String(60), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("holder", sa.String(60), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", _number, nullable=False),
        sa.Column("stored", _number, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("picture_type", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("full_size", _number, nullable=False),
        sa.Column("thumb_size", _number, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("touched_at", sa.BigInteger, nullable=False),
        sa.Column("taken_at", sa.BigInteger),
    )
    op.create_index("files_open", "files", ["state", "touched_at"])
    op.create_index("files_of", "files", ["intake", "holder", "state", "id"])
    op.create_table(
        "file_usage",
        sa.Column("intake", sa.String(60), primary_key=True),
        sa.Column("holder", sa.String(60), primary_key=True),
        sa.Column("stored", _number, nullable=False),
        sa.Column("files", _number, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
