"""Files that are coming in: appended to as they arrive, hashed on the way, and taken up again where they broke off.

A file grows only at its end, and only by who knows how long it is: two senders of one file cannot mix their bytes, and
a connection that everybody thought dead changes nothing when it comes back.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from doorward.errors import Conflict
from doorward.store.file_bytes import storage_problem, sync_folder

_KEY = re.compile(r"[0-9a-f]{32}(\.full|\.thumb)?")
_BLOCK = 1024 * 1024
#: How many parts one call of the system takes; Linux takes 1,024.
_MOST_AT_ONCE = 512
#: So much is given to the disk at once, long before the end.
_WRITTEN_BACK = 4 * 1024 * 1024
#: Half-done hashes that are remembered; whoever was forgotten is hashed again from disk.
_MOST_REMEMBERED = 128
_ELSEWHERE = "This file is being sent from elsewhere. Look how far it is, and go on from there."


def _lock(descriptor: int) -> None:
    """Lock a file that is coming in; nobody waits for it, since whoever has it changes what the others know."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict(_ELSEWHERE) from None


def hash_of(file: BinaryIO) -> str:
    """SHA-256 of a file from where it stands, in hexadecimal digits."""
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


class ArrivingFile:
    """One file that is coming in, open at its end.

    Attributes:
        position: how many bytes are there.
        digest: SHA-256 of them.
    """

    def __init__(self, descriptor: int, position: int, digest: Any) -> None:
        self._descriptor = descriptor
        self.position = position
        self.digest = digest
        self._begun = position

    def write(self, *parts: bytes | memoryview) -> None:
        """Append these, in their order. Errors: Conflict: somebody else has. Unavailable: the disk is full."""
        _lock(self._descriptor)
        try:
            if os.fstat(self._descriptor).st_size != self.position:
                raise Conflict(_ELSEWHERE)
            self._append([memoryview(part) for part in parts if part])
        except OSError as problem:
            raise storage_problem(problem) from problem
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _append(self, parts: list[memoryview]) -> None:
        while parts:
            done = os.writev(self._descriptor, parts[:_MOST_AT_ONCE])
            self.position += done
            parts = self._hashed(parts, done)
        if self.position - self._begun >= _WRITTEN_BACK:
            self._begin_writing_back()

    def _hashed(self, parts: list[memoryview], size: int) -> list[memoryview]:
        """Take so many bytes into the hash. What is left of the parts."""
        for place, part in enumerate(parts):
            if size < len(part):
                self.digest.update(part[:size])
                return [part[size:], *parts[place + 1 :]]
            self.digest.update(part)
            size -= len(part)
        return []

    def _begin_writing_back(self) -> None:
        """Let the system bring to the disk what came, while more comes: so the wait at the end is short (Linux)."""
        if hasattr(os, "posix_fadvise"):
            begun = self._begun
            os.posix_fadvise(self._descriptor, begun, self.position - begun, os.POSIX_FADV_DONTNEED)
        self._begun = self.position

    def sync(self) -> None:
        """See to it that what arrived is on disk."""
        try:
            os.fdatasync(self._descriptor)
        except OSError as problem:
            raise storage_problem(problem) from problem

    def close(self) -> None:
        os.close(self._descriptor)


class Arrivals:
    """The folder of files that are coming in. It must be on the disk where files are kept.

    Arguments:
        folder: made with mode 0700 when the first file comes; files have mode 0600.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hashes: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def size(self, key: str) -> int | None:
        """How much of a file has arrived; None if nothing has."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return None

    def path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("not a key of bytes")
        return self._folder / key

    @contextmanager
    def appending(self, key: str, position: int) -> Iterator[ArrivingFile]:
        """The file, to be gone on with. What has arrived is on disk at the end of the block, whatever ended it.

        Arguments:
            position: how many bytes are there; 0 for a new file.

        Errors:
            Conflict: there are more or fewer.
        """
        file = self._open(key, position)
        try:
            yield file
        finally:
            try:
                file.sync()
                self._remember(key, file)
            finally:
                file.close()

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """While a file that is complete is looked into. A process that is killed lets go of it.

        Errors: Conflict: somebody looks into it already, or it is not there.
        """
        try:
            descriptor = os.open(self.path(key), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise Conflict(_ELSEWHERE) from None
        try:
            _lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def make(self, key: str) -> BinaryIO:
        """A new file of the server's own, such as a re-encoded picture, for reading and writing."""
        self._make_folder()
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.fdopen(os.open(self.path(key), flags, 0o600), "w+b")

    def read(self, key: str) -> BinaryIO:
        """The file, for reading."""
        return self.path(key).open("rb")

    def hash_of(self, key: str) -> str:
        """SHA-256 of what has arrived."""
        with self.read(key) as file:
            return hash_of(file)

    def sync(self, key: str) -> None:
        """See to it that what the file holds is on disk."""
        with self.path(key).open("rb") as file:
            os.fsync(file.fileno())

    def delete(self, key: str) -> None:
        with self._lock:
            self._hashes.pop(key, None)
        with suppress(FileNotFoundError):
            self.path(key).unlink()

    def older_than(self, second: float) -> Iterator[str]:
        """The keys of files to which nothing came since that second since 1970."""
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if _KEY.fullmatch(path.name) and path.stat().st_mtime < second:
                    yield path.name

    def _open(self, key: str, position: int) -> ArrivingFile:
        self._make_folder()
        flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | (0 if position else os.O_CREAT)
        try:
            descriptor = os.open(self.path(key), flags, 0o600)
        except FileNotFoundError:
            raise Conflict(_ELSEWHERE) from None
        try:
            if not position:
                sync_folder(self._folder)
            if os.fstat(descriptor).st_size != position:
                raise Conflict(_ELSEWHERE)
            return ArrivingFile(descriptor, position, self._digest(key, position, descriptor))
        except BaseException:
            os.close(descriptor)
            raise

    def _digest(self, key: str, position: int, descriptor: int) -> Any:
        with self._lock:
            known = self._hashes.pop(key, None)
        if known is not None and known[0] == position:
            return known[1]
        digest, done = hashlib.sha256(), 0
        while done < position and (block := os.pread(descriptor, min(_BLOCK, position - done), done)):
            digest.update(block)
            done += len(block)
        return digest

    def _remember(self, key: str, file: ArrivingFile) -> None:
        with self._lock:
            self._hashes[key] = (file.position, file.digest)
            while len(self._hashes) > _MOST_REMEMBERED:
                self._hashes.popitem(last=False)

    def _make_folder(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self._folder.parent)
