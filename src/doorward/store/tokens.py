"""Access tokens in the database: made, found by the hash of their secret, rotated, revoked.

A token has one secret, and for a while two: after a rotation the old one lives on until its overlap is over. Only
hashes are kept, so that a stolen database opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from doorward.core.token_life import why_dead
from doorward.core.tokens import new_token, token_hash
from doorward.errors import Conflict, NotFound
from doorward.store.accounts import ACTIVE
from doorward.store.models import Account, SessionRecord
from doorward.store.token_models import Token, TokenSecret
from doorward.store.transaction import Transaction

_USE_EVERY = timedelta(minutes=1)
#: The largest number that a database keeps: beyond it nothing is there.
_LARGEST = 2**63 - 1

_T, _S, _A = Token.__table__.c, TokenSecret.__table__.c, Account.__table__.c
_JOINED = TokenSecret.__table__.join(Token.__table__, _S.token_id == _T.id).join(
    Account.__table__, _T.owner_id == _A.id
)
#: What is found of a token, in the order of `Found`.
COLUMNS = (
    _S.id.label("secret_id"),
    _T.id.label("token_id"),
    _T.name,
    _T.scopes,
    _T.for_person,
    _T.used_at,
    _T.revoked_at,
    _S.expires_at,
    _A.id.label("owner_id"),
    _A.name.label("owner_name"),
    _A.roles.label("owner_roles"),
    _A.status.label("owner_status"),
)
_FIND = select(*COLUMNS).select_from(_JOINED).where(_S.hash == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Found:
    """A token with the secret it was found by, and with its owner as of now."""

    secret_id: int
    token_id: int
    name: str
    scopes: str
    for_person: bool
    used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None
    owner_id: str
    owner_name: str
    owner_roles: str
    owner_status: str

    def why_dead(self, now: datetime) -> str:
        """Why it opens nothing; an empty text while it works."""
        return why_dead(self.expires_at, self.revoked_at, self.owner_status == ACTIVE, now)


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a new token begins with. Name, scopes and life are already judged.

    Arguments:
        owner_id: the account that answers for it.
        name: what it is for.
        scopes: what it opens.
        life: how long its secret works; None for ever.
        for_person: whether somebody without an account may sign in with it.
    """

    owner_id: str
    name: str
    scopes: frozenset[str]
    life: timedelta | None
    for_person: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A token as lists show it, with its newest secret and its owner."""

    token: Token
    secret: TokenSecret
    owner: Account

    def why_dead(self, now: datetime) -> str:
        """Why it opens nothing; an empty text while it works."""
        return why_dead(self.secret.expires_at, self.token.revoked_at, self.owner.status == ACTIVE, now)


def add(tx: Transaction, new: NewToken) -> tuple[Token, str]:
    """Make a token. It, and its secret, which is told only here."""
    token = Token(
        owner_id=new.owner_id,
        name=new.name,
        scopes=" ".join(sorted(new.scopes)),
        for_person=new.for_person,
        created_at=tx.now,
    )
    tx.db.add(token)
    tx.db.flush()
    return token, _add_secret(tx, token.id, new.life)


def _add_secret(tx: Transaction, token_id: int, life: timedelta | None) -> str:
    value = new_token()
    expires_at = None if life is None else tx.now + life
    tx.db.add(
        TokenSecret(token_id=token_id, hash=token_hash(value), created_at=tx.now, expires_at=expires_at),
    )
    tx.db.flush()
    return value


def find(db: Session | Connection, value: str) -> Found | None:
    """The token of this secret, whether it still works or not."""
    row = db.execute(_FIND, {"wanted": token_hash(value)}).one_or_none()
    if row is None:
        return None
    values: tuple[Any, ...] = tuple(row)
    return Found(*values)


def is_use_worth_noting(found: Found, now: datetime) -> bool:
    """Is the last use longer ago than a minute? A write for every request is not needed."""
    return found.used_at is None or now - found.used_at >= _USE_EVERY


def note_use(tx: Transaction, token_id: int) -> None:
    """Note when and from where the token was used; of many requests at the same moment, one writes."""
    due = or_(Token.used_at.is_(None), Token.used_at <= tx.now - _USE_EVERY)
    change = update(Token).where(Token.id == token_id, due)
    tx.db.execute(change.values(used_at=tx.now, used_from=tx.actor.address[:64]))


def rotate(tx: Transaction, token_id: int, newest: int | None, life: timedelta | None, overlap: timedelta) -> str:
    """Give the token another secret, told only here; the one before works until the overlap is over.

    Arguments:
        newest: the secret that is to be replaced, as the page or command saw it; None for whichever it is.

    Errors:
        NotFound: there is no such token. Conflict: it is revoked, or was rotated in the meantime.
    """
    token = _locked(tx, token_id)
    if token.revoked_at is not None:
        raise Conflict("This token is revoked. Make another one.")
    old = secrets_of(tx.db, token_id)
    if newest is not None and old[0].id != newest:
        raise Conflict("This token was rotated in the meantime. Its newest secret was shown there, once.")
    for secret in old:
        _end_by(tx, secret, tx.now + overlap)
    return _add_secret(tx, token_id, life)


def _end_by(tx: Transaction, secret: TokenSecret, at: datetime) -> None:
    """Streams were told how long the secret lives; they are cut, and ask again."""
    if secret.expires_at is not None and secret.expires_at <= at:
        return
    secret.expires_at = at
    _cut(tx, secret.id)


def revoke(tx: Transaction, token_id: int) -> bool:
    """End the token with all its secrets, sessions and streams. False if it was revoked before."""
    token = _locked(tx, token_id)
    if token.revoked_at is not None:
        return False
    token.revoked_at = tx.now
    end_sessions(tx, token_id)
    for secret in secrets_of(tx.db, token_id):
        _cut(tx, secret.id)
    return True


def revoke_all(tx: Transaction, owner_id: str) -> int:
    """Revoke every token that an account answers for. How many."""
    ids = tx.db.scalars(select(Token.id).where(Token.owner_id == owner_id, Token.revoked_at.is_(None)))
    return sum(revoke(tx, token_id) for token_id in ids.all())


def cut_all(tx: Transaction, owner_id: str) -> None:
    """Cut the streams of every token of an account whose rights have changed; who may, asks again."""
    mine = select(TokenSecret.id).join(Token, TokenSecret.token_id == Token.id).where(Token.owner_id == owner_id)
    for secret_id in tx.db.scalars(mine):
        _cut(tx, secret_id)


def end_sessions(tx: Transaction, token_id: int) -> None:
    """End the sessions of people who signed in with this token."""
    mine = select(TokenSecret.id).where(TokenSecret.token_id == token_id)
    tx.db.execute(delete(SessionRecord).where(SessionRecord.token_secret_id.in_(mine)))


def _cut(tx: Transaction, secret_id: int) -> None:
    tx.after_commit(lambda publisher: publisher.cut_secret(secret_id))


def _locked(tx: Transaction, token_id: int) -> Token:
    """The token, held for this transaction: of two who rotate it at once, one sees what the other did."""
    query = select(Token).where(Token.id == token_id).with_for_update().execution_options(populate_existing=True)
    token = tx.db.scalars(query).one_or_none()
    if token is None:
        raise NotFound
    return token


def by_id(db: Session, token_id: int) -> Token | None:
    return db.get(Token, token_id) if 0 < token_id <= _LARGEST else None


def secrets_of(db: Session, token_id: int) -> list[TokenSecret]:
    """The secrets of a token, newest first."""
    query = select(TokenSecret).where(TokenSecret.token_id == token_id)
    return list(db.scalars(query.order_by(TokenSecret.id.desc())))


def alive(db: Session, secret_ids: Iterable[int], now: datetime) -> set[int]:
    """Which of these secrets still work."""
    wanted, found = sorted(secret_ids), set[int]()
    for start in range(0, len(wanted), 500):
        rows = db.execute(select(*COLUMNS).select_from(_JOINED).where(_S.id.in_(wanted[start : start + 500])))
        found |= {one.secret_id for one in (Found(*tuple(row)) for row in rows) if not one.why_dead(now)}
    return found


# -- lists --------------------------------------------------------------------------------------------------

_Newer = aliased(TokenSecret)
_LISTED = (
    select(Token, TokenSecret, Account)
    .join(TokenSecret, TokenSecret.token_id == Token.id)
    .join(Account, Account.id == Token.owner_id)
    .where(~exists().where(and_(_Newer.token_id == Token.id, _Newer.id > TokenSecret.id)))
)


def one(db: Session, token_id: int) -> Listed | None:
    """One token, as lists show it."""
    row = db.execute(_LISTED.where(Token.id == token_id)).one_or_none() if 0 < token_id <= _LARGEST else None
    return None if row is None else Listed(*row)


def of_owner(db: Session, owner_id: str, count: int = 500) -> list[Listed]:
    """The tokens of an account, newest first."""
    rows = db.execute(_LISTED.where(Token.owner_id == owner_id).order_by(Token.id.desc()).limit(count))
    return [Listed(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tokens an administrator wants to see.

    Arguments:
        owner_key: the beginning of an owner's name, in the form in which names are compared.
        state: "working", "ended" or empty for all.
    """

    owner_key: str = ""
    state: str = ""


def page(db: Session, wanted: Filter, now: datetime, offset: int, count: int) -> list[Listed]:
    """A page of all tokens, newest first."""
    query = _LISTED.where(*_matching(wanted, now)).order_by(Token.id.desc()).offset(offset).limit(count)
    return [Listed(*row) for row in db.execute(query)]


def how_many(db: Session, wanted: Filter, now: datetime) -> int:
    """How many tokens `page` has in all."""
    query = _LISTED.where(*_matching(wanted, now)).with_only_columns(func.count())
    return db.scalar(query) or 0


def _matching(wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.owner_key:
        found += [Account.name_key >= wanted.owner_key, Account.name_key < f"{wanted.owner_key}\U0010ffff"]
    works = and_(
        Token.revoked_at.is_(None),
        or_(TokenSecret.expires_at.is_(None), TokenSecret.expires_at > now),
        Account.status == ACTIVE,
    )
    if wanted.state:
        found.append(works if wanted.state == "working" else ~works)
    return found
