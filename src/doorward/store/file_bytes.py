"""Where the bytes of files are kept: a small contract, and a folder that fulfils it.

Names of people are nowhere in here: bytes lie under random keys (OWASP ASVS 5.3.2). What fulfils the contract may be
an object store as well: it keeps whole files, reads them from any place on, deletes and lists them. Files that are
still coming in are no concern of it (`file_arrivals.py`).
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from doorward.errors import Unavailable

#: Of the bytes that were sent, of a re-encoded picture, and of its thumbnail.
ORIGINAL, FULL, THUMB = "", ".full", ".thumb"
VARIANTS = (ORIGINAL, FULL, THUMB)
_KEY = re.compile(r"[0-9a-f]{32}(\.full|\.thumb)?")
_STORAGE_FULL = "There is no room left on the server. Nothing was lost; try again later."


def new_key() -> str:
    """A name for bytes that nobody can guess, though knowing it opens nothing."""
    return secrets.token_hex(16)


class ByteStore(Protocol):
    """What keeps whole files. Safe for threads. In tests the contract is `tests/store/test_file_bytes.py`."""

    def keep(self, key: str, finished: Path) -> None:
        """Take over the file at `finished`. On return it is on disk for good, also after a power cut (law 10)."""

    def open(self, key: str) -> BinaryIO | None:
        """The bytes, to be read from any place; None if they are not there."""

    def size(self, key: str) -> int | None:
        """How many there are; None if they are not there."""

    def delete(self, key: str) -> None:
        """Let them go; nothing happens if they are not there."""

    def older_than(self, second: float, shelf: int) -> Iterator[str]:
        """The keys on one of the `SHELVES` shelves that were kept before that second since 1970."""


#: How many shelves there are: by the first two digits of the key, so that no folder becomes too long.
SHELVES = 256


class Folder:
    """Bytes in a folder of this machine, in 256 folders by the first two digits of their keys.

    Arguments:
        folder: made with mode 0700 when the first file is kept; files have mode 0600.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, key: str, finished: Path) -> None:
        """Rename it, on the same disk: it is there whole or not at all. Errors: Unavailable, the disk is full."""
        target = self._path(key)
        try:
            self._make(target.parent)
            os.replace(finished, target)
            sync_folder(target.parent)
        except OSError as problem:
            raise storage_problem(problem) from problem

    def open(self, key: str) -> BinaryIO | None:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            return None

    def size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._path(key).unlink()

    def older_than(self, second: float, shelf: int) -> Iterator[str]:
        folder = self.folder / f"{shelf:02x}"
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if _KEY.fullmatch(path.name) and path.stat().st_mtime < second:
                    yield path.name

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("not a key of bytes")
        return self.folder / key[:2] / key

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(self.folder)
        sync_folder(self.folder.parent)


def storage_problem(problem: OSError) -> Exception:
    """A full disk, said to the person who sends; whatever else is wrong stays what it is, for the log."""
    full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return Unavailable(_STORAGE_FULL, retry_after=600) if problem.errno in full else problem


def sync_folder(folder: Path) -> None:
    """See to it that a new name in the folder is on disk, and not only what it stands for."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
