"""Quizzes: what answers are worth, who plays, and the operator's list of words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0005"
down_revision = "polls_0004"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("polls_questions", sa.Column("revealed", sa.Boolean, nullable=False, server_default=sa.false()))
    question = sa.ForeignKey("polls_questions.id", ondelete="CASCADE")
    op.create_table(
        "polls_scores",
        sa.Column("question_id", _number, question, primary_key=True, autoincrement=False),
        sa.Column("respondent", sa.String(64), primary_key=True),
        sa.Column("points", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "polls_players",
        sa.Column("poll_id", _number, sa.ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("respondent", sa.String(64), primary_key=True),
        sa.Column("nickname", sa.String(24), nullable=False),
        sa.Column("nickname_key", sa.String(48), nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.UniqueConstraint("poll_id", "nickname_key", name="polls_players_nickname"),
        sqlite_with_rowid=False,
    )
    op.create_index("polls_players_best", "polls_players", ["poll_id", "hidden", "points"])
    op.create_table(
        "polls_blocked",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("words", sa.Text, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
