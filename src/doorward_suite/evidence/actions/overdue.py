"""Once a day: whoever has work or an entry of the POA&M overdue is told by mail, once a week for the same.

One mail for each assessment, and one for its POA&M.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from doorward import Job, Transaction, now, reading, transaction, write_to

from ..models import Assessment, Entry, Progress
from ..paths import person_path, poam_path
from ..stages import REVIEWED

EVERY = timedelta(days=1)
#: How long nobody is told again of the same.
_QUIET = timedelta(days=7)
#: How many objectives or entries a mail names.
_NAMED = 10


def remind(job: Job) -> None:
    """The job. Whatever was told is noted with the mail, so that a second attempt tells only the rest."""
    with reading() as db:
        waiting = [(_tell, *one) for one in _who_waits(db)] + [(_tell_of_poam, *one) for one in _who_answers(db)]
    for done, (tell, number, account_id) in enumerate(waiting):
        with transaction(job.actor) as tx:
            tell(tx, number, account_id)
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
    named = _named([(row.objective, row.due_on) for row in rows if row.due_on])
    text = f"Overdue in “{assessment.name}”, assigned to you:\n{named}"
    write_to(tx, account_id, f"Overdue in {assessment.name}", text, path=person_path(number, account_id))
    tx.journal("assessment.reminded", on=f"assessment:{number}", account=account_id, count=len(rows))


def _who_answers(db: Session) -> Sequence[tuple[int, str]]:
    late = select(Entry.assessment_id, Entry.owner_id).where(*_late_entries())
    return sorted({(row.assessment_id, row.owner_id) for row in db.execute(late)})


def _late_entries() -> tuple[ColumnElement[bool], ...]:
    at = now()
    return (
        Entry.closed_at.is_(None),
        Entry.due_on < at.date(),
        Entry.owner_id != "",
        or_(Entry.reminded_at.is_(None), Entry.reminded_at < at - _QUIET),
    )


def _tell_of_poam(tx: Transaction, number: int, account_id: str) -> None:
    mine = select(Entry).where(*_late_entries(), Entry.assessment_id == number, Entry.owner_id == account_id)
    rows = tx.db.scalars(mine.order_by(Entry.due_on, Entry.id).with_for_update()).all()
    assessment = tx.db.get(Assessment, number)
    if not rows or assessment is None:
        return
    for row in rows:
        row.reminded_at = tx.now
    named = _named([(row.requirement, row.due_on) for row in rows])
    text = f"Overdue on the POA&M of “{assessment.name}”, and yours:\n{named}"
    write_to(tx, account_id, f"POA&M overdue in {assessment.name}", text, path=poam_path(number))
    tx.journal("poam.reminded", on=f"assessment:{number}", account=account_id, count=len(rows))


def _named(late: Sequence[tuple[str, date]]) -> str:
    """The first of what is late, a line each, and how many more there are."""
    lines = [f"{what}, since {due}" for what, due in late[:_NAMED]]
    return "\n".join([*lines, f"and {len(late) - _NAMED} more"] if len(late) > _NAMED else lines)
