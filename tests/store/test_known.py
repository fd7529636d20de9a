"""What apps may ask of accounts: who is meant by a name, and what somebody is called."""

from __future__ import annotations

import pytest

from doorward.store import accounts, known
from doorward.store.accounts import BLOCKED, DELETED, WAITING
from doorward.store.store import Store
from tests.store.records import add_account, do


def test_somebody_is_found_by_their_name_however_it_is_typed(store: Store) -> None:
    mara = add_account(store, "Mara.K")
    with store.reading() as db:
        assert {known.find_account(db, typed) for typed in ("Mara.K", "mara.k", " MARA.K ")} == {mara}
        assert known.find_account(db, "mara") is None
        assert known.find_account(db, "") is None


@pytest.mark.parametrize("status", [BLOCKED, WAITING, DELETED])
def test_who_cannot_sign_in_is_not_found(store: Store, status: str) -> None:
    mara = add_account(store, "Mara")
    do(store, lambda tx: setattr(accounts.held(tx, mara), "status", status))
    with store.reading() as db:
        assert known.find_account(db, "Mara") is None


def test_names_are_given_by_id_and_who_has_left_is_a_deleted_account(store: Store) -> None:
    mara, noah = add_account(store, "Mara"), add_account(store, "Noah")
    do(store, lambda tx: setattr(accounts.held(tx, noah), "status", DELETED))
    with store.reading() as db:
        names = known.account_names(db, [mara, noah, "never", "", *(f"a{number}" for number in range(1200))])
    assert [names[one] for one in (mara, noah, "never")] == ["Mara", "Deleted account", "Deleted account"]
