"""Leaving: what is stored about a person goes with them, and nothing of a closed account opens anything."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, inspect, text
from werkzeug.test import TestResponse

from doorward import Caller, Leaving, Record, Transaction, access, current_account
from doorward.core.mail_addresses import read_address
from doorward.core.streams import NullPublisher
from doorward.prove.authenticator import Authenticator
from doorward.store import accounts, emails, mail_codes, mails, notices, sessions
from doorward.store.mail_codes import NewCode
from doorward.store.mails import NewMail
from doorward.testing import (
    PASSWORD,
    Browser,
    Clock,
    Program,
    add_account,
    add_token,
    door_of,
    run_jobs,
    signed_in,
)
from doorward.web import people
from doorward.web.personal_data import SECTIONS
from doorward_suite import polls
from tests.support.doors import bare_app, behind, entries, journal_break, last_entry
from tests.support.factors import enrol, password_step
from tests.web.test_passkeys import asked, register

BOSS = Caller(account_id="boss", name="boss", roles=frozenset({"admin"}))


class Shelf:
    """A second app, which can be made to fail: what people put on it, in memory."""

    def __init__(self) -> None:
        self.things: dict[str, list[str]] = {}
        self.fails = 0
        self.called: list[str] = []

    def leaving(self) -> Leaving:
        return Leaving(
            "shelf",
            lambda _db, who: [("things", list(self.things.get(who, []))), ("../../evil", "stays inside")],
            lambda tx, who: self._let_go(tx, who, "soft"),
            lambda tx, who: self._let_go(tx, who, "hard"),
            "Your things stay on the shelf.",
            "Your things are thrown away.",
        )

    def _let_go(self, tx: Transaction, who: str, how: str) -> None:
        tx.journal("shelf.touched", on=who)
        if self.fails:
            self.fails -= 1
            raise OSError("the shelf is stuck")
        self.called.append(how)
        if how == "hard":
            self.things.pop(who, None)


class Cuts(NullPublisher):
    """Remembers whose streams were cut."""

    def __init__(self) -> None:
        self.accounts: list[str] = []
        self.sessions: list[int] = []
        self.secrets: list[int] = []

    def cut_account(self, account_id: str) -> None:
        self.accounts.append(account_id)

    def cut_session(self, session_id: int) -> None:
        self.sessions.append(session_id)

    def cut_secret(self, secret_id: int) -> None:
        self.secrets.append(secret_id)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def open_app(data: Path, clock: Clock, goes: list[Leaving], **more: Any) -> Flask:
    app = bare_app()
    app.register_blueprint(polls.blueprint)
    app.add_url_rule("/read", "read", access.scope("polls:read")(lambda: str(current_account.name)))
    app.add_url_rule("/", "home", access.public(lambda: "home"))
    behind(app, data, clock, leaving=goes, migrations=[polls.MIGRATIONS], intakes=polls.INTAKES, **more)
    return app


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Where the records are; empty at the beginning of each test."""
    if request.param == "sqlite":
        yield {}
        return
    url = request.getfixturevalue("postgres_url")
    yield {"database_url": url}
    from doorward.store.engine import open_engine

    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture
def app(tmp_path: Path, clock: Clock, shelf: Shelf, place: dict[str, str]) -> Iterator[Flask]:
    app = open_app(tmp_path / "data", clock, [polls.LEAVING, shelf.leaving()], **place)
    add_account(app, "boss", "admin")
    yield app
    door_of(app).close()


def id_of(app: Flask, name: str) -> str:
    with door_of(app).store.reading() as db:
        found = accounts.by_name_key(db, name)
    assert found is not None
    return found.id


def make_poll(browser: Browser, name: str = "Rivers") -> None:
    assert browser.post("/polls/", {"name": name}).status_code == 303


def invite(browser: Browser, note: str, role: str = "member") -> str:
    """Make an invitation for one person; the page that shows it."""
    browser.get("/admin/invitations")
    made = browser.post("/admin/invitations", {"note": note, "role": role, "uses": "1", "days": "7"})
    assert made.status_code == 201, made.get_data(as_text=True)
    return made.get_data(as_text=True)


