"""Keeping limits: reserve first, work then, and give back what turned out not to count.

An attempt that "counts when it fails" is counted before the work and given back on success. Testing first and
counting afterwards would let a hundred simultaneous guesses through between the two (OWASP ASVS 6.3.1, 15.4.2).
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable

from doorward.clock import Clock, system_clock
from doorward.core.limits import (
    Counted,
    Limit,
    Standing,
    Tally,
    admitted,
    retry_after,
    returned,
    settled,
    standing,
    store_key,
    wait,
)
from doorward.errors import Limited, SettingsError, StartRefused, Unavailable
from doorward.store.tallies import MemoryTallies, Tallies
from doorward.store.tallies_sqlite import SqliteTallies

log = logging.getLogger("doorward.limits")

_SQLITE = "doorward+sqlite:///"
_SWEEP_EVERY = 32  # attempts
_SWEEP_AT_MOST = 128  # tallies; more than can have been added since the last sweep


class LimitReached(Limited):
    """The caller is over a limit.

    Arguments:
        standing: where the caller stands, for the header fields and the journal.
        seconds: until a further try can succeed.
    """

    def __init__(self, standing: Standing, seconds: float) -> None:
        self.standing = standing
        super().__init__(retry_after(seconds))


class Taken:
    """An attempt that was admitted and counts until it is given back.

    Attributes:
        limit, key: where it counts.
        standing: where the caller stands with it.
    """

    __slots__ = ("_given_back", "_tally", "cost", "key", "limit", "standing")

    def __init__(self, limit: Limit, key: str, cost: int, tally: Tally | None, standing: Standing) -> None:
        self.limit = limit
        self.key = key
        self.cost = cost
        self.standing = standing
        self._tally = tally  # None when it was let through although the store is broken
        self._given_back = tally is None

    def __repr__(self) -> str:
        return f"Taken({self.limit.name}, {self.standing.remaining} left)"


class Limiter:
    """Keeps limits in a store of tallies. Safe for threads, and for processes as far as the store is.

    Arguments:
        tallies: where to remember.
        clock: read inside the store's lock, so that entries have the order in which they are admitted.
    """

    def __init__(self, tallies: Tallies, clock: Clock = system_clock) -> None:
        self._tallies = tallies
        self._clock = clock
        self._turns = itertools.count(1)

    def take(self, limit: Limit, key: str, cost: int = 1) -> Taken:
        """Count one attempt.

        Arguments:
            limit: the limit.
            key: what it counts by: an address group, an account's name, a respondent.
            cost: as how many entries it counts.

        Errors:
            LimitReached (a Limited): over the limit; nothing was counted.
            Unavailable: the store is broken, and the limit is closed on that.
        """
        try:
            return self._take(limit, key, cost)
        except self._tallies.failures as failure:
            return self._let_through_or_refuse(limit, key, cost, failure)

    def take_all(self, wanted: Iterable[Counted]) -> tuple[Taken, ...]:
        """Count one attempt under several limits: all of them, or none when one refuses.

        Errors:
            LimitReached, Unavailable: as of `take`.
        """
        taken: list[Taken] = []
        try:
            for limit, key in wanted:
                taken.append(self.take(limit, key))
        except (Limited, Unavailable):
            self.give_back(*taken)
            raise
        return tuple(taken)

    def give_back(self, *taken: Taken) -> None:
        """The attempts do not count after all. A second time, or after their window, this does nothing.

        Never raises: the work is done. With a broken store the attempts stay counted.
        """
        for one in taken:
            try:
                self._give_back(one)
            except self._tallies.failures as failure:
                log.warning("limit %s: could not give an attempt back: %s", one.limit.name, failure)

    def peek(self, limit: Limit, key: str) -> Standing:
        """Where the caller stands, without counting anything.

        Errors:
            Unavailable: the store is broken, and the limit is closed on that.
        """
        try:
            now = self._now()
            return standing(limit, settled(limit, self._tallies.read(store_key(limit, key)), now), now)
        except self._tallies.failures as failure:
            return self._let_through_or_refuse(limit, key, 0, failure).standing

    def forget(self, limit: Limit, key: str) -> None:
        """Start over for this key, as when an administrator ends a lockout.

        Errors:
            Unavailable: the store is broken.
        """
        try:
            self._tallies.change(store_key(limit, key), lambda _: None)
        except self._tallies.failures as failure:
            raise Unavailable from failure

    def close(self) -> None:
        """Let go of files; the limiter can still be used."""
        self._tallies.close()

    def _take(self, limit: Limit, key: str, cost: int) -> Taken:
        result: Taken | LimitReached | None = None

        def decide(tally: Tally | None) -> Tally | None:
            nonlocal result
            now = self._now()
            present = settled(limit, tally, now)
            after = admitted(limit, present, now, cost)
            if after is None:
                result = LimitReached(standing(limit, present, now), wait(limit, present, now, min(cost, limit.amount)))
                return present
            result = Taken(limit, key, cost, after, standing(limit, after, now))
            return after

        self._tallies.change(store_key(limit, key), decide)
        self._sweep_in_turn()
        if not isinstance(result, Taken):
            raise result or AssertionError("a store must ask for the decision")
        return result

    def _give_back(self, taken: Taken) -> None:
        if taken._given_back or taken._tally is None:
            return
        taken._given_back = True  # before the work: a failure may have happened after the commit
        limit, counted = taken.limit, taken._tally

        def decide(tally: Tally | None) -> Tally | None:
            return tally and returned(limit, settled(limit, tally, self._now()), counted, taken.cost)

        self._tallies.change(store_key(limit, taken.key), decide)

    def _let_through_or_refuse(self, limit: Limit, key: str, cost: int, failure: Exception) -> Taken:
        if limit.on_store_failure == "closed":
            log.error("limit %s: the store is broken, refusing: %s", limit.name, failure)
            raise Unavailable from failure
        log.warning("limit %s: the store is broken, letting through: %s", limit.name, failure)
        return Taken(limit, key, cost, None, Standing(limit, limit.amount, limit.window))

    def _sweep_in_turn(self) -> None:
        """Now and then forget some of what is over, a bounded number at a time."""
        if next(self._turns) % _SWEEP_EVERY == 0:
            self._tallies.sweep(self._now(), _SWEEP_AT_MOST)

    def _now(self) -> float:
        return self._clock().timestamp()


def open_limiter(url: str, clock: Clock = system_clock) -> Limiter:
    """A limiter on the store that `url` names.

    Arguments:
        url: `memory://` for a single process, or `doorward+sqlite:///path` where several share one file. The path
            is written as in database_url: `doorward+sqlite:////srv/limits.sqlite3` is absolute.

    Errors:
        SettingsError: the URL names no store we have.
        StartRefused: the file cannot be used.
    """
    if url == "memory://":
        return Limiter(MemoryTallies(), clock)
    path = sqlite_path(url)
    tallies = SqliteTallies(path)
    _must_work(tallies, lambda: tallies.read(""))
    return Limiter(tallies, clock)


def sqlite_path(url: str) -> str:
    """The path in `doorward+sqlite:///path`.

    Errors:
        SettingsError: this is not such an address.
    """
    path = url.removeprefix(_SQLITE)
    if path in (url, ""):
        raise SettingsError(
            f"{url!r} is not a store for limits; use memory:// or {_SQLITE}/srv/doorward/limits.sqlite3"
        )
    return path


def _must_work(tallies: SqliteTallies, use: Callable[[], object]) -> None:
    try:
        use()
    except tallies.failures as failure:
        raise StartRefused(
            f"The store for limits, {tallies.path}, cannot be used: {failure}.\n"
            "Make its folder and file writable for this user; a broken file may be deleted, it only counts attempts."
        ) from failure
