"""Files as responses (PEP 3333, "Optional Platform-Specific File Handling")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

#: How much is read at once; one hop to a thread for each.
BLOCK = 256 * 1024


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class FileWrapper:
    """`wsgi.file_wrapper`: an iterable over an open file, in blocks that suit this server.

    Arguments:
        file: an object with `read`; closed with the response when it can be.
        block: what the app proposes as a block size; at least ours is used, which costs fewer hops.
    """

    def __init__(self, file: Readable, block: int = BLOCK) -> None:
        self._file = file
        self._block = max(block, BLOCK)

    def __iter__(self) -> Iterator[bytes]:
        while data := self._file.read(self._block):
            yield data

    def close(self) -> None:
        close = getattr(self._file, "close", None)
        if close is not None:
            close()
