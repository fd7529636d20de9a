"""Pieces of evidence, their versions, what they show, and the words they are found by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "evidence_0002"
down_revision = "evidence_0001"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ITEMS = "evidence_items"


def upgrade() -> None:
    op.create_table(
        "evidence_totals",
        _of("evidence_assessments", "assessment_id", primary_key=True),
        sa.Column("pieces", sa.Integer, nullable=False),
        sa.Column("size", _number, nullable=False),
    )
    op.execute("INSERT INTO evidence_totals (assessment_id, pieces, size) SELECT id, 0, 0 FROM evidence_assessments")
    _items()
    op.create_table(
        "evidence_versions",
        sa.Column("id", _number, primary_key=True),
        _of(_ITEMS, "item_id"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("file_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(120), nullable=False),
        sa.Column("size", _number, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("how", sa.String(16), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("collected_on", sa.Date),
        sa.Column("expires_on", sa.Date),
        sa.Column("added_by", sa.String(32), nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("checked_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("evidence_versions_at", "evidence_versions", ["item_id", "number"], unique=True)
    op.create_index("evidence_versions_checked", "evidence_versions", ["checked_at"])
    op.create_index("evidence_versions_by", "evidence_versions", ["added_by", "id"])
    op.create_table(
        "evidence_links",
        _of("evidence_progress", "progress_id", primary_key=True),
        _of(_ITEMS, "item_id", primary_key=True),
        sa.Column("linked_by", sa.String(32), nullable=False),
        sa.Column("linked_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("evidence_links_of", "evidence_links", ["item_id", "progress_id"])
    op.create_table(
        "evidence_words",
        _of("evidence_assessments", "assessment_id", primary_key=True),
        sa.Column("word", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), primary_key=True),
        _of(_ITEMS, "item_id", primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("evidence_words_of", "evidence_words", ["item_id"])


def _items() -> None:
    op.create_table(
        _ITEMS,
        sa.Column("id", _number, primary_key=True),
        _of("evidence_assessments", "assessment_id"),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("versions", sa.Integer, nullable=False),
        sa.Column("links", sa.Integer, nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sa.Column("deleted_by", sa.String(32), nullable=False),
        sa.Column("delete_reason", sa.Text, nullable=False),
        # Numbers stand in the names of files that are handed over: none is given out twice.
        sqlite_autoincrement=True,
    )
    live, alarming = sa.text("deleted_at IS NULL"), sa.text("state <> 'intact'")
    expiring = sa.text("deleted_at IS NULL AND expires_on IS NOT NULL")
    for name, columns, where in (
        ("evidence_items_in", ["assessment_id", "id"], live),
        ("evidence_items_loose", ["assessment_id", "id"], sa.text("deleted_at IS NULL AND links = 0")),
        ("evidence_items_deleted", ["assessment_id", "id"], sa.text("deleted_at IS NOT NULL")),
        ("evidence_items_expiring", ["assessment_id", "expires_on"], expiring),
        ("evidence_items_alarming", ["assessment_id", "id"], alarming),
        ("evidence_items_of", ["owner_id", "id"], None),
    ):
        op.create_index(name, _ITEMS, columns, sqlite_where=where, postgresql_where=where)


def _of(table: str, name: str, *, primary_key: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    if primary_key:
        return sa.Column(name, _number, key, primary_key=True, autoincrement=False)
    return sa.Column(name, _number, key, nullable=False)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the evidence")
