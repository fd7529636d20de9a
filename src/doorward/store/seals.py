"""The seals of the journal outside the database: one fixed place in a file for each entry.

Whoever can write the database but not this file cannot change, drop or cut off an entry unnoticed. A record
is 32 bytes at `(seq - 1) * 32`, so that writing is one `pwrite` at a known place: no lock, no reading, the same
result in any order and from any number of processes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from doorward.core.journal import Sealed

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
        """Keep the seals of entries that are committed. Never called before the commit."""
        for sealed in entries:
            os.pwrite(self._descriptor, bytes.fromhex(sealed.seal), (sealed.seq - 1) * _SIZE)

    def seals(self) -> Iterator[str | None]:
        """The seals from number 1 on; None where none was written (the server died between commit and seal)."""
        place = 0
        while chunk := os.pread(self._descriptor, _SIZE * 1024, place):
            for start in range(0, len(chunk) - len(chunk) % _SIZE, _SIZE):
                record = chunk[start : start + _SIZE]
                yield None if record == _HOLE else record.hex()
            place += len(chunk)

    def length(self) -> int:
        """How many places the file has."""
        return os.fstat(self._descriptor).st_size // _SIZE

    def close(self) -> None:
        os.close(self._descriptor)
