"""Sessions of participants: people without an account who signed in with a token. They live no longer than it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.orm import Session

from doorward.core.sessions import Life, identifier_hash, new_identifier
from doorward.store.models import Account, SessionRecord
from doorward.store.token_models import Token, TokenSecret
from doorward.store.tokens import COLUMNS, Found
from doorward.store.transaction import Transaction

#: How the identifier of such a session begins, so that the right one of two queries is asked.
PREFIX = "t."

_P = SessionRecord.__table__.c
_OWN = (_P.id, _P.created_at, _P.seen_at, _P.open_at)
_FIND = (
    select(*_OWN, *COLUMNS)
    .select_from(SessionRecord.__table__)
    .join(TokenSecret.__table__, TokenSecret.__table__.c.id == _P.token_secret_id)
    .join(Token.__table__, Token.__table__.c.id == TokenSecret.__table__.c.token_id)
    .join(Account.__table__, Account.__table__.c.id == Token.__table__.c.owner_id)
    .where(_P.hash == bindparam("wanted"))
)


@dataclass(frozen=True, slots=True)
class Participant:
    """A participant's session, with the token that it was opened with."""

    id: int
    created_at: datetime
    seen_at: datetime
    open_at: datetime | None
    token: Found

    @property
    def life(self) -> Life:
        return Life(self.created_at, self.seen_at)


def open_session(tx: Transaction, secret_id: int, *, agent: str) -> tuple[str, int]:
    """Open a session for whoever holds this secret. Its identifier for the cookie, told only here, and its number."""
    identifier = PREFIX + new_identifier()
    record = SessionRecord(
        hash=identifier_hash(identifier),
        token_secret_id=secret_id,
        created_at=tx.now,
        seen_at=tx.now,
        confirmed_at=tx.now,
        address=tx.actor.address[:64],
        agent=agent[:300],
        keep=False,
    )
    tx.db.add(record)
    tx.db.flush()
    return identifier, record.id


def find(db: Session | Connection, identifier: str) -> Participant | None:
    """The session of this identifier, with its token."""
    row = db.execute(_FIND, {"wanted": identifier_hash(identifier)}).one_or_none()
    if row is None:
        return None
    own, token = tuple(row)[: len(_OWN)], tuple(row)[len(_OWN) :]
    return Participant(own[0], own[1], own[2], own[3], Found(*token))


def touch(tx: Transaction, session_id: int) -> None:
    """Note that the session was used now."""
    tx.db.execute(update(SessionRecord).where(SessionRecord.id == session_id).values(seen_at=tx.now))


def of_token(db: Session, token_id: int, count: int = 100) -> list[SessionRecord]:
    """The sessions of people who signed in with this token, last used first."""
    query = select(SessionRecord).join(TokenSecret, TokenSecret.id == SessionRecord.token_secret_id)
    query = query.where(TokenSecret.token_id == token_id)
    return list(db.scalars(query.order_by(SessionRecord.seen_at.desc()).limit(count)))
