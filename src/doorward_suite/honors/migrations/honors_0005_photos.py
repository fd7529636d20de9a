"""Photos of people, and who agreed that each is shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "honors_0005"
down_revision = "honors_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("honors_people", sa.Column("photo_id", sa.String(60), nullable=False, server_default=""))
    op.add_column("honors_people", sa.Column("photo_agreed", sa.String(10), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would lose who agreed")
