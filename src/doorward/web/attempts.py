"""Attempts to sign in that are under way, so that a whole classroom can sign in at the same moment.

An attempt counts from its beginning and is given back when it succeeds. So thirty right passwords behind one
address look, while they are being hashed, like thirty failures. Whoever meets the limit while others from the same
place are still under way waits until they are decided, and is only refused when failures alone fill the limit.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from doorward.core.limits import Counted
from doorward.errors import Limited
from doorward.store.limits import Limiter, Taken

#: Longer than a full queue of hashes takes; whoever waited that long may be refused.
_LONGEST_WAIT_SECONDS = 20.0


class Attempts:
    """The attempts under way in this process, by what they count against.

    Arguments:
        limiter: where they count.
    """

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._under_way: Counter[str] = Counter()
        self._decided = threading.Condition()

    @contextmanager
    def begun(self, wanted: Iterable[Counted]) -> Iterator[tuple[Taken, ...]]:
        """Count an attempt for as long as the block runs; it stays counted unless the block gives it back.

        Errors:
            Limited: failures alone fill a limit.
        """
        counts = tuple(wanted)
        keys = [f"{limit.name}/{key}" for limit, key in counts]
        taken = self._take(counts, keys)
        try:
            yield taken
        finally:
            with self._decided:
                self._under_way.subtract(keys)
                self._under_way += Counter()  # forget keys at zero
                self._decided.notify_all()

    def _take(self, counts: tuple[Counted, ...], keys: list[str]) -> tuple[Taken, ...]:
        with self._decided:
            taken = self._limiter_when_free(counts, keys)
            self._under_way.update(keys)
            return taken

    def _limiter_when_free(self, counts: tuple[Counted, ...], keys: list[str]) -> tuple[Taken, ...]:
        while True:
            try:
                return self._limiter.take_all(counts)
            except Limited:
                if not self._others_decide(lambda: any(self._under_way[key] for key in keys)):
                    raise

    def _others_decide(self, are_under_way: Callable[[], bool]) -> bool:
        """Wait for the next decision among those under way; False when there is none to wait for."""
        return are_under_way() and self._decided.wait(_LONGEST_WAIT_SECONDS)
