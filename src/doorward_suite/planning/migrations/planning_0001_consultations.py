"""Consultations, who takes part in them, and what they contribute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "planning_0001"
down_revision = None
branch_labels = ("planning",)
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "planning_consultations",
        sa.Column("id", _number, primary_key=True),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("collect_on", sa.Date),
        sa.Column("discuss_on", sa.Date),
        sa.Column("prioritise_on", sa.Date),
        sa.Column("results_on", sa.Date),
        sa.Column("categories", sa.Text, nullable=False),
        sa.Column("dots", sa.Integer, nullable=False),
        sa.Column("moderated", sa.Boolean, nullable=False),
        sa.Column("open_link", sa.Boolean, nullable=False),
        sa.Column("code", sa.String(12), nullable=False, unique=True),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("plan_file", sa.String(40), nullable=False),
        sa.Column("plan_title", sa.String(120), nullable=False),
        sa.Column("plan_width", sa.Integer, nullable=False),
        sa.Column("plan_height", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "planning_kinds",
        sa.Column("id", _number, primary_key=True),
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("name", sa.String(60), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("planning_kinds_of", "planning_kinds", ["consultation_id", "id"])
    op.create_table(
        "planning_organisers",
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("account_id", sa.String(32), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("planning_organisers_by", "planning_organisers", ["account_id", "consultation_id"])
    op.create_table(
        "planning_questions",
        sa.Column("id", _number, primary_key=True),
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("text", sa.String(300), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("planning_questions_of", "planning_questions", ["consultation_id", "id"])
    op.create_table(
        "planning_contributions",
        sa.Column("id", _number, primary_key=True),
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("holder", sa.String(60), nullable=False),
        sa.Column("kind_id", _number, sa.ForeignKey("planning_kinds.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("question_id", _number, sa.ForeignKey("planning_questions.id", ondelete="SET NULL")),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("x", sa.Integer),
        sa.Column("y", sa.Integer),
        sa.Column("phase", sa.String(12), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("like_id", _number, sa.ForeignKey("planning_contributions.id", ondelete="SET NULL")),
        sa.Column("is_grouped", sa.Boolean, nullable=False),
        sa.Column("supports", sa.Integer, nullable=False),
        sa.Column("comments", sa.Integer, nullable=False),
        sa.Column("reports", sa.Integer, nullable=False),
        sa.Column("dots", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "planning_contributions_alike", "planning_contributions", ["consultation_id", "is_grouped", "like_id"]
    )
    op.create_index("planning_contributions_by", "planning_contributions", ["holder", "consultation_id", "id"])
    op.create_index("planning_contributions_dots", "planning_contributions", ["consultation_id", "state", "dots", "id"])
    op.create_index(
        "planning_contributions_in", "planning_contributions", ["consultation_id", "state", "category", "id"]
    )
    op.create_index("planning_contributions_kind", "planning_contributions", ["kind_id"])
    op.create_index("planning_contributions_like", "planning_contributions", ["like_id", "id"])
    op.create_index("planning_contributions_of", "planning_contributions", ["consultation_id", "state", "id"])
    op.create_index("planning_contributions_question", "planning_contributions", ["question_id"])
    op.create_index("planning_contributions_reported", "planning_contributions", ["consultation_id", "reports", "id"])
    op.create_table(
        "planning_sheets",
        sa.Column("id", _number, primary_key=True),
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("kind_id", _number, sa.ForeignKey("planning_kinds.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("by_link", sa.Boolean, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("job_id", sa.String(40), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("planning_sheets_by", "planning_sheets", ["made_by", "made_at"])
    op.create_index("planning_sheets_kind", "planning_sheets", ["kind_id"])
    op.create_index("planning_sheets_of", "planning_sheets", ["consultation_id", "id"])
    op.create_table(
        "planning_attachments",
        sa.Column("id", _number, primary_key=True),
        sa.Column(
            "contribution_id", _number, sa.ForeignKey("planning_contributions.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("file_id", sa.String(40), nullable=False, unique=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("is_picture", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("planning_attachments_of", "planning_attachments", ["contribution_id", "id"])
    op.create_table(
        "planning_bands",
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("band", sa.String(20), primary_key=True),
        sa.Column(
            "contribution_id", _number, sa.ForeignKey("planning_contributions.id", ondelete="CASCADE"), primary_key=True
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("planning_bands_of", "planning_bands", ["contribution_id"])
    op.create_table(
        "planning_comments",
        sa.Column("id", _number, primary_key=True),
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "contribution_id", _number, sa.ForeignKey("planning_contributions.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("holder", sa.String(60), nullable=False),
        sa.Column("kind_id", _number, sa.ForeignKey("planning_kinds.id", ondelete="RESTRICT")),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("planning_comments_kind", "planning_comments", ["kind_id"])
    op.create_index("planning_comments_of", "planning_comments", ["consultation_id", "state", "id"])
    op.create_index("planning_comments_on", "planning_comments", ["contribution_id", "id"])
    op.create_table(
        "planning_dots",
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("holder", sa.String(60), primary_key=True),
        sa.Column(
            "contribution_id", _number, sa.ForeignKey("planning_contributions.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("planning_dots_on", "planning_dots", ["contribution_id"])
    op.create_table(
        "planning_participants",
        sa.Column("holder", sa.String(60), primary_key=True),
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("kind_id", _number, sa.ForeignKey("planning_kinds.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("sheet_id", _number, sa.ForeignKey("planning_sheets.id", ondelete="SET NULL")),
        sqlite_with_rowid=False,
    )
    op.create_index("planning_participants_kind", "planning_participants", ["kind_id"])
    op.create_index("planning_participants_of", "planning_participants", ["consultation_id"])
    op.create_index("planning_participants_sheet", "planning_participants", ["sheet_id"])
    op.create_table(
        "planning_reports",
        sa.Column(
            "contribution_id", _number, sa.ForeignKey("planning_contributions.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("holder", sa.String(60), primary_key=True),
        sa.Column("words", sa.String(300), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_supports",
        sa.Column(
            "contribution_id", _number, sa.ForeignKey("planning_contributions.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("holder", sa.String(60), primary_key=True),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError(
        "going back is done by restoring a backup: a downgrade would drop what people contributed"
    )
