"""Polls, questions, answers, tallies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0001"
down_revision = None
branch_labels = ("polls",)
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "polls",
        sa.Column("id", _number, primary_key=True),
        sa.Column("code", sa.String(12), nullable=False, unique=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        # Numbers of polls and questions stand in signed cookies and stream names: none is given out twice.
        sqlite_autoincrement=True,
    )
    op.create_index("polls_of", "polls", ["owner_id", "id"])
    op.create_table(
        "polls_questions",
        sa.Column("id", _number, primary_key=True),
        sa.Column("poll_id", _number, sa.ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("opening", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("polls_questions_of", "polls_questions", ["poll_id", "position"])
    op.create_table(
        "polls_answers",
        _question(),
        sa.Column("respondent", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("turn", _number),
        sqlite_with_rowid=False,
    )
    has_turn = sa.text("turn IS NOT NULL")
    op.create_index(
        "polls_answers_newest",
        "polls_answers",
        ["question_id", "turn"],
        sqlite_where=has_turn,
        postgresql_where=has_turn,
    )
    op.create_table(
        "polls_tallies",
        _question(),
        sa.Column("key", sa.String(16), primary_key=True),
        sa.Column("count", _number, nullable=False),
        sqlite_with_rowid=False,
    )


def _question() -> sa.Column[int]:
    key = sa.ForeignKey("polls_questions.id", ondelete="CASCADE")
    return sa.Column("question_id", _number, key, primary_key=True, autoincrement=False)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the answers")
