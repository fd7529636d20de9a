"""Tallies in an SQLite file of their own, shared by all processes of a server.

One row a key, however many entries it has, so that the cost of an attempt does not grow with history. Every change
is one IMMEDIATE transaction: exact across threads and processes.

The file is not the database of records, since limits are written by everybody who knocks. `synchronous=NORMAL`: with
WAL a power cut may lose the last moments of counting but never breaks the file, and no attempt waits for the disk.

One connection for each process, under a lock: threads then queue up instead of sleeping in SQLite's busy handler.
It is closed before a fork, because SQLite's idea of its own file locks must not be shared with a child
(https://sqlite.org/howtocorrupt.html, section 2.6); parent and child each open their own at the next use.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from doorward.core.limits import Tally
from doorward.store.busy import patiently
from doorward.store.tallies import Decision

T = TypeVar("T")

_BUSY_SECONDS = 3.0
_PREPARE = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA journal_size_limit=4194304",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
    """CREATE TABLE IF NOT EXISTS tallies (
        key TEXT PRIMARY KEY, count INTEGER NOT NULL, ends REAL NOT NULL, times BLOB NOT NULL
    ) WITHOUT ROWID""",
)
_READ = "SELECT count, ends, times FROM tallies WHERE key = ?"
_KEEP = (
    "INSERT INTO tallies (key, count, ends, times) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (key) DO UPDATE SET count = excluded.count, ends = excluded.ends, times = excluded.times"
)
_FORGET = "DELETE FROM tallies WHERE key = ?"
_STRETCH = "SELECT max(key) FROM (SELECT key FROM tallies WHERE key > ? ORDER BY key LIMIT ?)"
_SWEEP = "DELETE FROM tallies WHERE key > ? AND key <= ? AND ends <= ?"
_CLEAR = "DELETE FROM tallies"


class SqliteTallies:
    """Tallies in the file `path`, which is made with mode 0600 at the first use.

    Arguments:
        path: the file; its folder must exist.
        busy_seconds: how long to wait for other processes before the store counts as broken.
    """

    failures: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, path: str | Path, busy_seconds: float = _BUSY_SECONDS) -> None:
        self.path = Path(path)
        self._busy_seconds = busy_seconds
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._swept_to = ""
        _all_open.add(self)

    def change(self, key: str, decide: Decision) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            before = _tally(connection.execute(_READ, (key,)).fetchone())
            after = decide(before)
            if after is not before:
                _write(connection, key, after)
            connection.execute("COMMIT")

        self._use(work)

    def read(self, key: str) -> Tally | None:
        return self._use(lambda connection: _tally(connection.execute(_READ, (key,)).fetchone()))

    def sweep(self, now: float, at_most: int) -> int:
        """Look at the next `at_most` tallies in the order of their keys, and forget those that are over.

        Going round in turns needs no index by end, which every single attempt would have to keep up to date.
        """

        def work(connection: sqlite3.Connection) -> int:
            start = self._swept_to
            (last,) = connection.execute(_STRETCH, (start, at_most)).fetchone()
            self._swept_to = last or ""
            return connection.execute(_SWEEP, (start, last, now)).rowcount if last else 0

        return self._use(work)

    def clear(self) -> int:
        """Forget everything; answers how many tallies there were."""
        return self._use(lambda connection: connection.execute(_CLEAR).rowcount)

    def close(self) -> None:
        with self._lock:
            self._disconnect()

    def _use(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            connection = self._connection or self._connect()
            try:
                return work(connection)
            except BaseException as problem:
                self._undo(connection, problem)
                raise

    def _connect(self) -> sqlite3.Connection:
        # Made here, because SQLite would make it readable for everybody; its companions inherit the mode.
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        self._connection = patiently(self._prepared_connection, self._busy_seconds)
        return self._connection

    def _prepared_connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            for statement in _PREPARE:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def _undo(self, connection: sqlite3.Connection, problem: BaseException) -> None:
        """Leave nothing half done. After an error of the store itself start over with a fresh connection next time."""
        if isinstance(problem, self.failures):
            self._disconnect()
        elif connection.in_transaction:
            connection.execute("ROLLBACK")

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()  # rolls back what was not committed

    def _hold_for_fork(self) -> None:
        self._lock.acquire()
        self._disconnect()

    def _release_after_fork(self) -> None:
        self._lock.release()


def _tally(row: tuple[int, float, bytes] | None) -> Tally | None:
    if row is None:
        return None
    times = array("d")
    times.frombytes(row[2])
    return Tally(row[0], row[1], tuple(times))


def _write(connection: sqlite3.Connection, key: str, tally: Tally | None) -> None:
    if tally is None:
        connection.execute(_FORGET, (key,))
    else:
        connection.execute(_KEEP, (key, tally.count, tally.ends, array("d", tally.times).tobytes()))


_all_open: weakref.WeakSet[SqliteTallies] = weakref.WeakSet()
_held: list[SqliteTallies] = []


def _before_fork() -> None:
    for tallies in list(_all_open):
        tallies._hold_for_fork()
        _held.append(tallies)


def _after_fork() -> None:
    while _held:
        _held.pop()._release_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
