"""ZIP archives: no paths that lead elsewhere, no bombs, nothing twice, and notes about what lies in them.

The file must be an archive from its first byte to its last: what stands before or behind it belongs to another file
(APPNOTE.TXT 6.3.10, sections 4.3.6 and 4.3.16; OWASP ASVS 5.2.3, 5.2.5, 5.3.2).
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import BinaryIO

from doorward.core.file_kinds import FileKind
from doorward.core.looking.findings import DEEPEST, FREELY, MOST_ENTRIES, MOST_RATIO, MOST_UNPACKED, Findings, bomb
from doorward.errors import FileRefused

_BLOCK = 256 * 1024
_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 65_535
_LARGEST_DIRECTORY = 32 * 1024 * 1024
_LARGEST_NESTED = 256 * 1024 * 1024
_LONGEST_NAME = 1024
#: What an entry's name, or the first bytes of it, say is a program.
_PROGRAMS = re.compile(
    r"(?i)\.(exe|dll|scr|com|pif|bat|cmd|ps1|psm1|vbs|vbe|js|jse|wsf|wsh|hta|msi|msp|cpl|jar|lnk|reg|scf|sh|app|apk)$"
)
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")
_OTHER_ARCHIVES = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF")
_BROKEN = "This archive is broken or incomplete."

#: Called with the name of an entry, its first bytes, and what reads the rest of it.
Entry = Callable[[str, bytes, Iterator[bytes]], None]


def look(source: BinaryIO, kind: FileKind, found: Findings) -> None:
    """Errors: FileRefused, with the sentence for the person who sent it."""
    look_inside(source, found, 1)


def look_inside(source: BinaryIO, found: Findings, depth: int, each: Entry | None = None) -> list[str]:
    """Look at every entry of an archive, and of those inside it. The names of its entries.

    Arguments:
        depth: 1 for the file itself.
        each: is shown every entry, beside what is done here.
    """
    if depth > DEEPEST:
        raise FileRefused(f"Archives lie in one another more than {DEEPEST} deep.", why="bomb")
    _must_be_whole(source)
    try:
        with zipfile.ZipFile(source) as archive:
            infos = archive.infolist()
            found.count_entries(len(infos))
            _must_be_honest(infos)
            for info in infos:
                _look_at(archive, info, found, depth, each)
            return [info.filename for info in infos]
    except (zipfile.BadZipFile, struct.error, zlib.error, OSError, EOFError, ValueError, UnicodeError, MemoryError):
        raise FileRefused(_BROKEN, why="broken") from None


def ends_as_archive(source: BinaryIO) -> bool:
    """Would programs that look for an archive from the end of a file find one?"""
    whole = source.seek(0, 2)
    source.seek(max(0, whole - _END_SIZE - _LONGEST_COMMENT))
    tail = source.read()
    at = tail.rfind(_END)
    while at >= 0:
        end = tail[at : at + _END_SIZE]
        if len(end) == _END_SIZE:
            _, disk, first, here, entries, size, offset, _ = struct.unpack("<4s4H2LH", end)
            if disk == first == 0 and here == entries and size >= 46 * min(entries, 1) and offset + size <= whole:
                return True
        at = tail.rfind(_END, 0, at)
    return False


def _must_be_whole(source: BinaryIO) -> None:
    """Nothing before the archive, nothing behind it, one end only, and a directory of a sane size."""
    size = source.seek(0, 2)
    source.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = source.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise FileRefused(_BROKEN, why="broken")
    end_at = size - len(tail) + at
    _, disk, first, here, entries, directory, offset, comment = struct.unpack("<4s4H2LH", tail[at : at + _END_SIZE])
    if end_at + _END_SIZE + comment != size:
        raise FileRefused("Something stands behind the end of this archive.", why="polyglot")
    if disk or first or here != entries:
        raise FileRefused("This is one part of an archive. Send it as one whole archive.", why="broken")
    if 0xFFFF in (here, entries) or 0xFFFFFFFF in (directory, offset):
        end_at, entries, directory, offset = _large_end(source, end_at)
    if entries > MOST_ENTRIES or directory > _LARGEST_DIRECTORY:
        raise FileRefused(f"There are more than {MOST_ENTRIES:,} files in this archive.", why="bomb")
    if offset + directory != end_at:
        raise FileRefused("Something stands before this archive, or inside it, that is no part of it.", why="polyglot")
    source.seek(0)
    if entries and source.read(4) != b"PK\x03\x04":
        raise FileRefused(_BROKEN, why="broken")
    source.seek(0)


def _large_end(source: BinaryIO, end_at: int) -> tuple[int, int, int, int]:
    """The end record of a large archive (ZIP64): where it begins, entries, size and place of the directory."""
    source.seek(max(0, end_at - 20))
    locator = source.read(20)
    if len(locator) < 20 or not locator.startswith(b"PK\x06\x07"):
        raise FileRefused(_BROKEN, why="broken")
    (record_at,) = struct.unpack("<Q", locator[8:16])
    source.seek(min(record_at, end_at))
    record = source.read(56)
    if len(record) < 56 or not record.startswith(b"PK\x06\x06"):
        raise FileRefused(_BROKEN, why="broken")
    _, entries, directory, offset = struct.unpack("<4Q", record[24:56])
    return record_at, entries, directory, offset


def _must_be_honest(infos: list[zipfile.ZipInfo]) -> None:
    """No path leads out, no name stands twice, no two entries share their bytes, no link, and sizes that can be."""
    seen: set[str] = set()
    for info in infos:
        _must_be_own_path(info)
        key = unicodedata.normalize("NFC", info.filename.replace("\\", "/")).casefold().rstrip("/")
        if key in seen:
            raise FileRefused("A name stands twice in this archive: nobody can tell which is meant.", why="names")
        seen.add(key)
    if sum(info.file_size for info in infos) > MOST_UNPACKED or any(_is_swollen(info) for info in infos):
        raise bomb()
    starts = sorted((info.header_offset, info.compress_size) for info in infos)
    for (offset, size), (following, _) in pairwise(starts):
        if offset + size > following:
            raise bomb()


def _must_be_own_path(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name[:1] in ("/", "\\") or re.match(r"[A-Za-z]:", name):
        raise FileRefused("A name in this archive leads out of the folder that it is unpacked into.", why="names")
    if len(name) > _LONGEST_NAME or any(ord(char) < 32 for char in name):
        raise FileRefused("A name in this archive is no name of a file.", why="names")
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FileRefused("This archive holds a link or a device instead of a file.", why="names")


def _is_swollen(info: zipfile.ZipInfo) -> bool:
    return info.file_size > FREELY and info.file_size > MOST_RATIO * max(1, info.compress_size)


def _look_at(archive: zipfile.ZipFile, info: zipfile.ZipInfo, found: Findings, depth: int, each: Entry | None) -> None:
    name = info.filename
    if _PROGRAMS.search(name):
        _note_program(found, name)
    if info.is_dir():
        return
    if info.flag_bits & 0x1:
        found.note("Part of this archive is encrypted with a password: nobody could look into that.")
        return
    try:
        pieces = _unpacked(archive, info, found)
        head = next(pieces, b"")
    except NotImplementedError:
        found.note("Part of this archive is packed in a way that cannot be looked into.")
        return
    if head.startswith(_PROGRAM_STARTS):
        _note_program(found, name)
    if head.startswith(_OTHER_ARCHIVES):
        found.note("This archive holds further archives that cannot be looked into.")
    if each is not None:
        each(name, head, pieces)
    if head.startswith((b"PK\x03\x04", _END)):
        _look_deeper(head, pieces, found, depth)
    for _ in pieces:  # to the end, so that its size and its sum are checked
        pass


def _note_program(found: Findings, name: str) -> None:
    short = name.replace("\\", "/").rsplit("/", 1)[-1][:60]
    found.note(f"There is a program in it: {short}. Do not start it unless you know who made it.")


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, found: Findings) -> Iterator[bytes]:
    """The bytes of an entry, while they stay within what was announced and what is sane."""
    done = 0
    with archive.open(info) as entry:
        while piece := entry.read(_BLOCK):
            done += len(piece)
            found.count_unpacked(len(piece))
            if done > FREELY and done > MOST_RATIO * max(1, info.compress_size):
                raise bomb()
            yield piece
    if done != info.file_size:
        raise FileRefused(_BROKEN, why="broken")


def _look_deeper(head: bytes, pieces: Iterator[bytes], found: Findings, depth: int) -> None:
    """An archive in the archive: bombs count, and so do notes; whether it is sound is not asked here."""
    with found.scratch() as inner:
        size = inner.write(head)
        for piece in pieces:
            size += inner.write(piece)
            if size > _LARGEST_NESTED:
                raise FileRefused("An archive inside this archive is too large to be looked into.", why="bomb")
        inner.flush()
        try:
            look_inside(inner, found, depth + 1, _note_macros(found))
        except FileRefused as refusal:
            if refusal.why != "broken":
                raise


def _note_macros(found: Findings) -> Entry:
    def each(name: str, _head: bytes, _rest: Iterator[bytes]) -> None:
        if name.lower().endswith("vbaproject.bin"):
            found.note("A document in it contains macros: small programs that run when it is opened.")

    return each
