"""A catalogue of one's own, from a file: every row is judged, and wrong rows are named before anything is made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from doorward import one_line, problem_with

from .built_in import KEY
from .own_rows import FAMILY_COLUMNS, REQUIREMENT_COLUMNS, Row, read_rows
from .shapes import Catalogue, Family, Objective, Requirement
from .wording import RequirementWording, Wording

MOST_OBJECTIVES = 5_000
MOST_PROBLEMS = 100
LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
HEAVIEST = 100

#: Numbers stand in addresses and in names of files; so no blank, no slash, and no two dots in a row.
_NUMBER = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._()\[\]-]{0,39}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{1,8}", re.ASCII)
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{1,39}", re.ASCII)
_POAM = ("", "never", "when partial")
_KINDS = ("", "basic", "derived")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong in one place of the file."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


class WrongCatalogue(ValueError):
    """A file that can be read and is no catalogue.

    Arguments:
        problems: at most 100, in the order of the file.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class OwnCatalogue:
    """What the file holds: the catalogue, and the texts that came with it."""

    catalogue: Catalogue
    wording: Wording


def read_catalogue(file: BinaryIO, *, key: str = "", name: str = "") -> OwnCatalogue:
    """The catalogue in a file.

    Arguments:
        file: CSV, XLSX or JSON, open for reading, seekable.
        key: names the catalogue for ever, such as "our-rules"; where it is empty, the file must say it (JSON).
        name: for people; likewise.
    Errors:
        Unreadable: the file cannot be read as any of the three.
        WrongCatalogue: it can, and something in it is wrong; every wrong row is named.
    """
    written = read_rows(file)
    judge = _Judge()
    key, name = judge.names(key or written.key, one_line(name or written.name))
    if not written.rows:
        judge.says("", "There is no objective in the file.")
    if len(written.rows) > MOST_OBJECTIVES:
        judge.says("", f"There are more than {MOST_OBJECTIVES:,} objectives.")
    for row in written.rows[:MOST_OBJECTIVES]:
        judge.take(row)
    if judge.problems:
        raise WrongCatalogue(judge.problems)
    return OwnCatalogue(Catalogue(key, name, judge.families()), judge.wording())


@dataclass(slots=True)
class _Thing:
    """A family or requirement as it was first written, and what it holds."""

    place: str
    cells: dict[str, str]
    family: str = ""
    objectives: list[Objective] = field(default_factory=list)


