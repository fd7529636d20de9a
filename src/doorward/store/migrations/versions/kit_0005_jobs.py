"""Background work and its progress."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0005"
down_revision = "kit_0004"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("owner_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="SET NULL")),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("done", _number, nullable=False),
        sa.Column("total", _number),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("result_name", sa.String(120), nullable=False),
        sa.Column("result_key", sa.String(80), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("claim", sa.String(32), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("heartbeat_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
    )
    op.create_index("jobs_due", "jobs", ["state", "due_at"])
    op.create_index("jobs_beat", "jobs", ["state", "heartbeat_at"])
    op.create_index("jobs_of", "jobs", ["owner_id", "created_at"])
    op.create_index("jobs_finished", "jobs", ["finished_at"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
