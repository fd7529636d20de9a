"""What goes by itself after a stated time: people who were never let in, and what opens nothing any more.

Each goes in small steps, so that nobody waits for the sweep, and each step is in the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, or_, select, update

from doorward.store.accounts import WAITING
from doorward.store.invitation_models import Invitation, InvitationSheet
from doorward.store.models import Account
from doorward.store.store import Store
from doorward.store.token_models import Token, TokenSecret
from doorward.store.transaction import Transaction

#: Somebody registered, and no administrator approved it.
WAITING_LIFE = timedelta(days=30)
#: A token or an invitation is dead: revoked, used up or expired. Until then its owner can look up what became of it.
DEAD_LIFE = timedelta(days=90)
#: A list of people to invite that was only looked at; and the links of one that was made, until somebody has them.
SHEET_LIFE = timedelta(hours=1)

_BATCH = 500


def sweep(store: Store) -> int:
    """Delete what is dead for long. How many records went."""
    return sum(_all_of(store, step) for step in (_waiting, _secrets, _revoked, _invitations, _sheets))


def _all_of(store: Store, step: Callable[[Transaction], int]) -> int:
    gone = 0
    while True:
        with store.transaction() as tx:
            count = step(tx)
        gone += count
        if count < _BATCH:
            return gone


def _waiting(tx: Transaction) -> int:
    old = select(Account.id).where(Account.status == WAITING, Account.created_at < tx.now - WAITING_LIFE)
    ids = list(tx.db.scalars(old.order_by(Account.created_at).limit(_BATCH)))
    if not ids:
        return 0
    # Once more in the statement: an administrator may approve one in this very moment.
    who = delete(Account).where(Account.id.in_(ids), Account.status == WAITING)
    gone = tx.db.scalars(who.returning(Account.id)).all()
    if gone:
        tx.journal("account.swept", count=len(gone), waited_days=WAITING_LIFE.days)
    return len(gone)


def _secrets(tx: Transaction) -> int:
    """Secrets that expired long ago, and the tokens that have no other."""
    old = select(TokenSecret.id, TokenSecret.token_id).where(TokenSecret.expires_at < tx.now - DEAD_LIFE)
    rows = tx.db.execute(old.order_by(TokenSecret.expires_at).limit(_BATCH)).all()
    tx.db.execute(delete(TokenSecret).where(TokenSecret.id.in_([row.id for row in rows])))
    has_none = ~exists().where(TokenSecret.token_id == Token.id)
    _delete_tokens(tx, Token.id.in_({row.token_id for row in rows}) & has_none)
    return len(rows)


def _revoked(tx: Transaction) -> int:
    old = select(Token.id).where(Token.revoked_at < tx.now - DEAD_LIFE).order_by(Token.revoked_at).limit(_BATCH)
    return _delete_tokens(tx, Token.id.in_(list(tx.db.scalars(old))))


def _delete_tokens(tx: Transaction, which: ColumnElement[bool]) -> int:
    gone = tx.db.scalars(delete(Token).where(which).returning(Token.id)).all()
    if gone:
        tx.journal("token.swept", count=len(gone), dead_days=DEAD_LIFE.days)
    return len(gone)


def _invitations(tx: Transaction) -> int:
    old = select(Invitation.id).where(Invitation.expires_at < tx.now - DEAD_LIFE).order_by(Invitation.expires_at)
    ids = list(tx.db.scalars(old.limit(_BATCH)))
    tx.db.execute(delete(Invitation).where(Invitation.id.in_(ids)))
    if ids:
        tx.journal("invitation.swept", count=len(ids), dead_days=DEAD_LIFE.days)
    return len(ids)


def _sheets(tx: Transaction) -> int:
    """Lists that were only looked at go; of those that were made the links go, and the rest with the invitations."""
    late = InvitationSheet.created_at < tx.now - 2 * SHEET_LIFE
    old = select(InvitationSheet.id).where(late, or_(InvitationSheet.made_at.is_(None), _long_ago(tx))).limit(_BATCH)
    ids = list(tx.db.scalars(old))
    tx.db.execute(delete(InvitationSheet).where(InvitationSheet.id.in_(ids)))
    tx.db.execute(update(InvitationSheet).where(late, InvitationSheet.links != "").values(links=""))
    return len(ids)


def _long_ago(tx: Transaction) -> ColumnElement[bool]:
    return InvitationSheet.created_at < tx.now - DEAD_LIFE