def give_address(app: Flask, account_id: str) -> None:
    """A verified address, a mail about it, and a code that a stranger asked for to it."""
    address = read_address("maria@example.org")
    with door_of(app).store.transaction() as tx:
        emails.want(tx, account_id, address)
        emails.confirm(tx, account_id, address.key)
        code = NewCode("recover", "visit:1", None, address.key, "00", "link", "192.0.2.1", "")
        mails.add(tx, NewMail("told", "Hello", "1@a.org", "sealed", address.text, account_id, mail_codes.add(tx, code)))


def ask_export(browser: Browser) -> str:
    browser.get("/account/export")
    answer = browser.post("/account/export")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location


def exported(app: Flask, browser: Browser) -> zipfile.ZipFile:
    address = ask_export(browser)
    run_jobs(app)
    answer = browser.get(f"{address}/file")
    assert answer.status_code == 200, browser.get(address).get_data(as_text=True)
    return zipfile.ZipFile(io.BytesIO(answer.data))


def delete(browser: Browser, how: str = "soft", password: str = PASSWORD, **fields: str) -> TestResponse:
    browser.get("/account/delete")
    return browser.post("/account/delete", {"how": how, "password": password, **fields})


def rows(app: Flask, table: str) -> list[dict[str, Any]]:
    with door_of(app).store.reading() as db:
        return [dict(row) for row in db.execute(text(f"SELECT * FROM {table}")).mappings()]


def tables(app: Flask) -> list[Table]:
    """Those of this database: the process may know apps that are not served here."""
    there = set(inspect(door_of(app).store.engine).get_table_names())
    return [table for table in Record.metadata.sorted_tables if table.name in there]


def every_value(app: Flask, *but: str) -> str:
    """Everything that is in the database, without these tables."""
    names = [table.name for table in tables(app) if table.name not in but]
    return json.dumps({name: rows(app, name) for name in names}, default=str)


# -- taking it along ---------------------------------------------------------------------------------------------


def test_an_export_has_everything_that_is_stored_and_a_page_to_read_it_by(
    app: Flask, clock: Clock, shelf: Shelf
) -> None:
    maria = signed_in(app, "maria", "admin")
    shelf.things[id_of(app, "maria")] = ["a lamp"]
    make_poll(maria, "Rivers <of> Europe")
    make_poll(signed_in(app, "other"), "Not hers")
    add_token(app, "maria", "polls:read", name="her script")
    invite(maria, "for Noah")
    with door_of(app).store.transaction() as tx:
        notices.leave(tx, id_of(app, "maria"), "Something happened.")
    people.end_sessions(door_of(app).store, BOSS, id_of(app, "maria"))
    maria.sign_in("maria")
    give_address(app, id_of(app, "maria"))
    archive = exported(app, maria)
    assert archive.testzip() is None
    kit = {f"{section.name}.json" for section in SECTIONS}
    poll = next(name for name in archive.namelist() if name.startswith("polls/"))
    assert set(archive.namelist()) == {
        *kit,
        "index.html",
        "door.css",
        "tables.css",
        poll,
        "shelf/things.json",
        "shelf/------evil.json",
    }
    read = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert read["account.json"][0]["name"] == "maria"
    assert read["sessions.json"][0]["address"] == "127.0.0.1"
    assert read["tokens.json"][0]["name"] == "her script"
    assert read["invitations.json"][0]["note"] == "for Noah"
    assert read["email.json"][0]["address"] == "maria@example.org"
    assert read["notices.json"] == []  # told when she signed in again
    assert read[poll]["name"] == "Rivers <of> Europe"
    assert read["shelf/things.json"] == ["a lamp"]
    events = {row["event"]: row for row in read["journal.json"]}
    assert events["poll.created"]["by"] == "you"
    assert events["account.sessions_ended"]["by"] == "somebody else"
    assert "boss" not in archive.read("journal.json").decode()
    page = archive.read("index.html").decode()
    assert "What is stored about maria" in page
    assert "<script" not in page
    assert "Not hers" not in str(read)
    assert [entry.who for entry in entries(door_of(app), "job.result_taken")] == [id_of(app, "maria")]


