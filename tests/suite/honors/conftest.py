"""A store with the records of honors, on both databases, and a small roll in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from doorward import Caller, Doorward
from doorward.store.engine import open_engine
from doorward.store.models import JournalEntry
from doorward.store.store import Store, using
from doorward.testing import Clock
from doorward.testing import test_settings as settings_in
from doorward_suite import portal
from doorward_suite.honors import MIGRATIONS
from doorward_suite.honors.actions import writing
from tests.support.thrift import migrate

EDITOR = Caller(account_id="edith", name="Edith", roles=frozenset({"honors-editor"}), address="192.0.2.7")
PUBLISHER = Caller(account_id="paul", name="Paul", roles=frozenset({"honors-publisher"}), address="192.0.2.7")
MEMBER = Caller(account_id="mona", name="Mona")
#: A program of the publisher's, by a token.
PROGRAM = Caller(account_id="paul", name="Paul", roles=frozenset({"honors-publisher"}), scopes=frozenset({"any"}))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('honors') / 'honors.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="module")
def opened(database: str) -> Iterator[Store]:
    engine = open_engine(database)
    migrate(engine, [MIGRATIONS])
    store = Store(engine)
    yield store
    store.close()


@pytest.fixture
def store(opened: Store) -> Iterator[Store]:
    """The store that actions and queries work on. Tests share it: each makes what it needs."""
    with using(opened):
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A store of one test's own."""
    engine = open_engine(f"sqlite:///{tmp_path / 'honors.sqlite3'}")
    migrate(engine, [MIGRATIONS])
    store = Store(engine)
    with using(store):
        yield store
    store.close()


class Made:
    """A competition with a published edition, medals, a subject, and whoever a test adds."""

    def __init__(self) -> None:
        self.competition = writing.add(EDITOR, "competitions", {"name": "Olympiad", "name_vi": "Thi học sinh giỏi"})
        self.edition = self.new_edition("2025")
        self.gold = writing.add(EDITOR, "medals", {"rank": "1", "name": "Gold", "name_vi": "Vàng", "icon": "🥇"})
        self.silver = writing.add(EDITOR, "medals", {"rank": "2", "name": "Silver", "name_vi": "Bạc"})
        self.subject = writing.add(EDITOR, "subjects", {"name": "Mathematics", "name_vi": "Toán học"})

    def new_edition(self, year: str, *, published: bool = True) -> int:
        form = {"competition": str(self.competition), "year": year, "name": f"Olympiad {year}"}
        number = writing.add(EDITOR, "editions", form)
        if published:
            writing.publish(PUBLISHER, number, published=True)
        return number

    def award(self, holder: int, *, kind: str = "people", **more: object) -> int:
        form = {"edition": self.edition, "medal": self.gold, "subject": self.subject, "school": "Lycée Nord", **more}
        return writing.add_award(EDITOR, kind, holder, {name: str(value) for name, value in form.items()})

    def person(self, name: str, consent: str = "full", *, awarded: bool = True, short: str = "") -> int:
        number = writing.add(EDITOR, "people", {"full_name": name, "short_name": short})
        if awarded:
            self.award(number)
        if consent != "hidden":
            writing.set_consent(PUBLISHER, number, consent)
        return number

    def team(self, name: str, *members: int) -> int:
        form = {"name": name, "edition": str(self.edition), "school": ""}
        number = writing.add(EDITOR, "teams", form)
        for member in members:
            writing.join_team(EDITOR, member, number)
        return number


@pytest.fixture
def made(store: Store) -> Made:
    return Made()


def entries(store: Store, on: str) -> list[JournalEntry]:
    """The entries of the journal about a thing."""
    with store.reading() as db:
        return list(db.scalars(select(JournalEntry).where(JournalEntry.on == on).order_by(JournalEntry.seq)))


def create_app() -> Flask:
    """Honors alone, as the portal serves it."""
    return portal.create_app(["honors"])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Honors alone, behind the real door."""
    app = create_app()
    door: Doorward = app.extensions["doorward"]
    door.clock = Clock()
    door.start(settings_in(tmp_path_factory.mktemp("app")))
    yield app
    door.close()


@pytest.fixture(scope="module")
def roll(app: Flask) -> Made:
    """A small roll behind the door."""
    with using(app.extensions["doorward"].store):
        return Made()
