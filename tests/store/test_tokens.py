"""Access tokens in the database, on both databases: hashed, rotated by one at a time, dead at once with their owner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from doorward.core.access import Caller
from doorward.core.tokens import looks_like_token, new_token, token_hash
from doorward.errors import Conflict, NotFound
from doorward.store import participants, sessions, tokens
from doorward.store.accounts import BLOCKED
from doorward.store.engine import open_engine
from doorward.store.migrate import KIT, alembic_config, migrate
from doorward.store.models import Account, SessionRecord
from doorward.store.store import Store
from doorward.store.tokens import Filter, Found, NewToken
from doorward.testing import Clock
from tests.store.records import ADA, Told, add_account, everything

DAY = timedelta(days=1)


@pytest.fixture
def bob(store: Store) -> str:
    return add_account(store, "Bob", "editor")


def made(store: Store, owner: str, *, life: timedelta | None = DAY, for_person: bool = False) -> tuple[int, str]:
    with store.transaction(ADA) as tx:
        token, secret = tokens.add(tx, NewToken(owner, "builds", frozenset({"b:w", "a:r"}), life, for_person))
        return token.id, secret


def find(store: Store, value: str) -> Found | None:
    with store.looking_up() as db:
        return tokens.find(db, value)


def found(store: Store, value: str) -> Found:
    one = find(store, value)
    assert one is not None
    return one


def test_a_token_is_found_by_its_secret_with_its_owner_as_of_now(store: Store, bob: str, clock: Clock) -> None:
    number, secret = made(store, bob)
    one = found(store, secret)
    assert looks_like_token(secret)
    assert (one.token_id, one.name, one.scopes, one.owner_id, one.owner_name, one.owner_roles) == (
        number, "builds", "a:r b:w", bob, "Bob", "editor",
    )  # fmt: skip
    assert one.expires_at == clock.now + DAY
    assert one.why_dead(clock.now) == ""
    with store.transaction() as tx:
        account = tx.db.get(Account, bob)
        assert account is not None
        account.status, account.roles = BLOCKED, ""
    assert (found(store, secret).owner_roles, found(store, secret).why_dead(clock.now)) == ("", "owner may not sign in")


@pytest.mark.parametrize("guess", ["", "x", "' OR 1=1 --", "\x00", "ü", "\ud800"])
def test_what_no_token_has_finds_nothing(store: Store, bob: str, guess: str) -> None:
    made(store, bob)
    assert find(store, guess) is None
    assert find(store, new_token()) is None


def test_neither_the_secret_nor_a_usable_form_of_it_is_stored(store: Store, bob: str) -> None:
    _, secret = made(store, bob)
    with store.reading() as db:
        rows = everything(db, "tokens") + everything(db, "token_secrets")
    assert secret[3:] not in repr(rows)
    assert token_hash(secret) in repr(rows)
    for value in (value for row in rows for value in row if isinstance(value, str)):
        assert find(store, value) is None


def test_a_token_without_an_end_works_for_ever_and_others_end_to_the_microsecond(
    store: Store, bob: str, clock: Clock
) -> None:
    _, for_ever = made(store, bob, life=None)
    _, for_a_day = made(store, bob)
    clock.now += DAY - timedelta(microseconds=1)
    assert found(store, for_a_day).why_dead(clock.now) == ""
    clock.now += timedelta(microseconds=1)
    assert found(store, for_a_day).why_dead(clock.now) == "expired"
    clock.forward(days=3000)
    assert found(store, for_ever).why_dead(clock.now) == ""


def test_a_rotation_gives_a_new_secret_and_lets_the_old_one_die(
    store: Store, told: Told, bob: str, clock: Clock
) -> None:
    number, old = made(store, bob, life=timedelta(days=30))
    with store.transaction(ADA) as tx:
        new = tokens.rotate(tx, number, None, timedelta(days=90), timedelta(hours=24))
    assert found(store, old).expires_at == clock.now + DAY
    assert found(store, new).expires_at == clock.now + timedelta(days=90)
    assert found(store, old).token_id == found(store, new).token_id == number
    assert told.cuts == [("secret", found(store, old).secret_id)]


def test_a_rotation_never_lengthens_the_life_of_an_old_secret(store: Store, told: Told, bob: str, clock: Clock) -> None:
    number, old = made(store, bob, life=timedelta(hours=1))
    with store.transaction(ADA) as tx:
        tokens.rotate(tx, number, None, DAY, timedelta(days=7))
    assert found(store, old).expires_at == clock.now + timedelta(hours=1)
    assert told.cuts == []


def test_of_two_rotations_at_once_one_wins(store: Store, bob: str) -> None:
    number, old = made(store, bob)
    newest = found(store, old).secret_id

    def rotate(_: int) -> str | None:
        try:
            with store.transaction(ADA) as tx:
                return tokens.rotate(tx, number, newest, DAY, DAY)
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(rotate, range(4)))
    assert sum(one is not None for one in done) == 1
    with store.reading() as db:
        assert len(tokens.secrets_of(db, number)) == 2


def test_a_revoked_token_is_dead_with_all_its_secrets_and_cannot_be_rotated(
    store: Store, told: Told, bob: str, clock: Clock
) -> None:
    number, old = made(store, bob)
    with store.transaction(ADA) as tx:
        new = tokens.rotate(tx, number, None, DAY, DAY)
    told.cuts.clear()
    with store.transaction(ADA) as tx:
        assert tokens.revoke(tx, number) is True
    with store.transaction(ADA) as tx:
        assert tokens.revoke(tx, number) is False
    assert {found(store, value).why_dead(clock.now) for value in (old, new)} == {"revoked"}
    assert sorted(told.cuts) == sorted(("secret", found(store, value).secret_id) for value in (old, new))
    with pytest.raises(Conflict), store.transaction(ADA) as tx:
        tokens.rotate(tx, number, None, DAY, DAY)


@pytest.mark.parametrize("act", [tokens.revoke, lambda tx, number: tokens.rotate(tx, number, None, DAY, DAY)])
def test_what_is_not_there_cannot_be_changed(store: Store, act: object) -> None:
    with pytest.raises(NotFound), store.transaction(ADA) as tx:
        act(tx, 4711)  # type: ignore[operator]


def test_numbers_are_never_given_out_again(store: Store, bob: str) -> None:
    number, _ = made(store, bob)
    with store.transaction() as tx:
        tx.db.execute(text("DELETE FROM tokens"))
    assert made(store, bob)[0] > number


def test_the_last_use_is_written_once_a_minute_whoever_asks_at_once(store: Store, bob: str, clock: Clock) -> None:
    number, secret = made(store, bob)

    def use(address: str) -> str:
        with store.transaction(Caller(address=address)) as tx:
            tokens.note_use(tx, number)
        with store.reading() as db:
            return tokens.one(db, number).token.used_from  # type: ignore[union-attr]

    assert [use("192.0.2.1"), use("192.0.2.2")] == ["192.0.2.1", "192.0.2.1"]
    assert not tokens.is_use_worth_noting(found(store, secret), clock.now)
    clock.forward(minutes=1)
    assert tokens.is_use_worth_noting(found(store, secret), clock.now)
    assert use("192.0.2.3") == "192.0.2.3"


def test_the_secrets_that_still_work_are_told_apart(store: Store, bob: str, clock: Clock) -> None:
    alive, revoked, expired = [made(store, bob, life=life) for life in (None, DAY, timedelta(hours=1))]
    with store.transaction() as tx:
        tokens.revoke(tx, revoked[0])
    clock.forward(hours=1)
    ids = {found(store, secret).secret_id for _, secret in (alive, revoked, expired)}
    with store.reading() as db:
        assert tokens.alive(db, ids | {9999}, clock.now) == {found(store, alive[1]).secret_id}


def test_a_list_shows_each_token_once_with_its_newest_secret(store: Store, bob: str, clock: Clock) -> None:
    cleo = add_account(store, "Cleo")
    first, second, third = made(store, bob)[0], made(store, cleo)[0], made(store, bob, life=None)[0]
    with store.transaction() as tx:
        tokens.rotate(tx, first, None, timedelta(days=90), timedelta())
        tokens.revoke(tx, third)
    with store.reading() as db:
        assert [one.token.id for one in tokens.of_owner(db, bob)] == [third, first]
        shown = {one.token.id: one for one in tokens.page(db, Filter(), clock.now, 0, 10)}
        assert shown[first].secret.expires_at == clock.now + timedelta(days=90)
        assert [shown[number].why_dead(clock.now) for number in (first, second, third)] == ["", "", "revoked"]
        for wanted, numbers in (
            (Filter(), [third, second, first]),
            (Filter(owner_key="bo"), [third, first]),
            (Filter(owner_key="bob", state="working"), [first]),
            (Filter(state="ended"), [third]),
            (Filter(owner_key="nobody"), []),
        ):
            assert [one.token.id for one in tokens.page(db, wanted, clock.now, 0, 10)] == numbers
            assert tokens.how_many(db, wanted, clock.now) == len(numbers)


# -- sessions of participants -------------------------------------------------------------------------------


def test_a_participants_session_is_found_with_its_token_and_ends_with_it(store: Store, bob: str, clock: Clock) -> None:
    number, secret = made(store, bob, for_person=True)
    with store.transaction(ADA) as tx:
        identifier, session_id = participants.open_session(tx, found(store, secret).secret_id, agent="Firefox")
    with store.looking_up() as db:
        one = participants.find(db, identifier)
        assert sessions.find(db, identifier) is None
    assert one is not None
    assert (one.id, one.token) == (session_id, found(store, secret))
    with store.reading() as db:
        assert sessions.still_alive(db, {session_id}) == {session_id}
        assert identifier[2:] not in repr(everything(db, "sessions"))
    with store.transaction(ADA) as tx:
        tokens.revoke(tx, number)
    with store.looking_up() as db:
        assert participants.find(db, identifier) is None


@pytest.mark.parametrize("both", [True, False])
def test_a_session_is_a_persons_or_a_participants_never_both_and_never_nobodys(
    store: Store, bob: str, both: bool, clock: Clock
) -> None:
    _, secret = made(store, bob, for_person=True)
    whose = {"account_id": bob, "token_secret_id": found(store, secret).secret_id} if both else {}
    moments = {"created_at": clock.now, "seen_at": clock.now, "confirmed_at": clock.now}
    with pytest.raises(IntegrityError), store.transaction() as tx:
        tx.db.add(SessionRecord(hash="h" * 64, **whose, **moments))


def test_sessions_and_their_numbers_outlive_the_change_of_their_table(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    with engine.connect() as connection:
        config = alembic_config([KIT])
        config.attributes["connection"] = connection
        command.upgrade(config, "kit_0002")
    with engine.begin() as connection:
        account = "'a', 'Ada', 'ada', 'ada', '!', 0, '', 'active', 0"
        names = "id, name, name_key, skeleton, password_hash, password_changed_at, roles, status, created_at"
        connection.execute(text(f"INSERT INTO accounts ({names}) VALUES ({account})"))
        for number in (7, 8):
            of_session = "id, hash, account_id, created_at, seen_at, confirmed_at, address, agent, keep"
            values = f"{number}, 'hash {number}', 'a', 0, 0, 0, '', '', 0"
            connection.execute(text(f"INSERT INTO sessions ({of_session}) VALUES ({values})"))
        connection.execute(text("DELETE FROM sessions WHERE id = 8"))
    assert migrate(engine) is True
    store = Store(engine, clock=Clock())
    with store.transaction() as tx:
        assert [row.id for row in sessions.of_account(tx.db, "a")] == [7]
        assert sessions.open_session(tx, "a", agent="", keep=False)[1] == 9
    store.close()
