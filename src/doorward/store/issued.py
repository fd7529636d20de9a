"""Tokens that an app issues to many people in one act: made, listed, revoked by kind, never one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from doorward.core.streams import Publisher
from doorward.core.tokens import new_token, token_hash
from doorward.store.models import SessionRecord
from doorward.store.token_models import Token, TokenSecret
from doorward.store.transaction import Transaction

_AT_ONCE = 500


def issue(
    tx: Transaction, owner_id: str, kind: str, names: Sequence[str], scopes: frozenset[str], life: timedelta
) -> list[tuple[int, str, str]]:
    """Make a token for each name. Number, name and secret of each, in the order of the names; told only here."""
    values = {
        "owner_id": owner_id,
        "scopes": " ".join(sorted(scopes)),
        "for_person": True,
        "kind": kind,
        "created_at": tx.now,
        "used_from": "",
    }
    made: list[tuple[int, str, str]] = []
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        rows = tx.db.execute(insert(Token).returning(Token.id, Token.name), [{**values, "name": name} for name in some])
        # The order in which they come back is not promised. Two of the same name differ in nothing yet.
        ids: dict[str, list[int]] = {}
        for row in sorted(rows, key=lambda row: -row.id):
            ids.setdefault(row.name, []).append(row.id)
        made += [(ids[name].pop(), name, new_token()) for name in some]
    secrets = [
        {"token_id": token_id, "hash": token_hash(secret), "created_at": tx.now, "expires_at": tx.now + life}
        for token_id, _name, secret in made
    ]
    tx.db.execute(insert(TokenSecret), secrets)
    return made


def of_kind(db: Session, kind: str, after: int, count: int) -> list[tuple[Token, datetime | None]]:
    """The tokens of a kind with the end of their newest secret, by number, those behind `after`."""
    wanted = select(Token).where(Token.kind == kind, Token.id > after).order_by(Token.id).limit(count)
    found = list(db.scalars(wanted))
    ends: dict[int, datetime | None] = {}
    secrets = select(TokenSecret.token_id, TokenSecret.expires_at).order_by(TokenSecret.id)
    for row in db.execute(secrets.where(TokenSecret.token_id.in_([token.id for token in found]))):
        ends[row.token_id] = row.expires_at  # the newest comes last
    return [(token, ends.get(token.id)) for token in found]


def revoke_kind(tx: Transaction, kind: str) -> int:
    """End all tokens of a kind, with their sessions and streams. How many were not revoked before."""
    ended = update(Token).where(Token.kind == kind, Token.revoked_at.is_(None)).values(revoked_at=tx.now)
    ids = tx.db.scalars(ended.returning(Token.id)).all()
    theirs = select(TokenSecret.id).join(Token, TokenSecret.token_id == Token.id).where(Token.kind == kind)
    tx.db.execute(delete(SessionRecord).where(SessionRecord.token_secret_id.in_(theirs)))
    secrets = tx.db.scalars(theirs).all()
    tx.after_commit(lambda publisher: _cut(publisher, secrets))
    return len(ids)


def _cut(publisher: Publisher, secrets: Sequence[int]) -> None:
    for secret_id in secrets:
        publisher.cut_secret(secret_id)
