"""Errors are clear and clean: a page or JSON by the caller's kind, never internals, a number that finds the trace."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, redirect, request
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from doorward import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    Limited,
    NotFound,
    TooLarge,
    Unavailable,
    access,
    api,
    transaction,
)
from doorward.serve.logs import JsonLines, PlainLines
from doorward.store import accounts
from doorward.testing import PASSWORD, Browser, door_of, signed_in
from doorward.web import answers, gate
from doorward.web.checks import size
from tests.support.doors import app_behind, entries, journal_break

CANARY = "canary-4711-secret"


def raising(problem: Callable[[], Exception]) -> Callable[[], str]:
    def view() -> str:
        raise problem()

    return view


def half_done() -> str:
    with transaction() as tx:
        tx.journal("half.done")
        raise RuntimeError(CANARY)


def disk_full() -> str:
    with transaction() as tx:
        tx.journal("half.done")
        raise OperationalError("INSERT", {"password": CANARY}, Exception("database or disk is full"))


PROBLEMS: dict[str, tuple[int, str, Callable[[], Exception]]] = {
    "not-found": (404, "not_found", NotFound),
    "forbidden": (403, "forbidden", Forbidden),
    "conflict": (409, "conflict", Conflict),
    "too-large": (413, "too_large", TooLarge),
    "invalid": (422, "invalid", lambda: Invalid({"name": "Too short."})),
    "limited": (429, "rate_limited", lambda: Limited(7)),
    "unavailable": (503, "unavailable", lambda: Unavailable(retry_after=9)),
    "unexpected": (500, "internal", lambda: RuntimeError(CANARY)),
    "recursion": (500, "internal", lambda: RecursionError(CANARY)),
    "unicode": (500, "internal", lambda: UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY)),
}


def routes(app: Flask) -> None:
    for name, (_, _, problem) in PROBLEMS.items():
        app.add_url_rule(f"/raise/{name}", name, access.public(raising(problem)))
        plain = api.undescribed("a test")(raising(problem))
        app.add_url_rule(f"/api/raise/{name}", f"api-{name}", access.public(plain))
    app.add_url_rule("/half", "half", access.public(half_done))
    app.add_url_rule("/full", "full", access.public(disk_full))
    app.add_url_rule("/abort/<int:status>", "abort", access.public(lambda status: abort(status, description=CANARY)))
    app.add_url_rule("/go", "go", access.public(lambda: redirect("/else")))
    methods = ["GET", "POST"]
    app.add_url_rule("/echo", "echo", access.public(lambda: dict(request.values.lists())), methods=methods)
    app.add_url_rule("/json", "json", access.public(lambda: {"got": request.get_json()}), methods=["POST"])
    app.add_url_rule("/raw", "raw", access.public(lambda: str(len(request.get_data()))), methods=["POST"])
    app.add_url_rule("/ignore", "ignore", access.public(lambda: "ignored"), methods=["POST"])
    small = access.max_body(100)(access.public(lambda: str(len(request.get_data()))))
    app.add_url_rule("/small", "small", small, methods=["POST"])
    app.add_url_rule("/in/<path:name>", "in", access.member(lambda name: name))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return app_behind(tmp_path_factory.mktemp("errors"), routes)


@pytest.fixture(scope="module")
def maria(app: Flask) -> Browser:
    return signed_in(app, "maria")


def assert_clean(answer: TestResponse) -> None:
    text = answer.get_data(as_text=True)
    for internal in ("Traceback", CANARY, "site-packages", ".py", "werkzeug", "sqlalchemy", "RuntimeError", "sqlite"):
        assert internal not in text


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_error_is_a_small_page_for_people_and_json_for_programs(app: Flask, name: str) -> None:
    status, code, _ = PROBLEMS[name]
    page = Browser(app).get(f"/raise/{name}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert len(page.data) < 8000
    assert_clean(page)
    for answer in (
        Browser(app).get(f"/raise/{name}", headers={"Accept": "application/json"}),
        Browser(app).get(f"/api/raise/{name}"),
    ):
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
        assert answer.get_json()["error"]["code"] == code
        assert answer.get_json()["error"]["message"]
        assert_clean(answer)
    if status in (429, 503):
        assert page.headers["Retry-After"] == answer.headers["Retry-After"]


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 418, 422, 429, 451, 500, 501, 503]
)
def test_what_an_app_aborts_with_is_answered_by_the_door(app: Flask, maria: Browser, status: int) -> None:
    answer = maria.get(f"/abort/{status}")
    assert answer.status_code == (500 if status >= 500 else status)
    assert_clean(answer)


def test_401_from_an_app_leads_visitors_to_the_sign_in_and_nobody_in_circles(app: Flask, maria: Browser) -> None:
    assert Browser(app).get("/abort/401").headers["Location"].startswith("/login?next=")
    assert maria.get("/abort/401").status_code == 401


def test_a_500_carries_the_number_that_finds_its_trace_in_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    answer = Browser(app).get("/raise/unexpected")
    number = answer.headers["X-Request-Id"]
    assert number in answer.get_data(as_text=True)
    found = [record for record in caplog.records if getattr(record, "request", "") == number and record.exc_info]
    assert "RuntimeError" in JsonLines().format(found[0])
    as_json = Browser(app).get("/api/raise/unexpected")
    assert as_json.get_json()["error"]["id"] == as_json.headers["X-Request-Id"]


def test_even_if_the_error_page_breaks_nothing_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(answers, "render_template", broken)
    for path, status in (("/raise/unexpected", 500), ("/nowhere", 404), ("/raise/forbidden", 403)):
        answer = Browser(app).get(path)
        assert answer.status_code == status
        assert "Content-Security-Policy" in answer.headers
        assert_clean(answer)


@pytest.mark.parametrize(("path", "status"), [("/half", 500), ("/full", 503)])
def test_nothing_is_half_done_and_the_server_goes_on(app: Flask, path: str, status: int) -> None:
    before = len(entries(door_of(app)))
    answer = Browser(app).get(path)
    assert answer.status_code == status
    assert_clean(answer)
    assert [entry for entry in entries(door_of(app)) if entry.event == "half.done"] == []
    assert len(entries(door_of(app))) == before
    assert Browser(app).get("/echo").status_code == 200
    assert journal_break(door_of(app)) is None


def test_a_full_disk_does_not_let_anybody_in_nor_end_the_server(
    app: Flask, maria: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from doorward.store.store import Store

    def full(*_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_commit", full)
        assert Browser(app).try_to_sign_in("maria").status_code == 503
        assert maria.get("/in/x").status_code == 200
        assert maria.post("/account/sessions/end-others").status_code == 503
        assert Browser(app).get("/in/x", headers={"Accept": "application/json"}).status_code == 401
    assert Browser(app).try_to_sign_in("maria").status_code == 303
    assert journal_break(door_of(app)) is None


# -- the size of bodies -------------------------------------------------------------------------------------


def post(browser: Browser, path: str, body: bytes, type_: str = "text/plain", **environ: Any) -> TestResponse:
    if not browser.token:
        browser.get("/login")
    headers = {"X-CSRF-Token": browser.token}
    return browser.send("POST", path, data=body, content_type=type_, headers=headers, environ_overrides=environ)


def unannounced(browser: Browser, path: str, body: bytes, type_: str = "text/plain") -> TestResponse:
    """Send a body in chunks: without a length, as our server and others hand it on."""
    if not browser.token:
        browser.get("/login")
    environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    return browser.send(
        "POST",
        path,
        input_stream=io.BytesIO(body),
        content_type=type_,
        headers={"X-CSRF-Token": browser.token},
        environ_overrides=environ,
    )


CAPS = [
    ("/raw", 256 * 1024),
    ("/login", 32 * 1024),
    ("/small", 100),
    ("/csp-report", 16 * 1024),
    ("/nowhere", 256 * 1024),
]


@pytest.mark.parametrize(("path", "cap"), CAPS)
def test_a_body_that_is_announced_too_large_is_refused_unread(app: Flask, path: str, cap: int) -> None:
    class Unreadable(io.RawIOBase):
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

    browser = Browser(app)
    assert post(browser, path, b"x" * cap).status_code not in (413, 500)
    environ = {"wsgi.input": Unreadable(), "CONTENT_LENGTH": str(cap + 1)}
    assert post(browser, path, b"", **environ).status_code == 413


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
@pytest.mark.parametrize("path", ["/raw", "/small"])
def test_a_body_without_a_length_is_cut_off_at_the_same_size(app: Flask, path: str, type_: str) -> None:
    assert unannounced(Browser(app), path, b"x" * 50).data == b"50"
    body = (
        b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\n" + b"x" * 300_000
        if "multi" in type_
        else b"x=" * 150_000
    )
    assert unannounced(Browser(app), path, body, type_).status_code == 413


def test_without_the_check_a_large_body_would_be_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "ORDER", tuple(check for check in gate.ORDER if check is not size.check))
    assert post(Browser(app), "/raw", b"x" * 300_000).data == b"300000"


@pytest.mark.parametrize("length", ["-1", "+5", "1e3", "0x10", "５", "1 1", "abc"])
def test_a_length_that_is_no_number_is_refused(app: Flask, length: str) -> None:
    assert post(Browser(app), "/raw", b"xx", CONTENT_LENGTH=length).status_code == 400


@pytest.mark.parametrize("length", ["9" * 19, "9" * 5000])
def test_a_length_beyond_all_measure_is_too_large(app: Flask, length: str) -> None:
    assert post(Browser(app), "/raw", b"xx", CONTENT_LENGTH=length).status_code == 413


# -- bad input ----------------------------------------------------------------------------------------------


def test_many_small_parts_are_too_large(app: Flask) -> None:
    part = b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n"
    assert post(Browser(app), "/echo", part * 2000 + b"--b--", "multipart/form-data; boundary=b").status_code == 413


GARBAGE: dict[str, tuple[str, bytes, str, set[int]]] = {
    "broken utf-8 in a form": ("/echo", b"a=%ff%fe&b=\xff\xfe", "application/x-www-form-urlencoded", {400}),
    "multipart without boundary": ("/echo", b"--x--", "multipart/form-data", {200, 400}),
    "multipart cut off": ("/echo", b"--b\r\nContent-Disp", "multipart/form-data; boundary=b", {200, 400, 413}),
    "multipart without name": ("/echo", b"--b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b", {200, 400}),
    "form in another charset": ("/echo", b"a=b", "application/x-www-form-urlencoded; charset=utf-16", {200}),
    "no json": ("/json", b"{", "application/json", {400}),
    "broken utf-8 in json": ("/json", b'{"a": "\xff"}', "application/json", {400}),
    "deep json": ("/json", b"[" * 100_000, "application/json", {400}),
    "long number": ("/json", b"1" * 10_000, "application/json", {400}),
    "json as text": ("/json", b"{}", "text/plain", {415}),
    "json without type": ("/json", b"{}", "", {415}),
    "surrogates in json": ("/json", b'{"a": "\\ud800"}', "application/json", {200}),
    "NUL in a form": ("/echo", b"a=%00&%00=a", "application/x-www-form-urlencoded", {200}),
    "NUL in the type": ("/echo", b"a=b", "text/\0plain", {200}),
    "duplicate fields": ("/echo", b"a=1&a=2", "application/x-www-form-urlencoded", {200}),
}


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_in_a_body_has_a_clean_status(app: Flask, case: str) -> None:
    path, body, type_, statuses = GARBAGE[case]
    answer = post(Browser(app), path, body, type_)
    assert answer.status_code in statuses
    if answer.status_code >= 400:
        assert_clean(answer)


PATHS = [
    "/in/%ff%fe",
    "/in/%00",
    "/in/%c0%ae%c0%ae/etc",
    "/in/..%2f..%2fetc",
    "/echo?a=%ff",
    "/echo?%00=%00",
    "/%2e%2e/x",
]
PATHS += [
    "/echo?" + "a=1&" * 3000,
    "/in/" + "a" * 5000,
    "/admin/people/%00/block",
    "/admin/journal?before=9" + "9" * 40,
]
PATHS += ["/admin/journal?who=%00&event=%00&from=%00&to=%ff", "/admin/people?q=%00&page=-1", "/admin/people?page=1e9"]
PATHS += ["/admin/journal?before=-1&outcome=x", "/admin/people?q=%25_%5c&page=99999999999999999999999", "/setup/%00"]
PATHS += ["/doorward/static/..%2f..%2fextension.py", "/doorward/static/%00", "/doorward/static/", "/live?topic=%00"]
PATHS += ["/live?topic=" + "a" * 200, "/account/sessions/%d9%a1/end", "/login?next=%ff", "/setup/" + "a" * 5000]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_garbage_in_an_address_has_a_clean_status(app: Flask, path: str) -> None:
    for browser in (Browser(app), signed_in(app, "boss", "admin", address="192.0.2.50")):
        for method in ("GET", "POST"):
            headers = {"X-CSRF-Token": browser.token}
            answer = browser.send(method, path, headers=headers)
            assert answer.status_code < 500
            if answer.status_code >= 400:
                assert_clean(answer)


HEADERS: list[tuple[str, str]] = [
    ("Cookie", "doorward=\x00; \xff=\xfe; =; ;;;; doorward"),
    ("Cookie", "doorward=" + "a" * 60_000),
    ("Cookie", "; ".join(f"doorward={number}" for number in range(2000))),
    ("Cookie", "doorward_devices=\x00; doorward_page=\xff\xfe"),
    ("Accept", "application/json;q=nan, text/html;q=-1, " * 200),
    ("Accept", "\xff" * 1000),
    ("Authorization", "Bearer " + "a" * 60_000),
    ("Authorization", "Basic \xff"),
    ("Content-Type", "multipart/form-data; boundary=" + "a" * 10_000),
    ("If-None-Match", "\xff" * 2000),
    ("If-Modified-Since", "yesterday " * 500),
    ("Range", "bytes=0-1,5-" + "9" * 5000),
    ("User-Agent", "\x00\xff\n" * 3000),
    ("Origin", "http://[" + "1" * 5000),
    ("Sec-Fetch-Site", "x" * 60_000),
    ("X-Forwarded-For", ", ".join(["1.2.3.4"] * 3000)),
    ("Last-Event-ID", "\x00" * 5000),
    ("Expect", "garbage"),
    ("X-CSRF-Token", "\x00\xff" * 40_000),
]


@pytest.mark.parametrize(("name", "value"), HEADERS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(HEADERS)])
def test_garbage_in_a_header_has_a_clean_status(app: Flask, name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    environ = {key if key == "CONTENT_TYPE" else f"HTTP_{key}": value}
    for path in ("/echo", "/in/x", "/login", "/doorward/static/door.css", "/nowhere"):
        answer = Browser(app).send("GET", path, environ_overrides=environ)
        assert answer.status_code < 500, path
    for path in ("/echo", "/login", "/csp-report"):
        answer = Browser(app, address="192.0.2.60").send("POST", path, environ_overrides=environ)
        assert answer.status_code < 500, path


FIELDS = [
    "",
    "\0",
    "\ufffd",
    "'; DROP TABLE accounts; --",
    "{{ 7777*7777 }}",
    "%n%s",
    "a" * 5000,
    "\u202e",
    "\r\nX: y",
    "🙂" * 50,
]


@pytest.mark.parametrize("field", FIELDS, ids=range(len(FIELDS)))
def test_any_text_in_any_field_of_the_kit_has_a_clean_status(app: Flask, maria: Browser, field: str) -> None:
    number = FIELDS.index(field)
    visitor = Browser(app, address=f"192.0.2.{100 + number}")
    assert visitor.post("/login", {"username": field, "password": field, "next": field}).status_code == 401
    maria.get("/account")
    texts = {"password": field, "next": field, "current_password": field, "password_again": "another"}
    assert maria.post("/account/confirm", texts).status_code in (401, 429)
    assert maria.post("/account/password", texts).status_code == 422
    assert maria.post("/account/password", {**texts, "current_password": PASSWORD}).status_code == 422
    page = visitor.post("/login", {"username": "<b>x</b>" + field, "password": "x"}).get_data(as_text=True)
    assert "<b>x" not in page
    assert "60481729" not in page


def test_after_all_that_the_journal_is_whole_and_the_door_works(app: Flask) -> None:
    assert journal_break(door_of(app)) is None
    assert signed_in(app, "maria", address="192.0.2.52").get("/in/x").data == b"x"


# -- the log ------------------------------------------------------------------------------------------------

SECRETS = {
    "form": f"password={CANARY}&x=1",
    "json": json.dumps({"password": CANARY, "b": 1}),
    "json with a quote": json.dumps({"password": f'a"{CANARY}'}),
    "repr": repr({"new_password": CANARY, "password_again": f"it's {CANARY}"}),
    "bearer": f"Authorization: Bearer {CANARY}",
    "token": f"dw_{CANARY.replace('-', '')}aaaaaaaaaaaa",
    "cookie": f"Cookie: __Host-doorward={CANARY}; doorward_devices={CANARY}",
    "link": f"GET /setup/{CANARY}aaaaaaaa",
    "database": f"postgresql+psycopg://doorward:{CANARY}@localhost/doorward",
    "header": f"X-CSRF-Token: {CANARY}",
    "key": f"x-api-key={CANARY}",
    "query": f"/x?token={CANARY}&a=b",
}


@pytest.mark.parametrize("form", [JsonLines, PlainLines])
@pytest.mark.parametrize("kind", SECRETS)
def test_secrets_are_taken_out_of_every_log_line(form: type[logging.Formatter], kind: str) -> None:
    def line(**given: Any) -> str:
        return form().format(logging.LogRecord("x", logging.INFO, "x.py", 1, given.get("msg", "m"), (), None))

    secret = CANARY.replace("-", "") if kind == "token" else CANARY
    written = line(msg=SECRETS[kind])
    assert secret not in written
    assert "[redacted]" in written
    assert "\n" not in line(msg="one\nFORGED two\r\nthree\x1b[31m")
    assert "\x1b" not in line(msg="\x1b[31m")


def test_no_request_writes_a_credential_into_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = signed_in(app, "logged")
    cookie = browser.client.get_cookie("doorward").value
    browser.get(f"/setup/{CANARY}{'a' * 30}")
    browser.get(f"/echo?token={CANARY}")
    browser.post("/account/confirm", {"password": CANARY})
    browser.send("POST", "/echo", headers={"X-CSRF-Token": CANARY, "Authorization": f"Bearer {CANARY}"})
    written = "\n".join(PlainLines().format(record) for record in caplog.records)
    assert re.search(r"GET doorward.setup 404", written)
    for secret in (CANARY, cookie, browser.token, PASSWORD):
        assert secret not in written


def test_a_trace_in_the_log_stays_on_one_line(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    Browser(app).get("/raise/unexpected")
    [record] = [record for record in caplog.records if record.exc_info]
    for form in (JsonLines(), PlainLines()):
        assert "\n" not in form.format(record)
    assert isinstance(json.loads(JsonLines().format(record)), dict)


def test_an_error_of_the_database_does_not_write_its_values_into_the_log(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import text

    with pytest.raises(Unavailable) as failed, door_of(app).store.reading() as db:
        db.execute(text("SELECT nothing FROM nowhere WHERE x = :secret"), {"secret": CANARY})
    assert failed.value.__cause__
    assert CANARY not in str(failed.value.__cause__)


@pytest.mark.parametrize("number", [2**63, -(2**70)])
def test_a_number_that_no_database_holds_is_a_bad_request(app: Flask, number: int) -> None:
    from doorward.store.models import SessionRecord

    with pytest.raises(BadRequest), door_of(app).store.reading() as db:
        db.get(SessionRecord, number)


def test_half_a_character_is_a_bad_request(app: Flask) -> None:
    with pytest.raises(BadRequest), door_of(app).store.reading() as db:
        accounts.by_name_key(db, "\ud800")


def test_the_example_of_a_path_is_not_in_the_log(app: Flask, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.INFO)
    Browser(app).get(f"/{CANARY}")
    assert CANARY not in "\n".join(record.getMessage() for record in caplog.records)
