"""Migrations: at start, once, whoever starts at the same time, and never on what a newer version has made."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from doorward import Record
from doorward.errors import SettingsError, StartRefused
from doorward.store.check_models import CheckRun
from doorward.store.engine import open_engine
from doorward.store.migrate import KIT, Migrations, migrate
from doorward_suite.polls import MIGRATIONS as POLLS
from tests.support import postgres, services

spawn = multiprocessing.get_context("spawn")


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it, of this test alone."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
        return
    services.need("postgres")
    with postgres.database() as url:
        yield url


@pytest.fixture
def engine(fresh: str) -> Iterator[Engine]:
    opened = open_engine(fresh)
    yield opened
    opened.dispose()


def versions(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def test_a_fresh_database_is_brought_up_and_then_left_alone(engine: Engine) -> None:
    assert migrate(engine) is True
    assert versions(engine) == {KIT.head}
    assert migrate(engine) is False


def test_an_app_that_comes_later_gets_its_tables(engine: Engine) -> None:
    migrate(engine)
    assert migrate(engine, [POLLS]) is True
    assert versions(engine) == {KIT.head, POLLS.head}
    assert migrate(engine, [POLLS]) is False
    assert migrate(engine) is False  # a command on the host knows only the kit


def test_the_migrated_schema_is_the_one_of_the_records(engine: Engine) -> None:
    migrate(engine, [POLLS])
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _declared})
        assert compare_metadata(context, Record.metadata) == []


def _declared(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Whatever the kit and polls have; tests of other apps in this process may declare tables of their own."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
    return str(table) in {"journal_head", "journal", "accounts", "sessions", "password_history", "one_time_codes",
                          "csp_violations", CheckRun.__tablename__, "tokens", "token_secrets",
                          "polls", "polls_questions", "polls_answers", "polls_tallies"}  # fmt: skip


def test_indexes_and_constraints_of_the_records_are_there(engine: Engine) -> None:
    migrate(engine, [POLLS])
    found = inspect(engine)
    for table in Record.metadata.tables.values():
        if not found.has_table(table.name):
            continue
        assert {index.name for index in table.indexes} <= {index["name"] for index in found.get_indexes(table.name)}
        wanted = {(key.parent.name, key.column.table.name) for key in table.foreign_keys}
        there = {(key["constrained_columns"][0], key["referred_table"]) for key in found.get_foreign_keys(table.name)}
        assert wanted == there


def test_processes_that_start_at_once_both_go_on(fresh: str, engine: Engine) -> None:
    starting = [spawn.Process(target=_start, args=(fresh,)) for _ in range(2)]
    for process in starting:
        process.start()
    for process in starting:
        process.join(60)
    assert [process.exitcode for process in starting] == [0, 0]
    assert versions(engine) == {KIT.head, POLLS.head}
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM journal_head")) == 1


def _start(url: str) -> None:
    engine = open_engine(url)
    migrate(engine, [POLLS])
    engine.dispose()


def test_a_file_that_another_process_is_just_setting_up_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses the change to WAL at once while another one writes: its own timeout does not cover that."""
    path = tmp_path / "fresh.sqlite3"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"), closing(sqlite3.connect(path, timeout=10)) as plain:
        plain.execute("PRAGMA journal_mode=WAL")
    done = threading.Timer(0.1, lambda: other.execute("COMMIT"))
    done.start()
    engine = open_engine(f"sqlite:///{path}")
    assert migrate(engine) is True
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    engine.dispose()
    done.join()
    other.close()


@pytest.mark.parametrize("newer", ["kit_9999", "polls_9999"])
def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(engine: Engine, newer: str) -> None:
    migrate(engine, [POLLS])
    old = KIT.head if newer.startswith("kit") else POLLS.head
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :new WHERE version_num = :old"),
                           {"new": newer, "old": old})  # fmt: skip
    before = versions(engine)
    with pytest.raises(StartRefused, match="newer version"):
        migrate(engine, [POLLS])
    assert versions(engine) == before


def test_a_migration_that_fails_halfway_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    migrate(engine)
    app = Migrations(tmp_path / "versions", head="half_0001")
    app.folder.mkdir()
    revision = app.folder / "half_0001.py"
    revision.write_text(_REVISION.format(then='raise RuntimeError("power cut")'))
    with pytest.raises(RuntimeError, match="power cut"):
        migrate(engine, [app])
    assert not inspect(engine).has_table("halves")
    assert versions(engine) == {KIT.head}
    revision.write_text(_REVISION.format(then="pass"))
    assert migrate(engine, [app]) is True
    assert inspect(engine).has_table("halves")


_REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "half_0001", None, ("half",), None

def upgrade():
    op.create_table("halves", sa.Column("id", sa.Integer, primary_key=True))
    {then}
"""


def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "doorward.sqlite3"
    broken.write_bytes(b"this is no database " * 500)
    with pytest.raises(StartRefused, match=r"cannot be used.*not a database"):
        migrate(open_engine(f"sqlite:///{broken}"))
    assert broken.read_bytes() == b"this is no database " * 500


def test_a_folder_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="cannot be used"):
        migrate(open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite3'}"))


def test_a_server_that_does_not_answer_is_refused_without_its_password() -> None:
    with pytest.raises(StartRefused, match="cannot be used") as refused:
        migrate(open_engine("postgresql+psycopg://doorward:s3cretword@127.0.0.1:1/doorward"))
    assert "s3cretword" not in str(refused.value)


@pytest.mark.parametrize("url", ["mysql://x@localhost/x", "no address", "oracle://x/y"])
def test_other_databases_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(SettingsError, match="database_url"):
        open_engine(url)


def test_a_second_start_does_not_even_load_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    code = (
        "import sys; from doorward.store.engine import open_engine; from doorward.store.migrate import migrate; "
        f"print(migrate(open_engine({url!r}))); print('alembic' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
