"""The journal tells who did what, on what, from where, when and with which outcome, and never a secret."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, request

from doorward import Caller, access, api, journal, limit, transaction
from doorward.core.tokens import new_code
from doorward.store import accounts, codes
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import signing_in
from doorward.web.door_limits import DoorLimits
from tests.support.doors import app_behind, entries, everything_stored, journal_break, last_entry

WRONG = "canary-wrong-password"
TYPED = "canary-typed-name"
ATTACK = '"><script>alert(1)</script>'
FORGERY = '\n{"seq": 99, "event": "session.started"}\r\x1b[2K\u202e\x00'


def routes(app: Flask) -> None:
    def write() -> str:
        journal("note.written", on=f"note:{request.form['on']}", text=request.form["on"], many=[1, request.form["on"]])
        return "written"

    def undone() -> str:
        with transaction() as tx:
            tx.journal("note.undone")
            raise RuntimeError

    app.add_url_rule("/write", "write", access.member(write), methods=["POST"])
    app.add_url_rule("/undone", "undone", access.member(undone), methods=["POST"])
    app.add_url_rule("/boss", "boss", access.role("admin")(lambda: "boss"))
    app.add_url_rule("/api/in", "in", access.member(api.undescribed("a test")(lambda: "in")))
    app.add_url_rule("/once", "once", limit("1/hour")(access.member(lambda: "once")))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(datetime(2026, 5, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journal")


@pytest.fixture(scope="module")
def app(data: Path, clock: Clock) -> Flask:
    return app_behind(data, routes, clock)


@pytest.fixture(scope="module")
def boss(app: Flask) -> Browser:
    return signed_in(app, "boss", "admin")


@pytest.fixture(autouse=True)
def _later(clock: Clock) -> None:
    clock.forward(minutes=2)


def lock_out(browser: Browser) -> None:
    for _ in range(6):
        browser.try_to_sign_in("locked.out", WRONG)


def stale_export(browser: Browser) -> None:
    browser.get("/admin/journal/export", headers={"Accept": "application/json"})


def sign_in_unknown(browser: Browser) -> None:
    browser.try_to_sign_in(TYPED, WRONG)


#: What happens, who does it, and the entry that must tell it: event, who, on what, outcome, and a detail.
EVENTS: dict[str, tuple[str, str, str, str]] = {
    "signing in": ("session.started", "maria", "account:", "ok"),
    "signing out": ("session.ended", "maria", "account:", "ok"),
    "a wrong password": ("session.refused", "maria", "account:", "failed"),
    "an unknown name": ("session.refused", "", "account:(unknown)", "failed"),
    "a lockout": ("session.locked_out", "locked.out", "account:", "refused"),
    "confirming": ("session.confirmed", "maria", "account:", "ok"),
    "failing to confirm": ("session.confirm_refused", "maria", "account:", "failed"),
    "a new password": ("account.password_changed", "maria", "account:", "ok"),
    "ending the others": ("session.others_ended", "maria", "account:", "ok"),
    "no session": ("request.not_signed_in", "", "/api/in", "refused"),
    "no right": ("request.forbidden", "maria", "/boss", "refused"),
    "no token": ("request.csrf", "maria", "/write", "refused"),
    "too often": ("request.rate_limited", "maria", "/once", "refused"),
    "not fresh": ("request.sign_in_again", "boss", "/admin/journal/export", "refused"),
    "blocking": ("account.blocked", "boss", "account:", "ok"),
    "unblocking": ("account.unblocked", "boss", "account:", "ok"),
    "ending sessions": ("account.sessions_ended", "boss", "account:", "ok"),
    "exporting": ("journal.exported", "boss", "", "ok"),
    "an app's own": ("note.written", "maria", "note:17", "ok"),
}


def cause(what: str, app: Flask, clock: Clock) -> None:
    here = {"address": "198.51.100.9"}
    maria = signed_in(app, "maria", **here)
    if what in ("blocking", "unblocking", "ending sessions", "exporting", "not fresh"):
        boss = signed_in(app, "boss", "admin", **here)
        with door_of(app).store.reading() as db:
            victim = accounts.by_name_key(db, "victim")
        victim_id = victim.id if victim else add_account(app, "victim")
        path = {"blocking": "block", "unblocking": "unblock", "ending sessions": "end-sessions"}.get(what)
        if path:
            boss.post(f"/admin/people/{victim_id}/{path}")
        else:
            clock.forward(minutes=11 if what == "not fresh" else 0)
            stale_export(boss)
        return
    acts = {
        "signing in": lambda: None,
        "signing out": maria.sign_out,
        "a wrong password": lambda: Browser(app, **here).try_to_sign_in("maria", WRONG),
        "an unknown name": lambda: sign_in_unknown(Browser(app, **here)),
        "a lockout": lambda: (signed_in(app, "locked.out"), lock_out(Browser(app, **here))),
        "confirming": lambda: maria.post("/account/confirm", {"password": PASSWORD}),
        "failing to confirm": lambda: maria.post("/account/confirm", {"password": WRONG}),
        "a new password": lambda: maria.post(
            "/account/password", {"current_password": PASSWORD, "password": PASSWORD + "!"}
        ),
        "ending the others": lambda: maria.post("/account/sessions/end-others"),
        "no session": lambda: Browser(app, **here).get("/api/in"),
        "no right": lambda: maria.get("/boss"),
        "no token": lambda: maria.send("POST", "/write"),
        "too often": lambda: [maria.get("/once") for _ in range(2)],
        "an app's own": lambda: maria.post("/write", {"on": "17"}),
    }
    acts[what]()
    if what == "a new password":
        maria.get("/account")
        clock.forward(minutes=1)
        maria.post("/account/password", {"current_password": PASSWORD + "!", "password": PASSWORD})


@pytest.mark.parametrize("what", EVENTS)
def test_an_entry_says_who_what_on_what_from_where_when_and_the_outcome(app: Flask, clock: Clock, what: str) -> None:
    event, who, on, outcome = EVENTS[what]
    cause(what, app, clock)
    entry = last_entry(door_of(app), event)
    assert (entry.who_name, entry.outcome, entry.address) == (who, outcome, "198.51.100.9")
    assert entry.on.startswith(on)
    assert bool(entry.who) == bool(who)
    assert entry.at == clock.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert isinstance(json.loads(entry.details), dict)


def test_a_failure_says_its_reason(app: Flask, clock: Clock) -> None:
    for what, reason in (("a wrong password", "wrong password"), ("an unknown name", "unknown name")):
        cause(what, app, clock)
        assert json.loads(last_entry(door_of(app), "session.refused").details)["reason"] == reason


def test_an_entry_and_its_change_happen_together_or_not_at_all(app: Flask) -> None:
    assert signed_in(app, "maria").post("/undone").status_code == 500
    assert entries(door_of(app), "note.undone") == []


@pytest.mark.parametrize("text", [FORGERY, "a" * 30_000, ATTACK, "%s{}{{ 7*7 }}", '","outcome":"ok'])
def test_no_text_forges_an_entry_or_breaks_the_chain(app: Flask, text: str) -> None:
    maria = signed_in(app, "maria")
    before = len(entries(door_of(app)))
    assert maria.post("/write", {"on": text}, headers={"User-Agent": text.replace("\n", " ").replace("\r", "")}).data
    found = entries(door_of(app))
    assert len(found) == before + 1
    for field in (found[0].on, found[0].details):
        assert field.isprintable()
        assert len(field) < 2000
    assert journal_break(door_of(app)) is None


def test_no_secret_and_no_unknown_name_is_stored_anywhere(app: Flask, data: Path, clock: Clock) -> None:
    code = new_code(length=40)
    with door_of(app).store.transaction() as tx:
        codes.replace(tx, codes.SETUP, code)
    maria = signed_in(app, "maria")
    cookie = maria.client.get_cookie("doorward").value
    sign_in_unknown(Browser(app, address="198.51.100.20"))
    maria.post("/account/confirm", {"password": WRONG})
    maria.send("POST", "/write", data={"csrf_token": "canary-token"}, headers={"Authorization": "Bearer canary-bearer"})
    maria.get("/api/in?token=canary-query")
    Browser(app).get("/nowhere/canary-path")
    Browser(app, address="198.51.100.21").get(f"/setup/{code}")
    stored = everything_stored(data)
    assert b"maria" in stored
    for canary in (PASSWORD, WRONG, TYPED, cookie, maria.token, code, "canary"):
        assert canary.encode() not in stored


# -- flooding -----------------------------------------------------------------------------------------------


def test_nobody_fills_the_journal_with_refusals(app: Flask) -> None:
    flooder, other = Browser(app, address="203.0.113.1"), Browser(app, address="203.0.113.2")
    before = len(entries(door_of(app)))
    for _ in range(60):
        assert flooder.get("/api/in").status_code == 401
    assert len(entries(door_of(app))) == before + 30
    other.get("/api/in")
    assert last_entry(door_of(app), "request.not_signed_in").address == "203.0.113.2"


def test_nobody_fills_the_journal_with_sign_ins_against_a_lockout(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flood(address: str) -> int:
        clock.forward(hours=1)
        signed_in(app, "flooded")
        before = len(entries(door_of(app)))
        flooder = Browser(app, address=address)
        flooder.get("/login")
        fields = {"username": "flooded", "password": WRONG}
        statuses = [flooder.post("/login", fields).status_code for _ in range(60)]
        assert statuses == [401] * 5 + [429] * 55
        return len(entries(door_of(app))) - before

    assert flood("203.0.113.3") == 5 + 30
    monkeypatch.setattr(DoorLimits, "may_journal", lambda *_: True)
    assert flood("203.0.113.4") == 60


def test_a_refusal_stands_though_it_cannot_be_journaled(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from doorward.store.transaction import Transaction

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no journal")

    monkeypatch.setattr(Transaction, "journal", broken)
    assert Browser(app, address="203.0.113.5").get("/api/in").status_code == 401


def test_nobody_is_signed_in_whose_entry_cannot_be_written(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    add_account(app, "unwritten")
    monkeypatch.setattr(signing_in.Transaction, "journal", lambda *_, **__: 1 / 0)
    browser = Browser(app)
    assert browser.try_to_sign_in("unwritten").status_code == 500
    assert browser.get("/api/in").status_code == 401


# -- reading ------------------------------------------------------------------------------------------------


def shown(browser: Browser, **filters: str) -> list[str]:
    """The events in the table of `/admin/journal`."""
    page = browser.get("/admin/journal", query_string=filters)
    assert page.status_code == 200
    return re.findall(r'data-label="Event"><span class="mono">([^<]+)<', page.get_data(as_text=True))


@pytest.mark.parametrize("path", ["/admin/journal", "/admin/journal/export"])
def test_only_administrators_read_it(app: Flask, boss: Browser, path: str) -> None:
    assert signed_in(app, "boss", "admin").get(path).status_code == 200
    assert signed_in(app, "maria").get(path).status_code == 403
    assert Browser(app).get(path).status_code == 303


def test_it_is_filtered_by_person_event_outcome_and_time(app: Flask, clock: Clock) -> None:
    boss = signed_in(app, "boss", "admin")
    cause("no right", app, clock)
    assert set(shown(boss, event="request.forbidden")) == {"request.forbidden"}
    assert {name.split(".")[0] for name in shown(boss, event="session")} == {"session"}
    assert shown(boss, event="sess") == shown(boss, event="%") == []
    assert "request.forbidden" in shown(boss, who="Maria")
    assert "request.forbidden" not in shown(boss, who="boss")
    assert shown(boss, who="nobody.at.all") == []
    assert "session.started" not in shown(boss, outcome="refused")
    today = clock.now.strftime("%Y-%m-%d")
    assert "request.forbidden" in shown(boss, **{"from": today, "to": today})
    assert shown(boss, **{"from": "2099-01-01"}) == shown(boss, to="2020-01-01") == []


def test_it_is_read_page_by_page_without_gaps(app: Flask) -> None:
    boss, seen, query = signed_in(app, "boss", "admin"), [], ""
    for _ in range(60):
        page = boss.get(f"/admin/journal{query}").get_data(as_text=True)
        numbers = [int(number) for number in re.findall(r'class="right number">(\d+)<', page)]
        assert len(numbers) <= 50
        seen += numbers
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if not older:
            break
        query = older[1].replace("&amp;", "&")
    assert seen == list(range(seen[0], 0, -1))
    assert len(seen) > 100


@pytest.mark.parametrize("field", ["who", "event", "outcome", "from", "to", "before"])
def test_what_is_shown_is_escaped(app: Flask, field: str) -> None:
    boss, maria = signed_in(app, "boss", "admin"), signed_in(app, "maria")
    maria.post("/write", {"on": ATTACK})
    assert "<script>alert" not in boss.get("/admin/journal").get_data(as_text=True)
    assert "<script>alert" not in boss.get("/admin/journal", query_string={field: ATTACK}).get_data(as_text=True)


def test_an_account_is_named_and_linked_where_something_was_done_to_it(app: Flask) -> None:
    boss, _maria = signed_in(app, "boss", "admin"), signed_in(app, "maria")
    account_id = _id_of(app, "maria")
    page = boss.get("/admin/journal?event=session.started").get_data(as_text=True)
    assert f'<td data-label="On"><a href="/admin/people/{account_id}">maria</a></td>' in page
    assert boss.get(f"/admin/people/{account_id}").status_code == 200


def _id_of(app: Flask, name: str) -> str:
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name)
    assert account is not None
    return account.id


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "yesterday", "20260101", "0000-00-00", "2026-1-1"])
@pytest.mark.parametrize("field", ["from", "to"])
def test_a_day_that_is_not_there_gets_a_sentence(app: Flask, field: str, day: str) -> None:
    boss = signed_in(app, "boss", "admin")
    answer = boss.get("/admin/journal", query_string={field: day})
    assert answer.status_code == 400
    assert "There is no such day. Write it as 2026-11-21." in answer.get_data(as_text=True)


def test_the_export_asks_again_who_is_there_and_holds_every_entry(app: Flask, clock: Clock) -> None:
    boss = signed_in(app, "boss", "admin")
    clock.forward(minutes=11)
    assert boss.get("/admin/journal/export").headers["Location"].startswith("/account/confirm")
    boss.post("/account/confirm", {"password": PASSWORD})
    export = boss.get("/admin/journal/export")
    assert export.headers["Content-Disposition"].startswith("attachment")
    assert export.headers["Cache-Control"] == "no-store"
    lines = [json.loads(line) for line in export.get_data(as_text=True).splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["event"] == "journal.exported"
    assert set(lines[0]) == {"seq", "at", "event", "outcome", "who", "who_name", "address", "on", "details", "seal"}


def test_the_page_tells_whether_the_chain_is_whole(tmp_path: Path) -> None:
    from sqlalchemy import text

    clock = Clock()
    app = app_behind(tmp_path, routes, clock)
    boss = signed_in(app, "boss", "admin")
    assert "The chain is whole" in boss.get("/admin/journal").get_data(as_text=True)
    with door_of(app).store.transaction(Caller(name="thief")) as tx:
        tx.db.execute(text("UPDATE journal SET who_name = 'somebody else' WHERE seq = 1"))
    clock.forward(minutes=6)
    page = boss.get("/admin/journal").get_data(as_text=True)
    assert "The chain is broken" in page
    assert "Entry 1" in page
