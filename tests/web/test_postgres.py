"""The door on PostgreSQL: what SQLite would swallow must not become an error there."""

from __future__ import annotations

import pytest
from flask import Flask

from doorward.testing import PASSWORD, Browser, door_of, signed_in
from tests.support.doors import app_behind, journal_break

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Flask:
    return app_behind(tmp_path_factory.mktemp("postgres"), lambda _app: None, database_url=postgres_url)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ufffe", "🙂" * 400, "9" * 400])
def test_no_text_in_a_field_is_more_than_the_database_bears(app: Flask, text: str) -> None:
    boss = signed_in(app, "boss", "admin")
    visitor = Browser(app, address=f"192.0.2.{len(text) % 200}")
    assert visitor.post("/login", {"username": "maria", "password": text}).status_code == 401
    assert visitor.post("/login", {"username": text, "password": text}).status_code == (400 if "\0" in text else 401)
    assert visitor.get("/setup/%00").status_code == 404
    fields = {"current_password": PASSWORD, "password": text, "password_again": "x"}
    assert boss.post("/account/password", fields).status_code == 422
    for page, names in (("journal", ("who", "event", "outcome", "from", "to", "before")), ("people", ("q", "page"))):
        for name in names:
            assert boss.get(f"/admin/{page}", query_string={name: text}).status_code in (200, 400)
    assert boss.post("/admin/people/%00/block").status_code in (400, 404)
    assert boss.post(f"/account/sessions/{'9' * 40}/end").status_code == 404
    assert visitor.send("GET", "/account", headers={"Cookie": "doorward=a\0b"}).status_code == 303
    report = b'[{"type":"csp-violation","body":{"blockedURL":"https://a.example/\\u0000' + b"\\u0001" * 300 + b'"}}]'
    sent = visitor.send("POST", "/csp-report", data=report, content_type="application/reports+json")
    assert sent.status_code == 204


def test_the_journal_is_whole_afterwards(app: Flask) -> None:
    assert journal_break(door_of(app)) is None
