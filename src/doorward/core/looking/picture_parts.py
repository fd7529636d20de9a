"""The parts of a picture file: where it ends, what is written in it beside the picture, and what stands behind it.

PNG (W3C, third edition, section 5), JPEG (ITU-T T.81 annex B), GIF89a, and the container of WebP (RFC 9649 section 2).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from mmap import mmap
from typing import BinaryIO

from doorward.core.file_kinds import FileKind, begins_as, begins_as_page
from doorward.core.looking.findings import Findings, has_markup, mapped, two_in_one
from doorward.errors import FileRefused

_HEAD = 1024
_BROKEN = "This picture is broken or incomplete."
_BEHIND = "Something stands behind the end of this picture. Open it, save it anew, and send that."
_MOST_BEHIND = 64 * 1024


def look(source: BinaryIO, kind: FileKind, found: Findings, *, strict: bool) -> None:
    """See that the file is one picture and nothing else.

    Arguments:
        strict: whether the bytes are kept as they are. Where only the re-encoded picture is, what cameras append goes
            anyway, and only what is another file is refused.

    Errors:
        FileRefused: broken, or another file at the same time.
    """
    with mapped(source) as data:
        if b"%PDF-" in data[:_HEAD]:
            raise two_in_one("a PDF document")
        try:
            end = _WALKS[kind.media_type](data)
        except (struct.error, IndexError):
            raise FileRefused(_BROKEN, why="broken") from None
        _look_behind(data, end, strict=strict)


def _look_behind(data: mmap, end: int, *, strict: bool) -> None:
    rest = end
    while data[rest : rest + 3] == b"\xff\xd8\xff":  # a camera's smaller pictures
        rest = _jpeg(data, rest)
    behind = bytes(data[rest : rest + _MOST_BEHIND]).lstrip(b"\0")
    if not behind:
        behind = bytes(data[rest:]).strip(b"\0")[:_MOST_BEHIND]
    if not behind:
        return
    if begins_as_page(behind) or has_markup(behind):
        raise two_in_one("a web page or a script")
    if strict or begins_as(behind):
        raise FileRefused(_BEHIND, why="polyglot")


def _must_hold_no_page(text: bytes) -> None:
    if has_markup(text):
        raise two_in_one("a web page or a script")


def _png(data: mmap, start: int = 0) -> int:
    at, first = start + 8, True
    while True:
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if (first and kind != b"IHDR") or at + 12 + length > len(data):
            raise FileRefused(_BROKEN, why="broken")
        if kind not in (b"IDAT", b"fdAT"):
            _must_hold_no_page(bytes(data[at + 8 : at + 8 + length]))
        at, first = at + 12 + length, False
        if kind == b"IEND":
            return at


def _jpeg(data: mmap, start: int = 0) -> int:
    if data[start + 2 : start + 3] == b"\xff" and data[start + 4 : start + 6] == b"/*":
        raise two_in_one("a script")
    at = start + 2
    while True:
        at = _skip_fill(data, at)
        mark = data[at]
        at += 1
        if mark == 0xD9:
            return at
        if mark == 0x01 or 0xD0 <= mark <= 0xD7:
            continue
        (length,) = struct.unpack(">H", data[at : at + 2])
        if length < 2 or at + length > len(data):
            raise FileRefused(_BROKEN, why="broken")
        if mark == 0xFE or 0xE0 <= mark <= 0xEF:
            _must_hold_no_page(bytes(data[at + 2 : at + length]))
        at += length
        if mark == 0xDA:
            at = _end_of_scan(data, at)


def _skip_fill(data: mmap, at: int) -> int:
    """The place of a marker's second byte."""
    if data[at] != 0xFF:
        raise FileRefused(_BROKEN, why="broken")
    while data[at] == 0xFF:
        at += 1
    return at


def _end_of_scan(data: mmap, at: int) -> int:
    """The place of the next marker behind packed pixels; a 0xFF among them is followed by nought or a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise FileRefused(_BROKEN, why="broken")
        following = data[at + 1]
        if following != 0x00 and not 0xD0 <= following <= 0xD7 and following != 0xFF:
            return at
        at += 1 if following == 0xFF else 2


def _gif(data: mmap, start: int = 0) -> int:
    size_bytes = data[start + 6 : start + 8]
    if size_bytes == b"/*" or (size_bytes[:1] == b"=" and chr(size_bytes[1]).isprintable()):
        raise two_in_one("a script")  # GIF89a/*…*/=1; is a line of JavaScript
    flags = data[start + 10]
    at = start + 13 + _table(flags)
    while True:
        block = data[at]
        if block == 0x3B:
            return at + 1
        if block == 0x21:
            at = _blocks(data, at + 2, looks=data[at + 1] in (0xFE, 0xFF, 0x01))
        elif block == 0x2C:
            at = _blocks(data, at + 10 + _table(data[at + 9]) + 1, looks=False)
        else:
            raise FileRefused(_BROKEN, why="broken")


def _table(flags: int) -> int:
    """The bytes of a table of colours."""
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _blocks(data: mmap, at: int, *, looks: bool) -> int:
    """Behind a chain of blocks; where people can write into them, they are looked at."""
    text = bytearray()
    while length := data[at]:
        if looks:
            text += data[at + 1 : at + 1 + length]
        at += 1 + length
    if looks:
        _must_hold_no_page(bytes(text))
    return at + 1


def _webp(data: mmap, start: int = 0) -> int:
    length = int.from_bytes(data[start + 4 : start + 8], "little")
    end = start + 8 + length + (length & 1)
    if end > len(data) + 1:
        raise FileRefused(_BROKEN, why="broken")
    at = start + 12
    while at + 8 <= min(end, len(data)):
        kind, size = struct.unpack("<4sL", data[at : at + 8])
        if kind not in (b"VP8 ", b"VP8L", b"ALPH", b"ANMF"):
            _must_hold_no_page(bytes(data[at + 8 : at + 8 + size]))
        at += 8 + size + (size & 1)
    return min(end, len(data))


_WALKS: dict[str, Callable[[mmap], int]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