def test_no_secret_and_no_hash_is_in_an_export(app: Flask, clock: Clock) -> None:
    maria = signed_in(app, "maria")
    key = Authenticator()
    register(maria, key)
    phone = enrol(maria, clock)
    token = add_token(app, "maria", "polls:read")
    cookie = maria.client.get_cookie("doorward")
    assert cookie is not None
    archive = exported(app, maria)
    whole = b"\n".join(archive.read(name) for name in archive.namelist()).decode()
    assert "passkey" in whole
    assert "recovery codes" in whole
    secrets = [PASSWORD, token, cookie.value, phone.secret, *phone.codes]
    columns = (
        *("code_mac", "link_hash", "sealed"),
        *(
            "hash",
            "password_hash",
            "secret",
            "offered",
            "credential_id",
            "public_key",
            "claim",
            "result_key",
            "seal",
        ),
    )
    for table in tables(app):
        for row in rows(app, table.name):
            secrets += [str(row[name]) for name in columns if row.get(name)]
    assert len(secrets) > 20
    assert [secret for secret in secrets if secret != "!" and secret in whole] == []


def test_every_table_of_the_kit_about_people_is_in_the_export_or_has_a_reason_not_to_be() -> None:
    """A new table with people in it: give it a section in `personal_data`, and its name here."""
    exported_tables = {
        *("accounts", "sessions", "totp", "passkeys", "recovery_codes", "tokens", "invitations"),
        *("account_notices", "identities", "jobs", "journal", "account_emails", "mail_outbox"),
    }
    nothing_to_tell = {
        "password_history": "hashes only",
        "mail_codes": "hashes only, for hours; that a code was asked for is in the journal",
        "invitation_sheets": "lists that others are on; the invitations made from them are in the export",
    }
    about_people = {
        table.name
        for table in Record.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "accounts"
    }
    assert about_people - exported_tables - set(nothing_to_tell) == set()


def test_nobody_else_gets_the_export_and_an_old_session_neither(app: Flask, clock: Clock) -> None:
    maria, other, boss = signed_in(app, "maria"), signed_in(app, "other"), signed_in(app, "boss")
    address = ask_export(maria)
    assert maria.post("/account/export").location == address  # it is on its way already
    run_jobs(app)
    for stranger in (other, boss):
        for path in ("", "/state", "/file"):
            assert stranger.get(f"{address}{path}").status_code == 404
    assert maria.get(f"{address}/file").status_code == 200
    clock.forward(minutes=11)
    for path in ("/account/export", f"{address}/file"):
        assert maria.get(path).location.startswith("/account/confirm?next=")
    assert maria.post("/account/export").status_code == 403
    assert Browser(app).get("/account/export").location.startswith("/login")
    program = Program(app, add_token(app, "maria", "polls:read"))
    assert program.get("/read").status_code == 200
    for path in ("/account/export", "/account/delete", address):
        assert program.get(path).status_code == 403


