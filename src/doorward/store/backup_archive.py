"""The members of a backup, one after the other: a tar archive, written and read strictly and in bounded memory.

`tar` and `sha256sum --check SHA256SUMS` read an unencrypted one too. Reading accepts what was written here and nothing
else: plain files whose head is, byte by byte, the one that we would write. There is no link, folder, device, further
header, name that leads elsewhere (OWASP ASVS 5.3.2), and no compression, so that nothing can be larger than the
archive itself (ASVS 5.2.3).
"""

from __future__ import annotations

import hashlib
import hmac
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from doorward.core.backups import MAC, SHORT, SUMS, is_safe
from doorward.errors import BackupRefused
from doorward.store.backup_streams import Sink, Source

_BLOCK = 512
_STEP = 256 * 1024
_END = bytes(2 * _BLOCK)
_DAMAGED = "The backup is damaged, was changed, or is none. Nothing of it is used."


class ArchiveWriter:
    """Writes members, and at the end what their SHA-256 are.

    Arguments:
        sink: where to.
        at: the time that tools show beside the members, in seconds since 1970.
        scratch: a private folder for what does not fit into memory.
        told: told of every number of bytes that was written.
    """

    def __init__(self, sink: Sink, at: int, scratch: Path, told: Callable[[int], None] = lambda _count: None) -> None:
        self._sink = sink
        self._at = at
        self._told = told
        self._sums = tempfile.SpooledTemporaryFile(SHORT, dir=str(scratch))  # noqa: SIM115  (closed by finish)
        self._sums_hash = hashlib.sha256()

    def add(self, name: str, size: int, blocks: Iterable[bytes]) -> str:
        """Write a member of exactly this size. Its SHA-256.

        Errors:
            BackupRefused: there was more or less of it.
        """
        digest = self._put(name, size, blocks)
        line = f"{digest}  {name}\n".encode()
        self._sums.write(line)
        self._sums_hash.update(line)
        return digest

    def add_bytes(self, name: str, content: bytes) -> None:
        self.add(name, len(content), [content])

    def add_file(self, name: str, file: BinaryIO, size: int) -> str:
        """Write a file from where it stands, so many bytes. Its SHA-256."""
        return self.add(name, size, blocks_of(file, size))

    def finish(self, sign: Callable[[bytes], bytes] | None) -> bytes:
        """Write the list of all members, and the end.

        Arguments:
            sign: gives a code for the list's SHA-256; None where the whole is encrypted and needs none.

        Results:
            The SHA-256 of the list.
        """
        with self._sums as listed:
            size = listed.tell()
            listed.seek(0)
            self._put(SUMS, size, blocks_of(listed, size))
        digest = self._sums_hash.digest()
        if sign is not None:
            code = sign(digest).hex().encode()
            self._put(MAC, len(code), [code])
        self._sink.write(_END)
        self._sink.finish()
        return digest

    def _put(self, name: str, size: int, blocks: Iterable[bytes]) -> str:
        if not is_safe(name):
            raise BackupRefused(f"A backup cannot hold what is called {name!r}.")
        self._sink.write(_head(name, size, self._at))
        digest, count = hashlib.sha256(), 0
        for block in blocks:
            digest.update(block)
            count += len(block)
            self._sink.write(block)
            self._told(len(block))
        if count != size:
            raise BackupRefused(f"{name} changed while it was copied. Try again.")
        self._sink.write(bytes(-size % _BLOCK))
        return digest.hexdigest()


class Member:
    """One member of a backup that is being read. Its content is there until the next one is asked for."""

    def __init__(self, name: str, size: int, source: Source) -> None:
        self.name = name
        self.size = size
        self._source = source
        self._left = size
        self._hash = hashlib.sha256()

    def blocks(self) -> Iterator[bytes]:
        """What is left of its content, in blocks."""
        while self._left:
            block = self._source.read(min(self._left, _STEP))
            if not block:
                raise BackupRefused("The backup is cut short. Nothing of it is used.")
            self._left -= len(block)
            self._hash.update(block)
            yield block

    def short(self) -> bytes:
        """Its content as a whole, where it is known to be short.

        Errors:
            BackupRefused: it is not.
        """
        if self.size > SHORT:
            raise BackupRefused(_DAMAGED)
        return b"".join(self.blocks())

    def digest(self) -> bytes:
        """The SHA-256 of its content, which is read to the end."""
        for _ in self.blocks():
            pass
        return self._hash.digest()


class ArchiveReader:
    """Reads members. Only after the last one it is known that all of it is as it was written.

    Attributes:
        digest: the SHA-256 of the list of members, once all were read.
        code: what it was signed with; empty where it was not.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.digest = b""
        self.code = b""

    def members(self) -> Iterator[Member]:
        """Every member, in order; the lists at the end are checked and not given.

        Errors:
            BackupRefused: something is not as it was written, or more follows.
        """
        sums = hashlib.sha256()
        while (member := self._next()) is not None and member.name != SUMS:
            yield member
            sums.update(f"{member.digest().hex()}  {member.name}\n".encode())
            self._skip_padding(member)
        if member is None or not hmac.compare_digest(member.digest(), sums.digest()):
            raise BackupRefused(_DAMAGED)
        self._skip_padding(member)
        self._read_end()
        self.digest = sums.digest()

    def _read_end(self) -> None:
        member = self._next()
        if member is not None:
            if member.name != MAC:
                raise BackupRefused(_DAMAGED)
            self.code = _from_hex(member.short())
            self._skip_padding(member)
            member = self._next()
        if member is not None or self._source.read(1):
            raise BackupRefused(_DAMAGED)

    def _next(self) -> Member | None:
        """The next member; None where the end is marked."""
        head = self._source.read(_BLOCK)
        if head == bytes(_BLOCK) and self._source.read(_BLOCK) == head:
            return None
        try:
            found = tarfile.TarInfo.frombuf(head, "ascii", "strict")
            as_written = is_safe(found.name) and head == _head(found.name, found.size, int(found.mtime))
        except (tarfile.HeaderError, ValueError):
            as_written = False
        if not as_written:
            raise BackupRefused(_DAMAGED)
        return Member(found.name, found.size, self._source)

    def _skip_padding(self, member: Member) -> None:
        padding = self._source.read(-member.size % _BLOCK)
        if padding != bytes(-member.size % _BLOCK):
            raise BackupRefused(_DAMAGED)


def blocks_of(file: BinaryIO | tempfile.SpooledTemporaryFile[bytes], size: int) -> Iterator[bytes]:
    """So many bytes of a file in blocks, and one more if there is one, so that growth is noticed."""
    left = size + 1
    while left and (block := file.read(min(left, _STEP))):
        left -= len(block)
        yield block


def _head(name: str, size: int, at: int) -> bytes:
    """The one way in which a member's head is written. Sizes beyond 8 GiB need GNU's way of writing numbers."""
    made = tarfile.TarInfo(name)
    made.size, made.mtime, made.mode = size, at, 0o600
    return made.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def _from_hex(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        raise BackupRefused(_DAMAGED) from None
