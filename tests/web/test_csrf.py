"""Cross-site request forgery: only a page of ours, shown to this very browser, can change anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, request

from doorward import access, api
from doorward.testing import Browser, signed_in
from doorward.web import gate
from doorward.web.checks import csrf
from tests.support.doors import app_behind, entries, last_entry

UNSAFE = ["POST", "PUT", "PATCH", "DELETE", "PURGE"]


@pytest.fixture(scope="module")
def changed() -> list[str]:
    """What the views have done."""
    return []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, changed: list[str]) -> Flask:
    def change() -> str:
        changed.append(request.method)
        return "changed"

    def routes(app: Flask) -> None:
        app.add_url_rule("/change", "change", access.member(change), methods=["GET", *UNSAFE])
        app.add_url_rule(
            "/api/change", "api", access.member(api.undescribed("a test")(lambda: change())), methods=UNSAFE
        )
        app.add_url_rule("/vote", "vote", access.public(lambda: change()), methods=["POST"])

    return app_behind(tmp_path_factory.mktemp("csrf"), routes)


@pytest.fixture(scope="module")
def maria(app: Flask) -> Browser:
    return signed_in(app, "maria")


@pytest.fixture(autouse=True)
def _forget(changed: list[str]) -> None:
    changed.clear()


@pytest.mark.parametrize("method", UNSAFE)
def test_every_unsafe_method_needs_the_token(maria: Browser, changed: list[str], method: str) -> None:
    assert maria.send(method, "/change", headers={"X-CSRF-Token": maria.token}).data == b"changed"
    changed.clear()
    assert maria.send(method, "/change").status_code == 400
    assert changed == []


def test_without_the_check_a_foreign_page_would_win(maria: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = {"headers": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}}
    assert maria.send("POST", "/change", **forged).status_code == 400
    monkeypatch.setattr(gate, "ORDER", tuple(check for check in gate.ORDER if check is not csrf.check))
    assert maria.send("POST", "/change", **forged).data == b"changed"


def stolen_tokens(app: Flask) -> dict[str, str]:
    """Tokens that are real, but not of Maria's present session."""
    other, visitor = signed_in(app, "other"), Browser(app)
    visitor.get("/login")
    again = Browser(app)
    again.get("/login")
    before = again.token
    again.sign_in("maria")
    earlier = again.token
    again.post("/account/confirm", {"password": "a quiet harbour in late november"})
    return {
        "another person's": other.token,
        "a visitor's": visitor.token,
        "one from before the sign-in": before,
        "one from the same person's other browser": earlier,
        "cut short": earlier[:-1],
        "empty": "",
        "long": "A" * 10_000,
        "not ASCII": "é" * 86,
        "NUL": "\0" * 86,
    }


def test_a_missing_wrong_or_borrowed_token_is_refused(app: Flask, maria: Browser, changed: list[str]) -> None:
    for whose, token in stolen_tokens(app).items():
        refused = maria.send("POST", "/change", data={"csrf_token": token})
        assert refused.status_code == 400, whose
        assert b"no longer valid" in refused.data
    assert changed == []
    assert maria.post("/change").data == b"changed"


