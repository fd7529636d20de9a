"""What `doorward check` asks the database: rows in bounded pages along an index, and the database's own settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from doorward.core.access import ADMIN
from doorward.core.journal import GENESIS, seal
from doorward.store import accounts, codes, factors
from doorward.store.invitation_models import Invitation
from doorward.store.journal import walk
from doorward.store.models import Account, JournalHead, OneTimeCode
from doorward.store.seals import SealFile
from doorward.store.token_models import Token, TokenSecret

_PAGE = 500
#: Entries at the end of the journal that a check looks at; `doorward journal verify` looks at all.
TAIL = 1_000


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account that may sign in, as a check sees it."""

    name: str
    admin: bool
    second_factor: bool
    password_hash: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token that works."""

    number: int
    name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


def active_accounts(db: Session) -> Iterator[AccountRow]:
    """Every account that may sign in, page by page along the key."""
    after = ""
    while rows := db.scalars(select(Account).where(Account.id > after).order_by(Account.id).limit(_PAGE)).all():
        active = [row for row in rows if row.status == accounts.ACTIVE]
        protected = factors.who_has_second(db, [row.id for row in active])
        for row in active:
            roles = accounts.split_roles(row.roles)
            yield AccountRow(row.name, ADMIN in roles, row.id in protected, row.password_hash, row.seen_at)
        after = rows[-1].id
        db.expunge_all()


def working_tokens(db: Session, now: datetime) -> Iterator[TokenRow]:
    """Every token that was not revoked and has a secret that works, with the end of the last one."""
    after = 0
    while rows := db.scalars(select(Token).where(Token.id > after).order_by(Token.id).limit(_PAGE)).all():
        wanted = [row.id for row in rows if row.revoked_at is None]
        ends: dict[int, list[datetime | None]] = {}
        query = select(TokenSecret.token_id, TokenSecret.expires_at).where(TokenSecret.token_id.in_(wanted))
        for number, end in db.execute(query):
            if end is None or now < end:
                ends.setdefault(number, []).append(end)
        for row in rows:
            if row.id in ends:
                known = [end for end in ends[row.id] if end is not None]
                last = None if len(known) < len(ends[row.id]) else max(known)
                yield TokenRow(row.id, row.name, row.created_at, last, row.used_at)
        after = rows[-1].id
        db.expunge_all()


def open_invitations(db: Session, now: datetime, most: int = 200) -> list[Invitation]:
    """The newest invitations that still make accounts."""
    made = select(Invitation).where(Invitation.created_at <= now)
    newest = db.scalars(made.order_by(Invitation.created_at.desc()).limit(most))
    return [one for one in newest if one.uses_left > 0 and now < one.expires_at]


def makes_admins(invitation: Invitation) -> bool:
    """Does this invitation make administrators?"""
    return ADMIN in accounts.split_roles(invitation.roles)


def resets_waiting(db: Session, now: datetime) -> int:
    """How many links that reset a password work now."""
    count, after = 0, ""
    while rows := db.scalars(
        select(OneTimeCode).where(OneTimeCode.hash > after).order_by(OneTimeCode.hash).limit(_PAGE)
    ).all():
        working = [row for row in rows if row.expires_at is None or now < row.expires_at]
        count += sum(row.purpose.startswith(codes.reset_of("")) for row in working)
        after = rows[-1].hash
        db.expunge_all()
    return count


def own_settings(db: Session) -> dict[str, str]:
    """The database's settings of durability and safety, as it answers them on this connection."""
    if db.get_bind().dialect.name == "sqlite":
        return {name: _pragma(db, name) for name in ("journal_mode", "synchronous", "foreign_keys")}
    names = ("fsync", "full_page_writes", "synchronous_commit")
    return {name: str(db.scalar(text("SELECT current_setting(:name)"), {"name": name})).lower() for name in names}


def _pragma(db: Session, name: str) -> str:
    return str(db.scalar(text(f"PRAGMA {name}"))).lower()


def is_encrypted(db: Session) -> bool | None:
    """Is this connection encrypted? None where there is none, as with a file."""
    if db.get_bind().dialect.name != "postgresql":
        return None
    return bool(db.scalar(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")))


def is_superuser(db: Session) -> bool:
    """May the account in `database_url` do everything on that server?"""
    if db.get_bind().dialect.name != "postgresql":
        return False
    return bool(db.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")))


def host_of(db: Session) -> str:
    """The host that `database_url` names; empty for a file or a socket of this machine."""
    bind: Any = db.get_bind()
    return bind.engine.url.host or ""


def tail_break(db: Session, seals: SealFile, count: int = TAIL) -> str:
    """Where the last entries of the journal are not what was sealed; empty if they are.

    Arguments:
        db: a session for reading.
        seals: the file of seals outside the database.
        count: how many entries, from the end.
    """
    head = db.execute(select(JournalHead.seq, JournalHead.seal)).one_or_none()
    if head is None:
        return "its head is gone"
    first = max(0, head.seq - count - 1)
    previous, expected = GENESIS if first == 0 else "", first + 1
    for found in walk(db, after=first):
        if found.seq > head.seq:
            break  # written while this reads
        anchor = seals.at(found.seq)
        if found.seq != expected:
            return f"entry {expected} is missing"
        if previous and found.seal != seal(found.seq, found.entry, previous):
            return f"entry {found.seq} was changed or moved"
        if anchor is not None and anchor != found.seal:
            return f"entry {found.seq} was replaced: its seal is not the one kept outside the database"
        previous, expected = found.seal, expected + 1
    if expected <= head.seq or (previous or GENESIS) != head.seal:
        return "its end was cut off"
    return "its end was cut off" if seals.at(head.seq + 1) and _is_behind(db, head.seq) else ""


def _is_behind(db: Session, seq: int) -> bool:
    """A seal beyond the head: either an entry that was committed meanwhile, or one that was taken away."""
    db.rollback()
    return (db.scalar(select(JournalHead.seq)) or 0) <= seq
