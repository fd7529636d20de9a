"""The words of clouds, each with how many said it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0002"
down_revision = "polls_0001"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    question = sa.ForeignKey("polls_questions.id", ondelete="CASCADE")
    op.create_table(
        "polls_words",
        sa.Column("question_id", _number, question, primary_key=True, autoincrement=False),
        sa.Column("word", sa.String(40), primary_key=True),
        sa.Column("written", sa.String(40), nullable=False),
        sa.Column("count", _number, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("polls_words_most", "polls_words", ["question_id", "count", "word"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the answers")
