"""A file of results as rows: CSV, XLSX or JSON, read a row at a time and within bounds.

JSON is a list of objects, or lists of objects by year as the honor roll keeps them. Teams are JSON only, since a row of
a table has no place for members.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

#: Rows of a file, columns of a row, signs of a cell, and bytes of a file.
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL, LARGEST = 200_000, 60, 1_000, 25 << 20
_WORKBOOK = b"PK\x03\x04"


class Unreadable(ValueError):
    """A file that is not read. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Arguments:
        number: where it stands: the line of a table, the place in a list, from 1.
        cells: by column; texts without white space around them.
        members: of a team; empty for a person's row.
    """

    number: int
    cells: Mapping[str, str]
    members: tuple[Mapping[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was opened.

    Arguments:
        columns: their names, in the order of the file.
        rows: read once, one after the other.
        is_teams: whether its rows are teams.
        config: the document itself where it is a configuration of the honor roll; then there are no rows.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row]
    is_teams: bool = False
    config: Mapping[str, Any] | None = None


def open_table(file: BinaryIO) -> Table:
    """A file as a table, whichever of the kinds it is.

    Arguments:
        file: seekable; stays open for as long as rows are read.

    Errors:
        Unreadable: too large, of no kind that is read, or without columns.
    """
    if file.seek(0, 2) > LARGEST:
        raise Unreadable(f"The file is larger than {LARGEST >> 20} MB. Divide it.")
    file.seek(0)
    beginning = file.read(64)
    file.seek(0)
    if beginning.startswith(_WORKBOOK):
        return _headed(_workbook_rows(file))
    if beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return _from_json(file)
    return _headed(_csv_rows(file))


def _headed(lines: Iterator[tuple[int, list[str]]]) -> Table:
    first = next(lines, None)
    names = [" ".join(name.split()) for name in first[1]] if first else []
    if not any(names):
        raise Unreadable("The file is empty. Its first row names the columns.")
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise Unreadable(f"Two columns are called {sorted(twice)[0][:60]!r}. Give each a name of its own.")
    named = [(place, name) for place, name in enumerate(names) if name]
    return Table(tuple(name for _, name in named), _bounded(_as_rows(named, lines)))


def _as_rows(named: list[tuple[int, str]], lines: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    for number, cells in lines:
        given = {name: cells[place].strip() for place, name in named if place < len(cells) and cells[place].strip()}
        if given:
            yield Row(number, given)


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Divide it.")
        yield row


def _csv_rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        heading = text.readline(10_000)
        text.seek(0)
        separator = max(",;\t", key=heading.count)
        reader = csv.reader(text, delimiter=separator)
        for number, cells in enumerate(reader, start=1):
            yield number, [cell[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8. Save it as CSV (UTF-8), as XLSX or as JSON.") from None
    except csv.Error as problem:
        raise Unreadable(f"The table cannot be read ({problem}).") from None
    finally:
        with suppress(ValueError):  # whoever read only the beginning may have closed the file
            text.detach()


def _workbook_rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    # Slow to import, and seldom needed.
    from openpyxl import load_workbook

    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
            yield number, [text_of(value) for value in row]
    except Unreadable:
        raise
    except Exception as problem:
        # Neither zipfile nor openpyxl has one error for a damaged file: whatever they raise means that.
        raise Unreadable("The file is no XLSX workbook, or it is damaged. Save it again as .xlsx.") from problem


def text_of(value: object) -> str:
    """A value of a file as text."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()[:LONGEST_CELL]


def _from_json(file: BinaryIO) -> Table:
    try:
        found = json.loads(file.read().decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Unreadable("The file begins as JSON, and cannot be read as JSON.") from None
    if isinstance(found, dict) and isinstance(found.get("competitions"), list) and "medals" in found:
        return Table((), iter(()), config=found)
    rows = list(_objects(found))
    if not rows or not all(isinstance(one, dict) for one in rows):
        raise Unreadable("The JSON is no list of objects, and no lists of objects by year.")
    columns = dict.fromkeys(str(name) for one in rows[:1_000] for name in one if not isinstance(one[name], list))
    if len(columns) > MOST_COLUMNS:
        raise Unreadable(f"The objects have more than {MOST_COLUMNS} names.")
    is_teams = isinstance(rows[0].get("members"), list)
    return Table(tuple(columns), _bounded(_json_rows(rows, is_teams)), is_teams)


def _objects(found: Any) -> Iterator[Any]:
    if isinstance(found, list):
        yield from found
    elif isinstance(found, dict):
        for year, rows in found.items():
            for one in rows if isinstance(rows, list) else ():
                yield {"year": year, **one} if isinstance(one, dict) else one


def _json_rows(rows: list[Any], is_teams: bool) -> Iterator[Row]:
    for number, one in enumerate(rows, start=1):
        members = one.get("members") if is_teams else None
        people = tuple(_cells(each) for each in members if isinstance(each, dict)) if isinstance(members, list) else ()
        yield Row(number, _cells(one), people[:200])


def _cells(one: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): text for name, value in one.items() if (text := text_of(value))}
