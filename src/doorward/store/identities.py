"""Identities in the database: found by issuer and subject, linked to an account, unlinked."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from doorward.errors import Conflict
from doorward.store import sessions
from doorward.store.accounts import split_roles
from doorward.store.identity_models import Identity, IdentitySession
from doorward.store.transaction import Transaction


def find(db: Session, issuer: str, subject: str) -> Identity | None:
    """The identity of this subject at this issuer."""
    query = select(Identity).where(Identity.issuer == issuer, Identity.subject == subject)
    return db.scalars(query).one_or_none()


def of_account(db: Session, account_id: str) -> list[Identity]:
    """The identities of an account, oldest first."""
    found = list(db.scalars(select(Identity).where(Identity.account_id == account_id)))
    return sorted(found, key=lambda identity: identity.id)


def is_of(db: Session, identity_id: int, account_id: str) -> bool:
    """Does the identity, as it is now, belong to the account?"""
    query = select(Identity.id).where(Identity.id == identity_id, Identity.account_id == account_id)
    return db.scalar(query) is not None


def link(tx: Transaction, account_id: str, issuer: str, subject: str) -> Identity:
    """Let this identity open the account from now on.

    Errors:
        Conflict: it opens another account already, or the account has another one at this issuer.
    """
    identity = Identity(account_id=account_id, issuer=issuer, subject=subject, roles="", created_at=tx.now)
    tx.db.add(identity)
    try:
        tx.db.flush()
    except IntegrityError as taken:
        raise Conflict("This was linked to an account in the meantime. Reload and try again.") from taken
    return identity


def given_by_others(db: Session, identity: Identity) -> frozenset[str]:
    """The roles that other identities of the same account have given."""
    others = [other for other in of_account(db, identity.account_id) if other.id != identity.id]
    return frozenset().union(*(split_roles(other.roles) for other in others)) if others else frozenset()


def note_session(tx: Transaction, session_id: int, identity_id: int, sid: str) -> None:
    """Note by which identity a session was opened.

    Arguments:
        sid: what the provider calls its own session; empty if it does not say.
    """
    tx.db.add(IdentitySession(session_id=session_id, identity_id=identity_id, sid=sid))
    tx.db.flush()


def opener(db: Session, session_id: int) -> Identity | None:
    """The identity by which a session was opened; None for a session that was opened otherwise."""
    query = select(Identity).join(IdentitySession, IdentitySession.identity_id == Identity.id)
    return db.scalars(query.where(IdentitySession.session_id == session_id)).one_or_none()


def of_sid(db: Session, issuer: str, sid: str) -> Identity | None:
    """The identity whose session at the provider is called so, as long as one of ours was opened by it."""
    query = select(Identity).join(IdentitySession, IdentitySession.identity_id == Identity.id)
    return db.scalars(query.where(IdentitySession.sid == sid, Identity.issuer == issuer).limit(1)).first()


def end_sessions(tx: Transaction, identity: Identity, sid: str = "") -> int:
    """End the sessions that the identity opened; with `sid` only those of that session at the provider. How many."""
    query = select(IdentitySession).where(IdentitySession.identity_id == identity.id)
    opened = [row.session_id for row in tx.db.scalars(query) if not sid or row.sid == sid]
    for session_id in opened:
        sessions.end(tx, session_id)
    return len(opened)


def others_open(db: Session, identity: Identity, issuers: Collection[str]) -> bool:
    """Could somebody without a password still enter if this identity went?

    Arguments:
        issuers: of the providers that are set up now.
    """
    return any(other.id != identity.id and other.issuer in issuers for other in of_account(db, identity.account_id))
