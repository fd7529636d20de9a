"""What a topic remembers for those who come back: its last events, bounded in number and in bytes."""

from __future__ import annotations

from collections import OrderedDict


class Ring:
    """The last events of one topic, oldest first, by number.

    Arguments:
        max_events: how many events at most.
        max_bytes: how many bytes of encoded events at most.
        lost: the highest number that this topic may already have forgotten.
    """

    __slots__ = ("_events", "_max_bytes", "_max_events", "_newest", "lost", "size")

    def __init__(self, max_events: int, max_bytes: int, lost: int = 0) -> None:
        self._events: OrderedDict[int, tuple[bytes, str | None]] = OrderedDict()
        self._newest: dict[str, int] = {}
        self._max_events = max_events
        self._max_bytes = max_bytes
        self.lost = lost
        self.size = 0

    def add(self, number: int, chunk: bytes, newest: str | None) -> int:
        """Remember an event; an older one with the same coalescing key goes, being of no use to anybody.

        Returns: by how many bytes the ring grew (negative when it shrank).
        """
        before = self.size
        if newest is not None:
            self._replace(newest, number)
        self._events[number] = (chunk, newest)
        self.size += len(chunk)
        while len(self._events) > self._max_events or self.size > self._max_bytes:
            self.forget_oldest()
        return self.size - before

    def forget_oldest(self) -> None:
        """Drop the oldest event for want of room: whoever was before it must reload."""
        number, (chunk, newest) = self._events.popitem(last=False)
        self.size -= len(chunk)
        self.lost = number
        if newest is not None:
            del self._newest[newest]

    def last(self) -> int:
        """The number of the youngest event that may matter to somebody."""
        return next(reversed(self._events), self.lost)

    def between(self, after: int, upto: int) -> list[tuple[int, bytes]] | None:
        """The events (number, encoded) with numbers above `after` and up to `upto`; None when some are forgotten."""
        if after < self.lost:
            return None
        found: list[tuple[int, bytes]] = []
        for number in reversed(self._events):
            if number <= after:
                break
            if number <= upto:
                found.append((number, self._events[number][0]))
        found.reverse()
        return found

    def _replace(self, newest: str, number: int) -> None:
        old = self._newest.get(newest)
        if old is not None:
            self.size -= len(self._events.pop(old)[0])
        self._newest[newest] = number
