"""Text, Markdown and tables: must decode as a whole, and must not be something else that begins as text."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from doorward.core.file_kinds import FileKind, begins_as
from doorward.core.looking.findings import Findings
from doorward.errors import FileRefused

_BLOCK = 1024 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: Controls that stand in text; the escape begins the colours of logs.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
#: The same as bytes: in UTF-8 a byte below 128 is always a character of its own.
_CONTROL_BYTES = bytes(number for number in range(128) if _CONTROLS.match(chr(number)))
#: A cell that a spreadsheet would compute. What begins with a sign and is a number, or a telephone number, is none.
_FORMULA = re.compile(r"\s*(?:[=@]|[+-](?![\d\s().,/+-]*%?\s*$))")
#: What it begins with; the empty cell begins with nothing.
_SIGNS = frozenset("=@+-")
#: A formula that starts a program or asks another server (OWASP, CSV Injection).
_DANGEROUS = re.compile(
    r"(?i)[=+@-].*(?:\|.*!|\b(?:hyperlink|webservice|importxml|importdata|importfeed|dde|call)\s*\()"
)
_LONGEST_CELL = 131_072
_COMPUTES = (
    "Some cells begin with =, +, - or @. A spreadsheet program takes them for formulas and computes them: open this "
    "table as text, or do not let it compute."
)
_DANGER = "A cell of this table is a formula that starts a program or asks another server when the table is opened."


def look(source: BinaryIO, kind: FileKind, found: Findings) -> None:
    """Errors: FileRefused: not text, or a page, program or document under a name of text."""
    head = source.read(1024)
    other = begins_as(head)
    if other:
        raise FileRefused(f"This is called {kind.extension}, but it is {other}.", why="type")
    coding = next((coding for mark, coding in _MARKS if head.startswith(mark)), "utf-8")
    source.seek(0)
    if kind.extension == ".csv":
        _look_at_cells(_lines(source, coding), found)
    else:
        for _ in _pieces(source, coding):
            pass
    found.media_type = f"{kind.media_type}; charset={coding}"


def _pieces(source: BinaryIO, coding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(coding)()
    while True:
        block = source.read(_BLOCK)
        try:
            piece = decoder.decode(block, final=not block)
        except UnicodeError:
            raise FileRefused("This is not text in UTF-8. Save it as UTF-8 and send it again.", why="type") from None
        if _has_controls(block, piece, coding):
            raise FileRefused("This holds characters that stand in no text: it is something else.", why="type")
        yield piece
        if not block:
            return


def _has_controls(block: bytes, piece: str, coding: str) -> bool:
    """Looking for bytes is many times as fast as looking for characters; in UTF-8 it finds the same."""
    if coding == "utf-8":
        return len(block.translate(None, _CONTROL_BYTES)) != len(block)
    return _CONTROLS.search(piece) is not None


def _lines(source: BinaryIO, coding: str) -> Iterator[str]:
    """Lines with their ends, as the reader of tables wants them."""
    rest = ""
    for piece in _pieces(source, coding):
        *whole, rest = (rest + piece).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(rest) > _BLOCK:
            yield rest
            rest = ""
    if rest:
        yield rest


def _look_at_cells(lines: Iterator[str], found: Findings) -> None:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        for row in csv.reader(lines):
            for cell in row:
                _look_at_cell(cell.removeprefix("\ufeff"), found)
    except csv.Error:
        raise FileRefused("This is no table: a cell never ends, or is far too long.", why="type") from None


def _look_at_cell(cell: str, found: Findings) -> None:
    if cell.lstrip()[:1] not in _SIGNS or not _FORMULA.match(cell):
        return
    found.note(_COMPUTES)
    if _DANGEROUS.match(cell.strip()):
        raise FileRefused(_DANGER, why="formula")
