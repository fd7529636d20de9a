"""A token from the environment that makes the first administrator, for servers that nobody watches as they start.

It works once: its hash is kept as used, so that it is dead even if it stays in the environment, or if there should
come a day without administrators. It never works while there is one.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from doorward.core.tokens import same
from doorward.store import codes
from doorward.store.transaction import Transaction

_USED = "bootstrap used"


def is_waiting(db: Session, token: str | None) -> bool:
    """Is there a token that nobody has used?

    Arguments:
        token: the setting `bootstrap_token`.
    """
    return token is not None and not codes.was_spent(db, _USED, token)


def holds(db: Session, token: str | None, code: str) -> bool:
    """Is this the token, and unused?"""
    return token is not None and same(code, token) and is_waiting(db, token)


def use(tx: Transaction, token: str | None, code: str) -> bool:
    """Use the token up. False if it is another, or was used; of two who try at once, one succeeds."""
    return holds(tx.db, token, code) and codes.spend(tx, _USED, code)
