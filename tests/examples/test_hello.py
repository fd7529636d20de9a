"""The example of the README: under 40 lines, and behind the door."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from doorward.store.journal import Filter, page
from doorward.testing import Browser, door_of, signed_in, test_settings

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "examples" / "hello" / "hello.py"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    from examples.hello.hello import app as hello

    hello.extensions["doorward"].start(test_settings(tmp_path_factory.mktemp("hello")))
    assert isinstance(hello, Flask)
    return hello


def test_it_has_under_forty_lines() -> None:
    assert len(SOURCE.read_text().splitlines()) < 40


def test_the_readme_shows_it() -> None:
    assert SOURCE.read_text().strip() in (ROOT / "README.md").read_text()


def test_everybody_reads_and_members_write(app: Flask) -> None:
    writer, visitor = signed_in(app, "mara"), Browser(app)
    assert writer.post("/greet", {"text": "Good morning <b>all</b>"}).status_code == 303
    page = visitor.get("/").get_data(as_text=True)
    assert "mara: Good morning &lt;b&gt;all&lt;/b&gt;" in page
    assert visitor.post("/greet", {"text": "I was never let in"}).status_code == 401
    assert "never let in" not in writer.get("/").get_data(as_text=True)


def test_another_site_cannot_write_in_a_members_name(app: Flask) -> None:
    writer = signed_in(app, "mara")
    forged = {"text": "forged", "csrf_token": writer.token}
    answer = writer.send("POST", "/greet", data=forged, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert "forged" not in writer.get("/").get_data(as_text=True)


def test_a_greeting_is_in_the_journal_without_its_text(app: Flask) -> None:
    signed_in(app, "mara").post("/greet", {"text": "a private word"})
    with door_of(app).store.reading() as db:
        entries = page(db, Filter(event="greeting"))
    assert entries
    assert all("private" not in sealed.as_json() for sealed in entries)


def test_its_limit_holds_for_each_person_alone(app: Flask) -> None:
    hasty, other = signed_in(app, "hasty.one"), signed_in(app, "other.one")
    answers = [hasty.post("/greet", {"text": str(number)}).status_code for number in range(11)]
    assert answers == [303] * 10 + [429]
    assert other.post("/greet", {"text": "still here"}).status_code == 303
