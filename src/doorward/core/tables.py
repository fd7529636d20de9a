"""Tables for spreadsheets: cells that no spreadsheet takes for a formula, and CSV made of them.

OWASP, "CSV Injection": a cell that begins with = + - @, a tab or a line end is made text by an apostrophe, and every
cell is quoted, so that no cell can begin another. The full-width forms of the signs count too, since spreadsheets read
them the same, and so does a sign behind characters that are not seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

Cell = str | int | float | bool | date | datetime | None

#: Spreadsheets open a UTF-8 file as such only with this mark at its beginning.
MARK = "\ufeff"

_SIGNS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
_LINE_SIGNS = ("\t", "\r", "\n")
#: Separators, controls and marks without a glyph: a spreadsheet may drop them before it looks at the cell.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})

#: Controls other than tab and line ends, halves of characters, and two that are none.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would calculate it."""
    if text.startswith(_LINE_SIGNS):
        return f"'{text}"
    seen = next((char for char in text if unicodedata.category(char) not in _UNSEEN), "")
    return f"'{text}" if seen in _SIGNS else text


def plain_cell(value: Cell) -> str:
    """What a cell says, as text that is safe: dates as ISO 8601, moments in UTC, truth as yes and no."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case str():
            return printable(safe_cell(value))
        case _:
            return str(value)


def printable(text: str) -> str:
    """The text without what XML cannot hold: controls other than tab and line ends, and halves of characters."""
    if text.isprintable():
        return text
    return _UNPRINTABLE.sub("\ufffd", text)


def csv_table(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV (RFC 4180): every cell quoted and safe, lines ended by CR LF, with the mark that says UTF-8.

    Arguments:
        headings: the first line.
        rows: cells; numbers stay numbers.
    """
    lines = (",".join(f'"{_doubled(cell)}"' for cell in row) for row in (headings, *rows))
    return MARK + "".join(f"{line}\r\n" for line in lines)


def _doubled(cell: Cell) -> str:
    return plain_cell(cell).replace('"', '""')


def _moment(value: datetime) -> str:
    utc = value.astimezone(UTC) if value.tzinfo else value
    return utc.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
