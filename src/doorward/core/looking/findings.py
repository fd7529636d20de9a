"""What one look into a file brings to light, and the bounds within which it looks."""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from doorward.errors import FileRefused

#: What may come out of an archive or document, all in all; how many entries; and how deep one lies in another.
MOST_UNPACKED = 1024 * 1024 * 1024
MOST_ENTRIES = 10_000
DEEPEST = 3
#: So many times its packed size may something unpacked have, once it is larger than `FREELY`.
MOST_RATIO = 200
FREELY = 10 * 1024 * 1024
_MOST_NOTES = 12
#: Makes a file that is gone when it is closed.
Scratch = Callable[[], BinaryIO]
#: Beginnings of pages and scripts, long enough never to stand in compressed data by chance.
_MARKUP = re.compile(rb"(?i)<script|<html|<iframe|<!doctype|<body|<\?php|<object|<svg[ >]")


@dataclass(slots=True)
class Findings:
    """Collected while a file is looked into.

    Arguments:
        scratch: makes a file that is gone when it is closed, for what lies in an archive.

    Attributes:
        notes: sentences for people, each once.
        media_type: where the content says more than the extension, such as the coding of text.
        unpacked, entries: how much was unpacked so far, at all depths together.
    """

    scratch: Scratch
    notes: list[str] = field(default_factory=list)
    media_type: str = ""
    unpacked: int = 0
    entries: int = 0

    def note(self, sentence: str) -> None:
        if sentence not in self.notes and len(self.notes) < _MOST_NOTES:
            self.notes.append(sentence)

    def count_unpacked(self, size: int) -> None:
        """Errors: FileRefused: more comes out than anybody packs in earnest."""
        self.unpacked += size
        if self.unpacked > MOST_UNPACKED:
            raise bomb()

    def count_entries(self, count: int) -> None:
        self.entries += count
        if self.entries > MOST_ENTRIES:
            raise FileRefused(f"There are more than {MOST_ENTRIES:,} files in this archive.", why="bomb")


@contextmanager
def mapped(source: BinaryIO) -> Iterator[mmap.mmap]:
    """The whole file as bytes, of which only what is looked at is read."""
    data = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        yield data
    finally:
        with suppress(BufferError):  # a match that somebody still holds; it goes with the last of them
            data.close()


def bomb() -> FileRefused:
    """For what unpacks to more than can be meant."""
    return FileRefused("This unpacks to far more than it should: it looks like a decompression bomb.", why="bomb")


def two_in_one(other: str) -> FileRefused:
    """For a file that other programs take for something else (a polyglot)."""
    return FileRefused(
        f"This file is two in one: it can also be read as {other}. Open it, save it anew, and send that.",
        why="polyglot",
    )


def has_markup(data: bytes | memoryview) -> bool:
    """Does a page or a script stand in here?"""
    return _MARKUP.search(data) is not None
