"""One row becomes an award that somebody is to have, or a reason why it cannot.

Somebody is the same person in two rows when a number says so: one that holds in all files, or the candidate's number in
one edition. Without a number, name, school and class together must be the same; a name alone makes nobody the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from doorward import problem_with

from ..naming import folded
from .tables import Row

_NOTHING = ("", "-", "—", "–", "n/a")
LONGEST_NAME, LONGEST_LABEL, LONGEST_RESULT, LONGEST_GRADE = 120, 200, 60, 30


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as a file knows them: `source` is the same for the same person in every reading of the file."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An award as a file says it.

    Arguments:
        source: the same for the same award in every reading of the file.
        holder: who is to have it; the team where `members` are said.
        edition, medal: their numbers.
        subject, school: as written; empty for none.
    """

    row: int
    source: str
    holder: Somebody
    edition: int
    medal: int
    subject: str
    school: str
    grade: str
    result: str
    members: tuple[Somebody, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that makes no award, and why."""

    row: int
    reason: str


@dataclass(slots=True)
class Judge:
    """Judges the rows of one file, in their order.

    Arguments:
        mapping: the column of each meaning.
        edition: the edition that the file is of; 0 where each row says it.
        find_medal: the number of a medal by what is written; 0 if there is none.
        find_edition: the number of an edition by competition and year as written; 0 if there is none.
        is_teams: whether rows are teams.
    """

    mapping: Mapping[str, str]
    edition: int
    find_medal: Callable[[str], int]
    find_edition: Callable[[str, str], int]
    is_teams: bool = False

    _rows: dict[str, int] = field(default_factory=dict, init=False)
    _nth: dict[str, int] = field(default_factory=dict, init=False)
    _called: dict[str, str] = field(default_factory=dict, init=False)

    def judge(self, row: Row) -> Judged | Wrong:
        """What a row says."""

        def said(key: str) -> str:
            text = " ".join(row.cells.get(self.mapping.get(key, ""), "").split())
            return "" if text in _NOTHING else text

        name, medal = said("name"), said("medal")
        subject, school, grade, result = said("subject"), said("school"), said("grade"), said("result")
        reason = _lengths(name, subject, school, grade, result)
        if reason:
            return Wrong(row.number, reason)
        edition = self.edition or self.find_edition(said("competition"), said("year"))
        if not edition:
            which = " ".join(filter(None, (said("competition"), said("year"))))
            none = f"There is no edition for {which[:80]!r}." if which else "The row says no competition and year."
            return Wrong(row.number, none)
        if not medal:
            return Wrong(row.number, "There is no medal.")
        number = self.find_medal(medal)
        if not number:
            return Wrong(row.number, f"There is no medal called {medal[:60]!r}.")
        if self.is_teams:
            holder = Somebody(_digest("team", edition, folded(name), folded(subject), folded(result)), name)
        else:
            holder = self._person(edition, name, school, grade, said("candidate"), said("person"))
        if self._called.setdefault(holder.source, folded(name)) != folded(name):
            return Wrong(row.number, "The number of this row belongs to another name in a row before.")
        source = _digest("award", holder.source, edition, number, folded(subject), folded(result))
        before = self._rows.setdefault(source, row.number)
        if before != row.number:
            return Wrong(row.number, f"The same award stands in row {before}.")
        members = tuple(self._member(edition, one) for one in row.members if one.get("name"))
        return Judged(row.number, source, holder, edition, number, subject, school, grade, result, members)

    def _person(self, edition: int, name: str, school: str, grade: str, candidate: str, person: str) -> Somebody:
        if person:
            return Somebody(_digest("person", person), name)
        if candidate:
            return Somebody(_digest("candidate", edition, candidate), name)
        same = _digest("named", edition, folded(name), folded(school), folded(grade))
        if school and grade:
            return Somebody(same, name)
        self._nth[same] = self._nth.get(same, 0) + 1
        return Somebody(_digest("nth", same, self._nth[same]), name)

    def _member(self, edition: int, cells: Mapping[str, str]) -> Somebody:
        said = {key: " ".join(cells.get(key, "").split()) for key in ("name", "school", "grade")}
        known = {key: "" if text in _NOTHING else text for key, text in said.items()}
        return self._person(edition, known["name"][:LONGEST_NAME], known["school"], known["grade"], "", "")


def _lengths(name: str, subject: str, school: str, grade: str, result: str) -> str | None:
    if not name:
        return "There is no name."
    told = (
        (name, LONGEST_NAME, "The name"),
        (subject, LONGEST_LABEL, "The subject"),
        (school, LONGEST_LABEL, "The school"),
        (grade, LONGEST_GRADE, "The class"),
        (result, LONGEST_RESULT, "The result"),
    )
    return next((bad for text, longest, what in told if text and (bad := problem_with(text, longest, what=what))), None)


def _digest(*parts: object) -> str:
    """32 hexadecimal digits that stand for these parts alone."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]
