"""The seals of the journal outside the database: one fixed place in a file for each entry.

Whoever can write the database but not this file cannot change, drop or cut off an entry unnoticed. A record
is 32 bytes at `(seq - 1) * 32`, so that writing is one `pwrite` at a known place: no lock, no reading, the same
result in any order and from any number of processes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from doorward.core.journal import Sealed

_log = logging.getLogger("doorward.store")

_SIZE = 32
_HOLE = bytes(_SIZE)


class SealFile:
    """The file of seals, `journal.seals`, mode 0600.

    Arguments:
        path: where it lies; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, entries: Iterable[Sealed]) -> None:
        """Keep the seals of entries that are committed. Never called before the commit.

        A seal that stands is never replaced. Else whoever cut the journal off in the database would only have to
        wait until new entries have grown over the cut.

        Errors:
            OSError: the disk is full or gone. The place stays a hole; every later seal vouches for its entry.
        """
        for sealed in entries:
            self._write_once(sealed.seq, bytes.fromhex(sealed.seal))

    def _write_once(self, seq: int, seal: bytes) -> None:
        place = (seq - 1) * _SIZE
        standing = os.pread(self._descriptor, _SIZE, place)
        if len(standing) < _SIZE or standing == _HOLE:
            os.pwrite(self._descriptor, seal, place)
        elif standing != seal:
            _log.critical("journal entry %s had another seal before: the database was tampered with or replaced", seq)

    def seals(self) -> Iterator[str | None]:
        """The seals from number 1 on; None where none was written (the server died between commit and seal)."""
        place = 0
        while chunk := os.pread(self._descriptor, _SIZE * 1024, place):
            for start in range(0, len(chunk) - len(chunk) % _SIZE, _SIZE):
                record = chunk[start : start + _SIZE]
                yield None if record == _HOLE else record.hex()
            place += len(chunk)

    def first(self, count: int) -> Iterator[bytes]:
        """The places of the first so many entries as they are, for a copy; a place behind the end is a hole."""
        for start in range(0, count, 1024):
            wanted = min(1024, count - start) * _SIZE
            yield os.pread(self._descriptor, wanted, start * _SIZE).ljust(wanted, b"\0")

    def at(self, seq: int) -> str | None:
        """The seal of the entry of this number; None where none was written."""
        record = os.pread(self._descriptor, _SIZE, (seq - 1) * _SIZE)
        return None if len(record) < _SIZE or record == _HOLE else record.hex()

    def length(self) -> int:
        """The number of the last entry whose seal is here. A torn or empty place at the end is none."""
        last = os.fstat(self._descriptor).st_size // _SIZE
        while last and os.pread(self._descriptor, _SIZE, (last - 1) * _SIZE) == _HOLE:
            last -= 1
        return last

    def close(self) -> None:
        os.close(self._descriptor)
