"""What the AI service is sent, and what it was asked for, for organisers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from doorward import Caller, NotFound

from .. import access
from ..asking import MOST_SORTED, MOST_SUMMED
from ..models import SHOWN, SORT, Contribution, Help


@dataclass(frozen=True, slots=True)
class Helped:
    """What was asked for last of one sort, and what came last.

    Arguments:
        job_id: of the former; empty where nothing was asked for.
        asked_by: whose job it is.
        text: of the latter, for a summary.
        count: how many contributions it is of, or for how many a category was proposed.
        category: of which contributions alone.
    """

    job_id: str = ""
    asked_by: str = ""
    text: str = ""
    count: int = 0
    category: str = ""


def texts_for(db: Session, number: int, what: str, category: str) -> list[tuple[int, str]]:
    """The contributions that are sent, by number, the newest first: what everybody in the consultation reads.

    To be sorted, those for which nothing is proposed.
    """
    return [(one, text) for one, text in db.execute(_sent(number, what, category))]


def how_many(db: Session, number: int, what: str) -> int:
    """How many contributions would be sent."""
    return db.scalar(select(func.count()).select_from(_sent(number, what, "").subquery())) or 0


def _sent(number: int, what: str, category: str) -> Any:
    query = select(Contribution.id, Contribution.text).where(
        Contribution.consultation_id == number, Contribution.state == SHOWN
    )
    query = query.where(Contribution.category == category) if category else query
    query = query.where(Contribution.proposed == "") if what == SORT else query
    return query.order_by(Contribution.id.desc()).limit(MOST_SORTED if what == SORT else MOST_SUMMED)


def asked_for(db: Session, actor: Caller, number: int) -> Help:
    """What the actor asked for in a consultation that they organise still.

    Errors:
        NotFound: it is gone, or they have no place there. Forbidden: they organise it no longer.
    """
    row = db.get(Help, number)
    if row is None or row.asked_by != actor.id:
        raise NotFound("This was asked for anew meanwhile.")
    access.organiser_in(db, actor, row.consultation_id)
    return row


def newest(db: Session, number: int, what: str) -> Helped:
    """What organisers asked for last, of one sort."""
    query = select(Help).where(Help.consultation_id == number, Help.what == what).order_by(Help.id.desc())
    rows = db.scalars(query).all()
    if not rows:
        return Helped()
    there = next((one for one in rows if one.text), rows[0])
    return Helped(rows[0].job_id, rows[0].asked_by, there.text, there.count, there.category)
