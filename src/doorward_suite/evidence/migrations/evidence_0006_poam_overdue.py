"""When whoever answers for an entry of the POA&M was last told that it is overdue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "evidence_0006"
down_revision = "evidence_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evidence_poam", sa.Column("reminded_at", sa.BigInteger))
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "evidence_poam_late", "evidence_poam", ["due_on"], sqlite_where=still_open, postgresql_where=still_open
    )


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would forget who was told")
