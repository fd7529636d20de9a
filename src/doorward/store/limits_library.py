"""Our SQLite store for the `limits` library: whoever uses its strategies can name `doorward+sqlite:///path`.

Importing this module registers the scheme. The door itself uses `Limiter`, which can also give back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from limits.storage import MovingWindowSupport, Storage

from doorward.core.limits import Limit, Tally, admitted, settled
from doorward.store.limits import sqlite_path
from doorward.store.tallies_sqlite import SqliteTallies


class SqliteStorage(Storage, MovingWindowSupport):
    """For `limits.strategies.MovingWindowRateLimiter` and `FixedWindowRateLimiter`.

    Arguments:
        uri: `doorward+sqlite:///path`.
        wrap_exceptions: as in the library: whether errors become `limits.errors.StorageError`.
        clock: seconds since 1970. The strategies themselves always read `time.time`.
    """

    STORAGE_SCHEME = ["doorward+sqlite"]

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self._tallies = SqliteTallies(sqlite_path(uri or ""))
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return SqliteTallies.failures

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more within a fixed window of `expiry` seconds; answers the count."""
        count = 0

        def add(tally: Tally | None) -> Tally:
            nonlocal count
            present = settled(_counted(expiry), tally, self._clock())
            count = present.count + amount
            return replace(present, count=count)

        self._tallies.change(f"count/{key}", add)
        return count

    def get(self, key: str) -> int:
        """The count of a fixed window."""
        tally = self._tallies.read(f"count/{key}")
        return tally.count if tally and tally.ends > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """When a fixed window ends, in seconds since 1970."""
        tally = self._tallies.read(f"count/{key}")
        return tally.ends if tally else self._clock()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Make `amount` entries in a moving window, if it holds no more than `limit` then."""
        moving = Limit("moving", limit, expiry)
        let_in = False

        def enter(tally: Tally | None) -> Tally | None:
            nonlocal let_in
            now = self._clock()
            present = settled(moving, tally, now)
            after = admitted(moving, present, now, amount)
            let_in = after is not None
            return after or present

        self._tallies.change(f"times/{key}", enter)
        return let_in

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """The time of the oldest entry in the window, and how many there are."""
        now = self._clock()
        tally = settled(Limit("moving", limit, expiry), self._tallies.read(f"times/{key}"), now)
        return (tally.times[0] if tally.times else now), tally.count

    def check(self) -> bool:
        """Can the file be used?"""
        try:
            self._tallies.read("")
        except SqliteTallies.failures:
            return False
        return True

    def reset(self) -> int | None:
        """Forget everything; answers how many keys there were."""
        return self._tallies.clear()

    def clear(self, key: str) -> None:
        """Forget one key."""
        for kind in ("count", "times"):
            self._tallies.change(f"{kind}/{key}", lambda _: None)


def _counted(window: int) -> Limit:
    return Limit("fixed", 1, window, exact=False)
