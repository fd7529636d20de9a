"""Where the system security plan describes how each requirement is met."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "evidence_0004"
down_revision = "evidence_0003"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    assessment = sa.ForeignKey("evidence_assessments.id", ondelete="CASCADE")
    texts = (
        *(("state", 16), ("origin", 12), ("provider", 120), ("responsible", 120)),
        *(("document", 200), ("section", 120), ("page", 40)),
    )
    op.create_table(
        "evidence_ssp",
        sa.Column("assessment_id", _number, assessment, primary_key=True, autoincrement=False),
        sa.Column("requirement", sa.String(40), primary_key=True),
        *(sa.Column(name, sa.String(longest), nullable=False) for name, longest in texts),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("changed_by", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("evidence_ssp_by", "evidence_ssp", ["changed_by", "assessment_id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the mapping")