def test_the_token_changes_at_sign_in_confirmation_and_sign_out(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/login")
    tokens = [browser.token]
    browser.sign_in("maria")
    tokens.append(browser.token)
    browser.post("/account/confirm", {"password": "a quiet harbour in late november"})
    browser.get("/account")
    tokens.append(browser.token)
    browser.sign_out()
    for token in tokens:
        assert browser.send("POST", "/login", data={"csrf_token": token}).status_code == 400
    browser.get("/login")
    assert browser.send("POST", "/login", data={"csrf_token": browser.token}).status_code == 401


def test_each_page_masks_the_token_anew_and_every_mask_holds(maria: Browser) -> None:
    seen = set()
    for _ in range(3):
        maria.get("/account")
        seen.add(maria.token)
        assert maria.post("/change").data == b"changed"
    assert len(seen) == 3


FOREIGN = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "unknown site": {"Sec-Fetch-Site": "sideways"},
    "two sites": {"Sec-Fetch-Site": "same-origin, cross-site"},
    "foreign origin": {"Origin": "https://evil.example"},
    "null origin": {"Origin": "null"},
    "empty origin": {"Origin": ""},
    "other port": {"Origin": "http://localhost:8080"},
    "other scheme": {"Origin": "https://localhost"},
    "sub-domain": {"Origin": "http://a.localhost"},
    "longer name": {"Origin": "http://localhost.evil.example"},
    "no port at all": {"Origin": "http://localhost:99999"},
    "foreign origin though same site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    "cross-site though own origin": {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_the_browser_calls_foreign_is_refused_even_with_the_right_token(maria: Browser, case: str) -> None:
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert maria.post("/change", headers=own).data == b"changed"
    assert maria.post("/change", headers=FOREIGN[case]).status_code == 400


def test_the_own_origin_is_the_one_of_the_real_transport(app: Flask) -> None:
    maria = signed_in(app, "maria", secure=True)
    assert maria.post("/change", headers={"Origin": "https://localhost"}).data == b"changed"
    assert maria.post("/change", headers={"Origin": "https://localhost:443"}).data == b"changed"
    assert maria.post("/change", headers={"Origin": "http://localhost"}).status_code == 400


def test_a_multipart_form_carries_the_token_too(maria: Browser, changed: list[str]) -> None:
    form = {"content_type": "multipart/form-data", "data": {"csrf_token": maria.token, "text": "x"}}
    assert maria.send("POST", "/change", **form).data == b"changed"
    form["data"] = {"text": "x"}
    assert maria.send("POST", "/change", **form).status_code == 400
    assert changed == ["POST"]


@pytest.mark.parametrize("type_", ["application/json", "text/plain", "application/xml", "multipart/form-data", ""])
def test_a_token_counts_only_in_the_form_or_the_header(maria: Browser, type_: str) -> None:
    body = f'{{"csrf_token": "{maria.token}"}}'
    assert maria.send("POST", "/change", data=body, content_type=type_).status_code == 400
    assert maria.send("POST", f"/change?csrf_token={maria.token}").status_code == 400
    with_header = {"X-CSRF-Token": maria.token}
    assert maria.send("POST", "/change", data=body, content_type=type_, headers=with_header).data == b"changed"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_overriding_the_method_does_nothing(maria: Browser, changed: list[str], header: str) -> None:
    maria.send("GET", "/change?_method=DELETE", headers={header: "DELETE"})
    assert changed == ["GET"]
    assert maria.send("POST", "/change", headers={header: "GET"}, data={"_method": "GET"}).status_code == 400
    assert changed == ["GET"]


@pytest.mark.parametrize("method", ["post", "pOsT"])
def test_the_case_of_a_method_opens_nothing(maria: Browser, changed: list[str], method: str) -> None:
    assert maria.send(method, "/change").status_code in (400, 405)
    assert changed == []


def test_a_form_is_answered_400_an_api_403_and_both_are_journaled(app: Flask) -> None:
    maria = signed_in(app, "maria", address="192.0.2.7")  # an address that has not filled its share of the journal
    door = app.extensions["doorward"]
    before = len(entries(door, "request.csrf"))
    page = maria.send("POST", "/change")
    assert (page.status_code, page.mimetype) == (400, "text/html")
    by_accept = maria.send("POST", "/change", json={}, headers={"Accept": "application/json"})
    by_path = maria.send("POST", "/api/change", json={})
    for refused in (by_accept, by_path):
        assert refused.status_code == 403
        assert refused.get_json()["error"]["code"] == "csrf"
    assert len(entries(door, "request.csrf")) == before + 3
    entry = last_entry(door, "request.csrf")
    assert (entry.who_name, entry.on, entry.outcome) == ("maria", "/api/change", "refused")
    assert entry.address == "192.0.2.7"
    assert maria.post_json("/api/change", {}).data == b"changed"


def test_visitors_are_protected_like_members(app: Flask, changed: list[str]) -> None:
    visitor = Browser(app)
    assert visitor.post("/vote").data == b"changed"
    changed.clear()
    assert visitor.send("POST", "/vote").status_code == 400
    planted = Browser(app)
    planted.client.set_cookie("doorward", "v.planted.0000")
    assert planted.send("POST", "/vote", data={"csrf_token": visitor.token}).status_code == 400
    assert changed == []


def test_nobody_can_sign_somebody_in_or_out_from_another_site(app: Flask) -> None:
    browser = signed_in(app, "maria")
    assert browser.send("POST", "/logout").status_code == 400
    assert browser.get("/logout").status_code == 303
    assert browser.get("/account").status_code == 200
    visitor = Browser(app)
    visitor.get("/login")
    fields = {"username": "maria", "password": "a quiet harbour in late november"}
    assert visitor.send("POST", "/login", data=fields).status_code == 400
    assert visitor.post("/login", fields).status_code == 303


def test_a_key_that_was_rotated_away_from_keeps_pages_valid(tmp_path: Path) -> None:
    from doorward import settings

    def routes(app: Flask) -> None:
        app.add_url_rule("/change", "change", access.member(lambda: "changed"), methods=["POST"])

    first = app_behind(tmp_path, routes)
    maria = signed_in(first, "maria")
    settings.rotate_keys(tmp_path, {})
    second = app_behind(tmp_path, routes)
    after = Browser(second)
    after.client._cookies = maria.client._cookies
    after.token = maria.token
    assert after.post("/change").data == b"changed"
