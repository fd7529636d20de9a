"""Sessions: nobody plants, keeps or revives one; they end when they should, everywhere and at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward import Caller, access, current_account, settings
from doorward.core.sessions import identifier_hash, new_identifier
from doorward.store import accounts
from doorward.store.models import SessionRecord
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import people, signing_in
from doorward.web.checks import caller
from tests.support.doors import app_behind, everything_stored, last_entry

BOSS = Caller(account_id="boss", name="boss", roles=frozenset({"admin"}))


def routes(app: Flask) -> None:
    app.add_url_rule("/me", "me", access.member(lambda: str(current_account.name)))
    app.add_url_rule("/poll", "poll", access.passive(access.member(lambda: "polled")))
    app.add_url_rule("/fresh", "fresh", access.fresh(lambda: "fresh"))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _back_to_the_start(clock: Clock) -> None:
    clock.now = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions")


@pytest.fixture(scope="module")
def app(data: Path, clock: Clock) -> Flask:
    return app_behind(data, routes, clock)


def cookie(browser: Browser, name: str = "doorward") -> str:
    """The value of this browser's cookie."""
    found = browser.client.get_cookie(name)
    assert found is not None
    return found.value


def with_cookie(app: Flask, value: str) -> Browser:
    """A browser that somebody has put this session cookie into."""
    browser = Browser(app)
    browser.client.set_cookie("doorward", value)
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/me").status_code == 200


# -- fixation and replay ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "planted",
    [pytest.param(new_identifier(), id="identifier"), "v.planted.00", "x", "", "a" * 199, "a" * 3000, "ünïcode", "\0"],
)
def test_a_planted_cookie_is_not_what_one_is_signed_in_by(app: Flask, planted: str) -> None:
    browser = with_cookie(app, planted)
    browser.sign_in("maria") if _exists(app, "maria") else signed_in(app, "maria")
    browser.sign_in("maria")
    assert is_in(browser)
    assert cookie(browser) != planted
    assert not is_in(with_cookie(app, planted))


def _exists(app: Flask, name: str) -> bool:
    with door_of(app).store.reading() as db:
        return accounts.by_name_key(db, name) is not None


def test_a_visitors_own_cookie_is_not_promoted_at_sign_in(app: Flask) -> None:
    browser = Browser(app)
    signed_in(app, "maria")
    browser.get("/login")
    visit = cookie(browser)
    browser.sign_in("maria")
    assert is_in(browser)
    assert not is_in(with_cookie(app, visit))


def sign_in_again(browser: Browser) -> None:
    browser.sign_in("maria")


def confirm(browser: Browser) -> None:
    assert browser.post("/account/confirm", {"password": PASSWORD}).status_code == 303


def change_password(browser: Browser) -> None:
    for old, new in ((PASSWORD, PASSWORD[::-1]), (PASSWORD[::-1], PASSWORD)):
        fields = {"current_password": old, "password": new, "password_again": new}
        assert browser.post("/account/password", fields).status_code == 303
        browser.get("/account")


def sign_out(browser: Browser) -> None:
    assert browser.sign_out().status_code == 303


@pytest.mark.parametrize("act", [sign_in_again, confirm, change_password, sign_out])
def test_the_identifier_changes_and_the_one_before_is_worth_nothing(app: Flask, act: Callable[[Browser], None]) -> None:
    browser = signed_in(app, "maria")
    before = cookie(browser)
    assert is_in(with_cookie(app, before))
    act(browser)
    assert is_in(browser) == (act is not sign_out)
    assert not is_in(with_cookie(app, before))


def test_signing_out_ends_the_session_on_the_server_and_clears_the_browser(app: Flask) -> None:
    browser = signed_in(app, "maria")
    value = cookie(browser)
    out = browser.sign_out()
    assert '"storage"' in out.headers["Clear-Site-Data"]
    assert '"cache"' in out.headers["Clear-Site-Data"]
    assert any(re.match(r"doorward=;.*Max-Age=0", header) for header in out.headers.getlist("Set-Cookie"))
    with door_of(app).store.reading() as db:
        assert db.query(SessionRecord).where(SessionRecord.hash == identifier_hash(value)).count() == 0
    assert last_entry(door_of(app), "session.ended").who_name == "maria"
    assert "Clear-Site-Data" not in Browser(app).get("/logout").headers


