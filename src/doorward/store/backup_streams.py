"""A backup as a stream of bytes, encrypted or not: what is written to a file, and what is read from one."""

from __future__ import annotations

from typing import BinaryIO, Protocol

from doorward.core.backup_seal import HEAD, MAGIC, PIECE, TAG, BackupKey, Opener, Sealer
from doorward.errors import BackupRefused

_NEEDS_KEY = "This backup is encrypted. Name the file of its key with --key-file, or set DOORWARD_BACKUP_KEY."


class Sink(Protocol):
    """Where a backup is written to."""

    def write(self, content: bytes) -> object: ...

    def finish(self) -> None:
        """Everything was written."""


class Source(Protocol):
    """Where a backup is read from."""

    def read(self, count: int) -> bytes:
        """So many bytes; fewer only at the end."""


class PlainSink:
    """Writes as it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, content: bytes) -> None:
        self._file.write(content)

    def finish(self) -> None:
        pass


class SealedSink:
    """Encrypts on the way, in pieces."""

    def __init__(self, file: BinaryIO, key: BackupKey) -> None:
        self._file = file
        self._sealer = Sealer(key)
        self._waiting = bytearray()
        file.write(self._sealer.head)

    def write(self, content: bytes) -> None:
        self._waiting += content
        whole = (len(self._waiting) - 1) // PIECE  # what may be the last piece waits
        for number in range(whole):
            piece = bytes(self._waiting[number * PIECE : (number + 1) * PIECE])
            self._file.write(self._sealer.seal(piece, last=False))
        if whole > 0:
            del self._waiting[: whole * PIECE]

    def finish(self) -> None:
        self._file.write(self._sealer.seal(bytes(self._waiting), last=True))
        self._waiting.clear()


class SealedSource:
    """Decrypts on the way. What it gives was authenticated; that nothing is missing is known at its end."""

    def __init__(self, file: BinaryIO, key: BackupKey) -> None:
        self._file = file
        self._opener = Opener(key, file.read(HEAD))
        self._ahead = file.read(PIECE + TAG)
        self._open = bytearray()
        self._over = False

    def read(self, count: int) -> bytes:
        while len(self._open) < count and not self._over:
            sealed, self._ahead = self._ahead, self._file.read(PIECE + TAG)
            self._over = not self._ahead
            self._open += self._opener.open(sealed, last=self._over)
        given = bytes(self._open[:count])
        del self._open[:count]
        return given


def is_encrypted(file: BinaryIO) -> bool:
    """Does an encrypted backup begin here? The file is at its beginning afterwards."""
    file.seek(0)
    head = file.read(len(MAGIC))
    file.seek(0)
    return head == MAGIC


def source_of(file: BinaryIO, key: BackupKey | None) -> Source:
    """What is in the file of a backup.

    Errors:
        BackupRefused: it is encrypted, and the key is missing or another one.
    """
    if not is_encrypted(file):
        return file
    if key is None:
        raise BackupRefused(_NEEDS_KEY)
    return SealedSource(file, key)
