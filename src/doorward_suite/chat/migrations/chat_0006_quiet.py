"""Until when somebody is not to be disturbed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "chat_0006"
down_revision = "chat_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_quiet",
        sa.Column("account_id", sa.String(32), primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
