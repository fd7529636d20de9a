"""A store on a real SQLite file, and on a real PostgreSQL: every test that asks for `store` runs on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from doorward.store.engine import open_engine
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.testing import Clock
from tests.store.records import Told
from tests.support.thrift import migrate

_TABLES = (
    "invitations, invitation_sheets, tokens, token_secrets, password_history, sessions, one_time_codes, journal, "
    "csp_violations, accounts, spent, kit_settings, check_runs, files, file_usage"
)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the kit's tables and nothing in them."""
    if request.param == "sqlite":
        return _migrated(f"sqlite:///{tmp_path / 'doorward.sqlite3'}")
    return _emptied(_migrated(request.getfixturevalue("postgres_url")))


def _migrated(url: str) -> str:
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url


def _emptied(url: str) -> str:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {_TABLES} RESTART IDENTITY CASCADE"))
        connection.execute(text("UPDATE journal_head SET seq = 0, seal = repeat('0', 64)"))
    engine.dispose()
    return url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_store(tmp_path: Path, clock: Clock) -> Iterator[Callable[[str], Store]]:
    """Opens stores on a URL, all with the same file of seals, as the processes of one server have them."""
    opened: list[Store] = []

    def opens(url: str) -> Store:
        opened.append(Store(open_engine(url), seals=SealFile(tmp_path / "journal.seals"), clock=clock))
        return opened[-1]

    yield opens
    for store in opened:
        store.close()


@pytest.fixture
def store(database: str, open_store: Callable[[str], Store]) -> Store:
    store = open_store(database)
    store.publisher = Told()
    return store


@pytest.fixture
def told(store: Store) -> Told:
    assert isinstance(store.publisher, Told)
    return store.publisher


@pytest.fixture
def seals(tmp_path: Path, database: str) -> Iterator[SealFile]:
    """The file of seals that `store` writes."""
    file = SealFile(tmp_path / "journal.seals")
    yield file
    file.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, open_store: Callable[[str], Store]) -> Store:
    """A store on SQLite only, for what only a file can suffer."""
    return open_store(_migrated(f"sqlite:///{tmp_path / 'doorward.sqlite3'}"))
