"""Files that jobs make for one person: in a private folder, under names that nobody chose, for one day."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_KEY = re.compile(r"[a-z0-9]+\.[a-z0-9]+")


class ResultFiles:
    """The folder of results. Its key is the file's name: the job's id and the attempt that made it.

    Arguments:
        folder: made with mode 0700 when the first result is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, key: str) -> BinaryIO:
        """A new file, mode 0600, for the attempt alone."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        return os.fdopen(os.open(self._path(key), flags, 0o600), "w+b")

    def keep(self, file: BinaryIO) -> None:
        """See to it that what was written is on disk, before the job is said to be done (law 10)."""
        if not file.closed:
            file.flush()
            os.fsync(file.fileno())
            file.close()
        self._sync_folder()

    def open(self, key: str) -> BinaryIO | None:
        """The file, for reading; None if it is gone."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self._path(key).unlink()

    def sweep(self, before: float) -> int:
        """Delete what was last written before that second since 1970: left by attempts that were lost. How many."""
        gone = 0
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
        return gone

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("not a key of a result")
        return self._folder / key

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
