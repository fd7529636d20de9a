"""XLSX workbooks that people hand in, read as rows of text and within bounds.

A workbook is a ZIP of XML, so it can be a bomb in two ways, and it can carry programs and point at other files. All of
that is judged before anything is read (OWASP ASVS 5.0, 5.2.3 on archives and 1.5.1 on XML).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

#: Bytes of the file, and of everything in it unpacked. NIST's own workbooks have 90 KB and 400 KB.
LARGEST = 10 << 20
LARGEST_UNPACKED = 40 << 20
MOST_PARTS = 500
MOST_ROWS = 10_000
MOST_COLUMNS = 40
LONGEST_CELL = 32_767

_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)["']""")
_PLAIN_ENCODINGS = (b"utf-8", b"us-ascii", b"ascii")
_PIECE = 1 << 20
#: The two ways of packing that the format has (ECMA-376, part 2).
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Unreadable(ValueError):
    """A file that is not read. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of a workbook.

    Arguments:
        name: on its tab.
        rows: each with its number, from 1, as the spreadsheet shows it; cells as text, empty where nothing stands.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_workbook(file: BinaryIO) -> list[Page]:
    """The sheets of a workbook, values and not formulas.

    Arguments:
        file: open for reading, seekable; it is read from its beginning.
    Errors:
        Unreadable: too large, no workbook, encrypted, with macros or links to other files, or packed like a bomb.
    """
    if _size(file) > LARGEST:
        raise Unreadable(f"The file is larger than {LARGEST >> 20} MB. A catalogue is much smaller.")
    try:
        _judge(file)
        return _read(file)
    except Unreadable:
        raise
    except Exception as problem:
        # Neither zipfile nor openpyxl has one error for a damaged file: whatever they raise means that.
        raise Unreadable("The file is no XLSX workbook, or it is damaged. Save it again as .xlsx.") from problem


def _read(file: BinaryIO) -> list[Page]:
    # Slow to import, and seldom needed.
    from openpyxl import load_workbook

    file.seek(0)
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        return list(_pages(book))
    finally:
        book.close()


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _judge(file: BinaryIO) -> None:
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        _judge_parts(archive.infolist())
        for part in archive.infolist():
            if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                _judge_xml(archive, part)


def _judge_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename.lower() for part in parts]
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise Unreadable("The workbook unpacks to more than any catalogue needs. It is not read.")
    if len(set(names)) != len(names):
        raise Unreadable("The workbook has two parts of one name. Save it again in a spreadsheet program.")
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("The workbook is encrypted. Save it without a password.")
    if any(part.compress_type not in _PACKINGS for part in parts):
        raise Unreadable("The workbook is packed in an unusual way. Save it again in a spreadsheet program.")
    if any("vbaproject" in name for name in names):
        raise Unreadable("The workbook carries macros. Save it as .xlsx, without macros.")
    if any(name.startswith("xl/externallinks/") for name in names):
        raise Unreadable("The workbook takes values from other files. Save it with values only.")


def _judge_xml(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """No document type, so no entities; and one encoding, so that none hides from this look."""
    kept = b""
    with archive.open(part) as stream:
        first = True
        while piece := stream.read(_PIECE):
            if first:
                named = _ENCODING.search(piece[:200].partition(b"?>")[0])
                if b"\0" in piece[:4] or piece[:2] in (b"\xfe\xff", b"\xff\xfe"):
                    raise Unreadable("The workbook is written in an unusual encoding. Save it again as .xlsx.")
                if named and named[1].lower() not in _PLAIN_ENCODINGS:
                    raise Unreadable("The workbook is written in an unusual encoding. Save it again as .xlsx.")
                first = False
            if b"<!DOCTYPE" in kept + piece or b"<!ENTITY" in kept + piece:
                raise Unreadable("The workbook defines entities, which no spreadsheet program does. It is not read.")
            kept = piece[-16:]


def _pages(book: Any) -> Iterator[Page]:
    left = MOST_ROWS
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows: list[tuple[int, tuple[str, ...]]] = []
        for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
            left -= 1
            if left < 0:
                raise Unreadable(f"The workbook has more than {MOST_ROWS:,} rows. It is not read.")
            cells = [_text(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                rows.append((number, tuple(cells)))
        yield Page(str(sheet.title), tuple(rows))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:LONGEST_CELL]
