"""Waiting where SQLite does not: its busy timeout does not cover the change to WAL, nor the recovery of one.

Of two processes that open one new file at the same moment, the second is told "database is locked" at once, since
waiting for the other one's lock could never end well for both (https://sqlite.org/c3ref/busy_handler.html). Asking
again a moment later does.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
_PAUSE_SECONDS = 0.005


def patiently(work: Callable[[], T], seconds: float) -> T:
    """Do the work, again and again while the file is only busy.

    Arguments:
        work: may be done any number of times; leaves nothing behind when it fails.
        seconds: how long before the file counts as broken.

    Errors:
        sqlite3.OperationalError: any other failure at once; a busy file when the time is over.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return work()
        except sqlite3.OperationalError as problem:
            if _code(problem) not in _PASSING or time.monotonic() >= until:
                raise
            time.sleep(_PAUSE_SECONDS)


def _code(problem: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where Python itself made the error."""
    return getattr(problem, "sqlite_errorcode", 0) & 0xFF
