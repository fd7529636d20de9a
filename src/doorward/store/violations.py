"""Violations of the Content-Security-Policy that browsers reported: one row for each kind, with a count."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from doorward.store.models import Violation
from doorward.store.transaction import Transaction

#: Reports come from anybody. The table keeps this many kinds; the oldest make room.
MOST_KINDS = 200


def report(tx: Transaction, directive: str, blocked: str, page: str) -> None:
    """Count one report."""
    if _counted(tx, directive, blocked, page):
        return
    _make_room(tx)
    new = Violation(directive=directive, blocked=blocked, page=page, first_at=tx.now, last_at=tx.now)
    try:
        with tx.db.begin_nested():
            tx.db.add(new)
    except IntegrityError:  # another browser reported the same in the meantime
        _counted(tx, directive, blocked, page)


def _counted(tx: Transaction, directive: str, blocked: str, page: str) -> bool:
    kind = (Violation.directive == directive, Violation.blocked == blocked, Violation.page == page)
    counted = update(Violation).where(*kind).values(count=Violation.count + 1, last_at=tx.now)
    return tx.db.execute(counted.returning(Violation.id)).first() is not None


def _make_room(tx: Transaction) -> None:
    if (tx.db.scalar(select(func.count()).select_from(Violation)) or 0) >= MOST_KINDS:
        oldest = select(Violation.id).order_by(Violation.last_at).limit(1).scalar_subquery()
        tx.db.execute(delete(Violation).where(Violation.id == oldest))


def latest(db: Session, count: int = MOST_KINDS) -> list[Violation]:
    """The kinds, last seen first."""
    return list(db.scalars(select(Violation).order_by(Violation.last_at.desc()).limit(count)))
