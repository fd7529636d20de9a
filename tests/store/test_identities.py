"""Identities: one account for each issuer and subject, on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from doorward.core.access import Caller
from doorward.errors import Conflict
from doorward.store import accounts, identities, sessions
from doorward.store.store import Store
from tests.store.records import add_account, do, in_threads

AT = "https://id.example"


def link(store: Store, account_id: str, subject: str, issuer: str = AT) -> int:
    with store.transaction(Caller()) as tx:
        return identities.link(tx, account_id, issuer, subject).id


def owner(store: Store, subject: str, issuer: str = AT) -> str | None:
    with store.reading() as db:
        found = identities.find(db, issuer, subject)
    return found.account_id if found else None


def test_issuer_and_subject_together_name_one_account(store: Store) -> None:
    bob, cleo = add_account(store, "Bob"), add_account(store, "Cleo")
    link(store, bob, "1")
    link(store, cleo, "2")
    link(store, cleo, "1", "https://other.example")
    assert owner(store, "1") == bob
    assert owner(store, "1", "https://other.example") == cleo
    assert owner(store, "1 ") is None
    assert owner(store, "1", AT + "/") is None


def test_case_makes_another_subject(store: Store) -> None:
    bob, cleo = add_account(store, "Bob"), add_account(store, "Cleo")
    link(store, bob, "abc")
    link(store, cleo, "ABC")
    assert (owner(store, "abc"), owner(store, "ABC")) == (bob, cleo)


def test_a_second_link_of_either_side_is_refused(store: Store) -> None:
    bob, cleo = add_account(store, "Bob"), add_account(store, "Cleo")
    link(store, bob, "1")
    for account_id, subject in ((cleo, "1"), (bob, "2")):
        with pytest.raises(Conflict):
            link(store, account_id, subject)
    assert owner(store, "1") == bob
    assert owner(store, "2") is None


def test_of_two_who_link_the_same_at_once_one_gets_it(store: Store) -> None:
    people = [add_account(store, name) for name in ("Bob", "Cleo", "Dora")]
    problems = in_threads(3, lambda number: link(store, people[number], "1") and None)
    assert [type(problem) for problem in problems] == [Conflict, Conflict]
    assert owner(store, "1") in people


def test_what_an_identity_opened_is_known_and_ends(store: Store) -> None:
    bob = add_account(store, "Bob")
    link(store, bob, "1")
    with store.transaction(Caller()) as tx:
        identity = identities.find(tx.db, AT, "1")
        assert identity is not None
        numbers = [sessions.open_session(tx, bob, agent="", keep=False)[1] for _ in range(3)]
        identities.note_session(tx, numbers[0], identity.id, "here")
        identities.note_session(tx, numbers[1], identity.id, "there")
        assert identities.opener(tx.db, numbers[0]) is identity
        assert identities.opener(tx.db, numbers[2]) is None
        assert identities.end_sessions(tx, identity, "here") == 1
    with store.reading() as db:
        assert sessions.still_alive(db, set(numbers)) == set(numbers[1:])
    with store.transaction(Caller()) as tx:
        identity = identities.find(tx.db, AT, "1")
        assert identity is not None
        assert identities.end_sessions(tx, identity) == 1
    with store.reading() as db:
        assert sessions.still_alive(db, set(numbers)) == {numbers[2]}


def test_an_account_that_goes_takes_its_identities_with_it(store: Store) -> None:
    bob = add_account(store, "Bob")
    link(store, bob, "1")
    do(store, lambda tx: tx.db.delete(accounts.by_id(tx.db, bob)))
    assert owner(store, "1") is None
