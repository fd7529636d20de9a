"""What one fetch may cost: so many seconds in all, and so many bytes from the wire."""

from __future__ import annotations

import time

from doorward.errors import OutboundFailed


class Budget:
    """Seconds and bytes that are left.

    Arguments:
        seconds: from now on.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._bytes = 0

    def left(self, most: float = 300.0) -> float:
        """How many seconds the next step may take.

        Errors:
            OutboundFailed: there are none left.
        """
        left = self._ends - time.monotonic()
        if left <= 0:
            raise OutboundFailed("too slow")
        return min(left, most)

    def allow(self, count: int) -> None:
        """Let an answer of at most so many bytes come, heads and packing included."""
        self._bytes = count

    def took(self, count: int) -> None:
        """So many bytes came.

        Errors:
            OutboundFailed: more than were allowed.
        """
        self._bytes -= count
        if self._bytes < 0:
            raise OutboundFailed("too much was sent")
