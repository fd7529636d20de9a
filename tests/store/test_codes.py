"""One-time codes: once, in time, for their purpose, and of two at once only one."""

from __future__ import annotations

from datetime import timedelta

from doorward.store import codes
from doorward.store.store import Store
from doorward.testing import Clock
from tests.store.records import ADA, do, everything, in_threads


def use(store: Store, code: str, purpose: str = codes.SETUP) -> bool:
    with store.transaction(ADA) as tx:
        return codes.use(tx, purpose, code)


def holds(store: Store, clock: Clock, code: str, purpose: str = codes.SETUP) -> bool:
    with store.reading() as db:
        return codes.holds(db, purpose, code, clock.now)


def test_a_code_works_once(store: Store, clock: Clock) -> None:
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "secret"))
    assert holds(store, clock, "secret")
    assert use(store, "secret")
    assert not use(store, "secret")
    assert not holds(store, clock, "secret")


def test_a_wrong_code_uses_nothing_up(store: Store) -> None:
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "secret"))
    assert not use(store, "guess")
    assert not use(store, "secret", purpose="reset")
    assert use(store, "secret")


def test_a_new_code_ends_the_one_before(store: Store, clock: Clock) -> None:
    do(store, lambda tx: codes.replace(tx, "reset:a", "other"))
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "first"))
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "second"))
    assert not use(store, "first")
    assert holds(store, clock, "second")
    assert holds(store, clock, "other", purpose="reset:a")


def test_a_code_ends_at_its_time(store: Store, clock: Clock) -> None:
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "secret", expires_at=clock.now + timedelta(minutes=10)))
    clock.forward(minutes=10)
    assert not holds(store, clock, "secret")
    assert not use(store, "secret")
    clock.forward(seconds=-1)
    assert use(store, "secret")


def test_of_many_who_try_at_once_one_succeeds(store: Store) -> None:
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "secret"))
    worked: list[bool] = []
    assert in_threads(8, lambda _: worked.append(use(store, "secret"))) == []
    assert sorted(worked) == [False] * 7 + [True]


def test_one_who_fails_afterwards_has_not_used_it_up(store: Store) -> None:
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "secret"))

    def use_and_fail(_number: int) -> None:
        with store.transaction(ADA) as tx:
            assert codes.use(tx, codes.SETUP, "secret")
            raise ValueError

    assert len(in_threads(1, use_and_fail)) == 1
    assert use(store, "secret")


def test_the_code_itself_is_not_stored(store: Store) -> None:
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "topsecret"))
    with store.reading() as db:
        assert "topsecret" not in repr(everything(db, "one_time_codes"))
        assert codes.is_waiting(db, codes.SETUP)
        assert not codes.is_waiting(db, "reset")
