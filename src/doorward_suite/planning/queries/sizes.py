"""How large the records of the server are, and how they grew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from doorward import Job, transaction

from ..models import Size

EVERY = timedelta(hours=24)
#: So many days are shown, and kept.
DAYS = 90


def size_now(db: Session) -> int:
    """The size of the database in bytes: all apps of this server are in it."""
    if db.get_bind().dialect.name == "postgresql":
        return int(db.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages, each = db.scalar(text("PRAGMA page_count")), db.scalar(text("PRAGMA page_size"))
    return int(pages or 0) * int(each or 0)


def sizes(db: Session) -> Sequence[Size]:
    """The size of each day on which it was measured, the newest first."""
    return db.scalars(select(Size).order_by(Size.day.desc()).limit(DAYS)).all()


def measure(job: Job) -> None:
    """The job that recurs: note the size of this day. Done twice on one day, the later counts."""
    with transaction(job.actor) as tx:
        day, size = tx.now.date(), size_now(tx.db)
        known = tx.db.get(Size, day)
        if known is None:
            tx.db.add(Size(day=day, size=size))
        else:
            known.size = size
        tx.db.execute(delete(Size).where(Size.day < day - timedelta(days=DAYS)))