class _Judge:
    """Takes row after row; keeps what is right and says what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._families: dict[str, _Thing] = {}
        self._requirements: dict[str, _Thing] = {}
        self._objectives: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._folded: dict[str, str] = {}

    def says(self, place: str, text: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(place, text))

    def names(self, key: str, name: str) -> tuple[str, str]:
        if not _KEY.fullmatch(key):
            self.says("", "The key of the catalogue is 2 to 40 small letters, digits and hyphens.")
        if key == KEY:
            self.says("", f'"{KEY}" is the key of the built-in catalogue. Choose another.')
        if problem := problem_with(name, LONGEST_TITLE, what="The name of the catalogue"):
            self.says("", problem)
        return key, name

    def take(self, row: Row) -> None:
        family = self._family(row)
        requirement = self._requirement(row, family)
        number = self._number(row, "objective")
        title = self._title(row, "objective title")
        self._text(row, "objective text", number)
        if number in self._objectives:
            self.says(row.place, f"{number} stood in {self._objectives[number]} already.")
        elif number and requirement:
            self._objectives[number] = row.place
            thing = self._requirements[requirement]
            thing.objectives.append(Objective(number, requirement, title))

    def _family(self, row: Row) -> str:
        code = row.cells.get("family", "")
        if not _CODE.fullmatch(code):
            self.says(row.place, "The family is 1 to 8 capital letters and digits, such as AC.")
            return ""
        if self._known(row, code, self._families, FAMILY_COLUMNS):
            return code
        self._title(row, "family name")
        if (number := row.cells.get("family number", "")) and not _NUMBER.fullmatch(number):
            self.says(row.place, "The family number is what its requirements begin with, such as 3.1, or empty.")
        self._families[code] = _Thing(row.place, {name: row.cells.get(name, "") for name in FAMILY_COLUMNS})
        return code

    def _requirement(self, row: Row, family: str) -> str:
        number = self._number(row, "requirement")
        if not number:
            return ""
        if self._known(row, number, self._requirements, REQUIREMENT_COLUMNS):
            before = self._requirements[number]
            if family and before.family != family:
                self.says(row.place, f"{number} is in family {before.family} in {before.place}.")
            return number
        self._title(row, "requirement title")
        self._text(row, "requirement text", "")
        self._judge_scoring(row)
        cells = {name: row.cells.get(name, "") for name in REQUIREMENT_COLUMNS}
        self._requirements[number] = _Thing(row.place, cells, family)
        return number

    def _known(self, row: Row, name: str, things: Mapping[str, _Thing], columns: Mapping[str, str]) -> bool:
        """Whether it was there before; then what this row says of it is the same, or nothing."""
        before = things.get(name)
        if before is None:
            return False
        for column in columns:
            now = row.cells.get(column, "")
            if now and now != before.cells[column]:
                self.says(row.place, f"The {column} of {name} is another than in {before.place}.")
        return True

    def _number(self, row: Row, column: str) -> str:
        number = row.cells.get(column, "")
        if not _NUMBER.fullmatch(number):
            self.says(
                row.place, f"The {column} has no number, or one with other signs than letters, digits and . - ( ) [ ]."
            )
            return ""
        spelled = self._folded.setdefault(f"{column} {number.casefold()}", number)
        if spelled != number:
            self.says(row.place, f"{number} and {spelled} differ only in capital letters.")
        return number

    def _title(self, row: Row, column: str) -> str:
        title = one_line(row.cells.get(column, ""))
        if problem := problem_with(title, LONGEST_TITLE, what=f"The {column}"):
            self.says(row.place, problem)
        return title

    def _text(self, row: Row, column: str, number: str) -> None:
        text = one_line(row.cells.get(column, ""))
        if not text:
            return
        if problem := problem_with(text, LONGEST_TEXT, what=f"The {column}"):
            self.says(row.place, problem)
        elif number:
            self._texts[number] = text

    def _judge_scoring(self, row: Row) -> None:
        weight, partial = row.cells.get("weight", ""), row.cells.get("partial weight", "")
        for column, points in (("weight", weight), ("partial weight", partial)):
            if points and _points(points) is None:
                self.says(row.place, f"The {column} is a whole number from 0 to {HEAVIEST}, or empty.")
        if partial and (_points(partial) or 0) >= (_points(weight) or 0):
            self.says(row.place, "The partial weight is less than the weight.")
        if partial and not row.cells.get("partial means"):
            self.says(row.place, "Where there is a partial weight, say in the column partial means what part that is.")
        if row.cells.get("poam", "").casefold() not in _POAM:
            self.says(row.place, "The column poam is empty, never or when partial.")
        if row.cells.get("kind", "").casefold() not in _KINDS:
            self.says(row.place, "The kind is basic, derived or empty.")
        if row.cells.get("no score without", "").casefold() not in ("", "yes", "no"):
            self.says(row.place, "The column no score without is yes, no or empty.")
        for column in ("partial means", "practice", "level 1"):
            if (text := row.cells.get(column, "")) and (problem := problem_with(one_line(text), LONGEST_TITLE)):
                self.says(row.place, problem)

    def families(self) -> tuple[Family, ...]:
        """What was taken, when nothing was wrong."""
        return tuple(
            Family(
                code,
                thing.cells["family number"] or code,
                one_line(thing.cells["family name"]),
                tuple(_made(number, each) for number, each in self._requirements.items() if each.family == code),
            )
            for code, thing in self._families.items()
        )

    def wording(self) -> Wording:
        texts = {number: one_line(thing.cells["requirement text"]) for number, thing in self._requirements.items()}
        return Wording({number: RequirementWording(text) for number, text in texts.items() if text}, self._texts)


def _points(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(HEAVIEST))
    return int(text) if is_number and int(text) <= HEAVIEST else None


def _made(number: str, thing: _Thing) -> Requirement:
    cells = thing.cells
    poam = cells["poam"].casefold()
    return Requirement(
        id=number,
        practice=one_line(cells["practice"]) or number,
        family=thing.family,
        title=one_line(cells["requirement title"]),
        basic=cells["kind"].casefold() == "basic",
        weight=_points(cells["weight"]) if cells["weight"] else None,
        objectives=tuple(thing.objectives),
        partial_weight=_points(cells["partial weight"]) if cells["partial weight"] else None,
        partial_means=one_line(cells["partial means"]),
        level_1=one_line(cells["level 1"]) or None,
        never_on_poam=poam == "never",
        poam_when_partial=poam == "when partial",
        no_score_without=cells["no score without"].casefold() == "yes",
    )
