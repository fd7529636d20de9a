"""Accounts in the database: one to a name, and never none to administer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorward.core.access import Caller
from doorward.core.names import name_key, skeleton
from doorward.errors import Conflict
from doorward.store import accounts
from doorward.store.accounts import NewAccount
from doorward.store.store import Store
from doorward.web import people
from tests.store.records import ADA, add_account, alter, do, entries, in_threads, names, new


def judged(name: str) -> NewAccount:
    return NewAccount(name, name_key(name), skeleton(name), "hash")


def test_a_name_is_found_in_whatever_case_and_shown_as_typed(store: Store) -> None:
    do(store, lambda tx: accounts.add(tx, judged("Mara.K")))
    with store.reading() as db:
        for typed in ("mara.k", "MARA.K", "Mara.K"):
            assert accounts.by_name_key(db, name_key(typed)).name == "Mara.K"  # type: ignore[union-attr]
        assert accounts.by_name_key(db, name_key("mara")) is None


@pytest.mark.parametrize("other", ["mara.k", "MARA.K", "m\u0430ra.k", "rnara.k"])
def test_a_name_that_looks_like_another_is_taken(store: Store, other: str) -> None:
    do(store, lambda tx: accounts.add(tx, judged("Mara.K")))
    with store.reading() as db:
        assert accounts.is_taken(db, name_key(other), skeleton(other))
        assert not accounts.is_taken(db, name_key("noah"), skeleton("noah"))
    with pytest.raises(Conflict):
        do(store, lambda tx: accounts.add(tx, judged(other)))
    assert names(store) == {"Mara.K"}


def test_of_two_who_want_a_name_at_once_one_gets_it(store: Store) -> None:
    problems = in_threads(6, lambda _: add_account(store, "Mara"))
    assert [type(problem) for problem in problems] == [Conflict] * 5
    assert names(store) == {"Mara"}


def test_a_role_that_only_sounds_like_admin_administers_nothing(store: Store) -> None:
    add_account(store, "Mara", "administrator", "subadmin")
    with store.reading() as db:
        assert not accounts.has_administrator(db)


def test_a_blocked_administrator_does_not_count(store: Store) -> None:
    mara, noah = add_account(store, "Mara", "admin"), add_account(store, "Noah", "admin", "editor")
    with store.reading() as db:
        assert not accounts.is_last_administrator(db, mara)
    alter(store, "UPDATE accounts SET status = 'blocked' WHERE id = :id", id=noah)
    with store.reading() as db:
        assert accounts.has_administrator(db)
        assert accounts.is_last_administrator(db, mara)
        assert not accounts.is_last_administrator(db, noah)


@pytest.mark.parametrize("take_away", [people.block, people.delete, lambda *who: people.set_roles(*who, frozenset())])
def test_the_last_administrator_stays(store: Store, take_away: object) -> None:
    mara = add_account(store, "Mara", "admin")
    with pytest.raises(Conflict):
        take_away(store, ADA, mara)  # type: ignore[operator]
    with store.reading() as db:
        assert accounts.is_last_administrator(db, mara)
    assert entries(store) == []


def test_two_administrators_who_block_each_other_at_once_do_not_both_succeed(store: Store) -> None:
    for turn in range(6):
        pair = [add_account(store, f"{name}{turn}", "admin") for name in ("Mara", "Noah")]
        problems = in_threads(2, lambda n, pair=pair: people.block(store, Caller(account_id=pair[n]), pair[1 - n]))
        assert [type(problem) for problem in problems] == [Conflict]
        alter(store, "UPDATE accounts SET status = 'deleted', roles = ''")


def test_a_deleted_name_can_be_taken_again_and_leads_to_nobody(store: Store) -> None:
    mara = add_account(store, "Mara")
    people.delete(store, ADA, mara)
    with store.reading() as db:
        assert accounts.by_name_key(db, "mara") is None
        assert accounts.by_id(db, mara).password_hash == "!"  # type: ignore[union-attr]
        assert accounts.how_many(db, "") == 0
    assert add_account(store, "Mara") != mara


def test_people_are_listed_by_the_beginning_of_their_names(store: Store) -> None:
    for name in ("Anna", "anja", "Bob", "a_b", "a%b", "Ära", "日本"):
        add_account(store, name)
    gone = add_account(store, "Andy")
    people.delete(store, ADA, gone)

    def found(search: str, offset: int = 0, count: int = 10) -> list[str]:
        with store.reading() as db:
            assert accounts.how_many(db, search) >= len(accounts.people(db, search, offset, count))
            return [account.name for account in accounts.people(db, search, offset, count)]

    assert found("") == ["a%b", "a_b", "anja", "Anna", "Bob", "Ära", "日本"]
    assert found("an") == ["anja", "Anna"]
    assert found("a%") == ["a%b"]
    assert found("a_") == ["a_b"]
    assert found("日") == ["日本"]
    assert found("", offset=2, count=2) == ["anja", "Anna"]
    with store.reading() as db:
        assert accounts.how_many(db, "a") == 4


def test_earlier_hashes_are_remembered_up_to_their_number(store: Store) -> None:
    mara = add_account(store, "Mara")
    for number in range(6):
        with store.transaction(ADA) as tx:
            accounts.replace_password(tx, accounts.by_id(tx.db, mara), f"h{number}", keep=3)  # type: ignore[arg-type]
    with store.reading() as db:
        account = accounts.by_id(db, mara)
        assert account is not None
        assert accounts.earlier_hashes(db, account, 10) == ["h5", "h4", "h3", "h2"]
        assert accounts.earlier_hashes(db, account, 2) == ["h5", "h4"]
        assert accounts.earlier_hashes(db, account, 1) == ["h5"]


def test_an_upgraded_hash_does_not_undo_a_change_in_between(store: Store) -> None:
    do(store, lambda tx: accounts.add(tx, replace(new("Mara"), password_hash="old")))
    with store.reading() as db:
        mara = accounts.by_name_key(db, "mara")
    assert mara is not None
    do(store, lambda tx: accounts.upgrade_hash(tx, mara.id, "another", "lost"))
    do(store, lambda tx: accounts.upgrade_hash(tx, mara.id, "old", "new"))
    with store.reading() as db:
        assert accounts.by_id(db, mara.id).password_hash == "new"  # type: ignore[union-attr]
