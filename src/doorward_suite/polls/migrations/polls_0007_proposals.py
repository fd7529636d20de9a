"""Questions that the audience proposes, and who wants them asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "polls_0007"
down_revision = "polls_0006"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("polls", sa.Column("proposals", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "polls_proposals",
        sa.Column("id", _number, primary_key=True),
        sa.Column("poll_id", _number, sa.ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("text_key", sa.String(64), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("votes", sa.Integer, nullable=False),
        sa.UniqueConstraint("poll_id", "text_key", name="polls_proposals_text"),
        sqlite_autoincrement=True,
    )
    op.create_index("polls_proposals_most", "polls_proposals", ["poll_id", "status", "votes"])
    op.create_index("polls_proposals_by", "polls_proposals", ["poll_id", "author"])
    proposal = sa.ForeignKey("polls_proposals.id", ondelete="CASCADE")
    op.create_table(
        "polls_supports",
        sa.Column("proposal_id", _number, proposal, primary_key=True, autoincrement=False),
        sa.Column("supporter", sa.String(64), primary_key=True),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup")
