"""Who uses a data folder: servers and commands share it, a restore has it alone, and there is one backup at a time.

The locks are the system's (flock): they go with the process that holds them, however it ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from doorward.errors import BackupRefused, StartRefused

_USED, _BACKUP = "in-use.lock", "backup.lock"


class Lock:
    """A lock that is held until it is let go of, or the process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def share(data: Path) -> Lock:
    """Use the data folder beside others.

    Errors:
        StartRefused: a backup is being restored in it.
    """
    lock = _taken(data / _USED, alone=False)
    if lock is None:
        raise StartRefused("A backup is being restored here just now. Start again when that is done.")
    return lock


def alone(data: Path) -> Lock:
    """Have the data folder to oneself.

    Errors:
        BackupRefused: somebody uses it.
    """
    lock = _taken(data / _USED, alone=True)
    if lock is None:
        raise BackupRefused(
            "A server or another command of Doorward runs on this data folder. Stop it first. "
            "To look only whether a backup can be restored: --check"
        )
    return lock


def one_backup(data: Path) -> Lock:
    """Make a backup.

    Errors:
        BackupRefused: another one is being made.
    """
    lock = _taken(data / _BACKUP, alone=True)
    if lock is None:
        raise BackupRefused("Another backup is being made just now.")
    return lock


def _taken(path: Path, *, alone: bool) -> Lock | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
    return Lock(descriptor)
