"""Assessments, who is in them, how far their objectives are, what was said, catalogues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "evidence_0001"
down_revision = None
branch_labels = ("evidence",)
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "evidence_assessments",
        sa.Column("id", _number, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("catalogue", sa.String(40), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        # Numbers stand in kinds of tokens and in the journal: none is given out twice.
        sqlite_autoincrement=True,
    )
    op.create_table(
        "evidence_members",
        _assessment(primary_key=True),
        sa.Column("holder", sa.String(48), primary_key=True),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("added_by", sa.String(32), nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("evidence_members_of", "evidence_members", ["holder", "assessment_id"])
    op.create_index("evidence_members_by", "evidence_members", ["added_by"])
    _progress()
    op.create_table(
        "evidence_notes",
        sa.Column("id", _number, primary_key=True),
        _assessment(),
        sa.Column("progress_id", _number, sa.ForeignKey("evidence_progress.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("author_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("evidence_notes_of", "evidence_notes", ["progress_id", "id"])
    op.create_index("evidence_notes_in", "evidence_notes", ["assessment_id", "id"])
    op.create_index("evidence_notes_by", "evidence_notes", ["author_id", "id"])
    op.create_table(
        "evidence_mentions",
        sa.Column("account_id", sa.String(32), primary_key=True),
        _assessment(primary_key=True),
        sa.Column(
            "note_id",
            _number,
            sa.ForeignKey("evidence_notes.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("evidence_mentions_in", "evidence_mentions", ["note_id"])
    op.create_table(
        "evidence_catalogues",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("content_digest", sa.String(64), nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("wording_digest", sa.String(64), nullable=False),
        sa.Column("loaded_by", sa.String(32), nullable=False),
        sa.Column("loaded_at", sa.BigInteger, nullable=False),
    )


def _progress() -> None:
    op.create_table(
        "evidence_progress",
        sa.Column("id", _number, primary_key=True),
        _assessment(),
        sa.Column("objective", sa.String(40), nullable=False),
        sa.Column("requirement", sa.String(40), nullable=False),
        sa.Column("family", sa.String(8), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("finding", sa.String(16), nullable=False),
        sa.Column("partly", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.Integer, nullable=False),
        sa.Column("collected_by", sa.String(32), nullable=False),
        sa.Column("collected_at", sa.BigInteger),
        sa.Column("reviewed_by", sa.String(32), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger),
        sa.Column("assignee", sa.String(32), nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("reminded_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    table = "evidence_progress"
    op.create_index("evidence_progress_at", table, ["assessment_id", "objective"], unique=True)
    op.create_index("evidence_progress_order", table, ["assessment_id", "place"])
    op.create_index("evidence_progress_of", table, ["assessment_id", "requirement"])
    op.create_index("evidence_progress_assigned", table, ["assignee", "assessment_id"])
    has_date = sa.text("due_on IS NOT NULL")
    op.create_index("evidence_progress_due", table, ["due_on"], sqlite_where=has_date, postgresql_where=has_date)


def _assessment(*, primary_key: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("evidence_assessments.id", ondelete="CASCADE")
    if primary_key:
        return sa.Column("assessment_id", _number, key, primary_key=True, autoincrement=False)
    return sa.Column("assessment_id", _number, key, nullable=False)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the assessments")
