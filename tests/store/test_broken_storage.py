"""A full, locked, read-only or broken database: Unavailable, nothing half done, and the server goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from doorward import Doorward, access, journal
from doorward.errors import Unavailable
from doorward.store.accounts import add
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.testing import signed_in, test_settings
from tests.store.records import ADA, add_account, broken, entries, in_threads, names, new


@contextmanager
def pragma(store: Store, setting: str) -> Iterator[None]:
    """Every connection works under this setting; root may write read-only files, but not past these."""
    name = setting.partition("=")[0]
    with store.engine.connect() as connection:
        before = connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    def prepare(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        connection.execute(f"PRAGMA {setting}")

    def restore(connection: sqlite3.Connection, _record: object) -> None:
        if connection is not None:
            connection.execute(f"PRAGMA {name}={before}")

    event.listen(store.engine, "checkout", prepare)
    event.listen(store.engine, "checkin", restore)
    yield
    event.remove(store.engine, "checkout", prepare)
    event.remove(store.engine, "checkin", restore)


@contextmanager
def full(store: Store) -> Iterator[None]:
    """The disk has room for a page or two more."""
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    with pragma(store, f"max_page_count={pages + 1}"):
        yield


def add_with_entry(store: Store, name: str) -> None:
    with store.transaction(ADA) as tx:
        add(tx, new(name))
        tx.journal("account.created", name=name, note="x" * 400)


def add_grouped(store: Store, name: str) -> None:
    def work(tx: object) -> None:
        add(tx, new(name))  # type: ignore[arg-type]
        tx.journal("account.created", name=name, note="x" * 400)  # type: ignore[attr-defined]

    store.grouped(ADA, work)


ways = pytest.mark.parametrize("change", [add_with_entry, add_grouped])


@ways
def test_a_full_disk_takes_whole_changes_or_none(
    sqlite_store: Store, tmp_path: Path, change: Callable[[Store, str], None]
) -> None:
    saved: list[str] = []
    with full(sqlite_store):

        def work(number: int) -> None:
            for turn in range(40):
                change(sqlite_store, f"n{number}-{turn}")
                saved.append(f"n{number}-{turn}")

        problems = in_threads(6, work)
        assert [type(problem) for problem in problems] == [Unavailable] * 6
        assert names(sqlite_store) == set(saved)  # reading goes on
    assert len(entries(sqlite_store)) == len(saved)
    change(sqlite_store, "afterwards")
    assert names(sqlite_store) == {*saved, "afterwards"}
    seals = SealFile(tmp_path / "journal.seals")
    assert broken(sqlite_store, seals) is None
    assert seals.length() == len(saved) + 1


@ways
def test_a_read_only_database_is_unavailable_for_changes_only(
    sqlite_store: Store, change: Callable[[Store, str], None]
) -> None:
    add_account(sqlite_store, "Bob")
    with pragma(sqlite_store, "query_only=1"):
        with pytest.raises(Unavailable):
            change(sqlite_store, "Cleo")
        assert names(sqlite_store) == {"Bob"}
    change(sqlite_store, "Cleo")
    assert names(sqlite_store) == {"Bob", "Cleo"}


@ways
def test_a_database_that_another_program_has_locked_is_unavailable_until_it_lets_go(
    sqlite_store: Store, change: Callable[[Store, str], None]
) -> None:
    with pragma(sqlite_store, "busy_timeout=20"):
        other = sqlite3.connect(str(sqlite_store.engine.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            change(sqlite_store, "Cleo")
        assert names(sqlite_store) == set()
        other.close()
        change(sqlite_store, "Cleo")
    assert names(sqlite_store) == {"Cleo"}


def test_a_broken_file_is_unavailable(sqlite_store: Store) -> None:
    for number in range(50):
        add_account(sqlite_store, f"n{number}")
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    sqlite_store.engine.dispose()
    path = Path(str(sqlite_store.engine.url.database))
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(Unavailable):
        names(sqlite_store)
    with pytest.raises(Unavailable):
        add_account(sqlite_store, "Cleo")
    sqlite_store.engine.dispose()
    path.write_bytes(whole)
    assert len(names(sqlite_store)) == 50


def test_a_database_server_that_hangs_up_in_the_middle_is_unavailable_and_then_there_again(
    postgres_url: str, open_store: Callable[[str], Store]
) -> None:
    from doorward.store.migrate import migrate

    store = open_store(postgres_url)
    migrate(store.engine)

    def hang_up_on(_number: int) -> None:
        with store.transaction(ADA) as tx:
            add(tx, new("Half"))
            pid = tx.db.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with store.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    assert [type(problem) for problem in in_threads(1, hang_up_on)] == [Unavailable]
    add_account(store, "Whole")
    assert "Half" not in names(store)
    assert "Whole" in names(store)


def test_more_readers_than_connections_are_told_that_the_server_is_busy(sqlite_store: Store) -> None:
    pool: Any = sqlite_store.engine.pool
    pool._timeout = 0.01
    with ExitStack() as held:
        for _ in range(pool.size() + pool._max_overflow):
            held.enter_context(sqlite_store.reading()).execute(text("SELECT 1"))
        with pytest.raises(Unavailable):
            names(sqlite_store)
        with pytest.raises(Unavailable):
            add_account(sqlite_store, "Bob")
    add_account(sqlite_store, "Bob")


def test_a_request_on_a_full_disk_is_answered_and_the_server_goes_on(tmp_path: Path) -> None:
    app = Flask("full", static_folder=None)

    @app.post("/note")
    @access.member
    def note() -> str:
        journal("note.written", note="x" * 400)
        return "saved"

    @app.get("/")
    @access.member
    def read() -> str:
        return "here"

    door = Doorward(app)
    door.start(test_settings(tmp_path))
    ada = signed_in(app, "ada")
    with full(door.store):
        answers = [ada.post("/note") for _ in range(60)]
        assert {answer.status_code for answer in answers} == {200, 503}
        refused = answers[-1]
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "sqlite" not in refused.text.lower()
        assert "Content-Security-Policy" in refused.headers
        assert ada.get("/").text == "here"
        assert ada.get("/healthz").status_code == 200
    assert ada.post("/note").status_code == 200
    saved = [event for _, event in entries(door.store) if event == "note.written"]
    assert len(saved) == 1 + sum(answer.status_code == 200 for answer in answers)
    door.close()
