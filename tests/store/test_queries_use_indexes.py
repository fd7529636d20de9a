"""No query of the store reads the whole of a table that grows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import event

from doorward.core.access import Caller
from doorward.store import accounts, codes, journal, sessions, violations
from doorward.store.journal import Filter
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.testing import Clock
from tests.store.records import add_account, do, write_entries

GROWS = ("accounts", "sessions", "journal", "password_history", "one_time_codes", "csp_violations")
#: What may read everything, and why.
MAY_SCAN = {
    "accounts.roles LIKE": "who administers: at a start, and when an administrator is blocked or deleted",
    "FROM csp_violations": "never more than MOST_KINDS rows",
}


def test_no_query_reads_the_whole_of_a_table_that_grows(sqlite_store: Store, seals: SealFile, clock: Clock) -> None:
    store = sqlite_store
    asked: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        asked[statement] = given[0] if many else given

    event.listen(store.engine, "before_cursor_execute", note)
    _use_everything(store, seals, clock)
    event.remove(store.engine, "before_cursor_execute", note)
    queries = {s: given for s, given in asked.items() if s.split()[0] in ("SELECT", "UPDATE", "DELETE", "INSERT")}
    assert len(queries) > 40
    scans = [found for statement, given in queries.items() for found in _scans(store, statement, given)]
    assert scans == []


def test_the_check_can_find_a_scan(sqlite_store: Store) -> None:
    assert _scans(sqlite_store, "SELECT * FROM journal WHERE details = 'x'", ())


def _scans(store: Store, statement: str, given: Any) -> list[str]:
    if any(allowed in statement for allowed in MAY_SCAN):
        return []
    with store.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
    steps = [row[3].split() for row in plan]
    return [f"{' '.join(step)}: {statement}" for step in steps if step[0] == "SCAN" and step[1] in GROWS]


def _use_everything(store: Store, seals: SealFile, clock: Clock) -> None:
    """Every function of the store that asks the database."""
    bob, cleo = add_account(store, "Bob", "admin"), add_account(store, "Cleo")
    with store.transaction(Caller()) as tx:
        account = accounts.by_id(tx.db, bob)
        assert account is not None
        accounts.replace_password(tx, account, "h2", keep=2)
        accounts.earlier_hashes(tx.db, account, 3)
        accounts.upgrade_hash(tx, bob, "h2", "h3")
        accounts.by_name_key(tx.db, "bob")
        accounts.is_taken(tx.db, "bob", "bob")
        accounts.is_last_administrator(tx.db, bob)
        for search in ("", "b"):
            accounts.people(tx.db, search, 0, 10)
            accounts.how_many(tx.db, search)
    with store.transaction(Caller()) as tx:
        identifier, number = sessions.open_session(tx, bob, agent="", keep=False)
        sessions.open_session(tx, cleo, agent="", keep=False)
        sessions.find(tx.db, identifier)
        sessions.touch(tx, number, bob)
        sessions.rotate(tx, number)
        sessions.of_account(tx.db, bob)
        sessions.still_alive(tx.db, {number, 99})
        sessions.end(tx, number)
        sessions.end_all(tx, cleo)
        sessions.sweep(tx, clock.now - timedelta(days=1))
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "code"))
    do(store, lambda tx: codes.is_waiting(tx.db, codes.SETUP))
    do(store, lambda tx: codes.use(tx, codes.SETUP, "code"))
    for _ in range(2):
        do(store, lambda tx: violations.report(tx, "a", "b", "c"))
    write_entries(store, 3)
    with store.reading() as db:
        violations.latest(db)
        filters = {"who": bob, "event": "test", "outcome": "ok", "since": "2026", "until": "2026", "before": 3}
        for name, value in filters.items():
            journal.page(db, Filter(**{name: value}))  # type: ignore[arg-type]
        journal.page(db, Filter(**filters))  # type: ignore[arg-type]
        journal.page(db, Filter())
        journal.event_names(db)
        journal.length(db)
        journal.anchor_missing(db, seals)
        list(journal.walk(db))
        assert journal.verify(db, seals) is None
