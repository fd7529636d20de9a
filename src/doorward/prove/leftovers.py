"""Folders of a run, which are gone afterwards; and those of runs that were killed, which the next run takes away.

Each has a file in it that the run holds locked while it lives. The system lets go of the lock however the run ends; so
a folder whose lock is free, and which is ours, is nobody's any more.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "doorward-prove-"
_LOCK = ".run"
#: The lock is taken before it has its name: whoever finds it by that name finds it held, or left.
_UNNAMED = ".run-not-yet"


@contextmanager
def own_folder(place: str | None = None) -> Iterator[Path]:
    """A new folder for this run alone, mode 0700; it is gone when the block ends.

    Arguments:
        place: where it is made; by default where temporary files lie.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    lock = os.open(folder / _UNNAMED, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / _UNNAMED).rename(folder / _LOCK)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(*places: str) -> int:
    """Take away what killed runs of this account have left in these folders. How many there were.

    A folder of somebody else stays, and so does one whose run still lives, one without the file of a run, and whatever
    is no folder.
    """
    return sum(_is_swept(path) for place in dict.fromkeys(places) for path in sorted(Path(place).glob(f"{PREFIX}*")))


def places() -> tuple[str, ...]:
    """Where runs make their folders."""
    return (tempfile.gettempdir(), "/tmp")  # nosec B108  # (a browser needs a short path; each folder has mode 0700)


def _is_swept(folder: Path) -> bool:
    if not _is_ours(folder, stat.S_ISDIR) or not _is_ours(folder / _LOCK, stat.S_ISREG):
        return False
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        shutil.rmtree(folder, ignore_errors=True)
        return True
    finally:
        os.close(lock)


def _is_ours(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Is it of this account, of this kind, and no link?"""
    with suppress(OSError):
        found = path.lstat()
        return is_kind(found.st_mode) and found.st_uid == os.geteuid()
    return False
