"""Sessions in the database: opened, found by hash, touched, rotated, ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from doorward.core.factors import PASSWORD, is_required, is_strong
from doorward.core.sessions import Life, identifier_hash, new_identifier
from doorward.store.accounts import ACTIVE, NO_PASSWORD, split_roles
from doorward.store.factor_models import KitSetting
from doorward.store.kit_settings import SECOND_FACTOR_OF, second_factor_of
from doorward.store.models import Account, SessionRecord
from doorward.store.transaction import Transaction

_S = SessionRecord.__table__.c
_A = Account.__table__.c
_K = KitSetting.__table__.c
# Made once: to build and to recognise it anew would cost every request more than the query.
_FIND = (
    select(
        _S.id,
        _S.account_id,
        _S.created_at,
        _S.seen_at,
        _S.confirmed_at,
        _S.keep,
        _A.name,
        _A.roles,
        _A.status,
        _A.password_changed_at,
        _S.open_at,
        _S.factors,
        _A.password_needs_factor,
        select(_K.value).where(_K.name == SECOND_FACTOR_OF).scalar_subquery(),
        _A.password_hash != NO_PASSWORD,
    )
    .select_from(SessionRecord.__table__.join(Account.__table__, _S.account_id == _A.id))
    .where(_S.hash == bindparam("wanted"))
)
_OPEN = insert(SessionRecord)
_SEEN = update(Account).where(Account.id == bindparam("wanted")).values(seen_at=bindparam("now"))


@dataclass(frozen=True, slots=True)
class Found:
    """A session with the account it belongs to, as one query finds them."""

    id: int
    account_id: str
    created_at: datetime
    seen_at: datetime
    confirmed_at: datetime
    keep: bool
    name: str
    roles: str
    status: str
    password_changed_at: datetime
    open_at: datetime | None
    factors: str = PASSWORD
    password_needs_factor: bool = False
    second_factor_of: str | None = None
    has_password: bool = True

    @property
    def is_strong(self) -> bool:
        """Was it opened with more than a password?"""
        return is_strong(self.factors.split("+"))

    @property
    def life(self) -> Life:
        return Life(self.created_at, self.seen_at)


def open_session(
    tx: Transaction, account_id: str, *, agent: str, keep: bool, factors: Iterable[str] = (PASSWORD,)
) -> tuple[str, int]:
    """Open a session for the account. Its identifier for the cookie, told only here, and its number.

    Arguments:
        agent: the browser's User-Agent, for the person's own list of devices.
        keep: True when the browser shall stay signed in after it was closed.
        factors: what was proved, of `core.factors`.
    """
    identifier = new_identifier()
    record = {
        "hash": identifier_hash(identifier),
        "account_id": account_id,
        "created_at": tx.now,
        "seen_at": tx.now,
        "confirmed_at": tx.now,
        "address": tx.actor.address[:64],
        "agent": agent[:300],
        "keep": keep,
        "factors": "+".join(factors),
    }
    tx.db.flush()  # the account may have been made in this transaction
    made = tx.db.connection().execute(_OPEN, record)
    tx.db.connection().execute(_SEEN, {"wanted": account_id, "now": tx.now})
    assert made.inserted_primary_key is not None  # nosec B101  # (one row was inserted)
    return identifier, made.inserted_primary_key[0]


def find(db: Session | Connection, identifier: str) -> Found | None:
    """The session of this identifier, with its account."""
    row = db.execute(_FIND, {"wanted": identifier_hash(identifier)}).one_or_none()
    if row is None:
        return None
    values: tuple[Any, ...] = tuple(row)
    return Found(*values)


def touch(tx: Transaction, session_id: int, account_id: str) -> None:
    """Note that the session was used now."""
    tx.db.execute(update(SessionRecord).where(SessionRecord.id == session_id).values(seen_at=tx.now))
    tx.db.execute(update(Account).where(Account.id == account_id).values(seen_at=tx.now))


def note_open_page(tx: Transaction, session_id: int) -> None:
    """Note that a page of the session is open somewhere. That is no activity: it keeps no idle session alive."""
    tx.db.execute(update(SessionRecord).where(SessionRecord.id == session_id).values(open_at=tx.now))


def rotate(tx: Transaction, session_id: int, factors: Iterable[str] | None = None) -> str:
    """Give the session a new identifier, so that one seen earlier is worth nothing (OWASP ASVS 7.2.4).

    Arguments:
        factors: what the session stands for from now on, when that changes.
    """
    identifier = new_identifier()
    change = update(SessionRecord).where(SessionRecord.id == session_id)
    if factors is not None:
        change = change.values(factors="+".join(factors))
    tx.db.execute(change.values(hash=identifier_hash(identifier), confirmed_at=tx.now))
    return identifier


def end(tx: Transaction, session_id: int) -> None:
    """End one session; its streams are cut with the commit."""
    tx.db.execute(delete(SessionRecord).where(SessionRecord.id == session_id))
    tx.after_commit(lambda publisher: publisher.cut_session(session_id))


def end_all(tx: Transaction, account_id: str, *, but: int | None = None) -> int:
    """End every session of the account, `but` one if given. How many ended."""
    ids = [row.id for row in of_account(tx.db, account_id) if row.id != but]
    for session_id in ids:
        end(tx, session_id)
    return len(ids)


def of_account(db: Session, account_id: str) -> list[SessionRecord]:
    """The sessions of an account, last used first."""
    query = select(SessionRecord).where(SessionRecord.account_id == account_id)
    return list(db.scalars(query.order_by(SessionRecord.seen_at.desc())))


def sweep(tx: Transaction, unseen_since: datetime, batch: int = 500) -> int:
    """Delete sessions that nobody has used since then, a bounded number at once. How many went."""
    old = select(SessionRecord.id).where(SessionRecord.seen_at < unseen_since).limit(batch)
    ids = list(tx.db.scalars(old))
    tx.db.execute(delete(SessionRecord).where(SessionRecord.id.in_(ids)))
    return len(ids)


def still_alive(db: Session, ids: set[int]) -> set[int]:
    """Which of these sessions exist, belong to an active account or to a token, and owe no second factor."""
    found: set[int] = set()
    demand, wanted = second_factor_of(db), sorted(ids)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        query = select(_S.id, _S.factors, _S.token_secret_id, _A.roles).select_from(
            SessionRecord.__table__.outerjoin(Account.__table__, _S.account_id == _A.id)
        )
        # A participant's session lives as long as its token, which is looked after by itself.
        in_use = or_(_A.status == ACTIVE, _S.token_secret_id.is_not(None))
        for row in db.execute(query.where(_S.id.in_(some), in_use)):
            owes = is_required(demand, split_roles(row.roles or "")) and not is_strong(row.factors.split("+"))
            if row.token_secret_id is not None or not owes:
                found.add(row.id)
    return found
