"""What the tests of the store write and look at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from doorward.clock import system_clock
from doorward.core.access import Caller
from doorward.core.streams import Event
from doorward.store import journal
from doorward.store.accounts import NewAccount, add
from doorward.store.engine import open_engine
from doorward.store.models import Account
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.store.transaction import Transaction

ADA = Caller(account_id="a" * 25, name="Ada", address="192.0.2.7")


class Told:
    """A publisher that remembers what it was told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.cuts: list[tuple[str, object]] = []
        self.when_told: Callable[[], None] = lambda: None

    def publish(self, events: Sequence[Event]) -> None:
        self.when_told()
        self.events.extend(events)

    def cursor(self) -> str:
        return "0:0"

    def cut_session(self, session_id: int) -> None:
        self.cuts.append(("session", session_id))

    def cut_secret(self, secret_id: int) -> None:
        self.cuts.append(("secret", secret_id))

    def cut_account(self, account_id: str) -> None:
        self.cuts.append(("account", account_id))

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None:
        self.cuts.append(("topic", topic))

    def listeners(self, topic: str) -> int:
        return 0


def new(name: str, *roles: str) -> NewAccount:
    return NewAccount(name, name.casefold(), name.casefold(), "hash", frozenset(roles))


def add_account(store: Store, name: str, *roles: str) -> str:
    with store.transaction() as tx:
        return add(tx, new(name, *roles)).id


def names(store: Store) -> set[str]:
    """The names of all accounts, as another reader sees them."""
    with store.reading() as db:
        return set(db.scalars(select(Account.name)))


def entries(store: Store) -> list[tuple[int, str]]:
    with store.reading() as db:
        return [(sealed.seq, sealed.entry.event) for sealed in journal.walk(db)]


def broken(store: Store, seals: SealFile) -> journal.Break | None:
    with store.reading() as db:
        return journal.verify(db, seals)


def write_entries(store: Store, count: int, event: str = "test.written") -> None:
    for number in range(count):
        with store.transaction(ADA) as tx:
            tx.journal(event, on=f"thing:{number}", number=number)


def alter(store: Store, statement: str, **given: Any) -> None:
    """What somebody does who can write the database, past everything of ours."""
    with store.engine.begin() as connection:
        connection.execute(text(statement), given)


def do(store: Store, work: Callable[[Transaction], object]) -> None:
    with store.transaction(ADA) as tx:
        work(tx)


def in_threads(count: int, work: Callable[[int], None]) -> list[BaseException]:
    """Run `work(0)` … `work(count - 1)` at once. What they raised."""
    problems: list[BaseException] = []
    ready = threading.Barrier(count)

    def run(number: int) -> None:
        ready.wait()
        try:
            work(number)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


def write_from_a_process(url: str, seals: str, name: str, count: int) -> None:
    """The work of a process of its own: journaled changes, alone and in groups."""
    store = Store(open_engine(url), seals=SealFile(seals), clock=system_clock)  # type: ignore[arg-type]
    for number in range(count):
        change = _added(f"{name}-{number}")
        if number % 2:
            store.grouped(ADA, change)
        else:
            do(store, change)
    store.close()


def _added(name: str) -> Callable[[Transaction], None]:
    def change(tx: Transaction) -> None:
        add(tx, new(name))
        tx.journal("account.created", name=name)

    return change


def everything(db: Session, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.execute(text(f"SELECT * FROM {table}"))]
