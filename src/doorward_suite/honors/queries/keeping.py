"""What the pages of administration read: everything there is, deleted and hidden too, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import LARGEST
from ..models import Award, Competition, Edition, Medal, Person, School, Subject, Team
from ..naming import folded
from .roll import PAGE, Line, lines_of

#: How many editions and teams a list offers, the newest.
MOST_OFFERED = 300
_MODELS: dict[str, type[Any]] = {
    "people": Person,
    "competitions": Competition,
    "editions": Edition,
    "subjects": Subject,
    "medals": Medal,
    "schools": School,
    "teams": Team,
}
#: The highest sign there is: what begins with a text lies between it and it with this behind.
_BEYOND = "\U0010ffff"


def page_of(db: Session, key: str, *, before: int = LARGEST, typed: str = "") -> tuple[Sequence[Any], int]:
    """A page of the records of a kind, the newest first, and where the older ones begin; 0 on the last.

    Arguments:
        typed: how the name begins, for people and schools: then those are given, in the order of their names.
    """
    model = _MODELS[key]
    if typed and key in ("people", "schools"):
        return _named(db, model, folded(typed)), 0
    found = db.scalars(select(model).where(model.id < before).order_by(model.id.desc()).limit(PAGE + 1)).all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else 0


def _named(db: Session, model: type[Any], plain: str) -> Sequence[Any]:
    begins = (model.plain >= plain, model.plain < plain + _BEYOND)
    return db.scalars(select(model).where(*begins).order_by(model.plain, model.id).limit(PAGE)).all()


def namesakes(db: Session, person: Person) -> Sequence[Person]:
    """Others of the same name, case and marks aside. They are other people until somebody knows better."""
    query = select(Person).where(Person.plain == person.plain, Person.id != person.id).order_by(Person.id)
    return db.scalars(query.limit(PAGE)).all()


def awards_of(db: Session, holder: str, number: int) -> list[Line]:
    """Every award of a person ("people") or a team ("teams"), deleted ones too, the newest first."""
    column = Award.person_id if holder == "people" else Award.team_id
    return lines_of(db, db.scalars(select(Award).where(column == number).order_by(Award.id.desc()).limit(500)).all())


def offered(db: Session, key: str, chosen: int | None = None) -> list[tuple[int, Any]]:
    """What a list offers: (number, record) of each; with the one that is chosen already, if it is not among them."""
    model = _MODELS[key]
    query = select(model).where(model.deleted_at.is_(None)).order_by(model.id.desc()).limit(MOST_OFFERED)
    found = [(one.id, one) for one in db.scalars(query)]
    if chosen and chosen not in {number for number, _ in found} and (one := db.get(model, chosen)):
        found.append((chosen, one))
    return found


def school_name(db: Session, number: int | None) -> str:
    """What a school is called; empty if there is none."""
    school = db.get(School, number) if number else None
    return school.name if school else ""
