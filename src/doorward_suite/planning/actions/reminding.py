"""Once a day: organisers are told by mail of tokens that are older than 90 days, once a month for the same sheet."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from doorward import Job, Transaction, now, reading, transaction, write_to

from ..models import Consultation, Organiser, Sheet
from .consultations import name_of
from .sheets import ROTATE_AFTER

EVERY = timedelta(days=1)
#: How long nobody is told again of the same sheet.
_QUIET = timedelta(days=30)
#: Of so many sheets a day; a server with more tells of the others on the next.
_MOST = 1_000


def remind(job: Job) -> None:
    """The job. Whatever was told is noted with the mails, so that a second attempt tells only the rest."""
    with reading() as db:
        numbers = _who_waits(db)
    for done, number in enumerate(numbers):
        with transaction(job.actor) as tx:
            _tell(tx, number)
        job.progress(done + 1, len(numbers))


def _old(db: Session) -> list[Sheet]:
    at = now()
    query = select(Sheet).where(Sheet.by_link.is_(False), Sheet.made_at < at - ROTATE_AFTER)
    query = query.where(Sheet.revoked_at.is_(None), Sheet.ends_at > at)
    query = query.where(or_(Sheet.reminded_at.is_(None), Sheet.reminded_at < at - _QUIET))
    return list(db.scalars(query.order_by(Sheet.made_at).limit(_MOST)))


def _who_waits(db: Session) -> list[int]:
    return sorted({sheet.consultation_id for sheet in _old(db)})


def _tell(tx: Transaction, number: int) -> None:
    consultation = tx.db.get(Consultation, number)
    sheets = [sheet for sheet in _old(tx.db) if sheet.consultation_id == number]
    if consultation is None or consultation.deleted_at is not None or not sheets:
        return
    for sheet in sheets:
        sheet.reminded_at = tx.now
    lines = [f"{sheet.count} of {sheet.made_at:%Y-%m-%d}" for sheet in sheets]
    text = (
        f"Tokens of “{consultation.title}” are older than 90 days: {', '.join(lines)}.\n"
        "Make a new sheet, give it out, then end the old one."
    )
    to = list(tx.db.scalars(select(Organiser.account_id).where(Organiser.consultation_id == number)))
    for account_id in to:
        write_to(tx, account_id, f"Old tokens in {consultation.title}", text, path=f"/planning/{number}/tokens")
    tx.journal("planning.reminded", on=name_of(number), sheets=len(sheets), organisers=len(to))
