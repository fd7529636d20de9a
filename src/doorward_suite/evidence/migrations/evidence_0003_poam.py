"""The plan of action and milestones, and what an assessment says of itself on its report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "evidence_0003"
down_revision = "evidence_0002"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    for name, longest in (("organisation", 120), ("marking", 60)):
        column = sa.Column(name, sa.String(longest), nullable=False, server_default="")
        op.add_column("evidence_assessments", column)
    op.add_column("evidence_assessments", sa.Column("conditional_on", sa.Date))
    op.create_table(
        "evidence_poam",
        sa.Column("id", _number, primary_key=True),
        _of("evidence_assessments", "assessment_id"),
        sa.Column("requirement", sa.String(40), nullable=False),
        sa.Column("weakness", sa.Text, nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("risk", sa.Text, nullable=False),
        sa.Column("remediation", sa.Text, nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("opened_by", sa.String(32), nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("closed_by", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("closing", sa.Text, nullable=False),
        # Numbers stand in the journal: none is given out twice.
        sqlite_autoincrement=True,
    )
    still_open = sa.text("closed_at IS NULL")
    for name, columns, where in (
        ("evidence_poam_open", ["assessment_id", "requirement"], still_open),
        ("evidence_poam_due", ["assessment_id", "due_on"], still_open),
        ("evidence_poam_in", ["assessment_id", "id"], None),
        ("evidence_poam_of", ["owner_id", "assessment_id"], None),
    ):
        unique = name == "evidence_poam_open"
        op.create_index(name, "evidence_poam", columns, unique=unique, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "evidence_milestones",
        sa.Column("id", _number, primary_key=True),
        _of("evidence_poam", "entry_id"),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("done_by", sa.String(32), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("evidence_milestones_of", "evidence_milestones", ["entry_id", "due_on", "id"])


def _of(table: str, name: str) -> sa.Column[int]:
    return sa.Column(name, _number, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop the plan")
