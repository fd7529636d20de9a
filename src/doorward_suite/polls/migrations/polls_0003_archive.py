"""Polls that are put away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0003"
down_revision = "polls_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("polls", sa.Column("archived_at", sa.BigInteger))


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
