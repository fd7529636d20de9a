"""E-mail addresses, codes sent to them, and mail that waits to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0006"
down_revision = "kit_0005"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_moment = sa.BigInteger


def _key(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _account(*, primary_key: bool = False) -> sa.Column[str]:
    account = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    return sa.Column("account_id", sa.String(32), account, primary_key=primary_key, nullable=not primary_key)


def upgrade() -> None:
    op.create_table(
        "account_emails",
        _account(primary_key=True),
        sa.Column("address", sa.String(254)),
        sa.Column("address_key", _key(254), unique=True),
        sa.Column("verified_at", _moment),
        sa.Column("wanted", sa.String(254)),
        sa.Column("wanted_key", sa.String(254)),
        sa.Column("wanted_at", _moment),
    )
    op.create_index("account_emails_wanted", "account_emails", ["wanted_at"])
    op.create_table(
        "mail_codes",
        sa.Column("id", _number, primary_key=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(80), nullable=False),
        _account(),
        sa.Column("address_key", _key(254), nullable=False),
        sa.Column("code_mac", sa.String(64), nullable=False),
        sa.Column("link_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("asked_from", sa.String(64), nullable=False),
        sa.Column("known_to", sa.String(300), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("proved_at", _moment),
        sqlite_autoincrement=True,
    )
    op.create_index("mail_codes_of_browser", "mail_codes", ["browser", "purpose", "id"])
    op.create_index("mail_codes_to", "mail_codes", ["address_key", "created_at"])
    op.create_index("mail_codes_of", "mail_codes", ["account_id"])
    op.create_index("mail_codes_made", "mail_codes", ["created_at"])
    op.create_table(
        "mail_outbox",
        sa.Column("id", _number, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        _account(),
        sa.Column("code_id", _number, sa.ForeignKey("mail_codes.id", ondelete="SET NULL")),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("message_id", sa.String(300), nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", _moment, nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("expires_at", _moment),
        sa.Column("done_at", _moment),
        sa.Column("claimed_by", sa.String(32), nullable=False),
        sa.Column("problem", sa.String(300), nullable=False),
        sa.Column("outline", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("mail_outbox_due", "mail_outbox", ["state", "next_at"])
    op.create_index("mail_outbox_in", "mail_outbox", ["state", "id"])
    op.create_index("mail_outbox_made", "mail_outbox", ["created_at"])
    op.create_index("mail_outbox_of", "mail_outbox", ["account_id"])
    op.create_index("mail_outbox_code", "mail_outbox", ["code_id"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
