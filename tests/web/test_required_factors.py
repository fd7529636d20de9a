"""A second factor required by role: who has none can do nothing else, and nobody can lock everybody out by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from doorward import access, current_account
from doorward.core.access import HOST
from doorward.store import factors
from doorward.testing import PASSWORD, Browser, Clock, door_of, signed_in
from doorward.web import people
from tests.support.doors import app_behind, last_entry
from tests.support.factors import Phone, code_step, enrol, password_step


def routes(app: Flask) -> None:
    app.add_url_rule("/me", "me", access.member(lambda: str(current_account.name)))
    app.add_url_rule("/write", "write", access.member(lambda: "written"), methods=["POST"])
    app.add_url_rule("/hello", "hello", access.public(lambda: str(current_account.name or "stranger")))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Flask:
    return app_behind(tmp_path / "data", routes, clock)


def require(browser: Browser, of: str) -> int:
    browser.get("/admin/security")
    return browser.post("/admin/security/factors", {"of": of}).status_code


@pytest.fixture
def boss(app: Flask, clock: Clock) -> tuple[Browser, Phone]:
    """An administrator with a second factor, signed in."""
    browser = signed_in(app, "boss", "admin")
    return browser, enrol(browser, clock)


def test_only_who_has_a_factor_and_a_way_back_can_require_one(app: Flask, clock: Clock) -> None:
    browser = signed_in(app, "boss", "admin")
    assert require(browser, "admin") == 409
    phone = enrol(browser, clock)
    with door_of(app).store.transaction() as tx:
        (account_id,) = factors.who_has_second(tx.db, [browser_id(app)])
        factors.drop_codes(tx, account_id)
    assert require(browser, "admin") == 409
    browser.post("/account/factors/codes")
    assert require(browser, "root") == 400
    assert require(browser, "admin") == 303
    assert last_entry(door_of(app), "security.second_factor").details == '{"before":"nobody","of":"admin"}'
    assert phone.secret


def browser_id(app: Flask, name: str = "boss") -> str:
    from doorward.store import accounts

    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name)
    assert account is not None
    return account.id


def test_requiring_is_for_administrators_with_a_fresh_sign_in(
    app: Flask, clock: Clock, boss: tuple[Browser, Phone]
) -> None:
    assert signed_in(app, "maria").post("/admin/security/factors", {"of": "admin"}).status_code == 403
    clock.forward(minutes=11)
    assert require(boss[0], "admin") == 403
    assert boss[0].send("POST", "/admin/security/factors", data={"of": "admin"}).status_code == 400


def test_who_has_none_can_do_nothing_but_set_one_up(app: Flask, clock: Clock, boss: tuple[Browser, Phone]) -> None:
    other, maria = signed_in(app, "other", "admin"), signed_in(app, "maria")
    assert require(boss[0], "admin") == 303
    assert maria.get("/me").status_code == 200
    assert other.get("/me").headers["Location"] == "/account/factors"
    for path in ("/account", "/admin/people", "/admin/journal", "/admin/security"):
        assert other.get(path).headers["Location"] == "/account/factors"
    assert other.post("/write").status_code == 403
    assert other.get("/me", headers={"Accept": "application/json"}).get_json()["error"]["code"] == "factor_due"
    assert other.get("/hello").data == b"stranger"  # on public pages too the session opens nothing
    assert b"Your role asks for a second factor" in other.get("/account/factors").data
    enrol(other, clock)
    assert other.get("/me").data == b"other"
    assert other.get("/hello").data == b"other"


def test_signing_in_anew_does_not_lead_past_it(app: Flask, clock: Clock, boss: tuple[Browser, Phone]) -> None:
    signed_in(app, "maria")
    assert require(boss[0], "member") == 303
    maria = Browser(app)
    assert maria.try_to_sign_in("maria", next="/me").headers["Location"] == "/me"
    assert maria.get("/me").headers["Location"] == "/account/factors"
    assert maria.get("/login").headers["Location"] == "/"
    clock.forward(minutes=11)
    assert maria.get("/account/factors").headers["Location"] == "/account/confirm?next=/account/factors"
    maria.get("/account/confirm")
    assert maria.post("/account/confirm", {"password": PASSWORD}).status_code == 303
    maria.get("/account/factors")
    enrol(maria, clock)
    assert maria.get("/me").data == b"maria"


def test_who_owes_one_can_still_sign_out(app: Flask, boss: tuple[Browser, Phone]) -> None:
    maria = signed_in(app, "maria")
    assert require(boss[0], "member") == 303
    value = maria.client.get_cookie("doorward").value
    assert maria.sign_out().status_code == 303
    copy = Browser(app)
    copy.client.set_cookie("doorward", value)
    assert copy.get("/account/factors").headers["Location"].startswith("/login")


def test_the_last_factor_stays_while_one_is_required(app: Flask, boss: tuple[Browser, Phone]) -> None:
    browser, phone = boss
    assert require(browser, "admin") == 303
    assert browser.post("/account/factors/totp/remove").status_code == 409
    assert code_step(password_step(app, "boss"), phone.code()).status_code == 303
    assert require(browser, "") == 303
    assert browser.post("/account/factors/totp/remove").status_code == 303


def test_moving_to_another_device_is_possible_while_one_is_required(
    app: Flask, clock: Clock, boss: tuple[Browser, Phone]
) -> None:
    browser, old = boss
    assert require(browser, "admin") == 303
    new = enrol(browser, clock)
    assert code_step(password_step(app, "boss"), old.code()).status_code == 401
    assert code_step(password_step(app, "boss"), new.code()).status_code == 303
    assert code_step(password_step(app, "boss"), old.codes[0]).status_code == 303  # the paper still holds


def test_a_factor_reset_on_the_host_leads_back_to_setting_one_up(
    app: Flask, clock: Clock, boss: tuple[Browser, Phone]
) -> None:
    assert require(boss[0], "admin") == 303
    people.reset_factors(door_of(app).store, HOST, browser_id(app))
    again = Browser(app)
    assert again.try_to_sign_in("boss").headers["Location"] == "/"
    assert again.get("/admin/people").headers["Location"] == "/account/factors"
    enrol(again, clock)
    assert again.get("/admin/people").status_code == 200


def test_without_the_check_a_weak_session_would_come_in(
    app: Flask, boss: tuple[Browser, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    maria = signed_in(app, "maria")
    assert require(boss[0], "member") == 303
    assert maria.get("/me").status_code == 303
    monkeypatch.setattr("doorward.web.dues.is_factor_due", lambda _: False)
    assert maria.get("/me").status_code == 200


def test_the_page_says_what_is_required(app: Flask, boss: tuple[Browser, Phone]) -> None:
    def chosen() -> str:
        page = boss[0].get("/admin/security").get_data(as_text=True)
        return page.split(" checked")[0].rsplit('value="', 1)[1].rstrip('"')

    assert chosen() == ""
    require(boss[0], "member")
    assert chosen() == "member"
