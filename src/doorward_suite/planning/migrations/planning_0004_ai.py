"""What organisers asked the AI service for, and which categories it proposes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "planning_0004"
down_revision = "planning_0003"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    of = sa.ForeignKey("planning_consultations.id", ondelete="CASCADE")
    op.create_table(
        "planning_help",
        sa.Column("id", _number, primary_key=True),
        sa.Column("consultation_id", _number, of, nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("job_id", sa.String(40), nullable=False),
        sa.Column("what", sa.String(4), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("planning_help_of", "planning_help", ["consultation_id", "what", "id"])
    op.create_index("planning_help_by", "planning_help", ["asked_by"])
    by_ai = sa.Column("proposed_by_ai", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("planning_contributions", by_ai)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop what was proposed")
