"""The change, its entries and its events happen together, or not at all."""

from __future__ import annotations

from contextvars import Context

import pytest
from sqlalchemy.exc import IntegrityError

from doorward.core.access import Caller
from doorward.errors import Conflict
from doorward.store.accounts import add
from doorward.store.models import Account
from doorward.store.store import Store, current_store, grouped, reading, transaction, using
from doorward.store.transaction import Transaction
from tests.store.records import ADA, Told, add_account, do, entries, names, new


def test_the_change_the_entry_and_the_event_happen_together(store: Store, told: Told) -> None:
    with store.transaction(ADA) as tx:
        add(tx, new("Bob"))
        tx.journal("account.created", on="account:bob")
        tx.publish("people", "joined", {"name": "Bob"})
    assert names(store) == {"Bob"}
    assert entries(store) == [(1, "account.created")]
    assert [(event.topic, event.type, event.data) for event in told.events] == [("people", "joined", {"name": "Bob"})]


def test_an_action_that_raises_leaves_nothing_and_tells_nobody(store: Store, told: Told) -> None:
    def change_mind(tx: Transaction) -> None:
        add(tx, new("Bob"))
        tx.journal("account.created")
        tx.publish("people", "joined", {})
        tx.after_commit(lambda publisher: publisher.cut_account("x"))
        tx.db.flush()
        raise Conflict

    with pytest.raises(Conflict):
        do(store, change_mind)
    assert names(store) == set()
    assert entries(store) == []
    assert told.events == []
    assert told.cuts == []


def test_a_constraint_that_only_the_commit_meets_leaves_no_entry_and_no_event(store: Store, told: Told) -> None:
    add_account(store, "Bob")

    def add_twice(tx: Transaction) -> None:
        tx.journal("account.created")
        tx.publish("people", "joined", {})
        again = Account(id="x", name="Bob", name_key="bob", skeleton="bob", password_hash="")
        again.password_changed_at = again.created_at = tx.now
        tx.db.add(again)

    with pytest.raises(IntegrityError):
        do(store, add_twice)
    assert entries(store) == []
    assert told.events == []


def test_listeners_hear_of_a_change_only_when_everybody_can_see_it(store: Store, told: Told) -> None:
    seen: list[set[str]] = []
    told.when_told = lambda: seen.append(names(store))
    with store.transaction(ADA) as tx:
        add(tx, new("Bob"))
        tx.publish("people", "joined", {})
        tx.db.flush()
        assert seen == []
    assert seen == [{"Bob"}]


def test_who_lost_the_right_is_cut_off_before_the_event_goes_out(store: Store, told: Told) -> None:
    order: list[str] = []
    told.when_told = lambda: order.append("event")
    with store.transaction(ADA) as tx:
        tx.publish("people", "left", {})
        tx.after_commit(lambda publisher: order.append("cut"))
    assert order == ["cut", "event"]


def test_a_publisher_that_fails_does_not_undo_what_is_committed(store: Store, told: Told) -> None:
    def fail() -> None:
        raise RuntimeError("the hub is gone")

    told.when_told = fail
    with store.transaction(ADA) as tx:
        add(tx, new("Bob"))
        tx.publish("people", "joined", {})
    assert names(store) == {"Bob"}


def test_what_is_changed_while_reading_is_thrown_away(store: Store) -> None:
    add_account(store, "Bob")
    with store.reading() as db:
        for account in db.query(Account):
            account.name = "Mallory"
        db.flush()
    assert names(store) == {"Bob"}


def test_an_entry_says_who_from_where_and_when(store: Store) -> None:
    from doorward.store import journal

    with store.transaction(ADA) as tx:
        tx.journal("thing.done", on="thing:1", outcome="refused", b=2, a="x")
    with store.reading() as db:
        (sealed,) = journal.walk(db)
    entry = sealed.entry
    assert (entry.who, entry.who_name, entry.address) == (ADA.id, "Ada", "192.0.2.7")
    assert (entry.at, entry.event, entry.on, entry.outcome) == (
        "2026-01-01T12:00:00.000000Z",
        "thing.done",
        "thing:1",
        "refused",
    )
    assert entry.details == '{"a":"x","b":2}'


def test_the_functions_of_the_module_work_on_the_store_of_the_running_request(store: Store) -> None:
    with pytest.raises(RuntimeError, match="no store here"):
        Context().run(current_store)
    with using(store):
        with transaction(ADA) as tx:
            add(tx, new("Bob"))
        grouped(Caller(), lambda tx: add(tx, new("Cleo")).id)
        with reading() as db:
            assert {account.name for account in db.query(Account)} == {"Bob", "Cleo"}


def test_a_transaction_inside_another_is_refused_and_the_first_goes_on(store: Store) -> None:
    with store.transaction(ADA) as tx:
        add(tx, new("Bob"))
        with pytest.raises(RuntimeError, match="inside another"), store.transaction(ADA):
            pass
        with pytest.raises(RuntimeError, match="inside another"):
            store.grouped(ADA, lambda inner: None)
    with store.transaction(ADA) as tx:
        add(tx, new("Cleo"))
    assert names(store) == {"Bob", "Cleo"}
