"""Attempts to sign in that are under way, so that a whole classroom can sign in at the same moment.

An attempt counts from its beginning and is given back when it succeeds. So thirty right passwords behind one
address look, while they are being hashed, like thirty failures. Whoever meets the limit while others from the same
place are still under way waits until they are decided, and is only refused when failures alone fill the limit.

Those who wait stand in line, and each decision lets one try again: if all of them did, a storm of sign-ins would
spend more on asking than on answering.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from doorward.core.limits import Counted, Limit
from doorward.errors import Limited
from doorward.store.limits import Limiter, LimitReached, Taken

#: Longer than a full queue of hashes takes; whoever waited that long may be refused.
_LONGEST_WAIT_SECONDS = 20.0


class Attempts:
    """The attempts under way in this process, by what they count against.

    Arguments:
        limiter: where they count.
    """

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._lines: defaultdict[str, deque[threading.Event]] = defaultdict(deque)

    @contextmanager
    def begun(self, wanted: Iterable[Counted]) -> Iterator[tuple[Taken, ...]]:
        """Count an attempt for as long as the block runs; it stays counted unless the block gives it back.

        Errors:
            Limited: failures alone fill a limit.
        """
        counts = tuple(wanted)
        places = [_place(limit, key) for limit, key in counts]
        taken = self._take(counts, places)
        try:
            yield taken
        finally:
            self._decided(places)

    def _take(self, counts: tuple[Counted, ...], places: list[str]) -> tuple[Taken, ...]:
        called_to: str | None = None
        while True:
            with self._lock:
                try:
                    taken = self._limiter.take_all(counts)
                    self._under_way.update(places)
                    return taken
                except LimitReached as limited:
                    full = _full_place(limited, counts)
                    if full is None or not self._under_way[full]:
                        self._call_next(called_to)
                        raise
                    refused = limited
                    turn = self._stand_in_line(full, called_to)
                except Exception:
                    self._call_next(called_to)
                    raise
            if not turn.wait(_LONGEST_WAIT_SECONDS):
                self._leave(full, turn)
                raise refused
            called_to = full

    def _stand_in_line(self, full: str, called_to: str | None) -> threading.Event:
        """At the end of the line; or in front again for whoever was called and came too late."""
        turn = threading.Event()
        if called_to == full:
            self._lines[full].appendleft(turn)
        else:
            self._lines[full].append(turn)
            self._call_next(called_to)  # who was called elsewhere does not need the place there
        return turn

    def _decided(self, places: list[str]) -> None:
        with self._lock:
            self._under_way.subtract(places)
            self._under_way += Counter()  # forget places at zero
            for place in places:
                self._call_next(place)

    def _call_next(self, place: str | None) -> None:
        """Let the first in line try; whoever is called and does not take the place calls the next."""
        line = self._lines.get(place) if place is not None else None
        if line:
            line.popleft().set()
        if place is not None and not line:
            self._lines.pop(place, None)

    def _leave(self, place: str, turn: threading.Event) -> None:
        with self._lock:
            if turn.is_set():  # called in the last moment
                self._call_next(place)
            elif turn in self._lines[place]:
                self._lines[place].remove(turn)


def _place(limit: Limit, key: str) -> str:
    return f"{limit.name}/{key}"


def _full_place(limited: Limited, counts: tuple[Counted, ...]) -> str | None:
    """Which of the limits refused."""
    found = limited.standing.limit if isinstance(limited, LimitReached) else None
    return next((_place(limit, key) for limit, key in counts if limit is found), None)
