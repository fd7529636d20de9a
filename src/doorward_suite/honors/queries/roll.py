"""The roll: awards that everybody may see, by filters and page by page; and what it is filtered by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, false, select, true, tuple_
from sqlalchemy.orm import Session

from ..access import LARGEST
from ..models import (
    RANKS,
    Award,
    Competition,
    Edition,
    Medal,
    Person,
    School,
    Subject,
    Team,
    TeamMember,
    Turn,
)
from ..naming import folded

PAGE = 50
#: Of what is chosen from a list.
MOST_CHOICES = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Which awards are asked for; nought and empty mean all.

    Arguments:
        competition, medal, subject: their numbers.
        year: of the edition.
        school: its name, as typed.
    """

    competition: int = 0
    year: int = 0
    medal: int = 0
    subject: int = 0
    school: str = ""

    def as_query(self) -> dict[str, str]:
        """What stands in an address for it."""
        given = {name: getattr(self, name) for name in ("competition", "year", "medal", "subject", "school")}
        return {name: str(value) for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Line:
    """An award as it is read: with everything that it leads to.

    Arguments:
        person: who was given it; None for a team's.
    """

    award: Award
    edition: Edition
    competition: Competition
    medal: Medal
    subject: Subject | None
    school: School | None
    person: Person | None
    team: Team | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of the roll.

    Arguments:
        after: ask with this for the next page; empty on the last.
    """

    lines: Sequence[Line] = ()
    after: str = ""


def turn_of(db: Session) -> tuple[int, datetime]:
    """How often what is public has changed, and when last."""
    row = db.execute(select(Turn.number, Turn.at).where(Turn.id == 1)).one()
    return row.number, row.at


def roll(db: Session, wanted: Filter, after: str = "", count: int = PAGE) -> Page:
    """A page of the roll: the newest year first, the highest medal first.

    Arguments:
        after: where the page before ended, as it said.
    """
    query = _filtered(db, wanted)
    if query is None:
        return Page()
    if (place := _read_place(after)) is not None:
        query = query.where(tuple_(Award.place, Award.id) > place)
    awards = db.scalars(query.order_by(Award.place, Award.id).limit(count + 1)).all()
    last = awards[count - 1] if len(awards) > count else None
    return Page(lines_of(db, awards[:count]), f"{last.place}.{last.id}" if last else "")


def _filtered(db: Session, wanted: Filter) -> Select[Award] | None:
    """Awards by a filter; None where nothing can be found."""
    query = select(Award).where(Award.listed == true())
    for name in ("competition", "medal", "subject"):
        if number := getattr(wanted, name):
            query = query.where(getattr(Award, f"{name}_id") == min(number, LARGEST))
    if wanted.year:
        if not 0 < wanted.year < 10_000:
            return None
        first = -wanted.year * RANKS
        query = query.where(Award.place >= first, Award.place < first + RANKS)
    if wanted.school:
        school = school_named(db, wanted.school)
        if school is None:
            return None
        query = query.where(Award.school_id == school.id)
    return query


def _read_place(after: str) -> tuple[int, int] | None:
    place, _, number = after.partition(".")
    try:
        found = int(place), int(number)
    except ValueError:
        return None
    return found if max(map(abs, found)) <= LARGEST else None


def school_named(db: Session, typed: str) -> School | None:
    """The school of this name, case and marks aside."""
    live = School.deleted_at.is_(None)
    return db.scalar(select(School).where(School.plain == folded(typed), live).order_by(School.id).limit(1))


def lines_of(db: Session, awards: Sequence[Award]) -> list[Line]:
    """Awards with everything that they lead to: one query for each kind, however many awards there are."""
    editions = _by_number(db, Edition, (one.edition_id for one in awards))
    competitions = _by_number(db, Competition, (one.competition_id for one in awards))
    medals = _by_number(db, Medal, (one.medal_id for one in awards))
    subjects = _by_number(db, Subject, (one.subject_id for one in awards))
    schools = _by_number(db, School, (one.school_id for one in awards))
    people = _by_number(db, Person, (one.person_id for one in awards))
    teams = _by_number(db, Team, (one.team_id for one in awards))
    return [
        Line(
            one,
            editions[one.edition_id],
            competitions[one.competition_id],
            medals[one.medal_id],
            subjects.get(one.subject_id or 0),
            schools.get(one.school_id or 0),
            people.get(one.person_id or 0),
            teams.get(one.team_id or 0),
        )
        for one in awards
    ]


def _by_number(db: Session, model: type[Any], numbers: Iterable[int | None]) -> dict[int, Any]:
    wanted = sorted({one for one in numbers if one is not None})
    if not wanted:
        return {}
    return {one.id: one for one in db.scalars(select(model).where(model.id.in_(wanted)))}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the roll can be filtered by."""

    competitions: Sequence[Competition]
    medals: Sequence[Medal]
    subjects: Sequence[Subject]
    years: Sequence[int]


def choices(db: Session) -> Choices:
    """Everything by which the roll can be filtered, from lists that are bounded."""
    editions = db.scalars(
        select(Edition.year).where(Edition.published == true(), Edition.deleted_at.is_(None)).distinct()
    ).all()
    return Choices(
        _all(db, Competition, Competition.name),
        _all(db, Medal, Medal.rank),
        _all(db, Subject, Subject.name),
        sorted(editions, reverse=True),
    )


def _all(db: Session, model: type[Any], by: Any) -> Sequence[Any]:
    return db.scalars(select(model).where(model.deleted_at.is_(None)).order_by(by, model.id).limit(MOST_CHOICES)).all()


@dataclass(frozen=True, slots=True)
class Held:
    """A competition with its editions, the newest first."""

    competition: Competition
    editions: Sequence[Edition]


def competitions(db: Session) -> list[Held]:
    """Every competition with what is published of it."""
    there = _all(db, Competition, Competition.name)
    query = select(Edition).where(Edition.published == true(), Edition.deleted_at.is_(None))
    editions = db.scalars(query.order_by(Edition.year.desc(), Edition.id).limit(MOST_CHOICES)).all()
    return [Held(one, [edition for edition in editions if edition.competition_id == one.id]) for one in there]


def editions_of(db: Session, competition_id: int) -> Sequence[Edition]:
    """What is published of one competition, the newest first."""
    query = select(Edition).where(
        Edition.competition_id == competition_id, Edition.published == true(), Edition.deleted_at.is_(None)
    )
    return db.scalars(query.order_by(Edition.year.desc(), Edition.id).limit(MOST_CHOICES)).all()


def upcoming(db: Session, today: date) -> Sequence[tuple[Edition, Competition]]:
    """Editions that are still to be held, the next one first, and then those whose day nobody knows yet.

    That they will be held is no secret. Whose awards are published was held, whatever was announced.
    """
    query = (
        select(Edition, Competition)
        .join(Competition, Competition.id == Edition.competition_id)
        .where(Edition.deleted_at.is_(None))
    )
    dated = query.where(Edition.held_on >= today).order_by(Edition.held_on, Edition.id)
    announced = query.where(Edition.announced == true(), Edition.year >= today.year, Edition.held_on.is_(None))
    announced = announced.where(Edition.published == false()).order_by(Edition.year, Edition.id)
    return [(row[0], row[1]) for which in (dated, announced) for row in db.execute(which.limit(PAGE))]


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team with what it is part of, its awards, and those of its people whom everybody may see."""

    team: Team
    edition: Edition
    school: School | None
    people: Sequence[Person]
    awards: Sequence[Line]


def teams(db: Session, before: int = LARGEST, count: int = PAGE) -> tuple[list[TeamLine], int]:
    """A page of the teams of published editions, the newest first, and where the older ones begin; 0 on the last."""
    query = (
        select(Team)
        .join(Edition, Edition.id == Team.edition_id)
        .where(Team.id < before, Team.deleted_at.is_(None), Edition.published == true(), Edition.deleted_at.is_(None))
    )
    found = db.scalars(query.order_by(Team.id.desc()).limit(count + 1)).all()
    return team_lines(db, found[:count]), found[count - 1].id if len(found) > count else 0


def team_lines(db: Session, found: Sequence[Team]) -> list[TeamLine]:
    """Teams with everything that is shown of them."""
    numbers = [one.id for one in found]
    editions = _by_number(db, Edition, (one.edition_id for one in found))
    schools = _by_number(db, School, (one.school_id for one in found))
    people: dict[int, list[Person]] = {number: [] for number in numbers}
    members = (
        select(TeamMember.team_id, Person)
        .join(Person, Person.id == TeamMember.person_id)
        .where(TeamMember.team_id.in_(numbers), Person.listed.is_not(false()))
    )
    for team_id, person in db.execute(members.order_by(TeamMember.team_id, Person.id)):
        people[team_id].append(person)
    awards: dict[int, list[Line]] = {number: [] for number in numbers}
    given = (
        select(Award).where(Award.team_id.in_(numbers), Award.listed.is_not(false())).order_by(Award.place, Award.id)
    )
    for line in lines_of(db, db.scalars(given).all()):
        awards[line.award.team_id or 0].append(line)
    return [
        TeamLine(one, editions[one.edition_id], schools.get(one.school_id or 0), people[one.id], awards[one.id])
        for one in found
    ]
