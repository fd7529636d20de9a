"""Compound files: old Word and Excel documents, and new ones under a password (MS-CFB).

Only the directory is read, and as much of the streams as tells whether they are encrypted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from doorward.core.file_kinds import FileKind
from doorward.core.looking.findings import Findings, mapped
from doorward.errors import FileRefused

_MOST_ENTRIES = 20_000
_LAST = 0xFFFFFFFA  # sector numbers from here on are marks
_BROKEN = "This document is broken or incomplete."
_MACROS = "This document contains macros: programs that run when it is opened. Do not allow them unless you know them."
_OLD_MACROS = "This workbook contains a macro sheet: a small program that runs when it is opened."
_EMBEDDED = "Other files or objects are embedded in this document. Do not open them unless you know who made them."
_ENCRYPTED = "This document is encrypted with a password: nobody could look into it."
#: By extension, the streams of which one must be there.
_MAIN = {".doc": ("WordDocument",), ".xls": ("Workbook", "Book")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in the directory of a compound file."""

    name: str
    kind: int
    start: int
    size: int


def look(source: BinaryIO, kind: FileKind, found: Findings) -> None:
    """Errors: FileRefused: broken, or another kind of document."""
    file = Compound(source)
    names = {entry.name for entry in file.entries}
    main = next((entry for entry in file.entries if entry.name in _MAIN[kind.extension] and entry.kind == 2), None)
    if main is None:
        raise FileRefused(f"This is called {kind.extension}, but it is not {kind.words}.", why="type")
    if any(name.upper().startswith("_VBA_PROJECT") or name.upper() in ("VBA", "MACROS") for name in names):
        found.note(_MACROS)
    if any(name in ("ObjectPool", "\x01Ole10Native", "Package") or name.startswith("MBD") for name in names):
        found.note(_EMBEDDED)
    _look_at_start(file.beginning(main), kind, found)


def is_encrypted_package(source: BinaryIO) -> bool:
    """Is this a newer document under a password (MS-OFFCRYPTO section 2.3.4.4)?"""
    return "EncryptedPackage" in {entry.name for entry in Compound(source).entries}


def note_encrypted(found: Findings) -> None:
    found.note(_ENCRYPTED)


def _look_at_start(start: bytes, kind: FileKind, found: Findings) -> None:
    if kind.extension == ".doc":
        if len(start) >= 12 and struct.unpack("<H", start[10:12])[0] & 0x0100:  # MS-DOC section 2.5.2, fEncrypted
            found.note(_ENCRYPTED)
        return
    for number, record in _records(start):
        if number == 0x002F:  # MS-XLS section 2.4.117, FilePass
            found.note(_ENCRYPTED)
        if number == 0x0085 and len(record) > 5 and record[5] == 1:  # section 2.4.28, BoundSheet8: a macro sheet
            found.note(_OLD_MACROS)


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        number, size = struct.unpack("<HH", stream[at : at + 4])
        yield number, stream[at + 4 : at + 4 + size]
        at += 4 + size


class Compound:
    """The directory of a compound file. Chains of sectors are followed once, and never in a circle.

    Errors: FileRefused: it is broken.
    """

    def __init__(self, source: BinaryIO) -> None:
        try:
            with mapped(source) as data:
                self._data = data
                self._read_header()
                self.entries = [*self._directory()]
                self._starts = {entry.name: self._stream_start(entry) for entry in self.entries if _may_tell(entry)}
        except (struct.error, IndexError, UnicodeError, ValueError):
            raise FileRefused(_BROKEN, why="broken") from None

    def beginning(self, entry: Entry) -> bytes:
        """The first bytes of a main stream."""
        return self._starts.get(entry.name, b"")

    def _read_header(self) -> None:
        head = bytes(self._data[:512])
        (shift,) = struct.unpack("<H", head[30:32])
        if shift not in (9, 12):
            raise ValueError
        self._size = 1 << shift
        fat_count, self._first = struct.unpack("<LL", head[44:52])
        difat_start, difat_count = struct.unpack("<LL", head[68:76])
        most = len(self._data) // self._size + 1
        if fat_count > most or difat_count > most:
            raise ValueError
        places = list(struct.unpack("<109L", head[76:512]))
        for _ in range(difat_count):
            sector = self._sector(difat_start)
            *more, difat_start = struct.unpack(f"<{self._size // 4}L", sector)
            places += more
        self._fat: list[int] = []
        for place in places[:fat_count]:
            if place < _LAST:
                self._fat += struct.unpack(f"<{self._size // 4}L", self._sector(place))

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        sector = bytes(self._data[at : at + self._size])
        if len(sector) < self._size:
            raise ValueError
        return sector

    def _chain(self, number: int, most: int) -> Iterator[bytes]:
        for _ in range(most):
            if number >= _LAST:
                return
            yield self._sector(number)
            number = self._fat[number]

    def _directory(self) -> Iterator[Entry]:
        for sector in self._chain(self._first, _MOST_ENTRIES * 128 // self._size):
            for at in range(0, self._size, 128):
                entry = sector[at : at + 128]
                length = min(64, struct.unpack("<H", entry[64:66])[0])
                if entry[66] in (1, 2, 5):
                    name = entry[: max(0, length - 2)].decode("utf-16-le", "replace")
                    start, size = struct.unpack("<LL", entry[116:124])
                    yield Entry(name, entry[66], start, size)

    def _stream_start(self, entry: Entry) -> bytes:
        """The first 32 KiB of a stream that has sectors of its own; smaller ones lie elsewhere and tell nothing."""
        if entry.size < 4096:
            return b""
        return b"".join(self._chain(entry.start, 32 * 1024 // self._size))[: entry.size]


def _may_tell(entry: Entry) -> bool:
    return entry.kind == 2 and any(entry.name in names for names in _MAIN.values())
