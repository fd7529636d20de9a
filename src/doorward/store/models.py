"""The records of the kit itself. Apps add their own on the same `Record` base."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from doorward.store.moments import Moment

#: Numbers that grow for ever: 64 bits, but INTEGER on SQLite, where only that is a rowid.
BigNumber = BigInteger().with_variant(Integer, "sqlite")


def by_code_point(length: int) -> String:
    """Text that sorts by its code points on every database, so that its beginnings are ranges of an index."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Record(DeclarativeBase):
    """The base of every record, the kit's and the apps'."""

    type_annotation_map = {datetime: Moment}


class Account(Record):
    """A person who can sign in. `name_key` makes names case-insensitive, `skeleton` refuses look-alikes."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index("accounts_by_status", "status", "name_key"),
        Index("accounts_since", "status", "created_at", "id"),
        # Few have a role beside that of a member: who administers is found here, and not by reading all accounts.
        Index(
            "accounts_with_roles", "name_key", sqlite_where=text("roles <> ''"), postgresql_where=text("roles <> ''")
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(by_code_point(200), unique=True)
    skeleton: Mapped[str] = mapped_column(String(200), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    password_changed_at: Mapped[datetime]
    password_needs_factor: Mapped[bool] = mapped_column(default=False)
    roles: Mapped[str] = mapped_column(String(500), default="")
    status: Mapped[str] = mapped_column(String(16), default="active")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class PasswordHistory(Record):
    """Earlier password hashes, for the profiles that forbid going back to them."""

    __tablename__ = "password_history"
    __table_args__ = (Index("password_history_of", "account_id", "id"),)

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    password_hash: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime]


class SessionRecord(Record):
    """One signed-in browser. The identifier itself is only in the browser; here is its hash."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("sessions_of", "account_id"),
        Index("sessions_seen", "seen_at"),
        Index("sessions_of_secret", "token_secret_id"),
        CheckConstraint("(account_id IS NULL) <> (token_secret_id IS NULL)", "sessions_of_one"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Of a person with an account; None for a participant, whose session belongs to the secret of a token.
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    token_secret_id: Mapped[int | None] = mapped_column(ForeignKey("token_secrets.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    open_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")
    keep: Mapped[bool] = mapped_column(default=False)
    factors: Mapped[str] = mapped_column(String(60), default="password")


class OneTimeCode(Record):
    """A code that works once, such as the one of the first set-up. Only its hash is kept."""

    __tablename__ = "one_time_codes"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class JournalEntry(Record):
    """One entry of the journal, as text, exactly as it was sealed."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("journal_who", "who", "seq"),
        Index("journal_event", "event", "seq"),
        Index("journal_outcome", "outcome", "seq"),
        Index("journal_at", "at", "seq"),
        Index("journal_on", "target", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigNumber, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(by_code_point(40))
    event: Mapped[str] = mapped_column(by_code_point(80))
    outcome: Mapped[str] = mapped_column(String(16))
    who: Mapped[str] = mapped_column(String(32))
    who_name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(64))
    on: Mapped[str] = mapped_column("target", Text)
    details: Mapped[str] = mapped_column(Text)
    seal: Mapped[str] = mapped_column(String(64))


class JournalHead(Record):
    """The last number and seal: the row that every journaled transaction locks, so that the chain never forks."""

    __tablename__ = "journal_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigNumber)
    seal: Mapped[str] = mapped_column(String(64))


class Violation(Record):
    """A kind of Content-Security-Policy violation that browsers reported, counted instead of repeated."""

    __tablename__ = "csp_violations"
    __table_args__ = (UniqueConstraint("directive", "blocked", "page"), Index("csp_violations_seen", "last_at"))

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    directive: Mapped[str] = mapped_column(String(60))
    blocked: Mapped[str] = mapped_column(String(300))
    page: Mapped[str] = mapped_column(String(300))
    count: Mapped[int] = mapped_column(Integer, default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
