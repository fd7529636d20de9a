"""Records of factors, and of what the kit remembers beside them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import BigNumber, Record


class TotpRecord(Record):
    """An account's authenticator app. Secrets are encrypted for this account; `offered` is not confirmed yet."""

    __tablename__ = "totp"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    offered: Mapped[str | None] = mapped_column(Text)
    offered_at: Mapped[datetime | None]


class RecoveryCode(Record):
    """A recovery code that was not used yet. Only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("account_id", "hash"),)

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Passkey(Record):
    """A passkey: the public half of a key pair, whose other half never leaves the person's device."""

    __tablename__ = "passkeys"
    __table_args__ = (Index("passkeys_of", "account_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    rp_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(60))
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    backup_eligible: Mapped[bool] = mapped_column(default=False)
    backed_up: Mapped[bool] = mapped_column(default=False)
    transports: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Spent(Record):
    """Something that works once and was used, until it would have expired anyway."""

    __tablename__ = "spent"
    __table_args__ = (Index("spent_until", "expires_at"),)

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]


class KitSetting(Record):
    """A setting that administrators change on a page, not in the environment."""

    __tablename__ = "kit_settings"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
