"""Sessions in the database: found by what only the browser knows, ended everywhere and for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from doorward.core.access import Caller
from doorward.errors import Conflict
from doorward.store import accounts, kit_settings, sessions
from doorward.store.sessions import Found
from doorward.store.store import Store
from doorward.testing import Clock
from tests.store.records import ADA, Told, add_account, alter, do, everything


@pytest.fixture
def bob(store: Store) -> str:
    return add_account(store, "Bob", "editor")


def opened(store: Store, account_id: str) -> tuple[str, int]:
    with store.transaction(Caller(address="192.0.2.9")) as tx:
        return sessions.open_session(tx, account_id, agent="Firefox", keep=True)


def find(store: Store, identifier: str) -> Found | None:
    with store.looking_up() as db:
        return sessions.find(db, identifier)


def test_a_session_is_found_with_its_account(store: Store, bob: str, clock: Clock) -> None:
    identifier, number = opened(store, bob)
    found = find(store, identifier)
    assert found is not None
    assert (found.id, found.account_id, found.name, found.roles, found.status) == (
        number,
        bob,
        "Bob",
        "editor",
        "active",
    )
    assert found.created_at == found.seen_at == found.confirmed_at == clock.now
    assert found.keep is True
    with store.reading() as db:
        assert sessions.find(db, identifier) == found


@pytest.mark.parametrize("guess", ["", "x", "x" * 43, "' OR 1=1 --", "\x00", "ü"])
def test_what_no_session_has_finds_nothing(store: Store, bob: str, guess: str) -> None:
    opened(store, bob)
    assert find(store, guess) is None


def test_the_identifier_itself_is_not_stored_nor_does_its_hash_open_a_session(store: Store, bob: str) -> None:
    identifier, _ = opened(store, bob)
    with store.reading() as db:
        (row,) = everything(db, "sessions")
    assert identifier not in repr(row)
    stored = next(value for value in row if isinstance(value, str) and len(value) == 64)
    assert find(store, stored) is None


def test_a_rotated_session_has_another_identifier_and_is_the_same(store: Store, bob: str, clock: Clock) -> None:
    old, number = opened(store, bob)
    clock.forward(minutes=3)
    with store.transaction(ADA) as tx:
        fresh = sessions.rotate(tx, number)
    assert find(store, old) is None
    found = find(store, fresh)
    assert found is not None
    assert (found.id, found.confirmed_at, found.created_at) == (number, clock.now, clock.now - timedelta(minutes=3))


def test_a_touch_moves_the_time_of_last_use_of_session_and_account(store: Store, bob: str, clock: Clock) -> None:
    identifier, number = opened(store, bob)
    clock.forward(minutes=5)
    do(store, lambda tx: sessions.touch(tx, number, bob))
    found = find(store, identifier)
    assert found is not None
    assert found.seen_at == clock.now
    with store.reading() as db:
        assert accounts.by_id(db, bob).seen_at == clock.now  # type: ignore[union-attr]


def test_an_ended_session_is_gone_and_its_streams_are_cut(store: Store, told: Told, bob: str) -> None:
    identifier, number = opened(store, bob)
    other, _ = opened(store, bob)
    do(store, lambda tx: sessions.end(tx, number))
    assert find(store, identifier) is None
    assert find(store, other) is not None
    assert told.cuts == [("session", number)]


def test_all_sessions_of_one_account_end_but_the_one_that_is_kept(store: Store, told: Told, bob: str) -> None:
    cleo = opened(store, add_account(store, "Cleo"))
    mine, *others = [opened(store, bob) for _ in range(4)]
    with store.transaction(ADA) as tx:
        assert sessions.end_all(tx, bob, but=mine[1]) == 3
    assert find(store, mine[0]) is not None
    assert find(store, cleo[0]) is not None
    assert [find(store, identifier) for identifier, _ in others] == [None] * 3
    assert sorted(told.cuts) == [("session", number) for _, number in others]


def test_an_end_that_is_not_committed_cuts_nothing(store: Store, told: Told, bob: str) -> None:
    identifier, number = opened(store, bob)

    def end_and_fail(tx: object) -> None:
        sessions.end(tx, number)  # type: ignore[arg-type]
        raise Conflict

    with pytest.raises(Conflict):
        do(store, end_and_fail)
    assert find(store, identifier) is not None
    assert told.cuts == []


def test_the_number_of_an_ended_session_is_never_given_out_again(store: Store, bob: str) -> None:
    numbers = []
    for _ in range(3):
        _, number = opened(store, bob)
        do(store, lambda tx, number=number: sessions.end(tx, number))
        numbers.append(number)
    assert len(set(numbers)) == 3


def test_sessions_that_nobody_uses_are_swept_a_bounded_number_at_once(store: Store, bob: str, clock: Clock) -> None:
    old = [opened(store, bob)[0] for _ in range(5)]
    clock.forward(days=31)
    young, _ = opened(store, bob)
    swept = []
    for _ in range(3):
        with store.transaction(ADA) as tx:
            swept.append(sessions.sweep(tx, clock.now - timedelta(days=30), batch=3))
    assert swept == [3, 2, 0]
    assert [find(store, identifier) for identifier in old] == [None] * 5
    assert find(store, young) is not None


def test_only_sessions_of_active_accounts_are_still_alive(store: Store, bob: str) -> None:
    cleo = add_account(store, "Cleo")
    mine, hers, ended = opened(store, bob)[1], opened(store, cleo)[1], opened(store, bob)[1]
    do(store, lambda tx: sessions.end(tx, ended))
    alter(store, "UPDATE accounts SET status = 'blocked' WHERE id = :id", id=cleo)
    with store.reading() as db:
        assert sessions.still_alive(db, {mine, hers, ended, 999_999}) == {mine}
        assert sessions.still_alive(db, set()) == set()
        assert sessions.still_alive(db, {mine, *range(10_000, 12_000)}) == {mine}


def test_a_session_that_owes_a_second_factor_holds_no_stream(store: Store, bob: str) -> None:
    boss = add_account(store, "Boss", "admin")
    with store.transaction(ADA) as tx:
        weak, weak_boss = (sessions.open_session(tx, who, agent="", keep=True)[1] for who in (bob, boss))
        strong = sessions.open_session(tx, boss, agent="", keep=True, factors=("password", "totp"))[1]
    left = {}
    for demand in ("", "admin", "member", "damaged"):
        do(store, lambda tx, demand=demand: kit_settings.require_second_factor(tx, demand))
        with store.reading() as db:
            left[demand] = sessions.still_alive(db, {weak, weak_boss, strong})
    assert left == {"": {weak, weak_boss, strong}, "admin": {weak, strong}, "member": {strong}, "damaged": {strong}}


def test_the_sessions_of_an_account_come_last_used_first(store: Store, bob: str, clock: Clock) -> None:
    first = opened(store, bob)[1]
    clock.forward(minutes=1)
    second = opened(store, bob)[1]
    clock.forward(minutes=1)
    do(store, lambda tx: sessions.touch(tx, first, bob))
    with store.reading() as db:
        assert [row.id for row in sessions.of_account(db, bob)] == [first, second]
