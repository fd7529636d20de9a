"""Records of the ways in for new people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import BigNumber, Record


class Invitation(Record):
    """A link by which somebody makes an account of their own. Only its hash is kept."""

    __tablename__ = "invitations"
    __table_args__ = (Index("invitations_made", "created_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    note: Mapped[str] = mapped_column(String(120), default="")
    roles: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    uses_left: Mapped[int] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, default=0)


class Notice(Record):
    """Something a person shall be told when they sign in next, such as that a reset of their password was asked for."""

    __tablename__ = "account_notices"
    __table_args__ = (Index("account_notices_for", "account_id", "id"),)

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
