"""NIST's workbooks, read for the official wording and held against the catalogue.

NIST publishes two: SP 800-171 Rev. 2 (the requirements with their discussion) and SP 800-171A (the objectives, and what
may be examined, asked and tested). Both carry stray blanks, and one label of a family is wrong; so a row is known by
its number alone, and what had to be mended is told. A file is taken as a whole or refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO

from ..workbooks import Page, Unreadable, read_workbook
from .numbers import read_number
from .shapes import Catalogue
from .wording import RequirementWording, Wording

_HEADER_WITHIN = 20
#: With more foreign numbers than this, the file is of another revision.
_MOST_FOREIGN = 5
#: With less of the standard than this, in hundredths, it is another file.
_LEAST_FOUND = 90
_DETERMINE = re.compile(r"determine\s+if\s*:?\s*", re.IGNORECASE)
_METHODS = ("examine", "interview", "test")


@dataclass(frozen=True, slots=True)
class Note:
    """Something about one row, for a person.

    Arguments:
        row: as the spreadsheet numbers it.
        text: a sentence.
    """

    row: int
    text: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.text}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a file turned out to hold.

    Arguments:
        publication: "SP 800-171" or "SP 800-171A".
        requirements, objectives: how many were found.
        missing: ids that the file of this publication should have, and has not.
        unknown: rows whose number the catalogue does not have; they were left out.
        mended: what was wrong in the file and does not matter.
    """

    publication: str
    requirements: int
    objectives: int
    missing: tuple[str, ...]
    unknown: tuple[Note, ...]
    mended: tuple[Note, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    def lines(self) -> list[str]:
        """The report for a terminal or a page."""
        found = f"{self.publication}: {self.requirements} requirements"
        if self.objectives:
            found += f" and {self.objectives} objectives"
        return [
            f"{found} found, {len(self.missing)} missing, {len(self.unknown)} unknown, {len(self.mended)} mended.",
            *([f"Missing: {', '.join(self.missing)}."] if self.missing else []),
            *(f"Unknown, {note}" for note in self.unknown),
            *(f"Mended, {note}" for note in self.mended),
        ]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read: its wording, and the report on it."""

    wording: Wording
    report: Report


def load_wording(file: BinaryIO, catalogue: Catalogue) -> Loaded:
    """The wording in one of NIST's workbooks.

    Arguments:
        file: open for reading, seekable.
        catalogue: what its numbers are looked up in.
    Errors:
        Unreadable: no workbook that can be read safely, none of NIST's, or of another revision.
    """
    for page in read_workbook(file):
        if (header := _header(page)) is not None:
            reader = _Reader(catalogue, header)
            for number, cells in page.rows:
                if number > header.row:
                    reader.take(number, cells)
            return reader.finish()
    raise Unreadable(
        'No sheet has the columns "Identifier" and "Security Requirement". '
        "Take the workbook of SP 800-171 Rev. 2 or of SP 800-171A from NIST's site."
    )


@dataclass(frozen=True, slots=True)
class _Header:
    """Where the columns are: their places by what their heading says."""

    row: int
    columns: Mapping[str, int]

    @property
    def has_objectives(self) -> bool:
        return "assessment objective" in self.columns

    def cell(self, cells: tuple[str, ...], name: str) -> str:
        place = self.columns.get(name)
        return cells[place] if place is not None and place < len(cells) else ""


def _header(page: Page) -> _Header | None:
    for number, cells in page.rows[:_HEADER_WITHIN]:
        names = [_one_line(cell).casefold() for cell in cells]
        if {"identifier", "security requirement"} <= set(names):
            columns = {name: place for place, name in reversed(list(enumerate(names))) if name}
            methods = {name.rpartition(": ")[2]: place for name, place in columns.items()}
            return _Header(number, {name: methods[name] for name in _METHODS if name in methods} | columns)
    return None


class _Reader:
    """Takes row after row and keeps what each says."""

    def __init__(self, catalogue: Catalogue, header: _Header) -> None:
        self.catalogue = catalogue
        self.header = header
        self.requirements: dict[str, RequirementWording] = {}
        self.objectives: dict[str, str] = {}
        self.unknown: list[Note] = []
        self.foreign: list[str] = []
        self.mended: list[Note] = []

    def take(self, row: int, cells: tuple[str, ...]) -> None:
        written = self.header.cell(cells, "identifier")
        number = read_number(written)
        if number is None:
            if any(_one_line(cell) for cell in cells):
                self.unknown.append(Note(row, f"{_quoted(written)} is no number of the standard."))
            return
        if number in self.catalogue.objective_by_id:
            self._take_objective(row, number, cells)
        elif number in self.catalogue.requirement_by_id:
            self._take_requirement(row, number, cells)
        else:
            self.foreign.append(number)
            self.unknown.append(Note(row, f"{self.catalogue.name} has no {number}."))
            return
        if written != number:
            self.mended.append(Note(row, f"the number is written {_quoted(written)}; it is {number}."))
        self._judge_labels(row, number.partition("[")[0], cells)

    def _take_objective(self, row: int, number: str, cells: tuple[str, ...]) -> None:
        text = _one_line(self.header.cell(cells, "assessment objective"))
        if not text:
            self.mended.append(Note(row, f"{number} has no text; it was left out."))
        elif number in self.objectives:
            self._again(row, number)
        else:
            self.objectives[number] = text

    def _take_requirement(self, row: int, number: str, cells: tuple[str, ...]) -> None:
        if number in self.requirements:
            self._again(row, number)
            return
        words = RequirementWording(
            text=_one_line(self.header.cell(cells, "security requirement")),
            discussion=_paragraphs(self.header.cell(cells, "discussion")),
            **{method: _one_line(self.header.cell(cells, method)) for method in _METHODS},
        )
        self.requirements[number] = words
        if not words.text:
            self.mended.append(Note(row, f"{number} has no text of its own here."))
        determined = _DETERMINE.sub("", _one_line(self.header.cell(cells, "assessment objective")), count=1)
        if not determined:
            return
        objectives = self.catalogue.requirement_by_id[number].objectives
        if len(objectives) == 1:
            self.objectives[objectives[0].id] = determined
        else:
            self.mended.append(Note(row, f"{number} has a sentence beside its lettered objectives; it was left out."))

    def _judge_labels(self, row: int, number: str, cells: tuple[str, ...]) -> None:
        requirement = self.catalogue.requirement_by_id[number]
        family = self.catalogue.family_by_code[requirement.family]
        label = _one_line(self.header.cell(cells, "family"))
        if label and label.casefold() != family.name.casefold():
            self.mended.append(Note(row, f"{number} stands under {_quoted(label)}; by its number it is {family.name}."))

    def _again(self, row: int, number: str) -> None:
        self.mended.append(Note(row, f"{number} stands here a second time; the first counts."))

    def finish(self) -> Loaded:
        """What was read, if it is the standard.

        Errors:
            Unreadable: another revision, or too little of this one.
        """
        if len(set(self.foreign)) > _MOST_FOREIGN:
            some = ", ".join(list(dict.fromkeys(self.foreign))[:3])
            raise Unreadable(
                f"The file has requirements that {self.catalogue.name} does not have ({some} and others). "
                "It is of another revision."
            )
        expected = list(self._expected())
        found = {number for number, words in self.requirements.items() if self._counts(words)} | set(self.objectives)
        missing = [number for number in expected if number not in found]
        if 100 * (len(expected) - len(missing)) < _LEAST_FOUND * len(expected):
            raise Unreadable(
                f"The file has only {len(expected) - len(missing)} of the {len(expected)} numbers that it should have. "
                "Take the whole workbook from NIST's site."
            )
        wording = Wording(MappingProxyType(dict(self.requirements)), MappingProxyType(dict(self.objectives)))
        publication = "SP 800-171A" if self.header.has_objectives else "SP 800-171"
        return Loaded(
            wording,
            Report(
                publication,
                requirements=len(self.requirements),
                objectives=len(self.objectives),
                missing=tuple(missing),
                unknown=tuple(self.unknown),
                mended=tuple(self.mended),
            ),
        )

    def _expected(self) -> Iterator[str]:
        if self.header.has_objectives:
            yield from self.catalogue.objective_by_id
        else:
            yield from self.catalogue.requirement_by_id

    def _counts(self, words: RequirementWording) -> bool:
        """Whether a row for a requirement says anything; in SP 800-171A its text may be left out."""
        return self.header.has_objectives or bool(words.text)


def _one_line(text: str) -> str:
    return " ".join(_without_controls(text).split())


def _paragraphs(text: str) -> str:
    lines = (" ".join(line.split()) for line in _without_controls(text).splitlines())
    return "\n".join(line for line in lines if line)


def _without_controls(text: str) -> str:
    return "".join(char if char.isprintable() or char in "\t\n\r" else " " for char in text)


def _quoted(text: str) -> str:
    plain = ascii(text)[1:-1]
    return f'"{plain[:40]}…"' if len(plain) > 40 else f'"{plain}"'
