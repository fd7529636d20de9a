"""PDF documents: whole, nothing else beside, and notes about what in them acts (ISO 32000-1 sections 7.5 and 12.6)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from mmap import mmap
from typing import BinaryIO

from doorward.core.file_kinds import FileKind
from doorward.core.looking.findings import FREELY, MOST_RATIO, Findings, bomb, has_markup, mapped, two_in_one
from doorward.errors import FileRefused

_TAIL = 4096
_LARGEST_STREAM = 64 * 1024 * 1024
_MOST_STREAMS = 20_000
_SPACE = b"\0\t\n\x0c\r "
#: What is told, by the name that stands for it in a document. Each is long enough, or looks so, never to be chance.
_TELLING = {
    b"/JavaScript": "This document contains JavaScript, which some programs run when it is opened.",
    b"/Launch": "This document contains a command that starts another program.",
    b"/EmbeddedFile": "Other files are embedded in this document. Do not open them unless you know who made them.",
    b"/RichMedia": "This document contains film, sound or Flash.",
    b"/SubmitForm": "A form in this document sends what is typed to another place.",
    b"/ImportData": "This document reads data from another file.",
    b"/GoToE": "This document opens another document inside it.",
}
_NAMES = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia|SubmitForm|ImportData|GoToE)(?![A-Za-z])")
_FORMS = re.compile(rb"/XFA\s*(?:\[|\d+\s+\d+\s+R)")
_ACTS = re.compile(rb"/AA\s*(?:<<|\d+\s+\d+\s+R)")
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:<<|\d+\s+\d+\s+R)")
_OPENS = re.compile(rb"/OpenAction\s*(?:(<<.{0,400})|(\d+)\s+(\d+)\s+R)", re.DOTALL)
#: A name part of which is written as numbers, which hides it from whoever only looks for the word.
_HIDDEN = re.compile(rb"/[A-Za-z0-9#]{0,60}#[0-9A-Fa-f]{2}[A-Za-z0-9#]{0,60}")
_OBJECTS = re.compile(rb"/ObjStm\b.{0,2000}?stream\r?\n", re.DOTALL)


def look(source: BinaryIO, kind: FileKind, found: Findings) -> None:
    """Errors: FileRefused: incomplete, a bomb, or something else at the same time."""
    with mapped(source) as data:
        _must_end_well(data)
        if has_markup(bytes(data[:1024])):
            raise two_in_one("a web page")
        _tell(data, data, found)
        for objects in _object_streams(data, found):
            _tell(objects, data, found)


def _must_end_well(data: mmap) -> None:
    tail = bytes(data[-_TAIL:])
    end = tail.rfind(b"%%EOF")
    if end < 0 or data.rfind(b"startxref") < 0:
        raise FileRefused("This document is incomplete: its end is missing.", why="broken")
    if tail[end + 5 :].strip(_SPACE):
        raise FileRefused(
            "Something stands behind the end of this document. Open it, save or print it as a new PDF, and send that.",
            why="polyglot",
        )


def _tell(part: mmap | bytes, data: mmap, found: Findings) -> None:
    """Note what acts in a part of the document."""
    for match in _NAMES.finditer(part):
        found.note(_TELLING[bytes(match[0])])
    for match in _HIDDEN.finditer(part):
        plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda number: bytes([int(number[1], 16)]), match[0])
        if plain in _TELLING:
            found.note(_TELLING[plain])
    if _FORMS.search(part):
        found.note("This document contains a form of a kind (XFA) that can run programs.")
    if _ACTS.search(part):
        found.note("Something in this document acts by itself, such as when a page is turned.")
    if _ENCRYPTED.search(part):
        found.note("This document is encrypted: nobody could look into all of it.")
    if any(_acts_when_opened(match, data) for match in _OPENS.finditer(part)):
        found.note("This document does something when it is opened.")


def _acts_when_opened(match: re.Match[bytes], data: mmap) -> bool:
    """Whether it does more than show a page. What cannot be found is told by the names of what it does."""
    action = match[1]
    if action is None:
        wanted = rb"(?:^|[\r\n\t ])" + match[2] + rb"\s+" + match[3] + rb"\s+obj\s*(<<.{0,400})"
        place = re.search(wanted, data, re.DOTALL)
        action = place[1] if place is not None else b""
    kind = re.search(rb"/S\s*/(\w+)", action)
    return kind is not None and kind[1] != b"GoTo"


def _object_streams(data: mmap, found: Findings) -> Iterator[bytes]:
    """Objects that are packed together, where newer documents keep most of what they are."""
    for number, match in enumerate(_OBJECTS.finditer(data)):
        if number >= _MOST_STREAMS:
            raise bomb()
        unpacker, start = zlib.decompressobj(), match.end()
        end = data.find(b"endstream", start)
        packed = bytes(data[start : end if end >= 0 else start + _LARGEST_STREAM])
        try:
            objects = unpacker.decompress(packed, _LARGEST_STREAM)
        except zlib.error:
            continue  # encrypted, or packed otherwise
        found.count_unpacked(len(objects))
        if unpacker.unconsumed_tail or (len(objects) > FREELY and len(objects) > MOST_RATIO * len(packed)):
            raise bomb()
        yield objects
