"""Judged rows become people, teams and awards: many at once, and the same file again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select

from doorward import Transaction

from ..concerned import ranges
from ..importing.judging import Judged, Somebody
from ..models import (
    AWARDS,
    HIDDEN,
    PEOPLE,
    SHORT,
    Award,
    Edition,
    Medal,
    Person,
    School,
    Subject,
    Team,
    TeamMember,
    place_of,
    weight_of,
)
from ..naming import folded, initials
from ..queries import index
from . import settling

#: Subjects that an import may add.
MOST_SUBJECTS = 500


@dataclass(slots=True)
class Writer:
    """Writes what one import says.

    Arguments:
        number: of the import.
        consent: what the people that it adds agreed to; those who are here already keep what they said.
        dry: whether nothing is written, but only counted.
    """

    number: int
    consent: str
    dry: bool
    seen: set[str] = field(default_factory=set)
    editions: set[int] = field(default_factory=set)
    added: int = 0
    kept: int = 0
    new_people: set[str] = field(default_factory=set)
    new_schools: set[str] = field(default_factory=set)
    new_subjects: set[str] = field(default_factory=set)
    _schools: dict[str, int] = field(default_factory=dict)
    _subjects: dict[str, int] = field(default_factory=dict)
    #: Of editions the competition and the year, of medals the rank.
    _editions: dict[int, tuple[int, int]] = field(default_factory=dict)
    _ranks: dict[int, int] = field(default_factory=dict)

    def write(self, tx: Transaction, lines: Sequence[Judged]) -> None:
        """Bring some rows in, in this transaction."""
        if not lines:
            return
        self.seen.update(one.source for one in lines)
        self.editions.update(one.edition for one in lines)
        there = self._there(tx, Award, [one.source for one in lines], AWARDS.c.removed_by.is_(None))
        fresh = [one for one in lines if one.source not in there]
        self.kept += len(lines) - len(fresh)
        self.added += len(fresh)
        if not fresh:
            return
        self._labels(tx, fresh)
        teams = {one.holder.source: one for one in fresh if one.members}
        people = _each_once(one for line in fresh for one in (line.members or (line.holder,)))
        numbers = self._people(tx, people)
        team_numbers = self._teams(tx, list(teams.values()), numbers)
        if self.dry:
            return
        self._awards(tx, fresh, numbers, team_numbers)
        settling.settle_awards(tx, AWARDS.c.source.in_([one.source for one in fresh]))
        settling.settle_people(tx, PEOPLE.c.id.in_(numbers.values()))
        settling.turn(tx)
        on, concerned = f"honors/imports:{self.number}", ranges(numbers.values())
        tx.journal("honors.import.awards_added", on=on, awards=len(fresh), people=concerned)

    def _there(self, tx: Transaction, model: type[Any], sources: Iterable[str], *also: Any) -> dict[str, int]:
        wanted = list(dict.fromkeys(sources))
        query = select(model.source, model.id).where(model.source.in_(wanted), *also)
        return {one.source: one.id for one in tx.db.execute(query.order_by(model.id))}

    def _labels(self, tx: Transaction, lines: Sequence[Judged]) -> None:
        """The schools and subjects that are written; those that are not known yet are added."""
        for one in lines:
            if one.edition not in self._editions:
                edition = tx.db.get_one(Edition, one.edition)
                self._editions[one.edition] = edition.competition_id, edition.year
            if one.medal not in self._ranks:
                self._ranks[one.medal] = tx.db.get_one(Medal, one.medal).rank
        schools = {folded(one.school): one.school for one in lines if one.school}
        unknown = [plain for plain in schools if plain not in self._schools]
        query = select(School.plain, School.id).where(School.plain.in_(unknown), School.deleted_at.is_(None))
        for plain, number in tx.db.execute(query):
            self._schools.setdefault(plain, number)
        for plain in unknown:
            if plain not in self._schools:
                self.new_schools.add(plain)
                self._schools[plain] = self._add(tx, School(name=schools[plain], names="{}", plain=plain, place=""))
        self._find_subjects(tx, {folded(one.subject): one.subject for one in lines if one.subject})

    def _find_subjects(self, tx: Transaction, written: dict[str, str]) -> None:
        if not self._subjects:
            for one in tx.db.scalars(select(Subject).where(Subject.deleted_at.is_(None)).limit(MOST_SUBJECTS)):
                for name in (one.label("vi"), one.name, one.code):
                    if name:
                        self._subjects[folded(name)] = one.id
        for plain, name in written.items():
            if plain not in self._subjects:
                self.new_subjects.add(plain)
                self._subjects[plain] = self._add(tx, Subject(name=name, names="{}", code=""))

    def _add(self, tx: Transaction, record: Any) -> int:
        if self.dry:
            return 0
        tx.db.add(record)
        tx.db.flush()
        return int(record.id)

    def _people(self, tx: Transaction, people: Sequence[Somebody]) -> dict[str, int]:
        """The numbers of people by their source. Somebody who was deleted or hidden here stays so."""
        numbers = self._there(tx, Person, [one.source for one in people])
        unknown = [one for one in people if one.source not in numbers]
        self.new_people.update(one.source for one in unknown)
        if self.dry or not unknown:
            return numbers
        rows = [self._row_of(one) for one in unknown]
        added = tx.db.scalars(insert(Person).returning(Person.id, sort_by_parameter_order=True), rows).all()
        index.put(tx.db.connection(), [(number, row["found"]) for number, row in zip(added, rows, strict=True)])
        return numbers | {one.source: number for one, number in zip(unknown, added, strict=True)}

    def _row_of(self, one: Somebody) -> dict[str, Any]:
        shown = "" if self.consent == HIDDEN else initials(one.name) if self.consent == SHORT else one.name
        return {
            "full_name": one.name,
            "short_name": "",
            "consent": self.consent,
            "plain": folded(one.name),
            "shown": shown,
            "found": folded(shown),
            "note": "",
            "listed": False,
            "awards": 0,
            "standing": 0,
            "photo_id": "",
            "photo_agreed": "",
            "source": one.source,
            "import_id": self.number,
        }

    def _teams(self, tx: Transaction, lines: Sequence[Judged], people: dict[str, int]) -> dict[str, int]:
        numbers = self._there(tx, Team, [one.holder.source for one in lines])
        if self.dry:
            return numbers
        for one in lines:
            if one.holder.source in numbers:
                continue
            school = self._schools.get(folded(one.school)) if one.school else None
            team = Team(name=one.holder.name, edition_id=one.edition, school_id=school)
            team.source, team.import_id = one.holder.source, self.number
            number = numbers[one.holder.source] = self._add(tx, team)
            for member in _each_once(one.members):
                tx.db.add(TeamMember(team_id=number, person_id=people[member.source]))
        tx.db.flush()
        return numbers

    def _awards(self, tx: Transaction, lines: Sequence[Judged], people: dict[str, int], teams: dict[str, int]) -> None:
        rows = []
        for one in lines:
            (competition, year), rank = self._editions[one.edition], self._ranks[one.medal]
            rows.append(
                {
                    "person_id": None if one.members else people[one.holder.source],
                    "team_id": teams[one.holder.source] if one.members else None,
                    "edition_id": one.edition,
                    "medal_id": one.medal,
                    "subject_id": self._subjects[folded(one.subject)] if one.subject else None,
                    "school_id": self._schools[folded(one.school)] if one.school else None,
                    "result": one.result,
                    "grade": one.grade,
                    "competition_id": competition,
                    "place": place_of(year, rank),
                    "weight": weight_of(rank),
                    "listed": False,
                    "source": one.source,
                    "import_id": self.number,
                }
            )
        tx.db.execute(insert(Award), rows)


def _each_once(people: Iterable[Somebody]) -> list[Somebody]:
    return list({one.source: one for one in people}.values())
