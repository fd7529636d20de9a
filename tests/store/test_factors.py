"""Factors in the database: each code works once, also for two at the same moment, and only for its account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from doorward.core.access import HOST
from doorward.core.factors import new_recovery_codes
from doorward.store import accounts, factors, kit_settings
from doorward.store.accounts import NewAccount
from doorward.store.factor_models import Passkey
from doorward.store.models import Record
from doorward.store.spent import spend
from doorward.store.store import Store
from doorward.testing import Clock

OURS = {"totp", "recovery_codes", "passkeys", "spent", "kit_settings", "sessions", "accounts"}


def account(store: Store, name: str) -> str:
    with store.transaction(HOST) as tx:
        return accounts.add(tx, NewAccount(name, name, name, "hash")).id


def at_once(count: int, work: object) -> list[object]:
    """Let `count` threads do the same at the same moment; what each answered."""
    barrier = Barrier(count)

    def do(number: int) -> object:
        barrier.wait()
        return work(number)  # type: ignore[operator]

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(do, range(count)))


def test_the_migrated_tables_are_those_of_the_records(store: Store) -> None:
    def is_ours(obj: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
        table = name if kind == "table" else getattr(getattr(obj, "table", None), "name", "")
        return table in OURS

    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, Record.metadata) == []


def test_a_recovery_code_works_once_and_only_for_its_account(store: Store) -> None:
    maria, other = account(store, "maria"), account(store, "other")
    codes = new_recovery_codes()
    with store.transaction(HOST) as tx:
        factors.replace_codes(tx, maria, codes)
        assert not factors.use_code(tx, other, codes[0])
        assert factors.use_code(tx, maria, codes[0])
        assert not factors.use_code(tx, maria, codes[0])
        assert factors.codes_left(tx.db, maria) == 9
        factors.replace_codes(tx, maria, new_recovery_codes())
        assert not factors.use_code(tx, maria, codes[1])
        assert factors.codes_left(tx.db, maria) == 10


def test_of_many_who_use_a_code_at_the_same_moment_one_succeeds(store: Store) -> None:
    maria, codes = account(store, "maria"), new_recovery_codes()
    with store.transaction(HOST) as tx:
        factors.replace_codes(tx, maria, codes)
        factors.offer_totp(tx, maria, "sealed")
        assert factors.confirm_totp(tx, maria, "sealed", 100)

    def use(number: int) -> tuple[bool, bool, bool]:
        with store.transaction(HOST) as tx:
            return (
                factors.use_code(tx, maria, codes[0]),
                factors.accept_step(tx, maria, 101),
                spend(tx, "challenge", tx.now),
            )

    answers = at_once(6, use)
    assert [sum(column) for column in zip(*answers, strict=True)] == [1, 1, 1]  # type: ignore[call-overload]


def test_a_step_is_never_accepted_again_nor_one_before_it(store: Store) -> None:
    maria = account(store, "maria")
    with store.transaction(HOST) as tx:
        factors.offer_totp(tx, maria, "sealed")
        assert not factors.confirm_totp(tx, maria, "another", 100)
        assert not factors.has_second(tx.db, maria)
        assert factors.confirm_totp(tx, maria, "sealed", 100)
        assert not factors.confirm_totp(tx, maria, "sealed", 100)
        assert [factors.accept_step(tx, maria, step) for step in (99, 100, 102, 101, 102, 103)] == [
            *(False, False, True, False, False, True)
        ]


def test_a_new_offer_changes_nothing_before_it_is_confirmed(store: Store) -> None:
    maria = account(store, "maria")
    with store.transaction(HOST) as tx:
        factors.offer_totp(tx, maria, "first")
        factors.confirm_totp(tx, maria, "first", 100)
        factors.offer_totp(tx, maria, "second")
        record = factors.totp(tx.db, maria)
        assert record is not None
        assert (record.secret, record.offered, record.last_step) == ("first", "second", 100)


def test_what_was_spent_is_forgotten_when_it_would_have_expired(store: Store, clock: Clock) -> None:
    with store.transaction(HOST) as tx:
        assert spend(tx, "once", clock())
        assert not spend(tx, "once", clock())
    clock.forward(seconds=1)
    with store.transaction(HOST) as tx:
        assert spend(tx, "other", clock())
        assert tx.db.connection().exec_driver_sql("SELECT count(*) FROM spent").scalar() == 1


def test_resetting_leaves_nothing_behind(store: Store) -> None:
    maria = account(store, "maria")
    with store.transaction(HOST) as tx:
        factors.offer_totp(tx, maria, "sealed")
        factors.confirm_totp(tx, maria, "sealed", 100)
        factors.replace_codes(tx, maria, new_recovery_codes())
        tx.db.add(
            Passkey(account_id=maria, credential_id="c", public_key="k", rp_id="localhost", name="n", created_at=tx.now)
        )
        tx.db.flush()
        assert factors.who_has_second(tx.db, [maria, "nobody"]) == {maria}
        factors.remove_all(tx, maria)
        assert not factors.has_second(tx.db, maria)
        assert factors.codes_left(tx.db, maria) == 0
        assert factors.who_has_second(tx.db, [maria]) == set()


@pytest.mark.parametrize("demand", ["admin", "member", ""])
def test_the_demand_is_kept(store: Store, demand: str) -> None:
    with store.transaction(HOST) as tx:
        kit_settings.require_second_factor(tx, "admin")
        kit_settings.require_second_factor(tx, demand)
    with store.reading() as db:
        assert kit_settings.second_factor_of(db) == demand
