"""Places beside the database where files of records lie, as a backup and a restore need to know them.

A file in a place never changes, has a name that nobody chose, and is there exactly as long as a row names it. So a
backup takes what the rows of its one moment name, and needs no picture of the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a row names.

    Arguments:
        path: where it lies below the place's folder, with slashes; letters, digits, `_`, `-` and `.` only.
        sha256: of its content, 64 hexadecimal digits; empty where rows do not say.
        size: in bytes, for telling how far a backup is; 0 where rows do not say.
    """

    path: str
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of files that belong to records.

    Arguments:
        name: what it is called in a backup: small letters.
        folder: where it lies. A restore puts another folder in its place.
        named: every file that the rows name, each once, in bounded memory.
        holding: while this is entered, nothing of the place is deleted: a backup is copying it. What is to go then
            goes later.
    """

    name: str
    folder: Path
    named: Callable[[Session], Iterator[NamedFile]]
    holding: Callable[[], AbstractContextManager[None]] = nullcontext
