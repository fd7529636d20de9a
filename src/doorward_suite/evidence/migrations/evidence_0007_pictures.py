"""Whether a file is a picture, of which a re-encoded one can be shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "evidence_0007"
down_revision = "evidence_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what came before there is no re-encoded picture: it goes on as a download.
    op.add_column("evidence_versions", sa.Column("is_picture", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    raise NotImplementedError("going back is done by restoring a backup: a downgrade would forget what can be shown")
