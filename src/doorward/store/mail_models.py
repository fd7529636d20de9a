"""Records of e-mail: whose address is whose, the codes that were asked for, and the mails that wait to be sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import BigNumber, Record, by_code_point


class EmailRecord(Record):
    """The e-mail address of an account: the one that was verified, and the one that waits for that.

    Only verified addresses are unique: giving somebody else's takes nothing from its owner.
    """

    __tablename__ = "account_emails"
    __table_args__ = (Index("account_emails_wanted", "wanted_at"),)

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str | None] = mapped_column(String(254))
    address_key: Mapped[str | None] = mapped_column(by_code_point(254), unique=True)
    verified_at: Mapped[datetime | None]
    wanted: Mapped[str | None] = mapped_column(String(254))
    wanted_key: Mapped[str | None] = mapped_column(String(254))
    wanted_at: Mapped[datetime | None]


class MailCode(Record):
    """A code that one browser asked for. Only hashes of it are kept, the typed one's under a key of the server."""

    __tablename__ = "mail_codes"
    __table_args__ = (
        Index("mail_codes_of_browser", "browser", "purpose", "id"),
        Index("mail_codes_to", "address_key", "created_at"),
        Index("mail_codes_of", "account_id"),
        Index("mail_codes_made", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    browser: Mapped[str] = mapped_column(String(80))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    address_key: Mapped[str] = mapped_column(by_code_point(254))
    code_mac: Mapped[str] = mapped_column(String(64))
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    asked_from: Mapped[str] = mapped_column(String(64))
    known_to: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    proved_at: Mapped[datetime | None]


class OutboxMail(Record):
    """A mail that was, or is to be, sent. What it says is encrypted, and gone once it was sent."""

    __tablename__ = "mail_outbox"
    __table_args__ = (
        Index("mail_outbox_due", "state", "next_at"),
        Index("mail_outbox_in", "state", "id"),
        Index("mail_outbox_made", "created_at"),
        Index("mail_outbox_of", "account_id"),
        Index("mail_outbox_code", "code_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    code_id: Mapped[int | None] = mapped_column(ForeignKey("mail_codes.id", ondelete="SET NULL"))
    #: Empty while it is not known whether the address that was typed belongs to anybody.
    recipient: Mapped[str] = mapped_column(String(254), default="")
    subject: Mapped[str] = mapped_column(String(200))
    message_id: Mapped[str] = mapped_column(String(300))
    sealed: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    #: The job that is sending it.
    claimed_by: Mapped[str] = mapped_column(String(32), default="")
    problem: Mapped[str] = mapped_column(String(300), default="")
    #: What it says without its code, where the server shows mails instead of sending them.
    outline: Mapped[str] = mapped_column(Text, default="")
