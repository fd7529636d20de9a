"""Editions that are announced before anybody knows the day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "honors_0006"
down_revision = "honors_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("honors_editions", sa.Column("announced", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("honors_editions_announced", "honors_editions", ["announced", "year", "id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would lose what is announced")
