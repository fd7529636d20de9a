"""The API's description is what is enforced: what is not described stops the start, is refused, or does not leave."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.views import MethodView
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward import Conflict, Doorward, NotFound, StartRefused, access, api
from doorward.errors import UndescribedRoutes
from doorward.settings import Settings
from doorward.testing import Browser, Program, add_account, add_token, signed_in, test_settings
from tests.support.doors import app_behind, bare_app, entries

NOTE = api.Fields(
    "Note", {"text": api.Line(20), "stars": api.Whole(0, 5), "tags": api.Listed(api.Line(5), 3)}, ("tags",)
)
KEPT = api.Fields("Kept", {"id": api.Whole(), "text": api.Line(20)})
SOUND = {"text": "hello", "stars": 3}
JSON = "application/json"


@pytest.fixture(scope="module")
def kept() -> list[Any]:
    """What the views were given."""
    return []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, kept: list[Any]) -> Flask:
    @access.scope("notes:write")
    @api.takes(NOTE)
    @api.gives(KEPT, status=201, at="/api/notes/{id}")
    def write(body: dict[str, Any]) -> dict[str, Any]:
        """Write a note."""
        kept.append(body)
        return {"id": 7, "text": body["text"]}

    @access.scope("notes:read")
    @api.asks(page=api.Whole(1, 9), order=api.Choice(("new", "old")), all=api.Flag(), q=api.Text(5))
    @api.gives(api.Fields("Asked", {"asked": api.AnyObject()}))
    def read(**asked: Any) -> dict[str, Any]:
        kept.append(asked)
        return {"asked": asked}

    @access.scope("notes:read")
    @api.asks(number=api.Whole(1, 9))
    @api.gives(KEPT)
    def one(number: int) -> dict[str, Any]:
        kept.append(number)
        return {"id": number, "text": "a note"}

    @access.scope("notes:write")
    @api.gives(None)
    def remove(number: int) -> None:
        kept.append(number)

    @access.public
    @api.asks(how=api.Choice(("well", "more", "less", "named", "unnamed", "broken")))
    @api.refuses(Conflict)
    @api.gives(KEPT)
    def answers(how: str = "well") -> Any:
        if how == "named":
            raise Conflict("It is so.")
        if how == "unnamed":
            raise NotFound
        return {
            "well": {"id": 1, "text": "a"},
            "more": {"id": 1, "text": "a", "password_hash": "canary-7431"},
            "less": {"id": 1},
            "broken": {"id": "canary-7431", "text": "a"},
        }[how]

    def routes(app: Flask) -> None:
        app.add_url_rule("/api/notes", "read", read)
        app.add_url_rule("/api/notes", "write", write, methods=["POST"])
        app.add_url_rule("/api/notes/<int:number>", "one", one)
        app.add_url_rule("/api/notes/<int:number>", "remove", remove, methods=["DELETE"])
        app.add_url_rule("/api/answers", "answers", answers)
        app.add_url_rule("/api/raw", "raw", access.public(api.undescribed("a stream of bytes")(lambda: b"bytes")))
        app.add_url_rule("/page", "page", access.public(lambda: "a page"))
        boss = access.role("admin")(api.gives(KEPT)(lambda: {"id": 1, "text": "boss"}))
        app.add_url_rule("/api/boss", "boss", boss)

    return app_behind(tmp_path_factory.mktemp("api"), routes)


@pytest.fixture(scope="module")
def maria(app: Flask) -> Browser:
    return signed_in(app, "maria")


@pytest.fixture(scope="module")
def program(app: Flask, maria: Browser) -> Program:
    return Program(app, add_token(app, "maria", "notes:read", "notes:write", "account:read"))


@pytest.fixture(autouse=True)
def _forget(kept: list[Any]) -> None:
    kept.clear()


# -- the start ----------------------------------------------------------------------------------------------


def test_routes_under_api_without_a_description_stop_the_start_and_all_are_named(tmp_path: Path) -> None:
    class Both(MethodView):
        @access.member
        @api.gives(None)
        def get(self) -> None: ...

        @access.member
        def post(self) -> None: ...

    app = bare_app()
    app.add_url_rule("/api/a", "first", access.member(lambda: ""))
    app.add_url_rule("/api/b", "second", access.member(api.takes(NOTE)(lambda: "")), methods=["POST"])
    app.add_url_rule("/api/c", view_func=Both.as_view("third"))
    app.add_url_rule("/api/d", "fourth", access.member(api.takes(NOTE)(api.gives(None)(lambda: ""))), methods=["GET"])
    app.add_url_rule("/api/f", "fifth", access.member(api.asks(page=api.Whole())(api.gives(None)(lambda: None))))
    app.add_url_rule("/api/e", "sound", access.member(api.gives(None)(lambda: None)))
    app.add_url_rule("/apiary", "bees", access.member(lambda: ""))
    with pytest.raises(UndescribedRoutes) as refused:
        Doorward(app, settings=test_settings(tmp_path)).start()
    assert [line.split("  ")[:2] for line in refused.value.routes] == [
        ["first", "GET /api/a"],
        ["second", "POST /api/b"],
        ["third", "POST /api/c"],
        ["fourth", "GET /api/d"],
        ["fifth", "GET /api/f"],
    ]
    assert f"{Path(__file__).name}:" in str(refused.value)


def test_a_route_without_rule_and_description_is_told_of_its_rule_first(tmp_path: Path) -> None:
    app = bare_app()
    app.add_url_rule("/api/a", "first", lambda: "")
    with pytest.raises(StartRefused, match="who may enter"):
        Doorward(app, settings=test_settings(tmp_path)).start()


@pytest.mark.parametrize(
    "wrong", [lambda: api.asks(body=api.Whole()), lambda: api.asks(x=NOTE), lambda: api.undescribed("")]
)
def test_a_description_that_says_nonsense_is_refused_where_it_stands(wrong: Any) -> None:
    with pytest.raises(StartRefused):
        wrong()


# -- what is taken ------------------------------------------------------------------------------------------


def test_what_is_as_described_reaches_the_view(program: Program, maria: Browser, kept: list[Any]) -> None:
    made = program.post("/api/notes", SOUND)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/notes/7")
    assert maria.post_json("/api/notes", {**SOUND, "tags": ["a"]}).status_code == 201
    sent = json.dumps({"text": "é🙂", "stars": 1.0}, ensure_ascii=False).encode()
    assert program.send("POST", "/api/notes", data=sent, content_type=f"{JSON}; charset=UTF-8").status_code == 201
    assert kept == [SOUND, {**SOUND, "tags": ["a"]}, {"text": "é🙂", "stars": 1}]
    asked = program.get("/api/notes?page=2&order=old&all=true&q=a+b").json
    assert asked == {"asked": {"page": 2, "order": "old", "all": True, "q": "a b"}}
    assert program.get("/api/notes/9").json == {"id": 9, "text": "a note"}
    assert program.send("DELETE", "/api/notes/9").status_code == 204


BODIES: dict[str, tuple[int, Any, str]] = {
    "nothing": (400, b"", JSON),
    "no JSON": (400, b"{text: 1}", JSON),
    "twice the same": (400, b'{"text": "a", "text": "b", "stars": 1}', JSON),
    "NaN": (400, b'{"text": "a", "stars": NaN}', JSON),
    "a huge number": (400, b'{"text": "a", "stars": 1%s}' % (b"0" * 4500), JSON),
    "65 bits": (400, b'{"text": "a", "stars": 18446744073709551616}', JSON),
    "half a pair": (400, b'{"text": "\\ud800", "stars": 1}', JSON),
    "broken UTF-8": (400, b'{"text": "\xff", "stars": 1}', JSON),
    "deep": (400, b'{"text": ' + b"[" * 20_000 + b"]" * 20_000 + b', "stars": 1}', JSON),
    "null": (422, b"null", JSON),
    "a list": (422, b"[]", JSON),
    "a field too many": (422, {**SOUND, "admin": True}, JSON),
    "a field of Python's": (422, {**SOUND, "__class__": "x"}, JSON),
    "one missing": (422, {"text": "a"}, JSON),
    "a NUL": (422, {**SOUND, "text": "a\0b"}, JSON),
    "two lines": (422, {**SOUND, "text": "a\nb"}, JSON),
    "too long": (422, {**SOUND, "text": "a" * 21}, JSON),
    "a number as text": (422, {**SOUND, "stars": "3"}, JSON),
    "true as a number": (422, {**SOUND, "stars": True}, JSON),
    "half a star": (422, {**SOUND, "stars": 2.5}, JSON),
    "below": (422, {**SOUND, "stars": -1}, JSON),
    "too many": (422, {**SOUND, "tags": ["a"] * 4}, JSON),
    "no content type": (415, SOUND, ""),
    "plain text": (415, SOUND, "text/plain"),
    "a form": (415, SOUND, "application/x-www-form-urlencoded"),
    "a form with files": (415, SOUND, "multipart/form-data; boundary=x"),
    "problem+json": (415, SOUND, "application/problem+json"),
    "another alphabet": (415, SOUND, f"{JSON}; charset=utf-16"),
    "too large": (413, b" " * 65536 + b"{}", JSON),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_not_as_described_does_not_reach_the_view(program: Program, kept: list[Any], name: str) -> None:
    status, body, kind = BODIES[name]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = program.send("POST", "/api/notes", data=raw, content_type=kind)
    assert answer.status_code == status, answer.text
    problem = answer.json["error"]
    assert problem["code"]
    assert problem["message"]
    assert ("fields" in problem) is (status == 422)
    assert kept == []


def test_every_wrong_field_is_named_at_once(program: Program) -> None:
    answer = program.post("/api/notes", {"stars": 9, "tags": ["a", 1], "x": 1})
    assert answer.json is not None
    assert set(answer.json["error"]["fields"]) == {"text", "stars", "tags.1", "x"}


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=10", "page=1.0", "page=%2B1", "page=1_0", "page=", "page=1&page=1", "page=%D9%A1"),
        *("page=" + "9" * 5000, "order=both", "all=yes", "q=abcdef", "q=%00"),
        *("stranger=1", "PAGE=1", "body=1", "kwargs=1"),
    ],
)
def test_a_query_that_is_not_as_described_does_not_reach_the_view(
    program: Program, kept: list[Any], query: str
) -> None:
    answer = program.get(f"/api/notes?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json is not None
    assert [*answer.json["error"]["fields"]] == [query.split("=")[0]]
    assert kept == []


def test_a_parameter_of_the_path_that_cannot_be_is_nothing_there(program: Program, kept: list[Any]) -> None:
    for path in ("/api/notes/0", "/api/notes/10", "/api/notes/" + "9" * 400, "/api/notes/-1", "/api/notes/x"):
        assert program.get(path).status_code == 404, path
    assert kept == []


def test_a_route_without_a_body_takes_none(program: Program, maria: Browser, kept: list[Any]) -> None:
    assert program.send("DELETE", "/api/notes/1", data=b"{}", content_type=JSON).status_code == 400
    assert program.send("GET", "/api/notes/1", data=b"{}", content_type=JSON).status_code == 400
    form = {"csrf_token": maria.token, "x": "1"}
    assert maria.send("DELETE", "/api/notes/1", data=form).status_code == 400
    assert kept == []


def test_nobody_learns_of_a_body_who_may_not_send_it(app: Flask, maria: Browser, kept: list[Any]) -> None:
    narrow = Program(app, add_token(app, "maria", "notes:read"))
    assert narrow.post("/api/notes", {"x": 1}).status_code == 403
    assert Program(app, "dw_nothing").post("/api/notes", {"x": 1}).status_code == 401
    stranger = Browser(app, address="192.0.2.9")
    assert stranger.post_json("/api/notes", {"x": 1}).status_code == 401
    assert maria.send("POST", "/api/notes", json=SOUND).status_code == 403  # without the CSRF token
    foreign = {"Origin": "https://evil.example"}
    assert maria.post_json("/api/notes", SOUND, headers=foreign).status_code == 403
    assert kept == []
    assert maria.post_json("/api/notes", SOUND).status_code == 201


def test_the_methods_that_are_not_there_say_which_are(program: Program, kept: list[Any]) -> None:
    wrong = program.send("PUT", "/api/notes", json=SOUND)
    assert wrong.status_code == 405
    assert set(wrong.headers["Allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "OPTIONS", "POST"}
    options = program.send("OPTIONS", "/api/notes")
    assert (options.status_code, options.data, kept) == (200, b"", [])
    head = program.send("HEAD", "/api/notes/3")
    assert (head.status_code, head.data) == (200, b"")
    assert program.send("HEAD", "/api/notes/0").status_code == 404


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["text", "stars", "tags", "x"]), inner),
    max_leaves=15,
)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=60) | TREES.map(lambda tree: json.dumps(tree).encode("utf-8", "surrogatepass")))
def test_no_body_at_all_is_more_than_a_refusal(program: Program, kept: list[Any], raw: bytes) -> None:
    kept.clear()
    answer = program.send("POST", "/api/notes", data=raw, content_type=JSON)
    assert answer.status_code in (201, 400, 422)
    assert len(kept) == (answer.status_code == 201)


# -- what is answered ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["more", "less", "broken"])
def test_an_answer_that_is_not_as_described_does_not_leave(
    app: Flask, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert Browser(app).get("/api/answers").status_code == 200
    with caplog.at_level(logging.ERROR):
        answer = Browser(app).get(f"/api/answers?how={how}")
    assert answer.status_code == 500
    assert "canary-7431" not in answer.text + caplog.text
    assert "the answer of answers is not as described" in caplog.text


def test_a_refusal_that_is_not_described_is_a_mistake_in_development_and_logged_in_production(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = Browser(app)
    assert visitor.get("/api/answers?how=named").status_code == 409
    assert visitor.get("/api/answers?how=unnamed").status_code == 500
    monkeypatch.setattr(Settings, "production", True)
    caplog.clear()
    assert visitor.get("/api/answers?how=unnamed").status_code == 404
    assert "answers answers 404 (not_found), which @api.refuses does not name" in caplog.text


# -- the description ----------------------------------------------------------------------------------------


def test_the_description_is_for_everybody_and_holds_nothing_of_anybodys(app: Flask, maria: Browser) -> None:
    answer = Browser(app).get("/api/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, JSON)
    assert "no-store" not in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert answer.data == maria.get("/api/openapi.json").data
    again = Browser(app).get("/api/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "maria" not in answer.text


def test_the_description_names_every_route_of_the_census_and_none_that_is_undescribed(app: Flask) -> None:
    paths = _document(app)["paths"]
    assert set(paths) == {
        *("/api/notes", "/api/notes/{number}", "/api/answers", "/api/boss"),
        *("/api/account", "/api/openapi.json"),
    }
    assert set(paths["/api/notes"]) == {"get", "post"}
    assert paths["/api/notes"]["post"]["security"] == [{"token": ["notes:write"]}, {"session": [], "csrf": []}]
    assert paths["/api/notes"]["get"]["security"] == [{"token": ["notes:read"]}, {"session": []}]
    assert paths["/api/answers"]["get"]["security"] == []
    statuses = "201 400 401 403 405 413 415 421 422 429 500 503"
    assert [*paths["/api/notes"]["post"]["responses"]] == statuses.split()


def test_the_names_of_cookie_and_header_are_those_that_count(app: Flask) -> None:
    plain = _document(app)["components"]["securitySchemes"]
    tls = Browser(app, secure=True).get("/api/openapi.json").json["components"]["securitySchemes"]  # type: ignore[index]
    assert (plain["session"]["name"], tls["session"]["name"]) == ("doorward", "__Host-doorward")
    assert plain["csrf"]["name"] == "X-CSRF-Token"


def test_where_administration_is_closed_its_routes_are_not_told_of(tmp_path: Path) -> None:
    def routes(app: Flask) -> None:
        app.add_url_rule("/api/boss", "boss", access.role("admin")(api.gives(None)(lambda: None)))

    closed = app_behind(tmp_path, routes, admin_enabled=False)
    assert "/api/boss" not in _document(closed)["paths"]


def _document(app: Flask) -> dict[str, Any]:
    found = Browser(app).get("/api/openapi.json").json
    assert found is not None
    return found


# -- who am I -----------------------------------------------------------------------------------------------


def test_a_session_and_a_token_learn_who_they_are_and_nobody_else_does(app: Flask, maria: Browser) -> None:
    def ask(program: Program | Browser) -> Any:
        return program.get("/api/account").json

    of_session = ask(maria)
    assert (of_session["account"]["name"], of_session["scopes"], of_session["token"]) == ("maria", None, None)
    of_token = ask(Program(app, add_token(app, "maria", "account:read", "notes:read", name="export")))
    assert of_token["account"] == of_session["account"]
    assert (of_token["scopes"], of_token["token"]["name"]) == (["account:read", "notes:read"], "export")
    assert Program(app, add_token(app, "maria", "notes:read")).get("/api/account").status_code == 403
    assert Browser(app).get("/api/account").status_code == 401
    assert ask(Program(app, add_token(app, "maria", "account:read", life=None)))["token"]["expires_at"] is None


def test_a_participant_learns_of_the_token_and_nothing_of_its_owner(app: Flask, maria: Browser) -> None:
    guest = Browser(app)
    guest.get("/login/token")
    secret = add_token(app, "maria", "account:read", name="guest", for_person=True)
    assert guest.post("/login/token", {"token": secret}).status_code == 303
    found = guest.get("/api/account").json
    assert found is not None
    assert (found["account"], found["token"]["name"], found["scopes"]) == (None, "guest", ["account:read"])


def test_refusals_of_the_api_are_in_the_journal_without_what_was_sent(app: Flask) -> None:
    add_account(app, "nina")
    narrow = Program(app, add_token(app, "nina", "notes:read"), address="192.0.2.55")
    assert narrow.post("/api/notes", {"text": "canary-5521", "stars": 1}).status_code == 403
    door = app.extensions["doorward"]
    found = entries(door)[0]
    assert (found.event, found.on, found.who_name.split()[0]) == (
        "request.insufficient_scope",
        "/api/notes",
        "nina",
    )
    assert "canary-5521" not in str(entries(door))