def test_without_the_server_side_end_a_copied_cookie_would_live_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed_in(app, "maria")
    value = cookie(browser)
    monkeypatch.setattr(signing_in.sessions, "end", lambda *_: None)
    browser.sign_out()
    assert is_in(with_cookie(app, value))


def test_a_stolen_database_opens_no_session(app: Flask, data: Path) -> None:
    browser = signed_in(app, "maria")
    stored = everything_stored(data)
    assert identifier_hash(cookie(browser)).encode() in stored
    assert cookie(browser).encode() not in stored
    assert not is_in(with_cookie(app, identifier_hash(cookie(browser))))


# -- blocked, deleted, other rights -------------------------------------------------------------------------


def block(app: Flask, account_id: str) -> None:
    people.block(door_of(app).store, BOSS, account_id)


def delete(app: Flask, account_id: str) -> None:
    people.delete(door_of(app).store, BOSS, account_id)


def end_sessions(app: Flask, account_id: str) -> None:
    people.end_sessions(door_of(app).store, BOSS, account_id)


def change_role(app: Flask, account_id: str) -> None:
    people.set_roles(door_of(app).store, BOSS, account_id, frozenset({"editor"}), {"editor"})


@pytest.mark.parametrize("act", [block, delete, end_sessions, change_role])
def test_every_device_is_out_at_the_next_request(app: Flask, act: Callable[[Flask, str], None]) -> None:
    name = act.__name__.replace("_", "-") + "-me"
    account_id = add_account(app, name)
    devices = [signed_in(app, name) for _ in range(3)]
    stranger = signed_in(app, "maria")
    assert all(map(is_in, devices))
    act(app, account_id)
    assert not any(map(is_in, devices))
    assert is_in(stranger)
    again = Browser(app).try_to_sign_in(name).status_code
    assert again == (303 if act in (end_sessions, change_role) else 401)


