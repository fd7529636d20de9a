"""Tables as an XLSX workbook, whose cells are values and never formulas."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from doorward.core.tables import Cell, printable, safe_cell

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
    # Slow to import, and few requests make a workbook.
    from openpyxl import Workbook

    if not sheets:
        raise ValueError("a workbook has at least one sheet")
    book = Workbook(write_only=True)
    book.properties.creator = ""
    book.properties.title = printable(title)
    names: set[str] = set()
    for sheet in sheets:
        _write(book.create_sheet(_free_name(sheet.name, names)), sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write(page: Any, sheet: Sheet) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    if len(sheet.headings) > MOST_COLUMNS:
        raise ValueError(f"a sheet has at most {MOST_COLUMNS} columns")
    page.freeze_panes = "A2"
    for place, heading in enumerate(sheet.headings):
        wanted = sheet.widths[place] if place < len(sheet.widths) else len(heading) + 4
        page.column_dimensions[get_column_letter(place + 1)].width = min(max(wanted, 6), _WIDEST)
    wrapped = Alignment(vertical="top", wrap_text=True)
    # Each look is worked out once: of many thousand cells that is most of the work.
    plain, day, moment, head = (WriteOnlyCell(page) for _ in range(4))
    for looks in (plain, day, moment, head):
        looks.alignment = wrapped
    day.number_format, moment.number_format, head.font = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", Font(bold=True)
    styles: dict[type, Any] = {date: day._style, datetime: moment._style}
    page.append([_cell(WriteOnlyCell, page, heading, {}, head._style) for heading in sheet.headings])
    for number, row in enumerate(sheet.rows, start=2):
        if number > MOST_ROWS:
            raise ValueError(f"a sheet has at most {MOST_ROWS} rows")
        page.append([_cell(WriteOnlyCell, page, cell, styles, plain._style) for cell in row])


def _cell(kind: Any, page: Any, value: Cell, styles: Mapping[type, Any], otherwise: Any) -> Any:
    """A cell of one value. A text says itself that it is one; otherwise the library would make "=1" a formula."""
    cell = kind(page, value=None)
    cell._style = styles.get(type(value), otherwise)
    match value:
        case str():
            # Past the library's own judgement of texts, which looks for formulas, numbers and errors in them.
            cell._value = _shortened(printable(safe_cell(value)))
            cell.data_type = "s"
        case datetime():
            cell._value = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            cell.data_type = "d"
        case date():
            cell._value = value
            cell.data_type = "d"
        case float() if not math.isfinite(value):
            cell.value = str(value)
        case int() if abs(value) > _EXACT:
            cell.value = str(value)
        case _:
            cell.value = value
    return cell


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
