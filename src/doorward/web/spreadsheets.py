"""Tables as an XLSX workbook, whose cells are values and never formulas."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import IO, Any, cast

from doorward.core.tables import Cell, printable, safe_cell

from .workbook_file import DAY, HEAD, MOMENT, PLAIN, WorkbookFile, column, number_cell, row, text_cell, truth_cell

#: What Excel takes, by Microsoft's own list: characters in a cell, rows and columns of a sheet.
LONGEST_CELL = 32_767
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
_LONGEST_NAME = 31

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_WIDEST = 60
#: Spreadsheets keep fifteen digits of a number; a longer one stays whole as text.
_EXACT = 10**15 - 1
_CUT = " […]"
#: Spreadsheets count days from here; what is before March 1900 they count wrongly, or not at all.
_ZERO = datetime(1899, 12, 30)
_FIRST_DAY = date(1900, 3, 1)
_FIRST_MOMENT = datetime(1900, 3, 1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook.

    Arguments:
        name: for its tab; what Excel does not allow there is replaced.
        headings: the first row, which stays in sight.
        rows: cells, read once; numbers, dates and truths keep their kind.
        widths: of the columns in characters; where there are fewer, the heading decides.
    """

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def xlsx_table(sheets: Sequence[Sheet], *, title: str = "") -> bytes:
    """A workbook.

    Texts that a spreadsheet would calculate get an apostrophe, as in CSV: the cell says that it is text, but the next
    person may save the sheet as CSV, where no cell says that.

    Arguments:
        sheets: at least one. Rows are written as they come and not held.
        title: of the document.
    Errors:
        ValueError: no sheet, or one with more rows or columns than a spreadsheet takes.
    """
    if not sheets:
        raise ValueError("a workbook has at least one sheet")
    file = io.BytesIO()
    for _ in _written(file, sheets, title):
        pass
    return file.getvalue()


def xlsx_pieces(sheets: Iterable[Sheet], *, title: str = "") -> Iterator[bytes]:
    """The same a piece at a time, for tables of any length: neither the rows nor the file are ever held whole.

    Arguments:
        sheets: at least one; each is asked for when the one before is written. Their rows are read as the pieces are.
        title: of the document.
    Errors:
        ValueError: as of `xlsx_table`, as soon as it shows.
    """
    pieces = _Pieces()
    for _ in _written(cast(IO[bytes], pieces), sheets, title):
        if piece := pieces.taken():
            yield piece
    yield pieces.taken()


class _Pieces(io.RawIOBase):
    """Holds what was written until it is taken. Nobody goes back in it: the archive says sizes behind its parts."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._held.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        piece = b"".join(self._held)
        self._held.clear()
        return piece


def _written(file: IO[bytes], sheets: Iterable[Sheet], title: str) -> Iterator[None]:
    """Write a workbook; stops after some rows each time, so that what is there can be sent."""
    book = WorkbookFile(file, printable(title))
    names: set[str] = set()
    for sheet in sheets:
        if len(sheet.headings) > MOST_COLUMNS:
            raise ValueError(f"a sheet has at most {MOST_COLUMNS} columns")
        yield from book.sheet(_free_name(sheet.name, names), _widths(sheet), _rows(sheet))
    if not names:
        raise ValueError("a workbook has at least one sheet")
    book.close()


def _widths(sheet: Sheet) -> list[int]:
    wanted = [*sheet.widths, *(len(heading) + 4 for heading in sheet.headings[len(sheet.widths) :])]
    return [min(max(each, 6), _WIDEST) for each in wanted[: len(sheet.headings)]]


def _rows(sheet: Sheet) -> Iterator[str]:
    columns: list[str] = []
    for number, cells in enumerate(chain([sheet.headings], sheet.rows), start=1):
        if number > MOST_ROWS:
            raise ValueError(f"a sheet has at most {MOST_ROWS} rows")
        columns += [column(place) for place in range(len(columns), len(cells))]
        look = HEAD if number == 1 else PLAIN
        yield row(number, [_cell(f"{at}{number}", look, value) for at, value in zip(columns, cells, strict=False)])


def _cell(at: str, look: int, value: Cell) -> str:
    """A cell of one value; one without a value is not there."""
    match value:
        case str():
            return text_cell(at, look, _shortened(printable(safe_cell(value)))) if value else ""
        case None:
            return ""
        case bool():
            return truth_cell(at, look, value)
        case datetime():
            plain = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            if plain < _FIRST_MOMENT:
                return text_cell(at, look, plain.isoformat(sep=" ", timespec="seconds"))
            return number_cell(at, MOMENT, (plain - _ZERO) / timedelta(days=1))
        case date():
            if value < _FIRST_DAY:
                return text_cell(at, look, value.isoformat())
            return number_cell(at, DAY, value.toordinal() - _ZERO.toordinal())
        case _ if not math.isfinite(value) or abs(value) > _EXACT:
            return text_cell(at, look, str(value))
        case _:
            return number_cell(at, look, value)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(_CUT)] + _CUT


def _free_name(wanted: str, taken: set[str]) -> str:
    """A name for a tab that is allowed and not taken; Excel does not tell upper and lower case apart."""
    plain = _NOT_IN_NAMES.sub(" ", printable(wanted)).strip(" '") or "Sheet"
    name = plain[:_LONGEST_NAME]
    number = 2
    while name.casefold() in taken:
        ending = f" {number}"
        name = plain[: _LONGEST_NAME - len(ending)] + ending
        number += 1
    taken.add(name.casefold())
    return name
