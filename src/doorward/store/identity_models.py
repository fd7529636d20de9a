"""Records of identities: who somebody is at a provider, and which sessions were opened by that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import BigNumber, Record


class Identity(Record):
    """An account as a provider knows it: by issuer and subject, never by an e-mail address or a name."""

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("issuer", "subject", name="identities_at"),
        UniqueConstraint("account_id", "issuer", name="identities_of"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    #: Those of the account's roles that the provider has given, and takes back when its groups change.
    roles: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class IdentitySession(Record):
    """A session that was opened by an identity. `sid` is the provider's own session, hashed, if it says."""

    __tablename__ = "identity_sessions"
    __table_args__ = (Index("identity_sessions_of", "identity_id"), Index("identity_sessions_sid", "sid"))

    session_id: Mapped[int] = mapped_column(
        BigNumber, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id", ondelete="CASCADE"))
    sid: Mapped[str] = mapped_column(String(255), default="")
