"""What a check asks the database, and that the last result is kept bounded."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from doorward.core.access import Caller
from doorward.store import accounts, check_facts, check_runs, codes, factors, invitations, journal, tokens
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.store.tokens import NewToken
from doorward.testing import Clock
from tests.store.records import add_account, alter, do, entries, write_entries


def test_only_accounts_that_may_sign_in_are_looked_at(store: Store) -> None:
    ada, bob = add_account(store, "Ada", "admin"), add_account(store, "Bob")
    blocked = add_account(store, "Mallory")
    with store.transaction(Caller()) as tx:
        factors.offer_totp(tx, ada, "sealed")
        factors.confirm_totp(tx, ada, "sealed", 1)
        account = accounts.by_id(tx.db, blocked)
        assert account is not None
        account.status = accounts.BLOCKED
    with store.reading() as db:
        found = {row.name: (row.admin, row.second_factor) for row in check_facts.active_accounts(db)}
    assert found == {"Ada": (True, True), "Bob": (False, False)}
    assert bob


def test_every_page_of_accounts_is_read(store: Store) -> None:
    for number in range(5):
        add_account(store, f"Person {number}")
    before = check_facts._PAGE
    check_facts._PAGE = 2
    try:
        with store.reading() as db:
            assert len({row.name for row in check_facts.active_accounts(db)}) == 5
    finally:
        check_facts._PAGE = before


def test_tokens_that_work_are_told_with_their_last_end(store: Store, clock: Clock) -> None:
    ada = add_account(store, "Ada")
    made: dict[str, int] = {}
    with store.transaction(Caller()) as tx:
        for name, life in (("short", timedelta(days=1)), ("long", timedelta(days=90)), ("ever", None)):
            made[name] = tokens.add(tx, NewToken(ada, name, frozenset({"a:b"}), life, False))[0].id
    clock.forward(days=2)
    with store.reading() as db:
        found = {row.name: row.expires_at for row in check_facts.working_tokens(db, clock.now)}
    assert found.keys() == {"long", "ever"}
    assert found["ever"] is None


def test_open_invitations_and_waiting_resets(store: Store, clock: Clock) -> None:
    ada = add_account(store, "Ada")
    with store.transaction(Caller()) as tx:
        for code, roles, days in (("a", {"admin"}, 7), ("b", {"member"}, 7), ("c", {"admin"}, 1)):
            invitations.add(tx, code, roles=frozenset(roles), life=timedelta(days=days), uses=1, note=code)
        codes.replace(tx, codes.reset_of(ada), "reset", tx.now + timedelta(days=3))
        codes.replace(tx, codes.SETUP, "setup")
    clock.forward(days=2)
    with store.reading() as db:
        found = check_facts.open_invitations(db, clock.now)
        assert {one.note: check_facts.makes_admins(one) for one in found} == {"a": True, "b": False}
        assert check_facts.resets_waiting(db, clock.now) == 1
        assert check_facts.resets_waiting(db, clock.now + timedelta(days=9)) == 0


def test_the_database_answers_its_own_settings(store: Store) -> None:
    with store.reading() as db:
        found = check_facts.own_settings(db)
        encrypted, _ = check_facts.is_encrypted(db), check_facts.is_superuser(db)
    if store.is_sqlite:
        assert found == {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
        assert encrypted is None
    else:
        assert found["synchronous_commit"] == "on"
        assert encrypted in (True, False)


def test_the_end_of_the_journal_is_checked(store: Store, seals: SealFile) -> None:
    with store.reading() as db:
        assert check_facts.tail_break(db, seals) == ""
    write_entries(store, 30)
    with store.reading() as db:
        assert check_facts.tail_break(db, seals) == ""
        assert check_facts.tail_break(db, seals, count=10) == ""
    alter(store, "UPDATE journal SET details = '{}' WHERE seq = 25")
    alter(store, "UPDATE journal SET event = 'nothing.happened' WHERE seq = 25")
    with store.reading() as db:
        assert "25" in check_facts.tail_break(db, seals)
        assert check_facts.tail_break(db, seals, count=3) == ""  # only the end was asked for
        assert journal.verify(db, seals) is not None


def test_entries_that_were_cut_off_are_noticed(store: Store, seals: SealFile) -> None:
    write_entries(store, 10)
    alter(store, "DELETE FROM journal WHERE seq > 8")
    with store.reading() as db:
        assert "cut off" in check_facts.tail_break(db, seals)


def test_a_chain_that_was_computed_anew_is_noticed(store: Store, seals: SealFile) -> None:
    write_entries(store, 10)
    alter(store, "DELETE FROM journal WHERE seq > 8")
    alter(store, "UPDATE journal_head SET seq = 8, seal = (SELECT seal FROM journal WHERE seq = 8)")
    with store.reading() as db:
        assert "cut off" in check_facts.tail_break(db, seals)
    write_entries(store, 3)
    with store.reading() as db:
        assert "replaced" in check_facts.tail_break(db, seals)


def test_the_last_run_takes_the_place_of_the_one_before(store: Store, clock: Clock) -> None:
    do(store, lambda tx: check_runs.keep(tx, check_runs.CHECK, {"counts": {"high": 1}}, [{"id": "a.b"}]))
    do(store, lambda tx: check_runs.keep(tx, check_runs.PROVE, {"counts": {}}, []))
    clock.forward(days=1)
    do(store, lambda tx: check_runs.keep(tx, check_runs.CHECK, {"counts": {"high": 0}}, []))
    with store.reading() as db:
        last = check_runs.last(db, check_runs.CHECK)
        assert last is not None
        assert (last.at, last.summary, last.findings) == (clock.now, {"counts": {"high": 0}}, [])
        assert check_runs.last(db, check_runs.PROVE) is not None
        assert check_runs.last(db, "other") is None
    assert [event for _, event in entries(store)] == ["check.ran", "prove.ran", "check.ran"]


def test_what_is_kept_is_bounded_and_without_secrets(store: Store) -> None:
    many = [{"id": "a.b", "what": "x" * 10_000, "asvs": ["1.1.1"] * 1000, "n": "password=hunter2"}] * 1000
    do(store, lambda tx: check_runs.keep(tx, check_runs.CHECK, {}, many))
    with store.reading() as db:
        last = check_runs.last(db, check_runs.CHECK)
    assert last is not None
    assert len(last.findings) == check_runs.MOST_FINDINGS
    assert len(last.findings[0]["what"]) == 600
    assert len(last.findings[0]["asvs"]) == 20
    assert "hunter2" not in str(last.findings)


def test_no_query_of_a_check_reads_the_whole_of_a_table_that_grows(
    sqlite_store: Store, tmp_path: Path, clock: Clock
) -> None:
    asked: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        asked[statement] = given[0] if many else given

    ada = add_account(sqlite_store, "Ada")
    with sqlite_store.transaction(Caller()) as tx:
        tokens.add(tx, NewToken(ada, "a", frozenset({"a:b"}), None, False))
        codes.replace(tx, codes.SETUP, "setup")
    seals = SealFile(tmp_path / "journal.seals")
    event.listen(sqlite_store.engine, "before_cursor_execute", note)
    with sqlite_store.reading() as db:
        list(check_facts.active_accounts(db))
        list(check_facts.working_tokens(db, clock.now))
        check_facts.open_invitations(db, clock.now)
        check_facts.resets_waiting(db, clock.now)
        check_facts.tail_break(db, seals)
        check_runs.last(db, check_runs.CHECK)
    event.remove(sqlite_store.engine, "before_cursor_execute", note)
    seals.close()
    assert len(asked) > 6
    with sqlite_store.engine.connect() as connection:
        for statement, given in asked.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
            assert not [row[3] for row in plan if row[3].startswith("SCAN") and "journal_head" not in row[3]], statement
