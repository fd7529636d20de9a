"""Pictures of questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0008"
down_revision = "polls_0007"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    question = sa.ForeignKey("polls_questions.id", ondelete="CASCADE")
    op.create_table(
        "polls_pictures",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("question_id", _number, question, nullable=False),
        sa.Column("file_id", sa.String(40), nullable=False),
    )
    op.create_index("polls_pictures_of", "polls_pictures", ["question_id"])
    op.create_index("polls_pictures_in", "polls_pictures", ["file_id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
