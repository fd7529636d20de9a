"""No query of the store reads the whole of a table that grows."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from doorward.core.access import Caller
from doorward.core.mail_addresses import read_address
from doorward.core.uploads import Intake
from doorward.errors import FileRefused
from doorward.store import (
    accounts,
    codes,
    emails,
    file_place,
    file_records,
    file_sweep,
    file_usage,
    identities,
    jobs,
    journal,
    leaving,
    mail_codes,
    mails,
    people,
    sessions,
    sweeping,
    violations,
)
from doorward.store.file_records import Whole
from doorward.store.files import Files
from doorward.store.journal import Filter
from doorward.store.mail_codes import NewCode
from doorward.store.mail_jobs import ask_to_send
from doorward.store.mails import NewMail
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.testing import Clock
from tests.store.records import add_account, do, write_entries

GROWS = ("accounts", "sessions", "journal", "password_history", "one_time_codes", "csp_violations", "tokens",
         "token_secrets", "invitations", "invitation_sheets", "identities", "identity_sessions",
         "account_emails", "mail_codes", "mail_outbox", "jobs", "files", "file_usage")  # fmt: skip
#: What may read everything, and why.
MAY_SCAN = {
    "FROM csp_violations": "never more than MOST_KINDS rows",
}


def test_no_query_reads_the_whole_of_a_table_that_grows(
    sqlite_store: Store, seals: SealFile, tmp_path: Path, clock: Clock
) -> None:
    store = sqlite_store
    asked: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        asked[statement] = given[0] if many else given

    event.listen(store.engine, "before_cursor_execute", note)
    _use_everything(store, seals, tmp_path, clock)
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


def _use_everything(store: Store, seals: SealFile, tmp_path: Path, clock: Clock) -> None:
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
        for name, value in (
            ("search", "b"),
            ("status", "blocked"),
            ("role", "admin"),
            ("role", "member"),
            ("factor", "no"),
        ):
            people.page(tx.db, people.Filter(**{name: value}), 0, 10)
            people.how_many(tx.db, people.Filter(**{name: value}))
        people.page(tx.db, people.Filter("b", "active", "admin", "yes"), 0, 10)
        accounts.waiting(tx.db, 10)
        accounts.how_many_wait(tx.db)
        accounts.names_of(tx.db, [bob])
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
    sweeping.sweep(store)
    with store.transaction(Caller()) as tx:
        identity = identities.link(tx, bob, "https://id.example", "bob")
        _, number = sessions.open_session(tx, bob, agent="", keep=False)
        identities.note_session(tx, number, identity.id, "sid")
        identities.find(tx.db, "https://id.example", "bob")
        identities.is_of(tx.db, identity.id, bob)
        identities.given_by_others(tx.db, identity)
        identities.opener(tx.db, number)
        identities.of_sid(tx.db, "https://id.example", "sid")
        identities.end_sessions(tx, identity, "sid")
    do(store, lambda tx: codes.replace(tx, codes.SETUP, "code"))
    do(store, lambda tx: codes.is_waiting(tx.db, codes.SETUP))
    do(store, lambda tx: codes.use(tx, codes.SETUP, "code"))
    for _ in range(2):
        do(store, lambda tx: violations.report(tx, "a", "b", "c"))
    _use_mail(store, bob, clock)
    _use_files(store, tmp_path / "files", clock)
    _use_jobs(store, cleo, clock)
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


def _use_files(store: Store, folder: Path, clock: Clock) -> None:
    intake, holder = Intake("shelf.box", may_send=lambda *_: None), "account:files"
    with store.transaction(Caller(account_id="files")) as tx:
        sent = [file_records.offer(tx, intake, holder, "box", "a.txt", "text/plain", 10) for _ in range(6)]
        file_records.touch(tx, sent[0].id)
        file_records.shrink(tx, sent[0], 5)
        file_records.refuse(tx, sent[1], FileRefused("No."))
        for one in sent[2:5]:
            assert file_records.arrive(tx, one, "box", Whole("a.txt", 10, "0" * 64, "text/plain"))
        file_records.take(tx, intake, [sent[2].id, sent[3].id])
        file_records.locked(tx, sent[0].id)
        file_records.find(tx.db, sent[0].id)
        list(file_records.held_by(tx.db, holder, [intake.name]))
        file_usage.used(tx.db, intake.name, holder)
        file_records.drop(tx, sent[3])
        file_records.drop_waiting(tx, holder)
        file_records.forget(tx, [sent[3].id])
    store.files = Files(folder)
    with store.reading() as db:
        (place,) = file_place.place_of(store.files)
        list(place.named(db))
    (folder / "arriving").mkdir(parents=True)
    (folder / "arriving" / ("0" * 32)).touch()  # of which no record knows
    os.utime(folder / "arriving" / ("0" * 32), (0, 0))
    clock.forward(hours=25)
    file_sweep.sweep(store)
    store.files = None


def _use_jobs(store: Store, account_id: str, clock: Clock) -> None:
    with store.transaction(Caller(account_id=account_id)) as tx:
        given = [tx.job("a.b", {"n": n}, owner=account_id) for n in range(4)]
        tx.db.flush()
        jobs.due(tx.db, ["a.b"], clock.now)
        jobs.of_account(tx.db, account_id)
        for change in (
            lambda job_id, claim: jobs.beat(tx, job_id, claim) and jobs.move_on(tx, job_id, claim, 1, 2),
            lambda job_id, claim: jobs.finish(tx, job_id, claim, "a.csv", "a.b"),
            lambda job_id, claim: jobs.fail(tx, job_id, claim, "No."),
            lambda job_id, claim: jobs.put_back(tx, job_id, claim, timedelta(0)),
        ):
            record = jobs.claim(tx, given.pop(), {"a.b": 2})
            assert record is not None
            assert change(record.id, record.claim)
        jobs.cancel(tx, record.id)
    clock.forward(minutes=1)
    with store.transaction(Caller()) as tx:
        jobs.take_up_lost(tx)
        jobs.forget_results(tx, clock.now)
        jobs.sweep(tx, clock.now)
        list(journal.of_person(tx.db, account_id))
        leaving.remember_apps(tx, ["polls"])
        account = accounts.held(tx, account_id)
        assert account is not None
        leaving.close(tx, account, leaving.HARD)


def _use_mail(store: Store, account_id: str, clock: Clock) -> None:
    address = read_address("bob@example.org")
    code = NewCode("recover", "visit:1", None, address.key, "00", "link", "192.0.2.1", "")
    with store.transaction(Caller()) as tx:
        emails.want(tx, account_id, address)
        emails.confirm(tx, account_id, address.key)
        emails.owner_of(tx.db, address.key)
        emails.verified(tx.db, account_id)
        number = mail_codes.add(tx, code)
        mail_codes.asked(tx.db, "recover", "visit:1", clock.now)
        found = mail_codes.of_link(tx.db, "recover", "link", clock.now)
        assert found is not None
        mail_codes.count_try(tx, number)
        mail_codes.is_too_much(tx.db, found, None)
        mail_codes.belongs_to(tx, number, account_id)
        mail_codes.prove(tx, number)
        mail_codes.proved(tx.db, "recover", "visit:1", clock.now)
        mail_codes.use_up(tx, number)
        mail_codes.kill(tx, number)
        mail_codes.drop_recovery(tx, account_id)
        for _ in range(3):
            mails.add(tx, NewMail("told", "Hello", "1@a.org", "sealed", "bob@example.org", account_id, number))
            sent = mails.claim(tx, "j1")
            assert sent is not None
        mails.note_failed(tx, sent.id, 1, "no", keep=True)
        mails.try_again(tx, sent.id)
        mails.put_back(tx, sent.id, 0, "no", clock.now)
        mails.take_back(tx, "j1")
        mails.note_sent(tx, sent.id, 0)
        mails.next_due(tx.db)
        mails.page(tx.db, mails.SENT, 0, 10)
        mails.how_many(tx.db)
        mails.of_account(tx.db, account_id)
        ask_to_send(tx)
        mails.drop(tx, sent.id)
        emails.forget_wanted(tx, account_id)
        for sweep in (emails.sweep, mail_codes.sweep, mails.sweep):
            sweep(tx, clock.now - timedelta(days=1))
        emails.forget(tx, account_id)
