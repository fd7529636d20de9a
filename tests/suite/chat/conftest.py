"""A store with the records of chat, on both databases, people, and what the hub would be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from doorward import Caller
from doorward.core.access import HOST
from doorward.core.streams import Event, NullPublisher
from doorward.store import accounts
from doorward.store.accounts import NewAccount
from doorward.store.engine import open_engine
from doorward.store.store import Store, using
from doorward.testing import Clock
from doorward_suite.chat import MIGRATIONS
from doorward_suite.chat.actions import people, posting, rooms
from doorward_suite.chat.actions.posting import Draft
from tests.support.thrift import migrate

NAMES = ("mona", "ben", "cleo", "sven", "ada")


class Told(NullPublisher):
    """Remembers what a hub would deliver, and what it would cut."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.cut: list[tuple[str, str | None]] = []

    def publish(self, events: Sequence[Event]) -> None:
        self.events += events

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None:
        self.cut.append((topic, account_id))

    def on(self, topic: str) -> list[Event]:
        return [event for event in self.events if event.topic == topic]


def person(name: str, *roles: str) -> Caller:
    """Somebody with an account, as the door sees them."""
    return Caller(account_id=f"id-{name}", name=name, roles=frozenset(roles), address="192.0.2.7")


MONA, BEN, CLEO, SVEN = map(person, NAMES[:4])
ADA = person("ada", "admin")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('chat') / 'chat.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def opened(database: str, clock: Clock) -> Iterator[Store]:
    engine = open_engine(database)
    migrate(engine, [MIGRATIONS])
    store = Store(engine, clock=clock)
    with store.transaction(HOST) as tx:
        for name in NAMES:
            accounts.add(tx, NewAccount(name, name, name, "hash"), account_id=f"id-{name}")
    yield store
    store.close()


@pytest.fixture
def store(opened: Store) -> Iterator[Store]:
    """The store that actions and queries work on. Tests share it: each makes rooms of its own."""
    opened.publisher = Told()
    with using(opened):
        yield opened


@pytest.fixture
def told(store: Store) -> Told:
    assert isinstance(store.publisher, Told)
    return store.publisher


def private_room(*members: Caller, history: str = "all") -> int:
    """A private room that Mona moderates."""
    number = rooms.make(MONA, "private", "A team", history=history)
    for one in members:
        people.invite(MONA, number, one.name)
    return number


def say(actor: Caller, room: int, text: str = "Hello", **more: object) -> int:
    return posting.post(actor, room, Draft(text, **more))  # type: ignore[arg-type]
