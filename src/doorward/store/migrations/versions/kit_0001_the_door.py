"""The door: accounts, sessions, one-time codes, the journal, violations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0001"
down_revision = None
branch_labels = ("kit",)
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _by_code_point(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_key", _by_code_point(200), nullable=False, unique=True),
        sa.Column("skeleton", sa.String(200), nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("password_changed_at", sa.BigInteger, nullable=False),
        sa.Column("roles", sa.String(500), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger),
    )
    op.create_table(
        "password_history",
        sa.Column("id", _number, primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("replaced_at", sa.BigInteger, nullable=False),
    )
    op.create_index("password_history_of", "password_history", ["account_id", "id"])
    op.create_table(
        "sessions",
        sa.Column("id", _number, primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False),
        sa.Column("open_at", sa.BigInteger),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(300), nullable=False),
        sa.Column("keep", sa.Boolean, nullable=False),
        # Numbers of ended sessions are never given out again: a cut meant for one must not meet another.
        sqlite_autoincrement=True,
    )
    op.create_index("sessions_of", "sessions", ["account_id"])
    op.create_index("sessions_seen", "sessions", ["seen_at"])
    op.create_table(
        "one_time_codes",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
    )
    op.create_index("ix_one_time_codes_purpose", "one_time_codes", ["purpose"])
    op.create_table(
        "journal",
        sa.Column("seq", _number, primary_key=True, autoincrement=False),
        sa.Column("at", _by_code_point(40), nullable=False),
        sa.Column("event", _by_code_point(80), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("who", sa.String(32), nullable=False),
        sa.Column("who_name", sa.Text, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    for name in ("who", "event", "outcome", "at"):
        op.create_index(f"journal_{name}", "journal", [name, "seq"])
    head = op.create_table(
        "journal_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", _number, nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "seal": "0" * 64}])
    op.create_table(
        "csp_violations",
        sa.Column("id", _number, primary_key=True),
        sa.Column("directive", sa.String(60), nullable=False),
        sa.Column("blocked", sa.String(300), nullable=False),
        sa.Column("page", sa.String(300), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("directive", "blocked", "page"),
    )
    op.create_index("csp_violations_seen", "csp_violations", ["last_at"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
