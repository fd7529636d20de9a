"""Access tokens, and sessions of people who hold one and have no account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0003"
down_revision = "kit_0002"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", _number, primary_key=True),
        sa.Column("owner_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("for_person", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.Column("used_from", sa.String(64), nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("tokens_of", "tokens", ["owner_id", "id"])
    op.create_table(
        "token_secrets",
        sa.Column("id", _number, primary_key=True),
        sa.Column("token_id", _number, sa.ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("token_secrets_of", "token_secrets", ["token_id", "id"])
    _let_sessions_belong_to_tokens()


def _let_sessions_belong_to_tokens() -> None:
    last = _last_session_number()
    with op.batch_alter_table("sessions", table_kwargs={"sqlite_autoincrement": True}) as sessions:
        sessions.alter_column("account_id", existing_type=sa.String(32), nullable=True)
        sessions.add_column(sa.Column("token_secret_id", _number))
        sessions.create_foreign_key(
            "sessions_token_secret", "token_secrets", ["token_secret_id"], ["id"], ondelete="CASCADE"
        )
        # Either a person's or a participant's: never both, never nobody's.
        sessions.create_check_constraint("sessions_of_one", "(account_id IS NULL) <> (token_secret_id IS NULL)")
    op.create_index("sessions_of_secret", "sessions", ["token_secret_id"])
    if last is not None:
        op.get_bind().execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) SELECT 'sessions', :last WHERE NOT EXISTS "
                    "(SELECT 1 FROM sqlite_sequence WHERE name = 'sessions')"), {"last": last}
        )  # fmt: skip
        op.get_bind().execute(
            sa.text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'sessions' AND seq < :last"), {"last": last}
        )


def _last_session_number() -> int | None:
    """SQLite makes the table anew, and would forget which numbers were given to sessions that have ended."""
    if op.get_bind().dialect.name != "sqlite":
        return None
    found: int | None = op.get_bind().scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'sessions'"))
    return found


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
