"""What apps keep in a browser: `flask.session`, `flash`, `remember` and `recall`; and the small helpers of the kit."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, Response, flash, get_flashed_messages, jsonify, make_response, request, session
from itsdangerous import URLSafeTimedSerializer

from doorward import access, api, keyed_hash, page_address, recall, remember, settings, wants_json
from doorward.testing import Browser, Clock, door_of, signed_in
from tests.support.doors import app_behind


def routes(app: Flask) -> None:
    def put() -> Response:
        session["cart"] = request.args["cart"]
        flash("Put.")
        return make_response("put")

    def keep() -> Response:
        response = make_response("kept")
        remember(response, request.args["name"], request.args["value"], days=int(request.args.get("days", 365)))
        return response

    def kept() -> Response:
        days = request.args.get("days", type=int)
        name = request.args["name"]
        return jsonify(recall(name) if days is None else recall(name, days))

    def add(path: str, view: object) -> None:
        app.add_url_rule(path, path, access.public(view))  # type: ignore[arg-type]

    add("/put", put)
    add("/got", lambda: jsonify(session.get("cart"), get_flashed_messages()))
    add("/keep", keep)
    add("/kept", kept)
    add("/hash", lambda: keyed_hash(request.args["purpose"], request.args["text"]))
    add("/link", lambda: page_address("/polls/join/ABC"))
    add("/json", lambda: jsonify(wants_json()))
    add("/api/json", api.undescribed("a test")(lambda: jsonify(wants_json())))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Flask:
    return app_behind(tmp_path_factory.mktemp("cookies"), routes, clock)


def value_of(browser: Browser, name: str) -> str:
    found = browser.client.get_cookie(name)
    assert found is not None
    return found.value


# -- flask.session ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secure", [False, True])
def test_the_session_of_flask_works_with_the_flags_of_the_door(app: Flask, secure: bool) -> None:
    browser = Browser(app, secure=secure)
    answer = browser.get("/put?cart=apples")
    [header] = answer.headers.getlist("Set-Cookie")
    assert header.startswith("__Host-doorward_page=" if secure else "doorward_page=")
    assert "; HttpOnly" in header
    assert "; SameSite=Lax" in header
    assert "Domain" not in header
    assert ("; Secure" in header) is secure
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.get("/got").get_json() == ["apples", ["Put."]]
    assert browser.get("/got").get_json() == ["apples", []]


def test_an_app_cannot_weaken_its_session_by_configuration(tmp_path: Path) -> None:
    def careless(app: Flask) -> None:
        routes(app)
        app.secret_key = "dev"
        app.config.update(SESSION_COOKIE_HTTPONLY=False, SESSION_COOKIE_SAMESITE=None, SESSION_COOKIE_NAME="session")
        app.config.update(SESSION_COOKIE_DOMAIN="example.org", SESSION_COOKIE_SECURE=False, SESSION_COOKIE_PATH="/x")

    app = app_behind(tmp_path, careless)
    [header] = Browser(app, secure=True).get("/put?cart=apples").headers.getlist("Set-Cookie")
    assert header.startswith("__Host-doorward_page=")
    for flag in ("; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"):
        assert flag in header
    forged = URLSafeTimedSerializer("dev", salt="cookie-session", signer_kwargs={"key_derivation": "hmac"})
    browser = Browser(app)
    browser.client.set_cookie("doorward_page", str(forged.dumps({"cart": "forged"})))
    assert browser.get("/got").get_json() == [None, []]


def test_the_session_of_flask_does_not_outlive_signing_in_or_out(app: Flask) -> None:
    browser = Browser(app)
    signed_in(app, "maria")
    browser.get("/put?cart=apples")
    browser.sign_in("maria")
    assert browser.get("/got").get_json()[0] is None
    browser.get("/put?cart=pears")
    browser.get("/account")
    browser.sign_out()
    assert browser.get("/got").get_json()[0] is None


def test_who_somebody_is_cannot_be_planted_in_the_session_of_flask(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/put?cart=apples")
    browser.client.set_cookie("doorward", value_of(browser, "doorward_page"))
    assert browser.get("/account").status_code == 303


# -- remember and recall ------------------------------------------------------------------------------------


def test_what_was_remembered_is_recalled_by_the_same_browser_only(app: Flask) -> None:
    browser = Browser(app)
    answer = browser.get("/keep?name=respondent&value=r17")
    header = answer.headers["Set-Cookie"]
    assert "; HttpOnly" in header
    assert "; SameSite=Lax" in header
    assert answer.headers["Cache-Control"] == "no-store"
    recalled = browser.get("/kept?name=respondent")
    assert recalled.get_json() == "r17"
    assert recalled.headers["Cache-Control"] == "no-store"
    assert Browser(app).get("/kept?name=respondent").get_json() is None
    secure = Browser(app, secure=True).get("/keep?name=respondent&value=r17").headers["Set-Cookie"]
    assert secure.startswith("__Host-respondent=")
    assert "; Secure" in secure


def test_a_value_with_dots_and_signs_comes_back_as_it_was(app: Flask) -> None:
    for value in ("1.2.3", "", ".", "a=b&c", "17.365.x", "ä"):
        browser = Browser(app)
        browser.client.get("/keep", query_string={"name": "n", "value": value}, base_url="http://localhost")
        assert browser.get("/kept?name=n").get_json() == value


def test_a_forged_cookie_is_nothing(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/keep?name=respondent&value=r17")
    browser.get("/keep?name=other&value=o18")
    signed, other = value_of(browser, "respondent"), value_of(browser, "other")
    forged = ["r17", "", signed[:-1], signed + "x", signed.replace("r17", "r18"), other, signed.replace("365", "9999")]
    forged += [f"9999.{signed}", signed.upper(), "....", "365.r17.1.x", "é", "\x00", "a" * 3000]
    for value in forged:
        thief = Browser(app)
        thief.client.set_cookie("respondent", value)
        assert thief.get("/kept?name=respondent").get_json() is None, value
    copied = Browser(app)
    copied.client.set_cookie("respondent", signed)
    assert copied.get("/kept?name=respondent").get_json() == "r17"


def test_a_cookie_is_void_after_its_days_whatever_the_browser_keeps(app: Flask, clock: Clock) -> None:
    browser = Browser(app)
    browser.get("/keep?name=short&value=x&days=1")
    signed = value_of(browser, "short")

    def replayed(query: str = "") -> object:
        thief = Browser(app)
        thief.client.set_cookie("short", signed)
        return thief.get(f"/kept?name=short{query}").get_json()

    clock.forward(hours=23)
    assert replayed() == "x"
    clock.forward(hours=2)
    assert replayed() is None
    assert replayed("&days=365") is None
    clock.forward(hours=-2)
    assert replayed("&days=0") is None
    clock.forward(days=-3)
    assert replayed() is None  # dated in the future
    clock.forward(days=2, hours=1)


def test_rotated_keys_keep_what_was_remembered_hashed_and_put(tmp_path: Path, clock: Clock) -> None:
    first = app_behind(tmp_path, routes, clock)
    browser = Browser(first)
    browser.get("/keep?name=respondent&value=r17")
    browser.get("/put?cart=apples")
    pseudonym = browser.get("/hash?purpose=p&text=t").data
    settings.rotate_keys(tmp_path, {})
    later = Browser(app_behind(tmp_path, routes, clock))
    later.client._cookies = browser.client._cookies
    assert later.get("/kept?name=respondent").get_json() == "r17"
    assert later.get("/got").get_json()[0] == "apples"
    assert later.get("/hash?purpose=p&text=t").data == pseudonym


# -- helpers ------------------------------------------------------------------------------------------------


def test_a_keyed_hash_belongs_to_one_purpose_and_one_server(app: Flask, tmp_path: Path) -> None:
    def hashed(app: Flask, purpose: str, text: str) -> str:
        return Browser(app).get(f"/hash?purpose={purpose}&text={text}").get_data(as_text=True)

    one = hashed(app, "polls", "17")
    assert len(one) == 64
    assert hashed(app, "polls", "17") == one
    other_server = app_behind(tmp_path, routes)
    assert len({one, hashed(app, "chat", "17"), hashed(app, "polls", "18"), hashed(other_server, "polls", "17")}) == 4


def test_a_page_address_is_absolute_and_of_the_host_that_was_asked(app: Flask) -> None:
    assert Browser(app, host="127.0.0.1:8000").get("/link").data == b"http://127.0.0.1:8000/polls/join/ABC"
    assert Browser(app, secure=True).get("/link").data == b"https://localhost/polls/join/ABC"
    assert Browser(app).get("/link", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, False),
        ({"Accept": "*/*"}, False),
        ({"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, False),
        ({"Accept": "application/json"}, True),
        ({"Accept": "application/json, text/plain, */*"}, True),
        ({"Accept": "text/html, application/json"}, False),
        ({"Accept": "text/html;q=0.5, application/json"}, True),
        ({"Accept": "image/png"}, False),
        ({"Authorization": "Basic eA=="}, False),
    ],
)
def test_a_caller_says_whether_it_wants_json(app: Flask, headers: dict[str, str], wanted: bool) -> None:
    assert Browser(app).get("/json", headers=headers).get_json() is wanted
    assert Browser(app).get("/api/json", headers=headers).get_json() is True


def test_a_request_context_of_a_script_or_test_works(app: Flask) -> None:
    with app.test_request_context("/json"):
        assert session.get("cart") is None
    assert door_of(app)
