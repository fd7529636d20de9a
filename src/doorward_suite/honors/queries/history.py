"""What the journal says about one person: what was done to them and their awards, by hand and by imports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from doorward import journal_excerpt

from ..concerned import is_among
from ..models import Award, Import, TeamMember

#: How many of the newest imports are looked through, and how many lines are told, the newest.
MOST_IMPORTS, MOST_TOLD = 300, 200


@dataclass(frozen=True, slots=True)
class Told:
    """One entry.

    Arguments:
        seq: its number in the journal.
        at: when, as the journal has it.
        who: the name of whoever did it.
        event, on: what was done, to what.
    """

    seq: int
    at: str
    who: str
    event: str
    on: str


def of_person(db: Session, person_id: int) -> list[Told]:
    """The newest entries that concern somebody, the newest first: of theirs and of their teams, and of imports that
    name them. Entries of imports are few, each with a thousand people in short.
    """
    lines = journal_excerpt(db, f"honors/people:{person_id}", _names(db, person_id))
    entries = (one for one in map(json.loads, lines) if "event" in one)
    told = [_told(one) for one in entries if _concerns(one, person_id)]
    return told[: -MOST_TOLD - 1 : -1]


def _names(db: Session, person_id: int) -> Iterator[str]:
    teams = db.scalars(select(TeamMember.team_id).where(TeamMember.person_id == person_id)).all()
    own = db.scalars(select(Award.id).where(Award.person_id == person_id).order_by(Award.id.desc()).limit(500))
    of_teams = db.scalars(select(Award.id).where(Award.team_id.in_(teams)).order_by(Award.id.desc()).limit(500))
    imports = db.scalars(select(Import.id).order_by(Import.id.desc()).limit(MOST_IMPORTS))
    yield f"honors/people:{person_id}"
    yield from (f"honors/teams:{number}" for number in teams)
    yield from (f"honors/awards:{number}" for number in chain(own, of_teams))
    yield from (f"honors/imports:{number}" for number in imports)


def _concerns(entry: dict[str, Any], person_id: int) -> bool:
    details = json.loads(entry["details"])
    people = details.get("people")
    return details.get("person") == person_id or (isinstance(people, list) and is_among(person_id, people))


def _told(entry: dict[str, Any]) -> Told:
    return Told(entry["seq"], entry["at"], entry["who_name"], entry["event"], entry["on"])
