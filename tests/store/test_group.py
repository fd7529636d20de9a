"""Group commit: one fsync for many, each with its own result, and nobody told before it is on disk."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from doorward.errors import Conflict, Unavailable
from doorward.store.accounts import add
from doorward.store.store import Store
from doorward.store.transaction import Transaction
from tests.store.records import ADA, Told, add_account, do, entries, in_threads, names, new


def join(name: str) -> Callable[[Transaction], str]:
    """A change with an entry and an event; its result is the name."""

    def work(tx: Transaction) -> str:
        add(tx, new(name))
        tx.journal("account.created", name=name)
        tx.publish("people", "joined", {"name": name})
        return name

    return work


def in_one_group(store: Store, count: int, work: Callable[[int], None]) -> list[BaseException]:
    """Run `work(0)` … at once, so that all of their changes wait and go together. What they raised."""
    plugged, unplug = threading.Event(), threading.Event()

    def plug(_tx: Transaction) -> None:
        plugged.set()
        unplug.wait()

    problems: list[BaseException] = []
    plugging = threading.Thread(target=store.grouped, args=(ADA, plug))
    crowd = threading.Thread(target=lambda: problems.extend(in_threads(count, work)))
    plugging.start()
    plugged.wait()
    crowd.start()
    _until(lambda: len(store._group._waiting) == count)
    unplug.set()
    plugging.join()
    crowd.join()
    return problems


def is_locked(store: Store) -> bool:
    """Does a connection keep the write lock, though nobody is at work?"""
    other = sqlite3.connect(str(store.engine.url.database), timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    finally:
        other.close()
    return False


@contextmanager
def counted_commits(store: Store) -> Iterator[list[int]]:
    """How many transactions commit in here."""
    commits: list[int] = []

    def note(_connection: Connection) -> None:
        commits.append(1)

    event.listen(store.engine, "commit", note)
    yield commits
    event.remove(store.engine, "commit", note)


def test_everybody_gets_their_own_result(store: Store, told: Told) -> None:
    results: dict[int, str] = {}

    def work(number: int) -> None:
        results[number] = store.grouped(ADA, join(f"n{number}"))

    assert in_threads(40, work) == []
    assert results == {number: f"n{number}" for number in range(40)}
    assert names(store) == set(results.values())
    assert [seq for seq, _ in entries(store)] == list(range(1, 41))
    assert len(told.events) == 40


def test_one_job_that_fails_does_not_hurt_the_others(store: Store, told: Told) -> None:
    add_account(store, "taken")

    def work(number: int) -> None:
        if number % 5 == 0:
            store.grouped(ADA, join("taken"))
        else:
            store.grouped(ADA, join(f"n{number}"))

    problems = in_threads(30, work)
    assert [type(problem) for problem in problems] == [Conflict] * 6
    assert len(names(store)) == 1 + 24
    assert len(entries(store)) == len(told.events) == 24


def test_a_job_that_fails_after_its_change_leaves_none_of_it(sqlite_store: Store) -> None:
    def fails_late(tx: Transaction) -> None:
        join("half")(tx)
        tx.db.flush()
        raise ValueError("late")

    def work(number: int) -> None:
        sqlite_store.grouped(ADA, fails_late if number == 3 else join(f"n{number}"))

    assert [str(problem) for problem in in_one_group(sqlite_store, 8, work)] == ["late"]
    assert names(sqlite_store) == {f"n{number}" for number in range(8) if number != 3}


def test_those_who_wait_share_one_commit(sqlite_store: Store) -> None:
    with counted_commits(sqlite_store) as commits:
        assert in_one_group(sqlite_store, 30, lambda number: sqlite_store.grouped(ADA, join(f"n{number}"))) == []
    assert len(commits) == 1
    assert len(names(sqlite_store)) == 30


def test_nobody_is_told_before_the_commit(sqlite_store: Store) -> None:
    answered: list[str] = []
    seen_at_commit: list[int] = []
    event.listen(sqlite_store.engine, "commit", lambda _: seen_at_commit.append(len(answered)))
    sqlite_store.publisher = told = Told()
    told.when_told = lambda: seen_at_commit.append(-1)
    problems = in_threads(10, lambda number: answered.append(sqlite_store.grouped(ADA, join(f"n{number}"))))
    assert problems == []
    assert seen_at_commit[0] == 0
    assert len(answered) == 10


def test_when_the_commit_fails_everybody_in_the_group_is_told_so(sqlite_store: Store) -> None:
    told = sqlite_store.publisher = Told()

    def full(_connection: Connection) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(sqlite_store.engine, "commit", full)
    problems = in_threads(12, lambda number: sqlite_store.grouped(ADA, join(f"n{number}")))
    event.remove(sqlite_store.engine, "commit", full)
    assert [type(problem) for problem in problems] == [Unavailable] * 12
    assert names(sqlite_store) == set()
    assert entries(sqlite_store) == []
    assert told.events == []
    assert not is_locked(sqlite_store)
    assert sqlite_store.grouped(ADA, join("afterwards")) == "afterwards"
    assert entries(sqlite_store) == [(1, "account.created")]


@pytest.mark.parametrize("together", [False, True])
def test_a_commit_that_fails_keeps_no_lock(sqlite_store: Store, together: bool) -> None:
    def full(_connection: Connection) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(sqlite_store.engine, "commit", full)
    with pytest.raises(Unavailable):
        sqlite_store.grouped(ADA, join("Bob")) if together else do(sqlite_store, join("Bob"))
    assert not is_locked(sqlite_store)


def test_the_storage_failing_under_one_job_fails_the_whole_group(sqlite_store: Store) -> None:
    """SQLite undoes the whole transaction on a full disk; what later jobs wrote would then be half a group."""

    def hits_full_disk(tx: Transaction) -> None:
        connection = tx.db.connection()
        connection.connection.driver_connection.rollback()  # type: ignore[union-attr]
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    def work(number: int) -> None:
        sqlite_store.grouped(ADA, hits_full_disk if number == 0 else join(f"n{number}"))

    problems = in_one_group(sqlite_store, 20, work)
    assert [type(problem) for problem in problems] == [Unavailable] * 20
    assert names(sqlite_store) == set()
    assert entries(sqlite_store) == []


def test_a_closed_store_finishes_what_waits_and_takes_nothing_more(sqlite_store: Store) -> None:
    assert sqlite_store.grouped(ADA, join("before")) == "before"
    sqlite_store._group.stop()
    with pytest.raises(RuntimeError, match="closed"):
        sqlite_store.grouped(ADA, join("after"))
    assert names(sqlite_store) == {"before"}


def _until(true: Callable[[], bool]) -> None:
    """Wait for another thread to get there; pytest's own timeout is not needed, a join would hang anyhow."""
    pause = threading.Event()
    for _ in range(2000):
        if true():
            return
        pause.wait(0.005)
    raise AssertionError("the other threads did not get there in ten seconds")
