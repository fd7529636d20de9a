"""Imports: what was sent and what came of it, and by which import somebody, a team or an award came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "honors_0003"
down_revision = "honors_0002"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "honors_imports",
        sa.Column("id", _number, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("file_id", sa.String(60), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("edition_id", _number, sa.ForeignKey("honors_editions.id", ondelete="RESTRICT")),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("replaces", sa.Boolean, nullable=False),
        sa.Column("consent", sa.String(8), nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("job_id", sa.String(60), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("honors_imports_of", "honors_imports", ["edition_id", "id"])
    for table in ("honors_people", "honors_teams", "honors_awards"):
        op.add_column(table, sa.Column("source", sa.String(32), nullable=False, server_default=""))
        op.add_column(table, sa.Column("import_id", _number))
        op.create_index(f"{table}_source", table, ["source", "id"])
        op.create_index(f"{table}_import", table, ["import_id", "id"])
    op.add_column("honors_awards", sa.Column("removed_by", _number))
    op.add_column("honors_awards", sa.Column("grade", sa.String(30), nullable=False, server_default=""))
    op.create_index("honors_awards_removed", "honors_awards", ["removed_by", "id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would lose what can be undone")
