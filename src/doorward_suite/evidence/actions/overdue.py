"""Once a day: whoever has something overdue is told by mail, one mail for each assessment, once a week for the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from doorward import Job, Transaction, now, reading, transaction, write_to

from ..models import Assessment, Progress
from ..paths import person_path
from ..stages import REVIEWED

EVERY = timedelta(days=1)
#: How long nobody is told again of the same.
_QUIET = timedelta(days=7)
#: How many objectives a mail names.
_NAMED = 10


def remind(job: Job) -> None:
    """The job. Whatever was told is noted with the mail, so that a second attempt tells only the rest."""
    with reading() as db:
        waiting = _who_waits(db)
    for done, (number, account_id) in enumerate(waiting):
        with transaction(job.actor) as tx:
            _tell(tx, number, account_id)
        job.progress(done + 1, len(waiting))


def _who_waits(db: Session) -> Sequence[tuple[int, str]]:
    late = select(Progress.assessment_id, Progress.assignee).where(*_late())
    return sorted({(row.assessment_id, row.assignee) for row in db.execute(late)})


def _late() -> tuple[ColumnElement[bool], ...]:
    at = now()
    return (
        Progress.due_on < at.date(),
        Progress.stage != REVIEWED,
        Progress.assignee != "",
        or_(Progress.reminded_at.is_(None), Progress.reminded_at < at - _QUIET),
    )


def _tell(tx: Transaction, number: int, account_id: str) -> None:
    mine = select(Progress).where(*_late(), Progress.assessment_id == number, Progress.assignee == account_id)
    rows = tx.db.scalars(mine.order_by(Progress.place).with_for_update()).all()
    assessment = tx.db.get(Assessment, number)
    if not rows or assessment is None:
        return
    for row in rows:
        row.reminded_at = tx.now
    named = [f"{row.objective}, since {row.due_on}" for row in rows[:_NAMED]]
    more = [f"and {len(rows) - _NAMED} more"] if len(rows) > _NAMED else []
    text = f"Overdue in “{assessment.name}”, assigned to you:\n" + "\n".join([*named, *more])
    write_to(tx, account_id, f"Overdue in {assessment.name}", text, path=person_path(number, account_id))
    tx.journal("assessment.reminded", on=f"assessment:{number}", account=account_id, count=len(rows))
