"""The bytes of all files of a server: those that are coming in, and those that are kept."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from doorward.errors import Unavailable
from doorward.store.file_arrivals import Arrivals, hash_of
from doorward.store.file_bytes import FULL, ORIGINAL, THUMB, VARIANTS, ByteStore, Folder

_log = logging.getLogger("doorward.files")
#: So much of the disk stays free, for the records.
_LEFT_FREE = 128 * 1024 * 1024


class Files:
    """Bytes under random keys.

    Arguments:
        folder: where they lie; made when the first comes.
        kept: who keeps whole files; by default a folder in there.
    """

    def __init__(self, folder: Path, kept: ByteStore | None = None) -> None:
        self.folder = folder
        self.arrivals = Arrivals(folder / "arriving")
        self.kept = kept if kept is not None else Folder(folder / "kept")

    def must_have_room(self, size: int) -> None:
        """Raise Unavailable where the disk cannot take so many bytes more."""
        there = next(folder for folder in (self.folder, *self.folder.parents) if folder.is_dir())
        if shutil.disk_usage(there).free < size + _LEFT_FREE:
            raise Unavailable("There is no room left on the server. Tell whoever runs it.", retry_after=600)

    @contextmanager
    def working_copies(self, key: str) -> Iterator[tuple[BinaryIO, BinaryIO, BinaryIO]]:
        """A file that arrived, for reading, and two new ones beside it: for a picture and its thumbnail."""
        with self.arrivals.read(key) as source:
            with self.arrivals.make(f"{key}{FULL}") as full, self.arrivals.make(f"{key}{THUMB}") as thumb:
                yield source, full, thumb

    def keep(self, key: str, *, original: bool, shown: bool) -> None:
        """Keep what is wanted of a file that arrived; the rest goes. On return it is on disk for good (law 10).

        Arguments:
            original: whether the bytes that were sent are kept. Otherwise the re-encoded picture takes their place.
            shown: whether there is a re-encoded picture, and a thumbnail.
        """
        becomes = {ORIGINAL: ORIGINAL, FULL: FULL, THUMB: THUMB} if original else {FULL: ORIGINAL, THUMB: THUMB}
        for variant, place in becomes.items():
            if shown or variant == ORIGINAL:
                self.arrivals.sync(f"{key}{variant}")
                self.kept.keep(f"{key}{place}", self.arrivals.path(f"{key}{variant}"))
        for variant in VARIANTS:
            self.arrivals.delete(f"{key}{variant}")

    @contextmanager
    def redrawn(self, key: str) -> Iterator[tuple[BinaryIO, BinaryIO, BinaryIO] | None]:
        """A file that is kept, for reading, and two new ones: for another picture of it and its thumbnail.

        Whoever enters this calls `keep_redrawn` before it ends, or what was made goes again. None where the file is not
        there.
        """
        source = self.open(key)
        if source is None:
            yield None
            return
        try:
            with source, self.arrivals.make(f"{key}{FULL}") as full, self.arrivals.make(f"{key}{THUMB}") as thumb:
                yield source, full, thumb
        finally:
            for variant in (FULL, THUMB):
                self.arrivals.delete(f"{key}{variant}")

    def keep_redrawn(self, key: str) -> None:
        """Let what was made take the place of the picture and the thumbnail before."""
        for variant in (FULL, THUMB):
            self.arrivals.sync(f"{key}{variant}")
            self.kept.keep(f"{key}{variant}", self.arrivals.path(f"{key}{variant}"))

    def open(self, key: str, variant: str = ORIGINAL) -> BinaryIO | None:
        """What is kept, for reading; None if it is not there."""
        return self.kept.open(f"{key}{variant}")

    def digest(self, key: str, variant: str = ORIGINAL) -> str | None:
        """SHA-256 of what lies on disk now; None if nothing does."""
        file = self.open(key, variant)
        if file is None:
            return None
        with file:
            return hash_of(file)

    def delete(self, key: str) -> bool:
        """All that there is under this key. False where it must stay for now, because a backup is copying."""
        with self._lock(fcntl.LOCK_SH | fcntl.LOCK_NB) as free:
            for variant in VARIANTS if free else ():
                self.arrivals.delete(f"{key}{variant}")
                self.kept.delete(f"{key}{variant}")
        return free

    @contextmanager
    def holding(self) -> Iterator[None]:
        """While this is entered, no process deletes anything that is kept; what is to go then, the sweep deletes."""
        with self._lock(fcntl.LOCK_EX):
            yield

    @contextmanager
    def finishing(self, key: str) -> Iterator[None]:
        """While this is entered, no process finishes a file of this key: what is kept is whose record says so.

        The file itself cannot be the lock: it is renamed meanwhile, and whoever goes on with it then begins another.
        A process that is killed lets go.
        """
        with self._lock(fcntl.LOCK_EX, self.folder / "finishing" / key[:2]):
            yield

    @contextmanager
    def _lock(self, how: int, folder: Path | None = None) -> Iterator[bool]:
        """A lock that other processes see too. False where it is not free and nobody wanted to wait."""
        folder = folder or self.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            free = True
        except BlockingIOError:
            free = False
        try:
            yield free
        finally:
            os.close(descriptor)

    def delete_soon(self, keys: Iterable[str]) -> None:
        """After a commit: what cannot be deleted now, the sweep deletes; the change is committed all the same."""
        for key in keys:
            try:
                self.delete(key)
            except OSError:
                _log.exception("bytes could not be deleted; the sweep tries again")
