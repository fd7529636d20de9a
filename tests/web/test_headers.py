"""The door's headers are on every answer, whoever made it, and nothing an app does makes them weaker."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, abort, make_response, render_template_string, request, stream_with_context
from werkzeug.test import TestResponse

from doorward import Limited, StartRefused, access, current_account, limit
from doorward.core.headers import MAY_LOOSEN
from doorward.store import violations
from doorward.testing import Browser, door_of, signed_in
from doorward.web import middleware
from tests.support.doors import STEADY, app_behind, behind

NONCE = re.compile(r"'nonce-([A-Za-z0-9_-]{22})'")
ATTACK = "<script>alert(1)</script>"


def weaker() -> Response:
    """What an app may try to say for itself."""
    response = make_response("weaker")
    response.headers["Content-Security-Policy"] = "default-src * 'unsafe-inline'"
    response.headers["X-Frame-Options"] = "ALLOWALL"
    response.headers["x-content-type-options"] = "sniff"
    response.headers["Strict-Transport-Security"] = "max-age=0"
    response.headers["Referrer-Policy"] = "unsafe-url"
    response.headers["Cache-Control"] = "public, max-age=1000"
    response.headers["Server"] = "Apache/1.3"
    response.headers["X-Powered-By"] = "PHP/4"
    str(current_account.id)
    return response


def streamed() -> Response:
    def lines() -> Iterator[str]:
        yield "one\n"
        yield "two\n"

    return Response(stream_with_context(lines()), mimetype="text/plain")


def break_things() -> str:
    raise RuntimeError("broken")


def break_http() -> str:
    abort(500)


def limited() -> str:
    raise Limited(7)


def routes(app: Flask) -> None:
    def add(path: str, view: Callable[..., object], **options: object) -> None:
        app.add_url_rule(path, path, view, **options)  # type: ignore[arg-type]

    add("/plain", access.public(lambda: "plain"))
    add("/weaker", access.public(weaker))
    add("/streamed", access.public(streamed))
    add("/broken", access.public(break_things))
    add("/broken-http", access.public(break_http))
    add("/limited", access.public(limited))
    add("/once", limit("1/hour")(access.public(lambda: "once")))
    add("/cached", access.public(lambda: make_response("x", 200, {"ETag": '"a"'}).make_conditional(request)))
    add("/teapot", access.public(lambda: abort(418)))
    add("/own-answer", access.public(lambda: abort(Response("own", 403))))
    add("/private", access.member(lambda: "private"))
    add("/boss", access.role("admin")(lambda: "boss"))
    add("/slash/", access.public(lambda: "slash"))
    add("/script", access.public(lambda: render_template_string('<script nonce="{{ csp_nonce() }}">1</script>')))
    add("/map", access.csp(img_src=["https://tiles.example"], frame_src=["'self'"])(access.public(lambda: "map")))
    add("/hook", access.public(lambda: "hook"))

    @app.before_request
    def hook() -> str | None:
        if request.path == "/hook":
            raise KeyError("in a hook")
        return None

    @app.after_request
    def after(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src *"
        return response


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("headers")
    (folder / "shown").mkdir()
    (folder / "shown/file.txt").write_text("file")
    app = Flask("app", static_folder=str(folder / "shown"), static_url_path="/static")
    routes(app)
    behind(app, folder / "data", rules={"static": access.public})
    return app


@pytest.fixture(scope="module")
def maria(app: Flask) -> Browser:
    return signed_in(app, "maria")


def never_fails(act: Callable[[], TestResponse]) -> TestResponse:
    act()
    return act()


KINDS: dict[str, tuple[int, Callable[[Browser, Browser], TestResponse]]] = {
    "page": (200, lambda visitor, maria: visitor.get("/plain")),
    "page of a member": (200, lambda visitor, maria: maria.get("/private")),
    "kit page": (200, lambda visitor, maria: maria.get("/account")),
    "weaker": (200, lambda visitor, maria: visitor.get("/weaker")),
    "streamed": (200, lambda visitor, maria: visitor.get("/streamed")),
    "static": (200, lambda visitor, maria: visitor.get("/static/file.txt")),
    "kit static": (200, lambda visitor, maria: visitor.get("/doorward/static/door.css?v=1")),
    "options": (200, lambda visitor, maria: visitor.send("OPTIONS", "/plain")),
    "head": (200, lambda visitor, maria: visitor.send("HEAD", "/plain")),
    "report": (204, lambda visitor, maria: report(visitor, [])),
    "to the sign-in": (303, lambda visitor, maria: visitor.get("/private")),
    "slash": (308, lambda visitor, maria: visitor.get("/slash")),
    "not modified": (304, lambda visitor, maria: visitor.get("/cached", headers={"If-None-Match": '"a"'})),
    "csrf": (400, lambda visitor, maria: maria.send("POST", "/logout")),
    "not signed in": (401, lambda visitor, maria: visitor.get("/private", headers={"Accept": "application/json"})),
    "forbidden": (403, lambda visitor, maria: maria.get("/boss")),
    "own answer": (403, lambda visitor, maria: visitor.get("/own-answer")),
    "nowhere": (404, lambda visitor, maria: visitor.get("/nowhere")),
    "method": (405, lambda visitor, maria: visitor.send("DELETE", "/plain")),
    "too large": (413, lambda visitor, maria: visitor.send("POST", "/login", data=b"x" * 40_000)),
    "type": (415, lambda visitor, maria: visitor.send("POST", "/csp-report", data="x", content_type="text/plain")),
    "teapot": (418, lambda visitor, maria: visitor.get("/teapot")),
    "host": (421, lambda visitor, maria: visitor.get("/plain", headers={"Host": "evil.example"})),
    "invalid": (422, lambda visitor, maria: maria.post("/account/password", {"password": "x"})),
    "limited": (429, lambda visitor, maria: visitor.get("/limited")),
    "limited by the door": (429, lambda visitor, maria: never_fails(lambda: visitor.get("/once"))),
    "broken": (500, lambda visitor, maria: visitor.get("/broken")),
    "broken json": (500, lambda visitor, maria: visitor.get("/broken", headers={"Accept": "application/json"})),
    "broken http": (500, lambda visitor, maria: visitor.get("/broken-http")),
    "broken hook": (500, lambda visitor, maria: visitor.get("/hook")),
    "no streams here": (404, lambda visitor, maria: visitor.get("/live?topic=a:b")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_carries_the_headers(app: Flask, maria: Browser, kind: str) -> None:
    status, ask = KINDS[kind]
    maria.get("/account")
    answer = ask(Browser(app), maria)
    assert answer.status_code == status
    for name, value in STEADY.items():
        assert answer.headers.getlist(name) == [value]
    [policy] = answer.headers.getlist("Content-Security-Policy")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert re.fullmatch(NONCE, directives["script-src"])
    assert "unsafe" not in policy
    assert directives["default-src"] == directives["object-src"] == directives["base-uri"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["form-action"] == directives["style-src"] == "'self'"
    assert directives["require-trusted-types-for"] == "'script'"
    for never in ("camera", "microphone", "geolocation", "payment"):
        assert f"{never}=()" in answer.headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in answer.headers
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])


def test_without_the_outer_layer_the_app_would_have_its_way(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "_finished", lambda _at, headers: headers)
    assert Browser(app).get("/plain").headers["Content-Security-Policy"] == "default-src *"


def test_each_answer_has_a_nonce_of_its_own_which_is_the_one_in_its_page(app: Flask) -> None:
    seen = set()
    for _ in range(5):
        answer = Browser(app).get("/script")
        nonce = NONCE.search(answer.headers["Content-Security-Policy"])
        assert nonce
        assert f'nonce="{nonce[1]}"' in answer.get_data(as_text=True)
        seen.add(nonce[1])
    assert len(seen) == 5


@pytest.mark.parametrize("path", ["/plain", "/weaker", "/nowhere", "/broken", "/private"])
def test_hsts_is_sent_only_where_tls_is_really_there(app: Flask, path: str) -> None:
    secure = Browser(app, secure=True).get(path)
    assert secure.headers.getlist("Strict-Transport-Security") == ["max-age=63072000"]
    assert "Strict-Transport-Security" not in Browser(app).get(path).headers
    forged = Browser(app).get(path, headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in forged.headers


@pytest.mark.parametrize("path", ["/private", "/account", "/weaker", "/boss", "/account/password", "/login?next=/x"])
def test_no_cache_keeps_the_pages_of_signed_in_people(maria: Browser, path: str) -> None:
    assert maria.get(path).headers.getlist("Cache-Control") == ["no-store"]


def test_no_cache_keeps_a_page_that_sets_a_cookie_or_holds_a_token(app: Flask) -> None:
    visitor = Browser(app)
    first = visitor.get("/login")
    assert first.headers.getlist("Set-Cookie")
    assert first.headers["Cache-Control"] == visitor.get("/login").headers["Cache-Control"] == "no-store"
    assert "immutable" in visitor.get("/doorward/static/door.css?v=1").headers["Cache-Control"]


# -- loosening ----------------------------------------------------------------------------------------------


def test_a_loosened_directive_holds_for_that_view_alone_and_shows_in_the_routes(app: Flask) -> None:
    policy = Browser(app).get("/map").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example;" in policy
    assert "frame-src 'self';" in policy
    assert NONCE.search(policy)
    assert "tiles.example" not in Browser(app).get("/plain").headers["Content-Security-Policy"]
    found = next(route for route in door_of(app).census.routes() if route.path == "/map")
    assert ("img-src", ("https://tiles.example",)) in found.demand.loosened


STEADFAST = ["script_src", "script_src_elem", "script_src_attr", "default_src", "object_src", "base_uri", "style_src"]
STEADFAST += ["require_trusted_types_for", "trusted_types", "report_uri", "sandbox", "img-src; script-src", "IMG_SRC"]


@pytest.mark.parametrize("directive", STEADFAST)
def test_scripts_plugins_and_trusted_types_cannot_be_loosened(directive: str) -> None:
    access.csp(img_src=["https://tiles.example"])
    with pytest.raises(StartRefused, match="cannot be loosened"):
        access.csp(**{directive: ["'self'"]})


TOO_WIDE = ["*", "https:", "HTTP:", "wss:", "https://*", "*.com", "*:443", "http://*:*", "'unsafe-inline'"]
TOO_WIDE += ["'UNSAFE-INLINE'", "'unsafe-eval'", "'strict-dynamic'", "'nonce-abc'", "a.example; script-src *"]
TOO_WIDE += ["a.example, default-src *", "a.example\nX: y", "a.example\t*", "a.example *", "", "ä.example"]


@pytest.mark.parametrize("source", TOO_WIDE)
@pytest.mark.parametrize("directive", sorted(MAY_LOOSEN))
def test_a_directive_is_loosened_by_named_origins_only(directive: str, source: str) -> None:
    name = directive.replace("-", "_")
    for fine in ("https://cdn.example", "*.cdn.example", "'self'", "wss://a.example:8443/path", "localhost:3000"):
        access.csp(**{name: [fine]})
    with pytest.raises(StartRefused, match="too wide"):
        access.csp(**{name: [source]})


def test_a_source_without_a_list_is_not_read_letter_by_letter() -> None:
    with pytest.raises(StartRefused, match="lists of sources"):
        access.csp(img_src="https://tiles.example")


@pytest.mark.parametrize("source", ["data:", "blob:", "filesystem:"])
def test_a_worker_never_comes_from_what_a_page_has_written(source: str) -> None:
    with pytest.raises(StartRefused, match="too wide"):
        access.csp(worker_src=[source])


# -- reports ------------------------------------------------------------------------------------------------


def report(browser: Browser, body: object, type_: str = "application/reports+json", **headers: str) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return browser.send("POST", "/csp-report", data=data, content_type=type_, headers=headers)


def shown(app: Flask) -> str:
    return signed_in(app, "boss", "admin").get("/admin/security").get_data(as_text=True)


def test_both_forms_of_reports_are_shown_to_administrators_and_escaped(app: Flask) -> None:
    old = {
        "csp-report": {
            "violated-directive": "img-src",
            "blocked-uri": f"https://old.example/{ATTACK}?secret=1",
            "document-uri": "http://localhost/page?token=abc",
        }
    }
    new = {
        "type": "csp-violation",
        "body": {"effectiveDirective": ATTACK, "blockedURL": "inline", "documentURL": "http://localhost/new"},
    }
    browser = Browser(app)
    assert report(browser, old, "application/csp-report").status_code == 204
    for _ in range(2):
        assert report(browser, [new, {"type": "deprecation", "body": {}}]).status_code == 204
    page = shown(app)
    assert "https://old.example/" in page
    assert "/new" in page
    assert ATTACK not in page
    assert "&lt;script&gt;" in page
    assert "secret=1" not in page
    assert "token=abc" not in page


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 16_000, 400),
        (b'{"a":' * 3000, 400),
        (b"1" * 10_000, 400),
        (b'"text"', 400),
        (b"null", 400),
        (b"[1, null, {}, []]", 204),
        (b'{"csp-report": "text"}', 204),
        (b'{"csp-report": {}}', 204),
        (b'[{"type": "csp-violation", "body": {"blockedURL": "http://[", "documentURL": 1}}]', 204),
        (b'[{"type": "csp-violation", "body": {"blockedURL": "\\ud800\\u0000", "effectiveDirective": []}}]', 204),
    ],
)
def test_garbage_for_a_report_is_answered_cleanly(app: Flask, body: bytes, status: int) -> None:
    assert report(Browser(app, address="192.0.2.44"), body).status_code == status


def test_a_report_is_bounded_in_size_number_and_sender(app: Flask, tmp_path: Path) -> None:
    assert report(Browser(app), b"[" + b" " * 17_000 + b"]").status_code == 413
    assert report(Browser(app), [], **{"Sec-Fetch-Site": "cross-site"}).status_code == 400
    app = app_behind(tmp_path, lambda _app: None, reports_per_address="3/minute")
    statuses = [report(Browser(app), []).status_code for _ in range(4)]
    assert statuses == [204] * 3 + [429]
    many = [{"type": "csp-violation", "body": {"blockedURL": f"https://{n}.example/"}} for n in range(50)]
    for number in range(30):
        report(Browser(app, address=f"192.0.2.{number}"), [*many[number:], *many])
    with door_of(app).store.reading() as db:
        assert len(violations.latest(db, 1000)) <= violations.MOST_KINDS


def test_only_administrators_see_the_reports(app: Flask, maria: Browser) -> None:
    assert Browser(app).get("/admin/security").status_code == 303
    assert maria.get("/admin/security").status_code == 403


def with_a_call(app: Flask) -> None:
    app.add_url_rule("/call", "call", access.uses("camera", "microphone")(access.public(lambda: "call")))


def test_only_a_page_that_says_so_may_use_a_camera(tmp_path: Path) -> None:
    browser = Browser(app_behind(tmp_path, with_a_call))
    policy = browser.get("/call").headers["Permissions-Policy"]
    assert {"camera=(self)", "microphone=(self)", "display-capture=()", "geolocation=()"} <= set(policy.split(", "))
    for path in ("/login", "/not-there"):
        assert "camera=()" in browser.get(path).headers["Permissions-Policy"]


def test_a_page_cannot_say_that_it_uses_what_nobody_is_asked_for() -> None:
    with pytest.raises(StartRefused, match="knows no 'usb'"):
        access.uses("usb")
