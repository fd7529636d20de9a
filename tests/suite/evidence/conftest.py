"""A store with the records of evidence, on both databases, and a team with somebody in every role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from doorward import Caller, Doorward
from doorward.core.access import HOST
from doorward.store import accounts, file_records
from doorward.store.accounts import NewAccount
from doorward.store.engine import open_engine
from doorward.store.file_records import Whole
from doorward.store.files import Files
from doorward.store.migrate import migrate
from doorward.store.models import JournalEntry
from doorward.store.store import Store, using
from doorward.testing import Clock
from doorward.testing import test_settings as settings_in
from doorward_suite.evidence import MIGRATIONS, access
from doorward_suite.evidence.actions import assessments, team
from doorward_suite.evidence.files import EVIDENCE
from doorward_suite.evidence.models import Entry, Item, Member, Progress, Version
from doorward_suite.portal import create_app

from .rooms import Room

#: Everybody that a test may need; "sven" has no place anywhere.
NAMES = ("ada", "lea", "cleo", "carl", "rosa", "rolf", "vera", "sven")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('evidence') / 'evidence.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def opened(database: str, clock: Clock) -> Iterator[Store]:
    yield from opened_at(database, clock)


@pytest.fixture
def sqlite_store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A store of one test's own, in use."""
    for store in opened_at(f"sqlite:///{tmp_path / 'own.sqlite3'}", clock):
        with using(store):
            yield store


def opened_at(url: str, clock: Clock) -> Iterator[Store]:
    engine = open_engine(url)
    migrate(engine, [MIGRATIONS])
    store = Store(engine, clock=clock)
    with store.transaction(HOST) as tx:
        for name in NAMES:
            accounts.add(tx, NewAccount(name, name, name, "hash"), account_id=f"id-{name}")
    yield store
    store.close()


@pytest.fixture
def store(opened: Store) -> Iterator[Store]:
    """The store that actions and queries work on. Tests share it: each makes an assessment of its own."""
    with using(opened):
        yield opened


def person(name: str, *roles: str) -> Caller:
    """Somebody with an account, as the door sees them."""
    return Caller(account_id=f"id-{name}", name=name, roles=frozenset(roles), address="192.0.2.7")


ADA = person("ada", "admin")
LEA, CLEO, CARL, ROSA, ROLF, VERA, SVEN = map(person, NAMES[1:])
#: A guest, who has a token in place of an account.
GUEST = Caller(name="An assessor", scopes=frozenset({"evidence:read"}), token_id=7, session_id=1)
VISITOR = Caller()

#: Who plays which role in `Team`.
PLAYERS = {
    access.VIEWER: VERA,
    access.COLLECTOR: CLEO,
    access.REVIEWER: ROSA,
    access.LEAD: LEA,
    access.ASSESSOR: GUEST,
}


class Team:
    """An assessment with somebody in every role, and a second collector and reviewer."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.number = assessments.create(ADA, "A system", "lea")
        for role, one in (
            (access.COLLECTOR, CLEO),
            (access.COLLECTOR, CARL),
            (access.REVIEWER, ROSA),
            (access.REVIEWER, ROLF),
            (access.VIEWER, VERA),
        ):
            team.add_member(LEA, self.number, one.name, role)
        with store.transaction(LEA) as tx:
            seat = {"assessment_id": self.number, "holder": GUEST.holder, "role": access.ASSESSOR}
            tx.db.add(Member(**seat, name=GUEST.name, added_by=LEA.id, added_at=tx.now))

    def progress(self, objective: str = "3.1.1[a]") -> Progress:
        """How far an objective is, read past every rule."""
        with self.store.reading() as db:
            mine = Progress.assessment_id == self.number
            return db.scalars(select(Progress).where(mine, Progress.objective == objective)).one()

    def put(self, objective: str = "3.1.1[a]", **values: object) -> None:
        """Bring an objective where a test needs it, past every rule."""
        with self.store.transaction(HOST) as tx:
            mine = Progress.assessment_id == self.number
            row = tx.db.scalars(select(Progress).where(mine, Progress.objective == objective)).one()
            for name, value in values.items():
                setattr(row, name, value)

    def put_item(self, owner: Caller) -> int:
        """A piece of evidence of this person, past every rule, whose file is nowhere."""
        with self.store.transaction(owner) as tx:
            item = Item(assessment_id=self.number, title="A policy", owner_id=owner.id, added_at=tx.now)
            tx.db.add(item)
            tx.db.flush()
            version = {"file_id": "f0", "name": "p.pdf", "type": "application/pdf", "size": 1, "sha256": "0" * 64}
            added = {"added_by": owner.id, "added_at": tx.now, "checked_at": tx.now}
            tx.db.add(Version(item_id=item.id, number=1, **version, **added))
            return item.id

    def put_entry(self, requirement: str = "3.1.6") -> int:
        """An open entry of the POA&M, past every rule; the one that is there already, if there is one."""
        with self.store.transaction(HOST) as tx:
            there = select(Entry.id).where(Entry.assessment_id == self.number, Entry.requirement == requirement)
            found = tx.db.scalar(there.where(Entry.closed_at.is_(None)))
            if found is not None:
                return found
            at = {"opened_by": LEA.id, "opened_at": tx.now, "changed_at": tx.now, "due_on": date(2030, 1, 1)}
            entry = Entry(assessment_id=self.number, requirement=requirement, weakness="No list.", **at)
            tx.db.add(entry)
            tx.db.flush()
            return entry.id

    def entries(self) -> list[tuple[str, str]]:
        """The journal of this assessment: each event, and whose it was."""
        on = f"assessment:{self.number}"
        with self.store.reading() as db:
            rows = db.scalars(select(JournalEntry).where(JournalEntry.on.startswith(on)).order_by(JournalEntry.seq))
            return [(row.event, row.who) for row in rows if row.on == on or row.on.startswith(f"{on}/")]


class Shelf:
    """Files that have come in and wait to be taken, made without a door: rows and bytes, as an intake leaves them."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        store.files = Files(folder)

    def sent(self, actor: Caller, name: str = "policy.pdf", content: bytes = b"%PDF-1.7 policy") -> str:
        """A file that this person has sent; gives its id."""
        files = self.store.files
        assert files is not None
        with self.store.transaction(actor) as tx:
            record = file_records.offer(tx, EVIDENCE, actor.holder, "", name, "application/pdf", len(content))
        with files.arrivals.appending(record.key, 0) as arriving:
            arriving.write(content)
        files.keep(record.key, original=True, shown=False)
        whole = Whole(name, len(content), sha256(content).hexdigest(), "application/pdf")
        with self.store.transaction(actor) as tx:
            assert file_records.arrive(tx, record, "", whole)
        return record.id

    def path(self, file_id: str) -> Path:
        """Where the bytes of a file lie."""
        with self.store.reading() as db:
            record = file_records.find(db, file_id)
        assert record is not None
        found = [one for one in (self.store.files.folder / "kept").rglob(f"{record.key}*") if one.is_file()]  # type: ignore[union-attr]
        return found[0]


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Shelf:
    return Shelf(store, tmp_path / "files")


@pytest.fixture
def made(store: Store) -> Team:
    return Team(store)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Flask]:
    """Evidence alone, behind the real door."""
    app = create_app(["evidence"])
    door: Doorward = app.extensions["doorward"]
    door.clock = clock
    door.start(settings_in(tmp_path_factory.mktemp("app")))
    yield app
    door.close()


@pytest.fixture(scope="module")
def room(app: Flask) -> Room:
    return Room(app)