# -- leaving -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["soft", "hard"])
def test_what_was_open_is_closed_at_once_everywhere(app: Flask, how: str, tmp_path: Path) -> None:
    store = door_of(app).store
    maria, elsewhere = signed_in(app, "maria"), signed_in(app, "maria", address="192.0.2.7")
    value = add_token(app, "maria", "polls:read")
    program = Program(app, value)
    personal = add_token(app, "maria", "polls:read", for_person=True)
    guest = Browser(app)
    guest.get("/login/token")
    assert guest.post("/login/token", {"token": personal}).status_code == 303
    assert guest.get("/read").status_code == program.get("/read").status_code == 200
    address = ask_export(maria)
    run_jobs(app)
    assert len(list((tmp_path / "data" / "results").iterdir())) == 1
    waiting = ask_export(maria)
    cookie = maria.client.get_cookie("doorward")
    assert cookie is not None
    maria_id = id_of(app, "maria")
    with store.reading() as db:
        held = [row.id for row in sessions.of_account(db, maria_id)]
    store.publisher = cuts = Cuts()
    answer = delete(maria, how)
    assert answer.status_code == 200
    assert "Your account is deleted" in answer.get_data(as_text=True)
    assert '"storage"' in answer.headers["Clear-Site-Data"]
    assert maria_id in cuts.accounts
    assert set(held) <= set(cuts.sessions)
    assert len(set(cuts.secrets)) == 2
    replayed = Browser(app)
    replayed.client.set_cookie("doorward", cookie.value)
    for browser in (maria, elsewhere, replayed):
        assert browser.get("/account").location.startswith("/login")
        assert browser.get(f"{address}/file").location.startswith("/login")
        assert browser.get(waiting).location.startswith("/login")
    assert program.get("/read").status_code == 401
    assert guest.get("/read").status_code in (303, 401)
    assert Browser(app).try_to_sign_in("maria").status_code == 401
    assert list((tmp_path / "data" / "results").iterdir()) == []
    run_jobs(app)
    assert list((tmp_path / "data" / "results").iterdir()) == []
    entry = last_entry(door_of(app), "account.deleted")
    assert (entry.who, entry.on, json.loads(entry.details)["how"]) == (maria_id, f"account:{maria_id}", how)
    assert signed_in(app, "maria").get("/account").status_code == 200  # the name is free, for somebody else
    assert id_of(app, "maria") != maria_id
    assert journal_break(door_of(app)) is None


def test_soft_keeps_what_was_made_under_deleted_account(app: Flask, shelf: Shelf) -> None:
    maria = signed_in(app, "maria")
    maria_id = id_of(app, "maria")
    shelf.things[maria_id] = ["a lamp"]
    make_poll(maria)
    poll = rows(app, "polls")[0]["id"]
    maria.post(f"/polls/{poll}/questions", {"kind": "choice", "title": "Which?", "options": "Nile\nPo"})
    question = rows(app, "polls_questions")[0]["id"]
    assert maria.post(f"/polls/{poll}/questions/{question}/status", {"status": "open"}).status_code in (204, 303)
    assert delete(maria).status_code == 200
    assert run_jobs(app) == 2
    assert shelf.called == ["soft"]
    assert shelf.things[maria_id] == ["a lamp"]
    assert [row["name"] for row in rows(app, "polls")] == ["Rivers"]
    assert rows(app, "polls_questions")[0]["status"] == "closed"
    with door_of(app).store.reading() as db:
        gone = accounts.by_id(db, maria_id)
    assert gone is not None
    assert (gone.name, gone.status, gone.roles) == ("Deleted account", "deleted", "")
    assert signed_in(app, "boss").get(f"/polls/{poll}").status_code == 200


def test_hard_takes_what_was_made_and_what_was_on_its_way(app: Flask, shelf: Shelf, clock: Clock) -> None:
    maria, other = signed_in(app, "maria"), signed_in(app, "other")
    maria_id = id_of(app, "maria")
    shelf.things[maria_id] = ["a lamp"]
    make_poll(maria, "Her own secret rivers")
    make_poll(other, "Not hers")
    poll = rows(app, "polls")[0]["id"]
    maria.post(f"/polls/{poll}/questions", {"kind": "short", "title": "Her question?"})
    code = rows(app, "polls")[0]["code"]
    assert delete(maria, "hard").status_code == 200
    assert run_jobs(app) == 2
    shelf.things[maria_id] = ["a request that was on its way"]
    clock.forward(minutes=3)
    assert run_jobs(app) == 2
    assert shelf.things == {}
    left = every_value(app, "journal")
    assert "Her own secret rivers" not in left
    assert "Her question?" not in left
    assert "Not hers" in left
    assert Browser(app).get(f"/polls/join/{code}").status_code == 404
    assert sorted(row["name"] for row in rows(app, "polls")) == ["", "Not hers"]
    assert len(entries(door_of(app), "account.left")) == 4


