"""What is said about a competition, in further languages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "honors_0004"
down_revision = "honors_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("honors_competitions", sa.Column("abouts", sa.Text, nullable=False, server_default="{}"))


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop texts")
