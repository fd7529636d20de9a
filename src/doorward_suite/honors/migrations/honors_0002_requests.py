"""Requests of people to be hidden."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "honors_0002"
down_revision = "honors_0001"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "honors_requests",
        sa.Column("id", _number, primary_key=True),
        sa.Column("person_id", _number, sa.ForeignKey("honors_people.id", ondelete="CASCADE"), nullable=False),
        sa.Column("who", sa.String(10), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("contact", sa.String(200), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("honors_requests_open", "honors_requests", ["decided_at", "id"])
    op.create_index("honors_requests_about", "honors_requests", ["person_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop what people asked for")