def test_nothing_of_the_person_stays_in_the_records_of_the_kit(app: Flask, clock: Clock) -> None:
    marias_name = "maria.lonelyhearts"
    maria = signed_in(app, marias_name, "admin")
    maria_id = id_of(app, marias_name)
    give_address(app, maria_id)
    register(maria, Authenticator(), "Marias blue key")
    phone = enrol(maria, clock)
    add_token(app, marias_name, "polls:read", name="Marias script")
    invite(maria, "Marias friend")
    ask_export(maria)
    run_jobs(app)
    for word in (marias_name, "Marias blue key", "Marias script", "Marias friend", "maria@"):
        assert word in every_value(app)
    assert delete(maria, "hard", code=phone.code()).status_code == 200
    run_jobs(app)
    left = every_value(app, "journal")
    assert [word for word in (marias_name, "Marias", "maria@", PASSWORD) if word in left] == []
    about = every_value(app, "journal", "accounts", "jobs")
    assert maria_id not in about
    assert marias_name in json.dumps(rows(app, "journal"))  # as the page says


def test_an_app_that_fails_is_asked_again_and_nobody_signs_in_meanwhile(app: Flask, shelf: Shelf, clock: Clock) -> None:
    maria = signed_in(app, "maria")
    maria_id = id_of(app, "maria")
    shelf.things[maria_id], shelf.fails = ["a lamp"], 12
    make_poll(maria)
    assert delete(maria, "hard").status_code == 200
    run_jobs(app)
    assert "Rivers" not in every_value(app)  # the other app is done, whatever this one does
    assert shelf.things[maria_id] == ["a lamp"]
    for _ in range(15):
        assert Browser(app, address="192.0.2.9").try_to_sign_in("maria").status_code in (401, 429)
        clock.forward(hours=2)
        run_jobs(app)
    assert shelf.things == {}
    touched = [entry for entry in entries(door_of(app), "shelf.touched") if entry.on == maria_id]
    assert len(touched) == len(shelf.called) == 2  # what failed left no entry behind: one transaction


def test_an_app_that_is_not_served_lets_go_when_it_is_again(
    tmp_path: Path, clock: Clock, shelf: Shelf, place: dict[str, str]
) -> None:
    both, data = [polls.LEAVING, shelf.leaving()], tmp_path / "data"
    app = open_app(data, clock, both, **place)
    add_account(app, "boss", "admin")
    make_poll(signed_in(app, "maria"))
    maria_id = id_of(app, "maria")
    door_of(app).close()
    without = open_app(data, clock, both[1:], **place)
    assert delete(signed_in(without, "maria"), "hard").status_code == 200
    run_jobs(without)
    assert shelf.called == ["hard"]
    door_of(without).close()
    again = open_app(data, clock, both, **place)
    assert "Rivers" in every_value(again)
    run_jobs(again)
    assert "Rivers" not in every_value(again)
    assert maria_id not in every_value(again, "journal", "accounts", "jobs")
    door_of(again).close()


# -- who may, and what is asked for --------------------------------------------------------------------------------


def test_the_password_is_asked_for_and_guessing_it_is_limited(app: Flask) -> None:
    maria = signed_in(app, "maria")
    assert delete(maria, password="").status_code == 401
    page = delete(maria, password="a wrong password here")
    assert page.status_code == 401
    assert "The password is not right." in page.get_data(as_text=True)
    assert [delete(maria, password="wrong").status_code for _ in range(6)][-1] == 429
    assert delete(maria).status_code == 429
    assert maria.get("/account").status_code == 200
    assert entries(door_of(app), "account.deleted") == []


def test_who_has_a_second_factor_is_asked_for_it(app: Flask, clock: Clock) -> None:
    maria = signed_in(app, "maria")
    phone = enrol(maria, clock)
    assert "one-time-code" in maria.get("/account/delete").get_data(as_text=True)
    assert delete(maria).status_code == 401
    assert delete(maria, code="000000").status_code == 401
    assert delete(maria, password="wrong", code=phone.code()).status_code == 401
    half = password_step(app, "maria")
    assert half.post("/account/delete", {"how": "hard", "password": PASSWORD}).status_code == 401
    assert delete(maria, code=phone.code()).status_code == 200


