"""What the big screen shows, for all screens and remotes of a poll; and until when a question takes answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0006"
down_revision = "polls_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("polls", sa.Column("stage", sa.Text, nullable=False, server_default="{}"))
    op.add_column("polls", sa.Column("frozen", sa.Text))
    op.add_column("polls_questions", sa.Column("closes_at", sa.BigInteger))


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
