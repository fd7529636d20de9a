"""Signing in: nothing tells who exists, guesses run into limits, strangers lock nobody out, old hashes are upgraded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from doorward import Caller, access, current_account
from doorward.store import accounts
from doorward.store.tallies_sqlite import SqliteTallies
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import people
from tests.support.doors import app_behind, entries, last_entry

BOSS = Caller(account_id="boss", name="boss", roles=frozenset({"admin"}))
WRONG = "certainly not the password"


def routes(app: Flask) -> None:
    app.add_url_rule("/me", "me", access.member(lambda: str(current_account.name)))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Flask:
    app = app_behind(tmp_path_factory.mktemp("signing-in"), routes, clock)
    add_account(app, "maria")
    blocked = add_account(app, "block")
    people.block(door_of(app).store, BOSS, blocked)
    return app


@pytest.fixture(autouse=True)
def _later(clock: Clock) -> None:
    clock.forward(days=1)  # no limit reaches from one test into the next


def comparable(response: TestResponse, name: str) -> dict[str, Any]:
    """What of an answer must not differ; what is random on every page is left out."""
    page = response.get_data(as_text=True).replace(name, "NAME")
    page = re.sub(r'(csrf-token" content|csrf_token" value|nonce)="[^"]+"', r'\1="…"', page)
    changing = {"X-Request-Id", "Content-Length", "Content-Security-Policy", "Set-Cookie"}
    headers = {key: value for key, value in response.headers.items() if key not in changing}
    policy = re.sub(r"nonce-[^']+", "nonce", response.headers["Content-Security-Policy"])
    cookies = sorted(cookie.split("=")[0] for cookie in response.headers.getlist("Set-Cookie"))
    return {"status": response.status_code, "page": page, "headers": headers, "policy": policy, "cookies": cookies}


NAMES = ["maria", "nobod", "block", "BLOCK", "dele\0", "ünïco"]


def fail(app: Flask, name: str, password: str, address: str = "203.0.113.5", **headers: str) -> TestResponse:
    return Browser(app, address=address).post("/login", {"username": name, "password": password}, headers=headers)


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("password", [WRONG, "", "x" * 1025, "\0"])
def test_the_answer_does_not_tell_whether_a_name_exists(app: Flask, password: str, as_json: bool) -> None:
    headers = {"Accept": "application/json"} if as_json else {}
    answers = [comparable(fail(app, name, password, **headers), name) for name in NAMES]
    assert answers[0]["status"] == 401
    assert all(answer == answers[0] for answer in answers)


def test_a_blocked_account_reads_the_same_even_with_the_right_password(app: Flask) -> None:
    right, wrong = fail(app, "block", PASSWORD), fail(app, "nobod", PASSWORD)
    assert comparable(right, "block") == comparable(wrong, "nobod")


@pytest.mark.parametrize("name", ["maria", "nobod", "block"])
def test_the_same_work_is_done_for_every_name(app: Flask, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    hasher = door_of(app).hashing._hasher
    real = hasher._check
    monkeypatch.setattr(hasher, "_check", lambda stored, secret: checked.append(stored) or real(stored, secret))
    before = len(entries(door_of(app)))
    fail(app, name, WRONG)
    assert len(checked) == 1
    assert len(entries(door_of(app))) == before + 1


def test_an_unknown_name_is_locked_out_like_a_known_one(app: Flask) -> None:
    for name in ("maria", "nobod"):
        statuses = [fail(app, name, WRONG, address=f"203.0.113.{number}").status_code for number in range(7)]
        assert statuses == [401] * 5 + [429] * 2
    locked = [fail(app, name, WRONG, address="203.0.113.99") for name in ("maria", "nobod")]
    assert comparable(locked[0], "maria") == comparable(locked[1], "nobod")


# -- guessing -----------------------------------------------------------------------------------------------


def test_after_five_failures_not_even_the_right_password_is_tried_for_a_while(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesser = Browser(app, address="198.51.100.1")
    for _ in range(5):
        assert guesser.try_to_sign_in("maria", WRONG).status_code == 401
    with monkeypatch.context() as patch:
        patch.setattr(door_of(app).hashing, "verify", lambda *_: pytest.fail("a password was tried"))
        locked = guesser.try_to_sign_in("maria")
    assert locked.status_code == 429
    assert 0 < int(locked.headers["Retry-After"]) <= 15 * 60
    assert re.search(r'"sign-in-account";r=0;t=\d+', locked.headers["RateLimit"])
    assert '"sign-in-account";q=5;w=900' in locked.headers["RateLimit-Policy"]
    assert last_entry(door_of(app), "session.locked_out").who_name == "maria"
    clock.forward(seconds=int(locked.headers["Retry-After"]))
    assert guesser.try_to_sign_in("maria").status_code == 303


def test_changing_the_address_the_cookie_or_the_case_gives_no_further_guesses(app: Flask) -> None:
    spellings = ["maria", "MARIA", "Maria", "ｍaria", "mariA", "maria"]
    statuses = [fail(app, name, WRONG, f"2001:db8:{n}::1").status_code for n, name in enumerate(spellings)]
    assert statuses == [401] * 5 + [429]


def test_strangers_do_not_lock_out_a_browser_that_the_account_has_used(app: Flask) -> None:
    own = signed_in(app, "maria", address="198.51.100.2")
    own.sign_out()
    stranger = Browser(app, address="198.51.100.2")  # even behind the same address
    for _ in range(12):
        stranger.try_to_sign_in("maria", WRONG)
    assert stranger.try_to_sign_in("maria").status_code == 429
    assert own.try_to_sign_in("maria").status_code == 303


def test_a_known_browser_has_a_limit_of_its_own(app: Flask) -> None:
    own = signed_in(app, "maria")
    own.sign_out()
    assert [own.try_to_sign_in("maria", WRONG).status_code for _ in range(6)] == [401] * 5 + [429]
    assert own.try_to_sign_in("maria").status_code == 429


def test_being_known_to_one_account_or_forging_it_opens_no_other(app: Flask) -> None:
    add_account(app, "mallory") if not _exists(app, "mallory") else None
    known = signed_in(app, "mallory", address="198.51.100.3")
    known.sign_out()
    value = known.client.get_cookie("doorward_devices").value
    tampered = value.replace("=", "=0", 1)
    for cookie in (value, tampered, "x", value[:-2]):
        guesser = Browser(app, address="198.51.100.4")
        guesser.client.set_cookie("doorward_devices", cookie)
        guesser.try_to_sign_in("maria", WRONG)
    guesser.try_to_sign_in("maria", WRONG)
    assert guesser.try_to_sign_in("maria", WRONG).status_code == 429


def _exists(app: Flask, name: str) -> bool:
    with door_of(app).store.reading() as db:
        return accounts.by_name_key(db, name) is not None


def test_an_address_is_limited_by_its_failures_and_not_by_its_successes(app: Flask) -> None:
    for _ in range(15):
        assert Browser(app, address="198.51.100.5").try_to_sign_in("maria").status_code == 303
    sprayed = [fail(app, f"victim{number}", WRONG, "198.51.100.5").status_code for number in range(12)]
    assert sprayed == [401] * 10 + [429] * 2
    assert Browser(app, address="198.51.100.6").try_to_sign_in("maria").status_code == 303


def test_an_ipv6_subscriber_is_one_address_however_many_it_uses(app: Flask) -> None:
    statuses = [fail(app, f"target{n}", WRONG, f"2001:db8:1:2::{n:x}").status_code for n in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert fail(app, "target99", WRONG, "2001:db8:1:3::1").status_code == 401


def test_guesses_at_the_same_moment_do_not_slip_through_together(app: Flask) -> None:
    browsers = [Browser(app, address=f"192.0.2.{number}") for number in range(16)]
    for browser in browsers:
        browser.get("/login")
    with ThreadPoolExecutor(16) as pool:
        fields = {"username": "maria", "password": WRONG}
        statuses = list(pool.map(lambda browser: browser.post("/login", fields).status_code, browsers))
    assert sorted(statuses) == [401] * 5 + [429] * 11


def test_when_the_limits_cannot_be_kept_nobody_signs_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(SqliteTallies, "change", broken)
    monkeypatch.setattr(SqliteTallies, "failures", (OSError,), raising=False)
    refused = Browser(app).try_to_sign_in("maria")
    assert refused.status_code == 503
    assert "Retry-After" in refused.headers
    monkeypatch.undo()
    assert Browser(app).try_to_sign_in("maria").status_code == 303


def test_a_limit_on_a_view_answers_429_with_what_the_caller_needs_to_know(tmp_path: Path) -> None:
    from doorward import limit

    def limited(app: Flask) -> None:
        app.add_url_rule("/one", "one", limit("2/minute", per="address")(access.public(lambda: "one")))
        app.add_url_rule("/own", "own", limit("1/minute")(access.member(lambda: "own")))

    app = app_behind(tmp_path, limited)
    for left in (1, 0):
        assert f";r={left};" in Browser(app).get("/one").headers["RateLimit"]
    full = Browser(app).get("/one")
    assert full.status_code == 429
    assert int(full.headers["Retry-After"]) > 0
    assert ";q=2;w=60" in full.headers["RateLimit-Policy"]
    assert Browser(app, address="192.0.2.1").get("/one").status_code == 200
    maria, other = signed_in(app, "maria"), signed_in(app, "other")
    assert [maria.get("/own").status_code, other.get("/own").status_code, maria.get("/own").status_code] == [
        200,
        200,
        429,
    ]
    again = signed_in(app, "maria", address="192.0.2.9")
    assert again.get("/own").status_code == 429


@pytest.mark.parametrize("path", ["/account/confirm", "/account/password"])
def test_a_session_that_was_stolen_cannot_guess_the_password(app: Flask, path: str) -> None:
    thief = signed_in(app, f"robbed.{path.rsplit('/')[-1]}")
    fields = {"current_password": WRONG, "password": WRONG, "password_again": WRONG}
    statuses = [thief.post(path, fields) for _ in range(7)]
    limited = thief.post(path, {**fields, "current_password": PASSWORD, "password": PASSWORD})
    assert [answer.status_code for answer in statuses][:5] == [401 if "confirm" in path else 422] * 5
    assert limited.status_code == (429 if "confirm" in path else 422)
    if "confirm" in path:
        assert int(limited.headers["Retry-After"]) > 0
    else:
        assert b"Too many attempts" in limited.data


# -- older hashes -------------------------------------------------------------------------------------------


def raw_pbkdf2(password: str) -> str:
    salt = b"sixteen bytes ok"
    return f"{salt.hex()}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt, 100_000).hex()}"


LEGACY: dict[str, Callable[[str], str]] = {
    "scrypt": lambda password: generate_password_hash(password, "scrypt:1024:8:1"),
    "pbkdf2": lambda password: generate_password_hash(password, "pbkdf2:sha256:1000"),
    "raw": raw_pbkdf2,
}


@pytest.mark.parametrize("kind", LEGACY)
def test_an_older_hash_is_verified_once_and_upgraded(app: Flask, kind: str) -> None:
    def stored() -> str:
        with door_of(app).store.reading() as db:
            account = accounts.by_id(db, account_id)
            assert account is not None
            return account.password_hash

    name = f"legacy.{kind}"
    account_id = add_account(app, name)
    with door_of(app).store.transaction() as tx:
        account = accounts.by_id(tx.db, account_id)
        assert account is not None
        account.password_hash = old = LEGACY[kind](PASSWORD)
    assert Browser(app).try_to_sign_in(name, WRONG).status_code == 401
    assert stored() == old
    assert Browser(app).try_to_sign_in(name).status_code == 303
    assert stored().startswith("$argon2id$")
    assert Browser(app).try_to_sign_in(name).status_code == 303
    assert Browser(app).try_to_sign_in(name, WRONG).status_code == 401


# -- the profile stig ---------------------------------------------------------------------------------------


def test_the_profile_stig_keeps_history_and_ages(tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    app = app_behind(tmp_path, routes, clock, password_profile="stig")
    passwords = [f"Harbour-{number}-november-QUIET" for number in range(7)]
    add_account(app, "maria", password=passwords[0])
    browser = Browser(app)
    browser.sign_in("maria", passwords[0])

    def change(old: str, new: str) -> TestResponse:
        fields = {"current_password": old, "password": new, "password_again": new}
        return browser.post("/account/password", fields)

    assert change(passwords[0], passwords[1]).status_code == 422  # younger than a day
    for old, new in pairwise(passwords[:6]):
        clock.forward(days=1)
        for weak in ("harbour-november-quiet", "HARBOUR-NOVEMBER-1", "Harbour november quiet", old):
            assert change(old, weak).status_code == 422
        assert change(old, new).status_code == 303
        browser.get("/account")
    clock.forward(days=1)
    assert change(passwords[5], passwords[1]).status_code == 422  # four passwords ago
    assert change(passwords[5], passwords[0]).status_code == 303  # longer ago than the history reaches


def test_a_password_that_is_due_must_be_changed_before_anything_else(tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    app = app_behind(tmp_path, routes, clock, password_profile="stig", session_idle="100d", session_absolute="100d")
    old, new = "Harbour-1-november-QUIET", "Harbour-2-november-QUIET"
    add_account(app, "maria", password=old)
    browser = Browser(app)
    browser.sign_in("maria", old)
    assert browser.get("/me").data == b"maria"
    clock.forward(days=60, seconds=1)
    assert browser.get("/me").headers["Location"] == "/account/password"
    assert browser.post("/account/sessions/end-others").status_code == 403
    assert browser.get("/me", headers={"Accept": "application/json"}).get_json()["error"]["code"] == "password_due"
    assert browser.get("/account/password").status_code == 200
    fields = {"current_password": old, "password": new, "password_again": new}
    assert browser.post("/account/password", fields).status_code == 303
    assert browser.get("/me").data == b"maria"


# -- where one goes afterwards ------------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https:evil.example",
    "https://evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "/a\r\nSet-Cookie: x=1",
    "/\x00",
    "/" + "a" * 3000,
    "",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(app: Flask, wanted: str) -> None:
    for path, fields in (("/login", {"username": "maria"}), ("/account/confirm", {})):
        browser = signed_in(app, "maria")
        answer = browser.post(path, {"password": PASSWORD, "next": wanted, **fields})
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/"
    assert browser.get("/login", query_string={"next": wanted}).headers["Location"] == "/"


@pytest.mark.parametrize("wanted", ["/me", "/me?a=1&b=//x", "/%2f%2fevil.example", "/%5cevil", "/a:b@c", "/./x"])
def test_signing_in_leads_back_to_a_page_of_ours(app: Flask, wanted: str) -> None:
    browser = Browser(app)
    answer = browser.post("/login", {"username": "maria", "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == wanted


def test_a_redirect_to_the_sign_in_names_only_this_server(app: Flask) -> None:
    for path in ("/me", "/me?next=https://evil.example", "/account"):
        location = Browser(app).get(path).headers["Location"]
        assert location.startswith("/login?next=/")
    assert not Browser(app).get("//evil.example/..").headers.get("Location", "").startswith("//")


@pytest.mark.parametrize("path", ["/login", "/account/confirm", "/account/password"])
def test_only_a_form_is_a_form(app: Flask, path: str) -> None:
    browser = signed_in(app, "maria")
    answer = browser.post_json(path, {"username": "maria", "password": PASSWORD})
    assert answer.status_code == 415
    assert answer.get_json()["error"]["code"] == "unsupported_media_type"


def test_signing_in_works_for_programs_too(app: Flask) -> None:
    browser = Browser(app)
    answer = browser.post(
        "/login", {"username": "Maria", "password": PASSWORD, "next": "/me"}, headers={"Accept": "application/json"}
    )
    assert answer.get_json() == {"signed_in": "maria", "next": "/me"}
    assert browser.get("/me").data == b"maria"
