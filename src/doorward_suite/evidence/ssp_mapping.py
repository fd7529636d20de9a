"""What the SSP mapping says of a requirement: read from a form or a table, and judged. Plain values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import BinaryIO

from doorward import Invalid, one_line, problem_with, safe_cell, some_lines

from .catalogue import Catalogue
from .workbooks import Unreadable, read_workbook

#: How far it is done.
STATES = {
    "": "Not said",
    "implemented": "Implemented",
    "partly": "Implemented in part",
    "planned": "Planned",
    "not_applicable": "Not applicable",
}
#: Whose doing it is.
ORIGINS = {
    "": "Not said",
    "own": "Our own",
    "shared": "Shared with a provider",
    "inherited": "Inherited from a provider",
}
LONGEST = {"provider": 120, "responsible": 120, "document": 200, "section": 120, "page": 40}
LONGEST_STATEMENT = 8000
LARGEST_FILE = 5 << 20
MOST_ROWS = 2000
_MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class Said:
    """What the system security plan says of a requirement.

    Arguments:
        state: of `STATES`.
        origin: of `ORIGINS`.
        provider: from whom it is inherited, or with whom it is shared.
        responsible: a person or a part of the organisation.
        document, section, page: where the plan describes it.
        statement: how it is met.
    """

    state: str = ""
    origin: str = ""
    provider: str = ""
    responsible: str = ""
    document: str = ""
    section: str = ""
    page: str = ""
    statement: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in NAMES)

    @property
    def where(self) -> str:
        """The place in the plan, in words; may be empty."""
        parts = (self.document, f"section {self.section}" * bool(self.section), f"page {self.page}" * bool(self.page))
        return ", ".join(part for part in parts if part)

    @property
    def whose(self) -> str:
        """Whose doing it is, in words; may be empty."""
        words = ORIGINS[self.origin] if self.origin else ""
        return words.replace("a provider", self.provider) if self.provider else words


NAMES = tuple(one.name for one in fields(Said))
#: The headings of a table, in their order, with what each is.
COLUMNS = {
    "Requirement": "requirement",
    "Title": "title",
    "State": "state",
    "Origin": "origin",
    "Provider": "provider",
    "Responsible": "responsible",
    "Document": "document",
    "Section": "section",
    "Page": "page",
    "Statement": "statement",
}


def judged_said(typed: Said) -> Said:
    """What was typed, or all that is wrong with it.

    Errors:
        Invalid: by field.
    """
    problems: dict[str, str] = {}
    lines = {name: one_line(getattr(typed, name)) for name in LONGEST}
    for name, longest in LONGEST.items():
        if lines[name] and (problem := problem_with(lines[name], longest, what=f"The {name}")):
            problems[name] = problem
    statement = some_lines(typed.statement)
    if statement and (problem := problem_with(statement, LONGEST_STATEMENT, what="The statement")):
        problems["statement"] = problem
    state, origin = _chosen(STATES, typed.state), _chosen(ORIGINS, typed.origin)
    if state is None:
        problems["state"] = f"The state is one of {', '.join(list(STATES)[1:])}, or empty."
    if origin is None:
        problems["origin"] = f"The origin is one of {', '.join(list(ORIGINS)[1:])}, or empty."
    elif origin in ("shared", "inherited") and not lines["provider"]:
        problems["provider"] = "Name the provider."
    if problems:
        raise Invalid(problems)
    return Said(state or "", origin or "", statement=statement, **lines)


def _chosen(known: Mapping[str, str], typed: str) -> str | None:
    """One of the known values, by its key or its words; None where it is neither."""
    plain = one_line(typed).casefold()
    if plain in known:
        return plain
    return next((key for key, words in known.items() if key and words.casefold() == plain), None)


@dataclass(slots=True)
class Loaded:
    """What a table says: the mapping by requirement, as far as it is right, and what is wrong, row by row."""

    said: dict[str, Said] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def tell(self, place: int, text: str) -> None:
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(f"Row {place}: {text}")


def read_mapping(file: BinaryIO, catalogue: Catalogue, before: Mapping[str, Said]) -> Loaded:
    """The mapping in a CSV file or a workbook.

    Arguments:
        file: open for reading, seekable.
        before: what is said now; a column that the table does not have leaves it.

    Errors:
        Unreadable: it is neither, or has no column "Requirement", or one that nobody knows.
    """
    rows = _rows(file)
    names = _names(next(rows, (1, ()))[1])
    loaded, places, taken = Loaded(), dict[str, int](), 0
    for place, cells in rows:
        given = {name: _cell(cell) for name, cell in zip(names, cells, strict=False) if name}
        if not any(given.values()):
            continue
        taken += 1
        if taken > MOST_ROWS:
            raise Unreadable(f"The table has more than {MOST_ROWS:,} rows. A standard has fewer requirements.")
        found = catalogue.requirement(given.pop("requirement", ""))
        given.pop("title", None)
        if found is None:
            loaded.tell(place, "there is no such requirement in this standard.")
        elif found.id in places:
            loaded.tell(place, f"{found.id} stood in row {places[found.id]} already.")
        else:
            places[found.id] = place
            _take(loaded, place, found.id, replace(before.get(found.id, Said()), **given))
    if not loaded.said and not loaded.problems:
        raise Unreadable("There is no row in the table besides its headings.")
    return loaded


def _take(loaded: Loaded, place: int, requirement: str, typed: Said) -> None:
    try:
        loaded.said[requirement] = judged_said(typed)
    except Invalid as wrong:
        for problem in wrong.fields.values():
            loaded.tell(place, problem)


def _names(headings: Iterable[str]) -> list[str]:
    known = {heading.casefold(): name for heading, name in COLUMNS.items()}
    plain = [one_line(heading).casefold() for heading in headings]
    strange = [heading for heading in plain if heading and heading not in known]
    named = [heading for heading in plain if heading]
    if "requirement" not in plain or strange or len(set(named)) != len(named):
        what = f"“{strange[0][:40]}” is not known" if strange else "one is missing or there twice"
        raise Unreadable(f"The first row names the columns, and {what}. They are {', '.join(COLUMNS)}.")
    return [known.get(heading, "") for heading in plain]


def _rows(file: BinaryIO) -> Iterator[tuple[int, tuple[str, ...]]]:
    file.seek(0)
    if file.read(4) == b"PK\x03\x04":
        return iter(next((page.rows for page in read_workbook(file) if page.rows), ()))
    file.seek(0)
    raw = file.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise Unreadable(f"The file is larger than {LARGEST_FILE >> 20} MB. A mapping is much smaller.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8. Save it as CSV (UTF-8) or as XLSX.") from None
    return _csv_rows(text)


def _csv_rows(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    heading = text.partition("\n")[0]
    separator = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for place, cells in enumerate(reader, start=1):
            yield place, tuple(cells)
    except csv.Error as problem:
        raise Unreadable(f"Line {reader.line_num} of the CSV file cannot be read ({problem}).") from None


def _cell(text: str) -> str:
    """What was meant: our own tables put an apostrophe before what a spreadsheet would calculate."""
    plain = text.strip()
    return plain[1:] if plain.startswith("'") and safe_cell(plain[1:]) == plain else plain
