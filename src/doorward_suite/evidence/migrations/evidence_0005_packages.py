"""The sealed packages that were made, each with the hash of its list of hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "evidence_0005"
down_revision = "evidence_0004"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    assessment = sa.ForeignKey("evidence_assessments.id", ondelete="CASCADE")
    op.create_table(
        "evidence_packages",
        sa.Column("id", _number, primary_key=True),
        sa.Column("assessment_id", _number, assessment, nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("size", _number, nullable=False),
        sa.Column("manifest", sa.String(64), nullable=False),
        # Numbers stand in the journal: none is given out twice.
        sqlite_autoincrement=True,
    )
    op.create_index("evidence_packages_in", "evidence_packages", ["assessment_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the hashes")
