"""What administrators see and do about people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "kit_0008"
down_revision = "kit_0007"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_index("accounts_by_status", "accounts", ["status", "name_key"])
    op.create_index("accounts_since", "accounts", ["status", "created_at", "id"])
    some = sa.text("roles <> ''")
    op.create_index("accounts_with_roles", "accounts", ["name_key"], sqlite_where=some, postgresql_where=some)
    op.add_column("tokens", sa.Column("kind", sa.String(80), nullable=False, server_default=""))
    op.create_index("tokens_of_kind", "tokens", ["kind", "id"])
    op.create_index("tokens_revoked", "tokens", ["revoked_at"])
    op.create_index("token_secrets_end", "token_secrets", ["expires_at"])
    op.add_column("invitations", sa.Column("sheet_id", _number))
    op.create_index("invitations_of_sheet", "invitations", ["sheet_id", "id"])
    op.create_index("invitations_end", "invitations", ["expires_at"])
    op.create_index("invitations_by", "invitations", ["created_by"])
    op.create_table(
        "invitation_sheets",
        sa.Column("id", _number, primary_key=True),
        sa.Column("created_by", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.BigInteger),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("rows", sa.Text, nullable=False),
        sa.Column("links", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("invitation_sheets_made", "invitation_sheets", ["created_at"])
    op.create_index("invitation_sheets_by", "invitation_sheets", ["created_by"])


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would drop sealed entries")
