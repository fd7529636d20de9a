"""Records of the ways in for new people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import BigNumber, Record


class Invitation(Record):
    """A link by which somebody makes an account of their own. Only its hash is kept."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index("invitations_made", "created_at"),
        Index("invitations_of_sheet", "sheet_id", "id"),
        Index("invitations_end", "expires_at"),
        Index("invitations_by", "created_by"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    note: Mapped[str] = mapped_column(String(120), default="")
    roles: Mapped[str] = mapped_column(String(500), default="")
    created_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    uses_left: Mapped[int] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, default=0)
    #: The sheet on which it was made together with others.
    sheet_id: Mapped[int | None] = mapped_column(BigNumber)


class InvitationSheet(Record):
    """Many invitations that one administrator makes at once: first as a list to look at, then with their links.

    `rows` is what was read from the list, `links` what is shown until the administrator has it. Both are encrypted
    with a key that is not in the database, and gone as soon as they are not needed.
    """

    __tablename__ = "invitation_sheets"
    __table_args__ = (
        Index("invitation_sheets_made", "created_at"),
        Index("invitation_sheets_by", "created_by"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    created_by: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    count: Mapped[int] = mapped_column(Integer, default=0)
    rows: Mapped[str] = mapped_column(Text, default="")
    links: Mapped[str] = mapped_column(Text, default="")


class Notice(Record):
    """Something a person shall be told when they sign in next, such as that a reset of their password was asked for."""

    __tablename__ = "account_notices"
    __table_args__ = (Index("account_notices_for", "account_id", "id"),)

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