def test_a_passkey_stands_for_both_and_only_ones_own(app: Flask) -> None:
    maria, other = signed_in(app, "maria"), signed_in(app, "other")
    hers, theirs = Authenticator(), Authenticator()
    register(maria, hers)
    register(other, theirs)

    def answer(key: Authenticator) -> dict[str, str]:
        found = asked(maria, "/account/confirm")
        return {"ticket": found["ticket"], "credential": key.get(found["publicKey"])}

    assert delete(maria, password="", **answer(theirs)).status_code == 401
    used = answer(hers)
    assert delete(maria, password="", **used).status_code == 200
    other.get("/account")
    assert other.post("/account/delete", {"how": "soft", **used}).status_code == 401


def test_who_has_no_password_must_have_signed_in_just_now(app: Flask, clock: Clock) -> None:
    late, maria = signed_in(app, "maria"), signed_in(app, "maria")
    with door_of(app).store.transaction() as tx:
        tx.db.execute(text("UPDATE accounts SET password_hash = '!' WHERE name = 'maria'"))
    clock.forward(minutes=11)
    assert late.get("/account/delete").location.startswith("/account/confirm")
    assert delete(late, password="!").status_code == 403
    assert delete(late, password="").status_code == 403
    clock.forward(minutes=-11)
    assert "Your password" not in maria.get("/account/delete").get_data(as_text=True)
    assert delete(maria, password="").status_code == 200


def test_the_last_administrator_cannot_leave(app: Flask) -> None:
    boss = signed_in(app, "boss")
    assert "last administrator" in boss.get("/account/delete").get_data(as_text=True)
    answer = delete(boss)
    assert answer.status_code == 409
    assert boss.get("/admin/people").status_code == 200
    add_account(app, "second", "admin")
    assert delete(boss).status_code == 200
    assert entries(door_of(app), "account.deleted")[0].who_name == "boss"


def test_the_built_in_administrator_cannot_leave(tmp_path: Path, clock: Clock) -> None:
    app = open_app(tmp_path, clock, [], admin_password=PASSWORD)
    boss = Browser(app)
    boss.get("/login")
    assert boss.post("/login", {"password": PASSWORD}).status_code == 303
    assert "admin_password" in boss.get("/account/delete").get_data(as_text=True)
    assert delete(boss).status_code == 409
    assert boss.get("/account").status_code == 200


def test_soft_or_hard_must_be_said_and_get_deletes_nothing(app: Flask) -> None:
    maria = signed_in(app, "maria")
    assert maria.get(f"/account/delete?how=hard&password={PASSWORD}").status_code == 200
    for how in ("", "both", "HARD"):
        answer = delete(maria, how)
        assert answer.status_code == 422
        assert "stays or goes" in answer.get_data(as_text=True)
    without = maria.send("POST", "/account/delete", data={"how": "hard", "password": PASSWORD})
    assert without.status_code == 400
    assert maria.get("/account").status_code == 200


def test_an_invitation_of_somebody_who_left_is_no_way_back(app: Flask) -> None:
    maria = signed_in(app, "maria", "admin")
    page = invite(maria, "me", role="admin")
    found = re.search(r"(/join/[A-Za-z0-9_-]+)", page)
    assert found, page
    assert Browser(app).get(found[1]).status_code == 200
    assert delete(maria).status_code == 200
    assert Browser(app).get(found[1]).status_code == 404


def test_two_administrators_who_leave_at_once_do_not_both_go(app: Flask) -> None:
    from tests.store.records import in_threads

    add_account(app, "second", "admin")
    pair = [signed_in(app, "boss"), signed_in(app, "second")]
    for browser in pair:
        browser.get("/account/delete")
    in_threads(2, lambda n: pair[n].post("/account/delete", {"how": "soft", "password": PASSWORD}))
    with door_of(app).store.reading() as db:
        assert accounts.has_administrator(db)


@pytest.mark.parametrize("hard", [False, True])
def test_an_administrator_who_deletes_somebody_goes_the_same_way(app: Flask, shelf: Shelf, hard: bool) -> None:
    maria = signed_in(app, "maria")
    make_poll(maria)
    people.delete(door_of(app).store, BOSS, id_of(app, "maria"), hard=hard)
    assert maria.get("/account").location.startswith("/login")
    run_jobs(app)
    assert shelf.called == ["hard" if hard else "soft"]
    assert ("Rivers" in every_value(app)) is not hard
