"""Identities at other sign-in providers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0007"
down_revision = "kit_0006"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("id", _number, primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("roles", sa.String(500), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.UniqueConstraint("issuer", "subject", name="identities_at"),
        sa.UniqueConstraint("account_id", "issuer", name="identities_of"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "identity_sessions",
        sa.Column(
            "session_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("identity_id", _number, sa.ForeignKey("identities.id", ondelete="CASCADE"), nullable=False),
        sa.Column("sid", sa.String(255), nullable=False),
    )
    op.create_index("identity_sessions_of", "identity_sessions", ["identity_id"])
    op.create_index("identity_sessions_sid", "identity_sessions", ["sid"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
