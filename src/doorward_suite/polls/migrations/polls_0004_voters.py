"""Who votes: seats for people on a roster or with accounts, and which of them have voted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0004"
down_revision = "polls_0003"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("polls", sa.Column("voters", sa.String(12), nullable=False, server_default="everybody"))
    op.add_column("polls", sa.Column("named", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "polls_seats",
        sa.Column("poll_id", _number, sa.ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("account_id", sa.String(32)),
        sa.Column("era", sa.Integer, nullable=False),
        sa.Column("taken", sa.Boolean, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.UniqueConstraint("poll_id", "code_hash", name="polls_seats_code"),
        sa.UniqueConstraint("poll_id", "account_id", name="polls_seats_account"),
        sqlite_with_rowid=False,
    )
    op.create_index("polls_seats_of", "polls_seats", ["account_id"])
    question = sa.ForeignKey("polls_questions.id", ondelete="CASCADE")
    op.create_table(
        "polls_turnout",
        sa.Column("question_id", _number, question, primary_key=True, autoincrement=False),
        sa.Column("seats", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
