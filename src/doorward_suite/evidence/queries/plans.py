"""Searching what a team has written of its plans: the POA&M with its milestones, and the SSP mapping.

What is looked through is bounded by the standard and not by the past: a requirement has one open entry and one row of
the SSP mapping at most, and of closed entries the newest count. All are read along an index of the assessment.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import Seat
from ..catalogue import Requirement
from ..models import Entry, Milestone
from ..search import found_by, searched_words
from . import ssp

#: Closed entries that are looked through, the newest first.
MOST_CLOSED = 200
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class PlanHit:
    """Something written of a requirement.

    Arguments:
        entry: of the POA&M; None where it is the SSP mapping.
        said: the beginning of what was found.
    """

    requirement: Requirement
    entry: Entry | None
    said: str


def found_in_plans(db: Session, seat: Seat, typed: str) -> list[PlanHit]:
    """What the typed words find: entries of the POA&M, open ones first, then the SSP mapping as the standard goes."""
    words = searched_words(typed)
    return [*_entries(db, seat, words), *_mapping(db, seat, words)] if words else []


def _entries(db: Session, seat: Seat, words: list[str]) -> list[PlanHit]:
    mine = select(Entry).where(Entry.assessment_id == seat.assessment.id)
    still_open = db.scalars(mine.where(Entry.closed_at.is_(None)).order_by(Entry.requirement)).all()
    closed = mine.where(Entry.closed_at.is_not(None)).order_by(Entry.id.desc()).limit(MOST_CLOSED)
    entries = [*still_open, *db.scalars(closed)]
    steps: dict[int, list[str]] = {one.id: [] for one in entries}
    wanted = select(Milestone.entry_id, Milestone.text).where(Milestone.entry_id.in_(list(steps)))
    for entry_id, text in db.execute(wanted.order_by(Milestone.id)) if steps else ():
        steps[entry_id].append(text)
    hits = []
    for one in entries:
        requirement = seat.catalogue.requirement_by_id.get(one.requirement)
        texts = (one.weakness, one.risk, one.remediation, one.closing, *steps[one.id])
        said = found_by(words, *texts, one.requirement)
        if requirement is not None and said is not None:
            hits.append(PlanHit(requirement, one, _begun(said)))
    return hits


def _mapping(db: Session, seat: Seat, words: list[str]) -> list[PlanHit]:
    there = ssp.mapping_of(db, seat)
    hits = []
    for requirement in seat.catalogue.requirements:
        if (one := there.get(requirement.id)) is None:
            continue
        texts = (one.statement, one.document, one.section, one.responsible, one.provider)
        if (said := found_by(words, *texts, requirement.id)) is not None:
            hits.append(PlanHit(requirement, None, _begun(said)))
    return hits


def _begun(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]} …"
