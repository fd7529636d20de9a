"""Participants, who sign in with a token and have no account: they reach what it names, and are out when it is dead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify
from werkzeug.test import TestResponse

from doorward import Caller, Doorward, access, current_account, current_caller
from doorward.core.sessions import identifier_hash
from doorward.core.streams import ENVIRON_KEY, StreamRequest
from doorward.core.tokens import new_token
from doorward.store import accounts, tokens
from doorward.store.models import SessionRecord
from doorward.testing import Browser, Clock, Program, add_account, add_token, door_of, signed_in, test_settings
from doorward.web import people
from tests.support.doors import bare_app, entries, everything_stored, last_entry

BOSS = Caller(account_id="boss", name="boss", roles=frozenset({"admin"}))


def who() -> Any:
    caller = current_caller()
    return jsonify(
        account=caller.account_id,
        holder=caller.holder,
        name=caller.name,
        roles=sorted(caller.roles),
        participant=caller.is_participant,
        known=bool(current_account),
    )


def add_routes(app: Flask) -> None:
    def add(path: str, rule: Callable[[Any], Any]) -> None:
        app.add_url_rule(path, path.strip("/"), rule(lambda: who()), methods=["GET", "POST", "PUT", "DELETE"])

    add("/public", access.public)
    add("/member", access.member)
    add("/contribute", access.scope("planning:contribute"))
    add("/organise", access.scope("planning:organise"))
    add("/boss", lambda view: access.role("admin")(access.scope("planning:contribute")(view)))
    add("/sudo", lambda view: access.fresh(access.scope("planning:contribute")(view)))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _another_day(clock: Clock) -> None:
    clock.now = datetime(clock.now.year, clock.now.month, clock.now.day, 12, tzinfo=UTC) + timedelta(days=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("participants")


@pytest.fixture(scope="module")
def app(data: Path, clock: Clock) -> Flask:
    app = bare_app()
    add_routes(app)
    Doorward(app, settings=test_settings(data), clock=clock).start()
    add_account(app, "boss", "admin")
    return app


def invite(app: Flask, owner: str = "boss", **options: Any) -> str:
    return add_token(app, owner, "planning:contribute", for_person=True, **{"name": "Hill Street", **options})


def try_to_enter(app: Flask, token: str, browser: Browser | None = None, **fields: str) -> TestResponse:
    browser = browser or Browser(app)
    browser.get("/login/token")
    return browser.post("/login/token", {"token": token, **fields})


def entered(app: Flask, token: str, **options: Any) -> Browser:
    browser = Browser(app, **options)
    answer = try_to_enter(app, token, browser)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    browser.get("/login/token")
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/contribute").status_code == 200


def found(app: Flask, token: str) -> tokens.Found:
    with door_of(app).store.looking_up() as db:
        one = tokens.find(db, token)
    assert one is not None
    return one


# -- what they reach ----------------------------------------------------------------------------------------


def test_a_participant_reaches_what_the_token_names_as_nobodys_account(app: Flask) -> None:
    token = invite(app)
    browser = entered(app, f"  {token}\n")
    seen = browser.get("/contribute").get_json()
    assert seen == {
        "account": None,
        "holder": f"token:{found(app, token).token_id}",
        "name": "Hill Street",
        "roles": [],
        "participant": True,
        "known": False,
    }
    assert browser.post("/contribute").status_code == 200
    assert browser.get("/public").get_json() == seen
    refused = [
        browser.get(path).status_code for path in ("/organise", "/boss", "/sudo", "/member", "/account", "/admin")
    ]
    assert refused == [403] * 6
    entry = last_entry(door_of(app), "session.started")
    assert (entry.on, entry.who_name) == (seen["holder"], f"Hill Street (token {found(app, token).token_id})")


def test_no_route_of_the_census_that_names_no_scope_lets_a_participant_in(app: Flask) -> None:
    browser = entered(app, invite(app))
    tried = 0
    for route in list(door_of(app).census.routes()):
        if route.demand.rule.public:
            continue
        path = re.sub(r"<int:[^>]+>", "1", route.path)
        path = re.sub(r"<[^>]+>", "x", path)
        answer = browser.send(route.method, path, headers={"X-CSRF-Token": browser.token})
        opened = route.demand.rule.scopes == {"planning:contribute"} and not (
            route.demand.rule.roles or route.demand.rule.fresh
        )
        assert answer.status_code == (200 if opened else 403), (route.method, path, answer.status_code)
        tried += 1
    assert tried > 30
    assert is_in(browser)


def test_a_participants_browser_still_has_to_prove_that_a_form_is_ours(app: Flask) -> None:
    browser = entered(app, invite(app))
    assert browser.send("POST", "/contribute").status_code == 400
    assert (
        browser.send("POST", "/contribute", data={"csrf_token": Browser(app).get("/login").data[:86]}).status_code
        == 400
    )
    foreign = browser.send(
        "POST", "/contribute", data={"csrf_token": browser.token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 400
    assert browser.post("/contribute").status_code == 200


def test_the_token_itself_works_for_programs_too_and_is_nobodys_account_there(app: Flask) -> None:
    seen = Program(app, invite(app)).get("/contribute").get_json()
    assert (seen["account"], seen["participant"]) == (None, False)
    assert seen["holder"].startswith("token:")


# -- who gets in --------------------------------------------------------------------------------------------


def dead_or_wrong(app: Flask, clock: Clock) -> dict[str, str]:
    """Tokens that open no session."""
    revoked, rotated, expired = invite(app), invite(app), invite(app, life=timedelta(0))
    blocked_id = add_account(app, f"owner.{datetime.now(UTC).microsecond}")
    with door_of(app).store.transaction() as tx:
        account = accounts.by_id(tx.db, blocked_id)
        assert account is not None
        owner = account.name
        one, other = tokens.find(tx.db, revoked), tokens.find(tx.db, rotated)
        assert one is not None
        assert other is not None
        tokens.revoke(tx, one.token_id)
        tokens.rotate(tx, other.token_id, None, timedelta(days=1), timedelta(0))
    of_blocked = invite(app, owner)
    people.block(door_of(app).store, BOSS, blocked_id)
    return {
        "revoked": revoked,
        "rotated out": rotated,
        "expired": expired,
        "of a blocked owner": of_blocked,
        "for a program": add_token(app, "boss", "planning:contribute"),
        "unknown": new_token(),
        "cut short": invite(app)[:-1],
        "empty": "",
        "long": "dw_" + "a" * 4000,
        "odd": "dw_\x00ü'; --",
    }


def test_every_token_that_opens_no_session_gets_the_same_answer(app: Flask, clock: Clock) -> None:
    pages = set()
    for name, token in dead_or_wrong(app, clock).items():
        browser = Browser(app, address=f"198.51.100.{len(pages)}" if name != "empty" else "198.51.100.200")
        answer = try_to_enter(app, token, browser)
        assert answer.status_code == 401, name
        text = re.sub(r'(nonce|value|content)="[^"]*"', "", answer.get_data(as_text=True))
        pages.add(text)
        assert not is_in(browser)
        if token:
            assert token not in answer.get_data(as_text=True)
            assert token not in repr(entries(door_of(app)))
        clock.forward(minutes=2)
    assert len(pages) == 1
    reasons = {
        re.sub(r'.*"reason":"([^"]*)".*', r"\1", entry.details) for entry in entries(door_of(app), "session.refused")
    }
    assert {"revoked", "expired", "unknown", "malformed", "made for a program", "owner may not sign in"} <= reasons


def test_wrong_tokens_are_limited_and_a_classroom_with_right_ones_is_not(app: Flask) -> None:
    guesses = [try_to_enter(app, new_token(), Browser(app, address="203.0.113.1")).status_code for _ in range(12)]
    assert guesses == [401] * 10 + [429] * 2
    token = invite(app)
    assert all(is_in(entered(app, token, address="203.0.113.2")) for _ in range(15))


def test_only_the_form_of_this_site_signs_in(app: Flask) -> None:
    assert Browser(app).send("POST", "/login/token", data={"token": invite(app)}).status_code == 400


def test_after_signing_in_one_lands_here_and_nowhere_else(app: Flask) -> None:
    token = invite(app)
    for wanted, lands in (("/contribute", "/contribute"), ("//evil.example", "/login/token"), ("", "/login/token")):
        assert try_to_enter(app, token, next=wanted).headers["Location"] == lands


# -- how it ends --------------------------------------------------------------------------------------------


def revoke(app: Flask, clock: Clock, token: str) -> None:
    with door_of(app).store.transaction() as tx:
        tokens.revoke(tx, found(app, token).token_id)


def expire(app: Flask, clock: Clock, token: str) -> None:
    clock.forward(days=1)


def rotate_out(app: Flask, clock: Clock, token: str) -> None:
    with door_of(app).store.transaction() as tx:
        tokens.rotate(tx, found(app, token).token_id, None, timedelta(days=90), timedelta(hours=1))
    clock.forward(hours=1)


def block_owner(app: Flask, clock: Clock, token: str) -> None:
    people.block(door_of(app).store, BOSS, found(app, token).owner_id)


@pytest.mark.parametrize("end", [revoke, expire, rotate_out, block_owner])
def test_the_session_ends_with_the_token(app: Flask, clock: Clock, end: Callable[[Flask, Clock, str], None]) -> None:
    owner = f"organiser.{end.__name__.replace('_', '.')}"
    add_account(app, owner)
    token, other = invite(app, owner, life=timedelta(days=1)), invite(app)
    browser, bystander = entered(app, token), entered(app, other)
    assert is_in(browser)
    end(app, clock, token)
    assert not is_in(browser)
    assert browser.get("/contribute").headers["Location"].startswith("/login")
    assert is_in(bystander)


def test_during_the_overlap_of_a_rotation_the_session_goes_on(app: Flask, clock: Clock) -> None:
    token = invite(app)
    browser = entered(app, token)
    with door_of(app).store.transaction() as tx:
        new = tokens.rotate(tx, found(app, token).token_id, None, timedelta(days=90), timedelta(hours=24))
    clock.forward(hours=23)
    assert is_in(browser)
    assert entered(app, new).get("/contribute").get_json()["holder"] == browser.get("/contribute").get_json()["holder"]


def test_a_session_that_nobody_uses_ends_before_its_token(app: Flask, clock: Clock) -> None:
    token = invite(app, life=None)
    browser = entered(app, token)
    clock.forward(days=13)
    assert is_in(browser)
    clock.forward(days=14)
    assert not is_in(browser)
    assert is_in(entered(app, token))


def test_signing_out_ends_it_on_the_server(app: Flask) -> None:
    browser = entered(app, invite(app))
    cookie = browser.client.get_cookie("doorward")
    assert cookie is not None
    copy = Browser(app)
    copy.client.set_cookie("doorward", cookie.value)
    assert is_in(copy)
    assert browser.sign_out().status_code == 303
    assert not is_in(browser)
    assert not is_in(copy)
    assert last_entry(door_of(app), "session.ended").on.startswith("token:")


def test_one_browser_is_one_person_whichever_way_they_sign_in(app: Flask) -> None:
    token = invite(app)
    browser = signed_in(app, "maria")
    as_maria = browser.client.get_cookie("doorward")
    assert try_to_enter(app, token, browser).status_code == 303
    as_participant = browser.client.get_cookie("doorward")
    assert as_maria is not None
    assert as_participant is not None
    assert browser.get("/member").status_code == 403
    browser.sign_in("maria")
    assert browser.get("/contribute").get_json()["account"] is not None
    for old in (as_maria, as_participant):
        thief = Browser(app)
        thief.client.set_cookie("doorward", old.value)
        assert thief.get("/contribute").status_code == 303


@pytest.mark.parametrize("planted", ["t.", "t.x", "t." + "a" * 43, "t." + "ü" * 10, "t.v.x.00"])
def test_a_planted_cookie_opens_nothing_and_is_not_kept(app: Flask, planted: str) -> None:
    browser = Browser(app)
    browser.client.set_cookie("doorward", planted)
    assert not is_in(browser)
    assert try_to_enter(app, invite(app), browser).status_code == 303
    cookie = browser.client.get_cookie("doorward")
    assert cookie is not None
    assert cookie.value != planted


def test_the_cookie_of_an_account_is_not_one_of_a_participant_with_another_beginning(app: Flask) -> None:
    maria, participant = signed_in(app, "maria"), entered(app, invite(app))
    for browser, change in ((maria, lambda v: f"t.{v}"), (participant, lambda v: v[2:])):
        cookie = browser.client.get_cookie("doorward")
        assert cookie is not None
        thief = Browser(app)
        thief.client.set_cookie("doorward", change(cookie.value))
        assert thief.get("/contribute").status_code == 303
        assert thief.get("/member").status_code == 303


def test_a_stolen_database_opens_no_participants_session(app: Flask, data: Path) -> None:
    browser = entered(app, invite(app))
    cookie = browser.client.get_cookie("doorward")
    assert cookie is not None
    stored = everything_stored(data)
    assert identifier_hash(cookie.value).encode() in stored
    assert cookie.value[2:].encode() not in stored


def test_housekeeping_and_lists_of_sessions_are_not_disturbed(app: Flask) -> None:
    entered(app, invite(app, "boss"))
    boss = signed_in(app, "boss")
    page = boss.get("/account")
    assert page.status_code == 200
    assert boss.post("/account/sessions/end-others").status_code == 303
    with door_of(app).store.reading() as db:
        assert db.query(SessionRecord).where(SessionRecord.account_id.is_(None)).count() > 0


def test_a_stream_of_a_participant_knows_its_session_and_its_secret(app: Flask, clock: Clock) -> None:
    from tests.web.test_tokens_live import unscoped  # noqa: F401  (registers a topic for everybody)

    class Opener:
        opened: list[StreamRequest] = []

        def open(self, request: StreamRequest) -> None:
            self.opened.append(request)

    token = invite(app, life=timedelta(hours=5))
    browser = entered(app, token)
    environ = {ENVIRON_KEY: Opener()}
    query = {"topic": ["tests.unscoped:for everybody"]}
    assert browser.get("/live", query_string=query, environ_overrides=environ).status_code == 200
    (stream,) = Opener.opened
    assert (stream.account_id, stream.secret_id) == (None, found(app, token).secret_id)
    assert stream.session_id is not None
    assert stream.expires_at == clock.now + timedelta(hours=5)


def test_where_sessions_end_with_the_tab_an_open_page_keeps_a_participant_in(tmp_path: Path, clock: Clock) -> None:
    app = bare_app()
    add_routes(app)
    Doorward(app, settings=test_settings(tmp_path, session_per_tab=True), clock=clock).start()
    add_account(app, "boss", "admin")
    token = invite(app)
    here, gone = entered(app, token), entered(app, token)
    for _ in range(5):
        clock.forward(minutes=1)
        assert here.post("/account/here").status_code == 204
    assert is_in(here)
    assert not is_in(gone)
    assert "here.js" in here.get("/logout").get_data(as_text=True) + here.get("/login/token").get_data(as_text=True)
