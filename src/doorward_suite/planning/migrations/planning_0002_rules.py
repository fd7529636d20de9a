"""Rules that propose categories, and how large the records were on which day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "planning_0002"
down_revision = "planning_0001"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "planning_rules",
        sa.Column("id", _number, primary_key=True),
        sa.Column(
            "consultation_id", _number, sa.ForeignKey("planning_consultations.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("planning_rules_of", "planning_rules", ["consultation_id", "id"])
    op.create_table(
        "planning_sizes",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.add_column(
        "planning_contributions", sa.Column("proposed", sa.String(60), nullable=False, server_default=sa.text("''"))
    )
    op.create_index("planning_contributions_all", "planning_contributions", ["consultation_id", "id"])
    op.create_index("planning_contributions_proposed", "planning_contributions", ["consultation_id", "proposed"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the rules")
