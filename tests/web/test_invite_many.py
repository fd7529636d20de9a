"""Inviting many by a list: looked at first, made in one act, its links seen by one administrator and not for long."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from doorward.core.access import HOST
from doorward.store import sweeping
from doorward.store.invitation_models import Invitation
from doorward.testing import PASSWORD, Browser, Clock, door_of, signed_in
from doorward.web import people
from tests.support.doors import app_behind, everything_stored, last_entry

GOOD = "name,role,days,uses,email\nAnn Lee,organiser,7,1,ann@example.org\n=Bo,member,30,2,"
WRONG = f"{GOOD}\nCy,owner,7,1,\nDi,member,9,1,"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest, tmp_path: Any, clock: Clock) -> Iterator[Flask]:
    given = {"database_url": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
    app = app_behind(tmp_path, lambda _app: None, clock, roles={"organiser": "May plan."}, **given)
    yield app
    door_of(app).close()


@pytest.fixture
def boss(app: Flask) -> Browser:
    return signed_in(app, "boss", "admin")


def send(browser: Browser, text: str) -> str:
    """Where the list can be looked at."""
    answer = browser.post("/admin/people/invite", {"list": text})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def made(browser: Browser, text: str, **more: str) -> str:
    path = send(browser, text)
    assert browser.post(f"{path}/make", more).status_code == 303
    return path


def links(browser: Browser, path: str) -> list[list[str]]:
    answer = browser.get(f"{path}/links.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1:]


def how_many(app: Flask) -> int:
    with door_of(app).store.reading() as db:
        return db.scalar(select(func.count()).select_from(Invitation)) or 0


def join(app: Flask, address: str, name: str) -> int:
    visitor, path = Browser(app), address.split("localhost", 1)[1]
    visitor.get(path)
    fields = {"username": name, "password": PASSWORD, "password_again": PASSWORD}
    return visitor.post(path, fields).status_code


def test_a_list_is_looked_at_made_and_its_links_work(app: Flask, boss: Browser) -> None:
    before = how_many(app)
    path = send(boss, GOOD)
    assert "Make 2 invitations" in boss.get(path).get_data(as_text=True)
    assert how_many(app) == before
    assert boss.post(f"{path}/make").status_code == 303
    assert how_many(app) == before + 2
    rows = links(boss, path)
    assert [row[:4] for row in rows] == [["Ann Lee", "organiser", "ann@example.org", "1"], ["'=Bo", "member", "", "2"]]
    assert join(app, rows[0][-1], f"ann{before}") == 303
    assert join(app, rows[0][-1], f"late{before}") == 404
    assert join(app, rows[1][-1], f"bo{before}") == 303
    stored = everything_stored(door_of(app).settings.data)
    code = rows[1][-1].rsplit("/", 1)[1]
    assert code.encode() not in stored
    assert b"ann@example.org" not in stored
    entry = last_entry(door_of(app), "invitation.sheet_made")
    assert '"count":2' in entry.details
    assert code not in entry.details


def test_nothing_is_made_while_a_line_is_wrong_unless_it_is_left_out(app: Flask, boss: Browser) -> None:
    before = how_many(app)
    path = send(boss, WRONG)
    page = boss.get(path).get_data(as_text=True)
    assert "There is no role &#39;owner&#39; here. The roles are: admin, member, organiser." in page
    assert "Write 1, 7 or 30." in page
    assert "Leave out 2 and invite 2" in page
    assert boss.post(f"{path}/make").status_code == 409
    assert how_many(app) == before
    assert boss.post(f"{path}/make", {"only_good": "1"}).status_code == 303
    assert how_many(app) == before + 2
    assert boss.post(f"{path}/make", {"only_good": "1"}).status_code == 409
    assert how_many(app) == before + 2
    bad = send(boss, "name,role\nAnn,owner")
    assert boss.post(f"{bad}/make", {"only_good": "1"}).status_code == 409


@pytest.mark.parametrize("text", ["", "Ann", "name\n" + "Ann\n" * 5001, 'name\n"Ann', "name,x\nAnn,1"])
def test_a_list_that_cannot_be_read_comes_back_with_a_sentence_and_what_was_typed(boss: Browser, text: str) -> None:
    answer = boss.post("/admin/people/invite", {"list": text})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'id="list-problem"' in page
    assert text[:30].split("\n")[0] in page


def test_a_file_is_taken_and_one_of_another_encoding_is_a_sentence(boss: Browser) -> None:
    def upload(raw: bytes) -> Any:
        return boss.post("/admin/people/invite", {"file": (io.BytesIO(raw), "=cmd.csv"), "list": ""})

    assert upload("name\nJörg".encode()).status_code == 303
    assert upload("\ufeffname;role\r\nJörg;member\r\n".encode()).status_code == 303
    refused = upload("name\nJörg".encode("latin-1"))
    assert refused.status_code == 422
    assert "CSV UTF-8" in refused.get_data(as_text=True)
    assert upload(b"name\n" + b"x" * (1 << 20)).status_code == 422
    assert upload(b"name\n" + b"x" * (5 << 20)).status_code == 413


def test_five_thousand_are_made_in_a_handful_of_queries_and_printed_in_pages(app: Flask, boss: Browser) -> None:
    path = send(boss, "name\n" + "\n".join(f"Guest {number}" for number in range(5_000)))
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _given: Any, _context: Any, _many: bool) -> None:
        asked.append(statement)

    event.listen(door_of(app).store.engine, "before_cursor_execute", note)
    assert boss.post(f"{path}/make").status_code == 303
    event.remove(door_of(app).store.engine, "before_cursor_execute", note)
    assert len(asked) < 40
    assert len({row[-1] for row in links(boss, path)}) == 5_000
    last = boss.get(f"{path}/print?page=209").get_data(as_text=True)
    assert len(re.findall('src="data:image/svg', last)) == 8
    assert "Page 209 of 209" in last


def test_the_links_are_one_administrators_fresh_and_gone_when_they_say_so_or_after_an_hour(
    app: Flask, boss: Browser, clock: Clock
) -> None:
    path = made(boss, GOOD)
    other, member = signed_in(app, "other.admin", "admin"), signed_in(app, "member.one")
    for end in ("", "/print", "/links.csv"):
        assert boss.get(path + end).status_code == 200
        assert other.get(path + end).status_code == 404
        assert member.get(path + end).status_code == 403
    for end in ("/make", "/forget", "/take-back"):
        assert other.post(path + end).status_code == 404
        assert member.post(path + end).status_code == 403
    assert boss.get(f"{path}/print").headers["Cache-Control"] == "no-store"
    clock.forward(minutes=11)
    assert boss.get(f"{path}/links.csv").headers["Location"].startswith("/account/confirm")
    assert boss.post(f"{path}/take-back").status_code == 403
    boss.post("/account/confirm", {"password": PASSWORD})
    boss.get("/account")
    address = links(boss, path)[0][-1]
    assert boss.post(f"{path}/forget").status_code == 303
    assert boss.get(f"{path}/links.csv").status_code == boss.get(f"{path}/print").status_code == 404
    assert "shown to nobody any more" in boss.get(path).get_data(as_text=True)
    second = made(boss, GOOD)
    clock.forward(minutes=61)
    boss.get("/account/confirm")
    boss.post("/account/confirm", {"password": PASSWORD})
    assert boss.get(f"{second}/links.csv").status_code == 404
    assert join(app, address, f"in.time{how_many(app)}") == 303


def test_all_are_taken_back_at_once(app: Flask, boss: Browser) -> None:
    path, kept = made(boss, GOOD), made(boss, GOOD)
    address, other = links(boss, path)[0][-1], links(boss, kept)[0][-1]
    assert boss.post(f"{path}/take-back").status_code == 303
    assert Browser(app).get(address.split("localhost", 1)[1]).status_code == 404
    assert Browser(app).get(other.split("localhost", 1)[1]).status_code == 200


def test_a_list_that_was_only_looked_at_goes_with_the_hour(app: Flask, boss: Browser, clock: Clock) -> None:
    path = send(boss, GOOD)
    kept = made(boss, GOOD)
    again = send(boss, GOOD)
    assert boss.get(path).status_code == 404
    clock.forward(minutes=61)
    assert boss.get(again).status_code == 404
    clock.forward(minutes=61)
    sweeping.sweep(door_of(app).store)
    assert boss.get(kept).status_code == 200  # what was made can still be taken back
    clock.forward(days=91)
    sweeping.sweep(door_of(app).store)
    boss.sign_in("boss")
    assert boss.get(kept).status_code == 404


def test_an_administrator_who_lost_the_role_makes_nothing(app: Flask) -> None:
    late = signed_in(app, "late.admin", "admin")
    signed_in(app, "boss", "admin")
    path = send(late, GOOD)
    with door_of(app).store.reading() as db:
        from doorward.store import accounts

        account = accounts.by_name_key(db, "late.admin")
    assert account is not None
    people.set_roles(door_of(app).store, HOST, account.id, frozenset())
    late.sign_in("late.admin")
    before = how_many(app)
    assert late.post(f"{path}/make").status_code == 403
    assert how_many(app) == before
