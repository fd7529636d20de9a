"""The records of access tokens: what a token is, and the secrets by which it is known, one after the other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from doorward.store.models import BigNumber, Record


class Token(Record):
    """A token: who answers for it, and what it opens. Its number stays the same when its secret is replaced."""

    __tablename__ = "tokens"
    __table_args__ = (
        Index("tokens_of", "owner_id", "id"),
        Index("tokens_of_kind", "kind", "id"),
        Index("tokens_revoked", "revoked_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[str] = mapped_column(Text)
    for_person: Mapped[bool] = mapped_column(default=False)
    #: Of which sheet it is, in the words of the app that issued it; empty for what somebody made for themselves.
    kind: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_from: Mapped[str] = mapped_column(String(64), default="")
    revoked_at: Mapped[datetime | None]


class TokenSecret(Record):
    """One secret of a token, as a hash. Without `expires_at` it lives until it is replaced or revoked."""

    __tablename__ = "token_secrets"
    __table_args__ = (
        Index("token_secrets_of", "token_id", "id"),
        Index("token_secrets_end", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id", ondelete="CASCADE"))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
