"""People whom everybody may see: looking for them, their pages, the hall of fame, and the map of the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import false, func, select, true, tuple_
from sqlalchemy.orm import Session

from ..access import LARGEST
from ..models import Award, Medal, Person, Team, TeamMember
from ..naming import folded, is_found, terms_of
from .index import candidates
from .roll import PAGE, Line, lines_of

#: How many candidates are fetched at once, and read for one page at the most.
_BATCH, _MOST_READ = 200, 2_000
#: How many awards a page of a person shows, and how many people one part of the map has.
MOST_AWARDS = 500
PART = 5_000


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """People who were looked for.

    Arguments:
        after: ask with this for more; 0 where there is nothing more.
    """

    people: Sequence[Person] = ()
    after: int = 0


def find(db: Session, typed: str, after: int = 0, count: int = PAGE) -> FoundPeople:
    """People of whose name every word that was typed begins some word; who is called just so stands first.

    Arguments:
        typed: by a person; case and marks do not count, and every sign means itself.
        after: where the page before ended.
    """
    terms = terms_of(typed)
    if not terms:
        return FoundPeople()
    plain = folded(typed)
    exact = _called(db, plain, count) if not after else []
    found: list[Person] = []
    above, read = after, 0
    while len(found) <= count and read < _MOST_READ:
        numbers = candidates(db, terms, above=above, count=_BATCH)
        found += [one for one in _listed(db, numbers) if one.found != plain and is_found(terms, one.found)]
        read += len(numbers)
        if len(numbers) < _BATCH:
            above = 0
            break
        above = numbers[-1]
    if len(found) > count:
        return FoundPeople([*exact, *found[:count]], found[count - 1].id)
    return FoundPeople([*exact, *found], above)


def _called(db: Session, plain: str, count: int) -> list[Person]:
    query = select(Person).where(Person.listed == true(), Person.found == plain).order_by(Person.id).limit(count)
    return list(db.scalars(query))


def _listed(db: Session, numbers: Sequence[int]) -> list[Person]:
    """Of candidates those whom everybody may see. This decides, whatever the index says."""
    if not numbers:
        return []
    return list(db.scalars(select(Person).where(Person.id.in_(numbers), Person.listed == true()).order_by(Person.id)))


def awards_of(db: Session, person: Person) -> list[Line]:
    """What somebody was awarded, themselves and with teams, as far as everybody may see it: the newest first."""
    own = select(Award).where(Award.person_id == person.id, Award.listed.is_not(false()))
    with_team = (
        select(Award)
        .join(TeamMember, TeamMember.team_id == Award.team_id)
        .where(TeamMember.person_id == person.id, Award.listed.is_not(false()))
    )
    awards = [*db.scalars(own.limit(MOST_AWARDS)), *db.scalars(with_team.limit(MOST_AWARDS))]
    return lines_of(db, sorted(awards, key=lambda one: (one.place, one.id)))


def teams_of(db: Session, person_id: int) -> Sequence[Team]:
    """The teams that somebody is in, for the administration."""
    query = select(Team).join(TeamMember, TeamMember.team_id == Team.id).where(TeamMember.person_id == person_id)
    return db.scalars(query.order_by(Team.id.desc()).limit(MOST_AWARDS)).all()


@dataclass(frozen=True, slots=True)
class FameLine:
    """Somebody in the hall of fame, with how many of each medal they have, by the medal's number."""

    person: Person
    medals: dict[int, int]


def fame(db: Session, after: str = "", count: int = PAGE) -> tuple[list[FameLine], str]:
    """A page of the hall of fame: who has the most of the highest medals first; and where the next page begins."""
    query = select(Person).where(Person.listed == true())
    standing, _, number = after.partition(".")
    if standing.isdigit() and number.isdigit() and max(int(standing), int(number)) <= LARGEST:
        query = query.where(tuple_(Person.standing, Person.id) < (int(standing), int(number)))
    people = db.scalars(query.order_by(Person.standing.desc(), Person.id.desc()).limit(count + 1)).all()
    last = people[count - 1] if len(people) > count else None
    return _with_medals(db, people[:count]), f"{last.standing}.{last.id}" if last else ""


def _with_medals(db: Session, people: Sequence[Person]) -> list[FameLine]:
    counted: dict[int, dict[int, int]] = {one.id: {} for one in people}
    if not counted:
        return []
    own = (
        select(Award.person_id, Award.medal_id, func.count())
        .where(Award.person_id.in_(counted), Award.listed.is_not(false()))
        .group_by(Award.person_id, Award.medal_id)
    )
    with_team = (
        select(TeamMember.person_id, Award.medal_id, func.count())
        .join(Award, Award.team_id == TeamMember.team_id)
        .where(TeamMember.person_id.in_(counted), Award.listed.is_not(false()))
        .group_by(TeamMember.person_id, Award.medal_id)
    )
    for query in (own, with_team):
        for person_id, medal_id, count in db.execute(query):
            mine = counted[person_id or 0]
            mine[medal_id] = mine.get(medal_id, 0) + count
    return [FameLine(one, counted[one.id]) for one in people]


def medals(db: Session) -> Sequence[Medal]:
    """All medals, the highest first."""
    return db.scalars(select(Medal).where(Medal.deleted_at.is_(None)).order_by(Medal.rank, Medal.id).limit(500)).all()


def parts_of_map(db: Session) -> int:
    """How many parts the map of the site has."""
    last = db.scalar(select(Person.id).where(Person.listed == true()).order_by(Person.id.desc()).limit(1)) or 0
    return last // PART + 1


def part_of_map(db: Session, part: int) -> Sequence[int]:
    """The numbers of people whom everybody may see, in one part of the map."""
    first = part * PART
    here = (Person.listed == true(), Person.id >= first, Person.id < first + PART)
    return db.scalars(select(Person.id).where(*here).order_by(Person.id)).all()
