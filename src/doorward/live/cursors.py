"""One global sequence for all events, and the cursors that name a place in it: `epoch:number`."""

from __future__ import annotations

import secrets

#: A cursor of another life of this process, or one that somebody made up: nothing can be replayed from it.
UNKNOWN = -1


class Cursors:
    """The sequence. Only the loop counts it on; any thread may read it."""

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(6)
        #: The number of the last event.
        self.number = 0

    def renew(self) -> None:
        """A new life: old cursors mean nothing any more."""
        self._epoch = secrets.token_hex(6)

    def next(self) -> int:
        self.number += 1
        return self.number

    def at(self, number: int) -> str:
        return f"{self._epoch}:{number}"

    def read(self, cursor: str) -> int:
        """The number that a browser's cursor names; `UNKNOWN` when it is not one of ours."""
        epoch, _, digits = cursor.partition(":")
        if epoch != self._epoch or not digits.isascii() or not digits.isdecimal() or len(digits) > 18:
            return UNKNOWN
        number = int(digits)
        return number if number <= self.number else UNKNOWN
