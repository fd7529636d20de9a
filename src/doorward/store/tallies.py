"""What limits remember: a small store with one operation that matters, to change a tally in one indivisible step.

The decision is handed in and runs while nobody else can change that tally; so it reads the clock at the right
moment, and nothing can slip through between looking and counting.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from typing import Protocol

from doorward.core.limits import Tally

#: Given the tally, or None; answers the tally to keep, None to forget it, or the very same object to leave it.
Decision = Callable[[Tally | None], Tally | None]


class Tallies(Protocol):
    """A store of tallies. Safe for threads.

    Attributes:
        failures: the exceptions that mean that the store is broken, not the caller.
    """

    failures: tuple[type[Exception], ...]

    def change(self, key: str, decide: Decision) -> None:
        """Replace the tally of `key` by what `decide` answers. If it raises, nothing is changed."""

    def read(self, key: str) -> Tally | None:
        """The tally of `key`, which may already be over."""

    def sweep(self, now: float, at_most: int) -> int:
        """Look at up to `at_most` tallies and forget those that are over; answers how many. Repeated, it meets all."""

    def close(self) -> None:
        """Let go of files. The next use opens them again."""


class MemoryTallies:
    """Tallies of a single process.

    Arguments:
        most: how many keys are kept. Beyond that the one that was to end first is forgotten: an attacker who fills
            this must own that many addresses, and gains a fresh count for one of them.
    """

    failures: tuple[type[Exception], ...] = ()

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._tallies: dict[str, Tally] = {}
        self._ends: list[tuple[float, str]] = []  # one for each key; a tally may since have got a later end

    def change(self, key: str, decide: Decision) -> None:
        with self._lock:
            before = self._tallies.get(key)
            after = decide(before)
            if after is None:
                self._tallies.pop(key, None)
            elif after is not before:
                self._keep(key, after)

    def read(self, key: str) -> Tally | None:
        with self._lock:
            return self._tallies.get(key)

    def sweep(self, now: float, at_most: int) -> int:
        with self._lock:
            return sum(self._sweep_one(now) for _ in range(min(at_most, len(self._ends))))

    def close(self) -> None:
        """Nothing to let go of."""

    def __len__(self) -> int:
        return len(self._tallies)

    def _keep(self, key: str, tally: Tally) -> None:
        if key not in self._tallies:
            heapq.heappush(self._ends, (tally.ends, key))
            self._make_room()
        self._tallies[key] = tally

    def _make_room(self) -> None:
        while len(self._ends) > self._most:
            _, key = heapq.heappop(self._ends)
            self._tallies.pop(key, None)

    def _sweep_one(self, now: float) -> bool:
        """Look at the one that was to end first: forget it when it has ended, or note its new end."""
        if not self._ends or self._ends[0][0] > now:
            return False
        _, key = self._ends[0]
        tally = self._tallies.get(key)
        if tally is not None and tally.ends > now:
            heapq.heapreplace(self._ends, (tally.ends, key))
            return False
        heapq.heappop(self._ends)
        self._tallies.pop(key, None)
        return True