def test_a_blocked_account_is_out_even_while_its_session_is_still_recorded(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blocked_by_hand(status: str) -> None:
        with door_of(app).store.transaction() as tx:
            account = accounts.by_name_key(tx.db, "by.hand")
            assert account is not None
            account.status = status

    browser = signed_in(app, "by.hand")
    blocked_by_hand("blocked")
    assert not is_in(browser)
    monkeypatch.setattr(caller, "_may_go_on", lambda *_: True)
    assert is_in(browser)


def test_a_sign_in_under_way_does_not_outrun_a_block_or_a_new_password(
    app: Flask, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    pool = door_of(app).hashing
    real = pool.verify
    account_id = add_account(app, "racer")

    def slowly(act: Callable[[], object]) -> Callable[[str, str], object]:
        def verify(stored: str, password: str) -> object:
            verdict = real(stored, password)
            act()
            return verdict

        return verify

    def other_password() -> None:
        clock.forward(seconds=1)
        with door_of(app).store.transaction() as tx:
            account = accounts.by_id(tx.db, account_id)
            assert account is not None
            accounts.replace_password(tx, account, pool.hash("another password, quite long"))

    assert Browser(app).try_to_sign_in("racer").status_code == 303
    for act in (other_password, lambda: block(app, account_id)):
        browser = Browser(app)
        password = PASSWORD if act is other_password else "another password, quite long"
        with monkeypatch.context() as patch:
            patch.setattr(pool, "verify", slowly(act))
            assert browser.try_to_sign_in("racer", password).status_code == 401
        assert not is_in(browser)


@pytest.mark.parametrize("path", ["/account/confirm", "/account/password"])
def test_a_session_that_ends_while_the_password_is_checked_changes_nothing(
    app: Flask, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"ends.during.{path.rsplit('/', 1)[1]}"
    browser = signed_in(app, name)
    pool = door_of(app).hashing
    real = pool.verify

    def verify(stored: str, password: str) -> object:
        people.end_sessions(door_of(app).store, BOSS, current_account.id)
        return real(stored, password)

    new = "another password, quite long"
    fields = {"current_password": PASSWORD, "password": new if "password" in path else PASSWORD}
    with monkeypatch.context() as patch:
        patch.setattr(pool, "verify", verify)
        assert browser.post(path, fields).status_code == 401
    assert not is_in(browser)
    assert Browser(app).try_to_sign_in(name).status_code == 303


def test_changing_the_password_ends_all_other_sessions(app: Flask) -> None:
    here, there, stranger = signed_in(app, "careful"), signed_in(app, "careful"), signed_in(app, "maria")
    change_password(here)
    assert is_in(here)
    assert not is_in(there)
    assert is_in(stranger)


def test_ending_the_others_keeps_this_one(app: Flask) -> None:
    here, there, stranger = signed_in(app, "careful"), signed_in(app, "careful"), signed_in(app, "maria")
    here.post("/account/sessions/end-others")
    assert (is_in(here), is_in(there), is_in(stranger)) == (True, False, True)


def test_nobody_can_end_the_session_of_somebody_else_by_its_number(app: Flask) -> None:
    victim, thief = signed_in(app, "maria"), signed_in(app, "thief")
    with door_of(app).store.reading() as db:
        row = db.query(SessionRecord).where(SessionRecord.hash == identifier_hash(cookie(victim))).one()
    path = f"/account/sessions/{row.id}/end"
    foreign, unknown = thief.post(path), thief.post("/account/sessions/999999999/end")
    assert foreign.status_code == unknown.status_code == 404
    assert len(foreign.data) == len(unknown.data)
    assert thief.post(f"/account/sessions/{'9' * 40}/end").status_code == 404
    assert Browser(app).post(path).status_code == 401
    assert is_in(victim)
    other = signed_in(app, "maria")
    assert other.post(path).status_code == 303
    assert not is_in(victim)


# -- lifetimes ----------------------------------------------------------------------------------------------

LIVES = [("member", (), 14 * 24, 30 * 24), ("boss.idle", ("admin",), 12, 7 * 24)]


@pytest.mark.parametrize(("name", "roles", "idle", "absolute"), LIVES)
def test_a_session_ends_when_it_is_idle(
    app: Flask, clock: Clock, name: str, roles: tuple[str, ...], idle: int, absolute: int
) -> None:
    browser = signed_in(app, name, *roles)
    clock.forward(hours=idle - 0.1)
    assert is_in(browser)
    clock.forward(hours=idle - 0.1)
    assert is_in(browser)
    clock.forward(hours=idle + 0.1)
    assert not is_in(browser)


@pytest.mark.parametrize(("name", "roles", "idle", "absolute"), LIVES)
def test_a_session_ends_at_its_greatest_age_however_much_it_is_used(
    app: Flask, clock: Clock, name: str, roles: tuple[str, ...], idle: int, absolute: int
) -> None:
    browser = signed_in(app, name, *roles)
    steps = int(absolute / (idle * 0.75))
    for _ in range(steps):
        clock.forward(hours=absolute / (steps + 1))
        assert is_in(browser)
    clock.forward(hours=absolute / (steps + 1), seconds=1)
    assert not is_in(browser)


def test_passive_requests_do_not_keep_a_session_alive(app: Flask, clock: Clock) -> None:
    watched, used = signed_in(app, "member"), signed_in(app, "member")
    for _ in range(7):
        clock.forward(days=2)
        clock.forward(seconds=-1)
        assert watched.get("/poll").status_code == used.get("/poll").status_code == 200
        assert is_in(used)
    clock.forward(seconds=10)
    assert watched.get("/poll").status_code == 303
    assert used.get("/poll").status_code == 200


@pytest.mark.parametrize(("days", "alive"), [(-1, False), (-0.001, True), (13, True), (15, False), (4000, False)])
def test_a_clock_that_jumps_ends_sessions_rather_than_prolong_them(
    app: Flask, clock: Clock, days: float, alive: bool
) -> None:
    browser = signed_in(app, "member")
    clock.forward(days=days)
    assert is_in(browser) is alive
    clock.forward(days=-days)
    assert is_in(browser)


def test_a_clock_that_was_ahead_for_a_while_prolongs_nothing_beyond_the_greatest_age(app: Flask, clock: Clock) -> None:
    browser = signed_in(app, "member")
    clock.forward(days=13)
    assert is_in(browser)
    clock.forward(days=-13)
    assert is_in(browser)
    clock.forward(days=30, seconds=1)
    assert not is_in(browser)


def test_fresh_means_within_minutes_by_a_clock_that_is_not_behind(app: Flask, clock: Clock) -> None:
    browser = signed_in(app, "member")
    assert browser.get("/fresh").data == b"fresh"
    clock.forward(minutes=10, seconds=1)
    stale = browser.get("/fresh?a=1")
    assert stale.headers["Location"] == "/account/confirm?next=/fresh%3Fa%3D1"
    assert browser.get("/fresh", headers={"Accept": "application/json"}).status_code == 403
    done = browser.post("/account/confirm", {"password": PASSWORD, "next": "/fresh"})
    assert done.headers["Location"] == "/fresh"
    assert browser.get("/fresh").data == b"fresh"
    clock.forward(minutes=-1)
    assert browser.get("/fresh").status_code == 303


# -- cookies ------------------------------------------------------------------------------------------------


def set_cookies(response: TestResponse) -> dict[str, str]:
    headers = response.headers.getlist("Set-Cookie")
    return {header.split("=", 1)[0]: header for header in headers}


@pytest.mark.parametrize("secure", [False, True])
def test_cookies_have_the_flags_of_the_real_transport(app: Flask, secure: bool) -> None:
    signed_in(app, "maria")
    browser = Browser(app, secure=secure)
    visit = set_cookies(browser.get("/login"))
    found = {**visit, **set_cookies(browser.sign_in("maria"))}
    prefix = "__Host-" if secure else ""
    # The page cookie carries what is said once, such as the notice of a new browser.
    assert set(found) - {f"{prefix}doorward_page"} == {f"{prefix}doorward", f"{prefix}doorward_devices"}
    for header in [*visit.values(), *found.values()]:
        assert "; HttpOnly" in header
        assert "; SameSite=Lax" in header
        assert "; Path=/" in header
        assert "Domain" not in header
        assert "Partitioned" not in header
        assert ("; Secure" in header) is secure
    assert is_in(browser)


def test_a_session_of_plain_http_does_not_count_over_tls_and_the_other_way_round(app: Flask) -> None:
    plain, secure = signed_in(app, "maria"), signed_in(app, "maria", secure=True)
    over_tls = Browser(app, secure=True)
    over_tls.client.set_cookie("doorward", cookie(plain))
    assert not is_in(over_tls)
    without = Browser(app)
    without.client.set_cookie("__Host-doorward", cookie(secure, "__Host-doorward"))
    assert not is_in(without)


@pytest.mark.parametrize(("secure", "flags"), [(True, "SameSite=None; Partitioned"), (False, "SameSite=Lax")])
def test_embedding_is_an_explicit_setting_and_partitioned(tmp_path: Path, secure: bool, flags: str) -> None:
    app = app_behind(tmp_path, routes, cookie_samesite="none")
    add_account(app, "maria")
    header = next(iter(set_cookies(Browser(app, secure=secure).sign_in("maria")).values()))
    assert all(f"; {flag}" in header for flag in flags.split("; "))
    assert ("Partitioned" in header) is secure


def test_a_kept_session_has_a_cookie_that_lasts_and_a_shared_computers_has_not(app: Flask, tmp_path: Path) -> None:
    signed_in(app, "maria")
    kept = set_cookies(Browser(app).sign_in("maria", keep="1"))["doorward"]
    assert f"Max-Age={30 * 86400}" in kept
    assert "Max-Age" not in set_cookies(Browser(app).sign_in("maria"))["doorward"]
    shared = app_behind(tmp_path, routes, session_per_tab=True)
    add_account(shared, "maria")
    assert "Max-Age" not in set_cookies(Browser(shared).sign_in("maria", keep="1"))["doorward"]


def test_rotated_keys_sign_nobody_out(tmp_path: Path, clock: Clock) -> None:
    first = app_behind(tmp_path, routes, clock)
    maria, visitor = signed_in(first, "maria"), Browser(first)
    visitor.get("/login")
    settings.rotate_keys(tmp_path, {})
    second = app_behind(tmp_path, routes, clock)
    for browser in (maria, visitor):
        later = Browser(second)
        later.client._cookies, later.token = browser.client._cookies, browser.token
        assert is_in(later) is (browser is maria)
        assert later.post("/login", {"username": "maria", "password": "wrong, and long enough"}).status_code == 401
        assert later.get("/login").headers.getlist("Set-Cookie") == []
