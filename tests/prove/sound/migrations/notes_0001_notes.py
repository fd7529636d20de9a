"""Notes, and papers beside them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notes_0001"
down_revision = None
branch_labels = ("notes",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("link", sa.String(210), nullable=False),
        sa.Column("shared", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("notes_of", "notes", ["owner_id", "id"])
    op.create_index("notes_shared", "notes", ["shared", "id"])
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("file_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("papers_of", "papers", ["owner_id", "id"])
