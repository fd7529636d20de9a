"""What the AI service suggests, and what it says of proposals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0009"
down_revision = "polls_0008"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("polls", sa.Column("checked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("polls_proposals", sa.Column("verdict", sa.String(12), nullable=False, server_default=sa.text("''")))
    op.create_index("polls_proposals_due", "polls_proposals", ["poll_id", "status", "verdict", "id"])
    op.create_table(
        "polls_suggestions",
        sa.Column("id", _number, primary_key=True),
        sa.Column("poll_id", _number, sa.ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
        sa.Column("question_id", _number, sa.ForeignKey("polls_questions.id", ondelete="CASCADE")),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("wish", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("quiz", sa.Boolean, nullable=False),
        sa.Column("given", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("polls_suggestions_of", "polls_suggestions", ["poll_id", "asked_by", "id"])
    op.create_index("polls_suggestions_by", "polls_suggestions", ["asked_by"])
    op.create_index("polls_suggestions_question", "polls_suggestions", ["question_id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
