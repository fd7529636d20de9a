"""A catalogue of one's own as it comes: a table in CSV or XLSX, or JSON. Here it becomes rows, each with its place.

A row is one objective, with what is said of its requirement and its family; the columns are those of `COLUMNS`.
Nothing is judged here but the file itself.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from doorward import safe_cell

from ..workbooks import Unreadable, read_workbook

#: Bytes of a CSV or JSON file.
LARGEST = 5 << 20
FORMAT = "doorward-catalogue/1"

#: What a row may say: the heading in a table, and the name in JSON with the thing that has it.
FAMILY_COLUMNS = {"family": "code", "family number": "number", "family name": "name"}
REQUIREMENT_COLUMNS = {
    "requirement": "id",
    "requirement title": "title",
    "practice": "practice",
    "kind": "kind",
    "weight": "weight",
    "partial weight": "partial_weight",
    "partial means": "partial_means",
    "poam": "poam",
    "no score without": "no_score_without",
    "level 1": "level_1",
    "requirement text": "text",
}
OBJECTIVE_COLUMNS = {"objective": "id", "objective title": "title", "objective text": "text"}
COLUMNS = (*FAMILY_COLUMNS, *REQUIREMENT_COLUMNS, *OBJECTIVE_COLUMNS)
NEEDED = ("family", "family name", "requirement", "requirement title", "objective", "objective title")


@dataclass(frozen=True, slots=True)
class Row:
    """One objective, as somebody wrote it.

    Arguments:
        place: where it stands, for the person who mends it, such as "row 7".
        cells: what it says, by column; columns that are empty are not in it.
    """

    place: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """A file as rows.

    Arguments:
        key, name: of the catalogue, where the file says them; else empty.
        rows: in the order of the file.
    """

    key: str
    name: str
    rows: tuple[Row, ...]


def read_rows(file: BinaryIO) -> Written:
    """The rows of a file, whichever of the three kinds it is.

    Arguments:
        file: open for reading, seekable.
    Errors:
        Unreadable: too large, of none of the three kinds, or without the columns that are needed.
    """
    file.seek(0)
    beginning = file.read(4)
    if beginning == b"PK\x03\x04":
        return _from_workbook(file)
    file.seek(0)
    raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Unreadable(f"The file is larger than {LARGEST >> 20} MB. A catalogue is much smaller.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8. Save it as CSV (UTF-8), as XLSX or as JSON.") from None
    return _from_json(text) if text.lstrip()[:1] == "{" else _from_csv(text)


def _from_workbook(file: BinaryIO) -> Written:
    pages = [page for page in read_workbook(file) if page.rows]
    if not pages:
        raise Unreadable("The workbook is empty.")
    return Written("", "", tuple(_table(iter(pages[0].rows))))


def _from_csv(text: str) -> Written:
    heading = text.partition("\n")[0]
    separator = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return Written("", "", tuple(_table((row, tuple(cells)) for row, cells in enumerate(reader, start=1))))
    except csv.Error as problem:
        raise Unreadable(f"Line {reader.line_num} of the CSV file cannot be read ({problem}).") from None


def _table(rows: Iterator[tuple[int, tuple[str, ...]]]) -> Iterator[Row]:
    _, headings = next(rows, (0, ()))
    names = [" ".join(heading.replace("_", " ").split()).casefold() for heading in headings]
    lacking = [name for name in NEEDED if name not in names]
    if lacking:
        raise Unreadable(f"The first row names the columns, and these are not among them: {', '.join(lacking)}.")
    strange = [name for name in names if name and name not in COLUMNS]
    if strange or len({name for name in names if name}) != len([name for name in names if name]):
        wrong = f"not known: {', '.join(strange)[:200]}" if strange else "there twice"
        raise Unreadable(f"A column is {wrong}. The columns are {', '.join(COLUMNS)}.")
    for number, cells in rows:
        said = {name: _cell(cell) for name, cell in zip(names, cells, strict=False) if name and _cell(cell)}
        if said:
            yield Row(f"row {number}", said)


def _cell(text: str) -> str:
    """What was meant: our own exports put an apostrophe before what a spreadsheet would calculate."""
    plain = text.strip()
    return plain[1:] if plain.startswith("'") and safe_cell(plain[1:]) == plain else plain


def _from_json(text: str) -> Written:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as problem:
        where = f"line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else "somewhere"
        raise Unreadable(f"The file begins like JSON and is none ({where}).") from None
    if document.get("format") != FORMAT:
        raise Unreadable(f'The JSON file does not say "format": "{FORMAT}".')
    rows = tuple(_from_families(_list(document, "families", "the file")))
    return Written(_string(document.get("key")), _string(document.get("name")), rows)


def _from_families(families: list[Any]) -> Iterator[Row]:
    for family_place, family in enumerate(families, start=1):
        where = f"family {family_place}"
        family_cells = _named(family, FAMILY_COLUMNS, ("requirements",), where)
        for place, requirement in enumerate(_list(family, "requirements", where), start=1):
            inner = f"{where}, requirement {place}"
            requirement_cells = _named(requirement, REQUIREMENT_COLUMNS, ("objectives",), inner)
            for number, objective in enumerate(_list(requirement, "objectives", inner), start=1):
                innermost = f"{inner}, objective {number}"
                cells = _named(objective, OBJECTIVE_COLUMNS, (), innermost)
                yield Row(innermost, {**family_cells, **requirement_cells, **cells})


def _list(thing: Any, name: str, where: str) -> list[Any]:
    found = thing.get(name) if isinstance(thing, dict) else None
    if not isinstance(found, list) or not found:
        raise Unreadable(f'In {where} there is no list "{name}" with something in it.')
    return found


def _named(thing: Any, columns: Mapping[str, str], lists: tuple[str, ...], where: str) -> dict[str, str]:
    if not isinstance(thing, dict):
        raise Unreadable(f"In the list, {where} is no object in braces.")
    strange = [str(name)[:40] for name in thing if name not in columns.values() and name not in lists]
    if strange:
        raise Unreadable(f"In {where} nobody knows the name {strange[0]!a}. Known: {', '.join(columns.values())}.")
    said = {column: _string(thing.get(name)) for column, name in columns.items()}
    return {column: text for column, text in said.items() if text}


def _string(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case str():
            return value.strip()
        case int():
            return str(value)
        case _:
            raise Unreadable("Values are texts, whole numbers, true and false; lists stand only where they belong.")
