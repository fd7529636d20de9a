"""Background jobs: their states, and when one that failed is tried again."""

from __future__ import annotations

from datetime import timedelta

WAITING = "waiting"
RUNNING = "running"
DONE = "done"
FAILED = "failed"
CANCELLED = "cancelled"

#: In these nothing happens with a job any more.
OVER = frozenset({DONE, FAILED, CANCELLED})

_LONGEST_WAIT = timedelta(hours=1)


def wait_before(attempt: int, first: timedelta) -> timedelta:
    """How long to wait before the next attempt: four times as long each time, at most an hour.

    Arguments:
        attempt: how many attempts there were, from 1.
        first: the wait after the first.
    """
    return min(first * (1 << 2 * min(attempt - 1, 10)), max(first, _LONGEST_WAIT))
