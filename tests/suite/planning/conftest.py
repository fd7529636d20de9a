"""A store with the records of planning, on both databases, and the app behind its door with a consultation in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from doorward import Caller, Doorward
from doorward.core.access import HOST
from doorward.store import accounts
from doorward.store.accounts import NewAccount
from doorward.store.engine import open_engine
from doorward.store.models import JournalEntry
from doorward.store.store import Store, using
from doorward.testing import Browser, Clock, run_jobs, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.planning import MIGRATIONS, access
from doorward_suite.planning.actions import consultations
from doorward_suite.planning.models import Kind, Participant
from doorward_suite.portal import create_app
from tests.support.thrift import migrate

OLGA = Caller(account_id="id-olga", name="olga", roles=frozenset({access.ORGANISER}), address="192.0.2.7")
OTTO = Caller(account_id="id-otto", name="otto", roles=frozenset({access.ORGANISER}))
MONA = Caller(account_id="id-mona", name="mona")


def participant(number: int) -> Caller:
    """Somebody who holds a token of this number."""
    return Caller(token_id=number, name=f"Resident {number}", scopes=frozenset({access.TAKE_PART}), session_id=number)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('planning') / 'planning.sqlite3'}"
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
        for who in (OLGA, OTTO, MONA):
            accounts.add(tx, NewAccount(who.name, who.name, who.name, "hash"), account_id=who.id)
    yield store
    store.close()


@pytest.fixture
def store(opened: Store, clock: Clock) -> Iterator[Store]:
    """The store that actions and queries work on. Tests share it: each makes a consultation of its own."""
    clock.now = Clock().now
    with using(opened):
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store of one test's own."""
    engine = open_engine(f"sqlite:///{tmp_path / 'planning.sqlite3'}")
    migrate(engine, [MIGRATIONS])
    clock.now = Clock().now
    store = Store(engine, clock=clock)
    with store.transaction(HOST) as tx:
        accounts.add(tx, NewAccount("olga", "olga", "olga", "hash"), account_id=OLGA.id)
    with using(store):
        yield store
    store.close()


_tokens = iter(range(1, 100_000))


class Made:
    """A consultation of Olga's that collects now; participants join by rows of their own, as by a sheet."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.number = consultations.begin(OLGA, "The market square")
        with store.reading() as db:
            query = select(Kind.id).where(Kind.consultation_id == self.number).order_by(Kind.id)
            self.kinds = list(db.scalars(query))

    def somebody(self, kind: int = 0) -> Caller:
        who = participant(next(_tokens))
        with self.store.transaction(HOST) as tx:
            tx.db.add(Participant(holder=who.holder, consultation_id=self.number, kind_id=self.kinds[kind]))
        return who

    def settle(self, **changes: str) -> None:
        day = Clock().now.date()
        form = {
            "title": "The market square",
            "collect": str(day),
            "discuss": str(day + timedelta(days=28)),
            "prioritise": str(day + timedelta(days=42)),
            "results": str(day + timedelta(days=56)),
            "categories": "Vision\nProblem\nIdea",
            "dots": "5",
        }
        consultations.settle(OLGA, self.number, {**form, **changes})

    def go_to(self, phase: str) -> None:
        """The day after this phase has begun."""
        days = {"collect": 0, "discuss": 29, "prioritise": 43, "results": 57}
        self.clock.now = Clock().now + timedelta(days=days[phase])


@pytest.fixture
def made(store: Store, clock: Clock) -> Made:
    return Made(store, clock)


def entries(store: Store, on: str) -> list[JournalEntry]:
    """The entries of the journal about a thing."""
    with store.reading() as db:
        return list(db.scalars(select(JournalEntry).where(JournalEntry.on == on).order_by(JournalEntry.seq)))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """All apps behind the real door: a participant must not reach any other."""
    app = create_app()
    door: Doorward = app.extensions["doorward"]
    door.clock = Clock()
    door.start(settings_in(tmp_path_factory.mktemp("app")))
    yield app
    door.close()


@dataclass(frozen=True)
class Town:
    """A consultation behind the door, with a sheet of printed tokens."""

    app: Flask
    olga: Browser
    path: str
    kinds: list[int]
    secrets: list[str]
    sheet: int

    @property
    def number(self) -> int:
        return int(self.path.rpartition("/")[2])

    def enter(self, secret: str) -> Browser:
        """A browser in which somebody has entered this token, as the page of the QR code does."""
        visitor = Browser(self.app)
        page = visitor.get("/planning/enter")
        assert page.status_code == 200
        sent = visitor.post("/login/token", {"token": secret, "next": "/planning/mine"})
        assert sent.status_code == 303, sent.get_data(as_text=True)
        visitor.get("/login/token")  # a session of its own has a token of its own
        return visitor

    def settle(self, **changes: str) -> None:
        form = {
            "title": "The market square",
            "collect": "2026-01-01",
            "categories": "Vision\nProblem\nIdea",
            "dots": "5",
        }
        sent = self.olga.post(f"{self.path}/settings", {**form, **changes})
        assert sent.status_code == 303, sent.get_data(as_text=True)


def begin(app: Flask, name: str, count: int = 6) -> Town:
    """An organiser of this name begins a consultation and has a sheet of tokens made."""
    olga = signed_in(app, name, access.ORGANISER)
    path = olga.post("/planning/", {"title": "The market square"}).headers["Location"].removesuffix("/manage")
    kinds = [int(one) for one in re.findall(r"/kinds/(\d+)/removal", olga.get(f"{path}/manage").get_data(as_text=True))]
    sent = olga.post(f"{path}/tokens", {"kind": str(kinds[0]), "count": str(count), "days": "60"})
    assert sent.status_code == 303, sent.get_data(as_text=True)
    run_jobs(app)
    page = olga.get(f"{path}/tokens").get_data(as_text=True)
    file = re.search(r"/account/jobs/\w+/file", page)
    assert file, page
    printed = olga.get(file[0]).get_data(as_text=True)
    sheet = re.search(rf"{path}/tokens/(\d+)", page)
    assert sheet
    return Town(app, olga, path, kinds, re.findall(r"<code>(dw_\w+)</code>", printed), int(sheet[1]))


@pytest.fixture(scope="module")
def town(app: Flask) -> Town:
    return begin(app, "olga")
