"""What places are shown on, coordinates of places, and when organisers were reminded of old tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "planning_0003"
down_revision = "planning_0002"
branch_labels = None
depends_on = None

_C = "planning_consultations"


def upgrade() -> None:
    op.add_column(_C, sa.Column("shows", sa.String(8), nullable=False, server_default=sa.text("'none'")))
    for name in ("map_lon", "map_lat"):
        op.add_column(_C, sa.Column(name, sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column(_C, sa.Column("map_zoom", sa.Integer, nullable=False, server_default=sa.text("2")))
    op.execute(sa.text(f"UPDATE {_C} SET shows = 'plan' WHERE plan_file <> ''"))  # nosec B608
    for name in ("lon", "lat"):
        op.add_column("planning_contributions", sa.Column(name, sa.Integer))
    op.add_column("planning_sheets", sa.Column("reminded_at", sa.BigInteger))
    op.create_index("planning_sheets_old", "planning_sheets", ["by_link", "made_at"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop places")
