"""A store with the records of polls, on both databases, and what the hub would be told."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from doorward import Caller
from doorward.core.streams import Event, NullPublisher
from doorward.store.engine import open_engine
from doorward.store.store import Store, using
from doorward_suite.polls import MIGRATIONS, actions, kinds, seats
from tests.support.thrift import migrate


class Told(NullPublisher):
    """Remembers what a hub would deliver, and what it would cut."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.cut: list[str] = []

    def publish(self, events: Sequence[Event]) -> None:
        self.events += events

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None:
        self.cut.append(topic)

    def on(self, topic: str) -> list[Event]:
        return [event for event in self.events if event.topic == topic]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('polls') / 'polls.sqlite3'}"
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
    """The store that actions and queries work on. Tests share it: each makes polls of its own."""
    opened.publisher = Told()
    with using(opened):
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A store of one test's own."""
    engine = open_engine(f"sqlite:///{tmp_path / 'polls.sqlite3'}")
    migrate(engine, [MIGRATIONS])
    store = Store(engine)
    store.publisher = Told()
    with using(store):
        yield store
    store.close()


@pytest.fixture
def told(store: Store) -> Told:
    assert isinstance(store.publisher, Told)
    return store.publisher


OWNER = Caller(account_id="owner", name="Olga", address="192.0.2.7")
STRANGER = Caller(account_id="stranger", name="Sven")
ADMIN = Caller(account_id="admin", name="Ada", roles=frozenset({"admin"}))


@pytest.fixture
def owner() -> Caller:
    return OWNER


@pytest.fixture
def stranger() -> Caller:
    return STRANGER


@pytest.fixture
def admin() -> Caller:
    return ADMIN


class Made:
    """A poll of the owner's with a question of each kind, all open."""

    def __init__(self) -> None:
        self.poll = actions.create_poll(OWNER, "Rivers")
        self.choice = self._add(kinds.Draft(kinds.CHOICE, "Which is longest?", "Nile\nAmazon\nYangtze"))
        self.select = self._add(kinds.Draft(kinds.SELECT, "Which have you seen?", "Nile\nRhine\nElbe", most="2"))
        self.rating = self._add(kinds.Draft(kinds.RATING, "How was it?", low="Dull", high="Great"))
        self.short = self._add(kinds.Draft(kinds.SHORT, "What was new to you?"))
        self.other = self._add(kinds.Draft(kinds.CHOICE, "Where did you hear of it?", "Radio\nPaper", other="1"))
        self.ranking = self._add(kinds.Draft(kinds.RANKING, "Put them in order", "Nile\nRhine\nElbe"))
        self.number = self._add(kinds.Draft(kinds.NUMBER, "How long?", greatest="99.5", decimals="1", unit="km"))
        self.cloud = self._add(kinds.Draft(kinds.CLOUD, "One word", most="2"))
        self.spoken = self._add(kinds.Draft(kinds.SHORT, "In a sentence?", show="cloud"))

    @property
    def questions(self) -> tuple[int, ...]:
        return (self.choice, self.select, self.rating, self.short, *self.newer)

    @property
    def newer(self) -> tuple[int, ...]:
        return self.other, self.ranking, self.number, self.cloud, self.spoken

    def _add(self, draft: kinds.Draft) -> int:
        question = actions.add_question(OWNER, self.poll, draft)
        actions.open_question(OWNER, self.poll, question)
        return question


@pytest.fixture
def made(store: Store) -> Made:
    return Made()


@pytest.fixture
def plain_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door's keyed hash, for actions that are tried without a door."""
    key = b"of this test only"

    def keyed(purpose: str, given: str) -> str:
        return hmac.new(key, f"{purpose}:{given}".encode(), "sha256").hexdigest()

    monkeypatch.setattr(seats, "keyed_hash", keyed)
