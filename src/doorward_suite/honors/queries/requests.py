"""Requests to be hidden, for the administration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import HideRequest, Person
from .roll import PAGE


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and whom it is about."""

    request: HideRequest
    person: Person


def waiting(db: Session, above: int = 0) -> tuple[Sequence[Asked], int]:
    """A page of the requests that wait, the oldest first, and where the next page begins; 0 on the last."""
    query = (
        select(HideRequest, Person)
        .join(Person, Person.id == HideRequest.person_id)
        .where(HideRequest.decided_at.is_(None), HideRequest.id > above)
        .order_by(HideRequest.id)
    )
    found = [Asked(row[0], row[1]) for row in db.execute(query.limit(PAGE + 1))]
    return found[:PAGE], found[PAGE - 1].request.id if len(found) > PAGE else 0


def about(db: Session, person_id: int) -> Sequence[HideRequest]:
    """The requests about one person that wait."""
    query = select(HideRequest).where(HideRequest.person_id == person_id, HideRequest.decided_at.is_(None))
    return db.scalars(query.order_by(HideRequest.id).limit(PAGE)).all()


def is_any_waiting(db: Session) -> bool:
    """Whether somebody waits for a decision."""
    return db.scalar(select(HideRequest.id).where(HideRequest.decided_at.is_(None)).limit(1)) is not None
