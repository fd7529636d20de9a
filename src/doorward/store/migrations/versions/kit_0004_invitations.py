"""Invitations and other ways in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0004"
down_revision = "kit_0003"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", _number, primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("note", sa.String(120), nullable=False),
        sa.Column("roles", sa.String(500), nullable=False),
        sa.Column("created_by", sa.String(32), sa.ForeignKey("accounts.id", ondelete="SET NULL")),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("uses_left", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("invitations_made", "invitations", ["created_at"])
    op.create_table(
        "account_notices",
        sa.Column("id", _number, primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("account_notices_for", "account_notices", ["account_id", "id"])
    op.create_index("journal_on", "journal", ["target", "seq"])  # what happened with one account


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
