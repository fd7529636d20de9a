"""Factors: time-based codes, recovery codes, passkeys; what sessions were opened with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0002"
down_revision = "kit_0001"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    # Added in place: a table that is made anew on SQLite would lose the numbers of its ended sessions.
    with op.batch_alter_table("sessions", recreate="never") as sessions:
        sessions.add_column(sa.Column("factors", sa.String(60), nullable=False, server_default="password"))
    with op.batch_alter_table("accounts", recreate="never") as accounts:
        accounts.add_column(sa.Column("password_needs_factor", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "totp",
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("secret", sa.Text),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("offered", sa.Text),
        sa.Column("offered_at", sa.BigInteger),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", _number, primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("account_id", "hash"),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", _number, primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False, unique=True),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("rp_id", sa.String(255), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("backup_eligible", sa.Boolean, nullable=False),
        sa.Column("backed_up", sa.Boolean, nullable=False),
        sa.Column("transports", sa.String(100), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("passkeys_of", "passkeys", ["account_id"])
    op.create_table(
        "spent",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("spent_until", "spent", ["expires_at"])
    op.create_table(
        "kit_settings",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
