"""Administration: for administrators only, and nobody shuts themselves or everybody out. Setting up happens once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from doorward import access, current_account
from doorward.core.tokens import new_code
from doorward.errors import Conflict
from doorward.store import accounts, codes
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import people
from doorward.web.pages import setup
from tests.support.doors import app_behind, entries, everything_stored, journal_break, last_entry


def routes(app: Flask) -> None:
    app.add_url_rule("/me", "me", access.member(lambda: str(current_account.name)))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return app_behind(tmp_path_factory.mktemp("people"), routes)


@pytest.fixture(scope="module")
def boss(app: Flask) -> Browser:
    return signed_in(app, "boss", "admin")


@pytest.fixture(autouse=True)
def _token(boss: Browser) -> None:
    boss.get("/account")


def id_of(app: Flask, name: str) -> str:
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name)
    assert account is not None
    return account.id


ACTS = ["block", "unblock", "end-sessions"]
PAGES = ["/admin", "/admin/people", "/admin/journal", "/admin/journal/export", "/admin/security"]


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_of_administration_are_for_administrators_only(app: Flask, boss: Browser, path: str) -> None:
    assert boss.get(path).status_code in (200, 303)
    assert "/login" not in boss.get(path).headers.get("Location", "")
    assert signed_in(app, "maria").get(path).status_code == 403
    assert signed_in(app, "nearly", "administrator", "admins", "moderator").get(path).status_code == 403
    assert Browser(app).get(path).headers["Location"].startswith("/login")


@pytest.mark.parametrize("act", ACTS)
def test_what_administrators_do_to_people_nobody_else_can(app: Flask, boss: Browser, act: str) -> None:
    victim = signed_in(app, "victim")
    path = f"/admin/people/{id_of(app, 'victim')}/{act}"
    maria, visitor = signed_in(app, "maria"), Browser(app)
    assert maria.post(path).status_code == 403
    assert visitor.post(path).status_code == 401
    assert boss.send("POST", path).status_code == 400
    assert boss.get(path).status_code == 405
    assert victim.get("/me").status_code == 200
    assert boss.post(path).status_code == 303
    assert victim.get("/me").status_code == (200 if act == "unblock" else 303)
    boss.get("/admin/people")
    boss.post(f"/admin/people/{id_of(app, 'victim')}/unblock")
    assert Browser(app).try_to_sign_in("victim").status_code == 303


@pytest.mark.parametrize("act", ACTS)
def test_nobody_does_it_to_themselves_or_to_who_is_not_there(app: Flask, boss: Browser, act: str) -> None:
    assert boss.post(f"/admin/people/{id_of(app, 'boss')}/{act}").status_code == 409
    for nobody in ("a0", "%00", "..", "' OR 1=1", "a" * 300):
        assert boss.post(f"/admin/people/{nobody}/{act}").status_code == 404
    assert boss.get("/me").data == b"boss"


def test_the_last_administrator_cannot_be_blocked_deleted_or_demoted(app: Flask, boss: Browser) -> None:
    from doorward import Caller

    store, last = door_of(app).store, id_of(app, "boss")
    actor = Caller(account_id="somebody", name="somebody", roles=frozenset({"admin"}))
    for act in (people.block, people.delete):
        with pytest.raises(Conflict, match="last administrator"):
            act(store, actor, last)
    with pytest.raises(Conflict, match="last administrator"):
        people.set_roles(store, actor, last, frozenset({"editor"}))
    assert boss.get("/me").data == b"boss"


def test_two_administrators_who_block_each_other_at_once_leave_one(tmp_path: Path) -> None:
    app = app_behind(tmp_path, routes)
    both = [signed_in(app, "one", "admin"), signed_in(app, "two", "admin")]
    paths = [f"/admin/people/{id_of(app, name)}/block" for name in ("two", "one")]
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda pair: pair[0].post(pair[1]).status_code, zip(both, paths, strict=True)))
    assert statuses[0] == 303
    assert statuses[1] in (400, 401, 403, 409)
    assert [browser.get("/me").status_code for browser in both].count(200) == 1


def test_the_list_finds_by_the_beginning_of_a_name_and_shows_names_as_text(app: Flask, boss: Browser) -> None:
    signed_in(app, "maria")
    page = boss.get("/admin/people?q=MAR").get_data(as_text=True)
    assert "maria" in page
    assert "victim" not in page
    for odd in ("%", "_", "<script>alert(1)</script>", '"><b>', "{{ 7*7 }}"):
        page = boss.get("/admin/people", query_string={"q": odd}).get_data(as_text=True)
        assert "<script>alert" not in page
        assert "<b>" not in page
        assert "boss" not in page.split("<main")[1].split("Show everybody")[0].replace("(you)", "")


# -- setting up ---------------------------------------------------------------------------------------------


@pytest.fixture
def fresh(tmp_path: Path) -> Flask:
    return app_behind(tmp_path, routes, Clock())


def code_of(app: Flask) -> str:
    code = new_code(length=40)
    with door_of(app).store.transaction() as tx:
        codes.replace(tx, codes.SETUP, code)
    return code


FIELDS = {"username": "first.one", "password": PASSWORD, "password_again": PASSWORD}


def test_the_code_makes_one_administrator_and_dies_on_use(fresh: Flask, tmp_path: Path) -> None:
    code = code_of(fresh)
    assert code.encode() not in everything_stored(tmp_path)
    browser = Browser(fresh)
    form = browser.get(f"/setup/{code}")
    assert form.status_code == 200
    assert form.headers["Referrer-Policy"] == "same-origin"
    assert form.headers["Cache-Control"] == "no-store"
    assert browser.post(f"/setup/{code}", FIELDS).status_code == 303
    assert browser.get("/admin/people").status_code == 200
    assert browser.get(f"/setup/{code}").status_code == 404
    assert Browser(fresh).post(f"/setup/{code}", {**FIELDS, "username": "second.one"}).status_code == 404
    entry = last_entry(door_of(fresh), "account.created")
    assert "setup code" in entry.details
    assert code not in entry.details


def test_there_is_no_account_before(fresh: Flask) -> None:
    for name in ("admin", "root", "doorward", ""):
        for password in ("admin", "password", "doorward", ""):
            assert Browser(fresh, address=f"192.0.2.{len(name) * 10 + len(password)}").try_to_sign_in(
                name, password
            ).status_code in (401, 429)


def test_two_at_once_make_one_administrator(fresh: Flask) -> None:
    code = code_of(fresh)
    browsers = [Browser(fresh) for _ in range(4)]
    for browser in browsers:
        browser.get(f"/setup/{code}")
    with ThreadPoolExecutor(4) as pool:
        fields = [{**FIELDS, "username": f"first{number}"} for number in range(4)]
        answers = list(
            pool.map(
                lambda pair: pair[0].post(f"/setup/{code}", pair[1]).status_code, zip(browsers, fields, strict=True)
            )
        )
    assert sorted(answers) == [303, 404, 404, 404]
    with door_of(fresh).store.reading() as db:
        assert accounts.how_many(db, "") == 1


def test_a_code_is_dead_as_soon_as_there_is_an_administrator(fresh: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    code = code_of(fresh)
    late = Browser(fresh)
    late.get(f"/setup/{code}")
    add_account(fresh, "made.on.the.host", "admin")
    assert late.post(f"/setup/{code}", FIELDS).status_code == 404
    monkeypatch.setattr(setup, "_would_work", lambda *_: True)  # as if the administrator was made in between
    assert late.post(f"/setup/{code}", FIELDS).status_code == 404
    assert Browser(fresh).try_to_sign_in("first.one").status_code == 401


def test_wrong_codes_are_limited_and_a_right_one_does_not_count(fresh: Flask) -> None:
    code = code_of(fresh)
    for _ in range(8):
        assert Browser(fresh).get(f"/setup/{code}").status_code == 200
    statuses = [Browser(fresh).get(f"/setup/{new_code(length=40)}").status_code for _ in range(7)]
    assert statuses == [404] * 5 + [429] * 2
    limited = Browser(fresh).get(f"/setup/{code}")
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0
    assert Browser(fresh, address="192.0.2.1").get(f"/setup/{code}").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": "admin"}, "username"),
        ({"username": "Administrаtor"}, "username"),
        ({"username": "x" * 50}, "username"),
        ({"username": ""}, "username"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"password": "first.one first.one", "password_again": "first.one first.one"}, "password"),
        ({"password": "passwordpassword", "password_again": "passwordpassword"}, "password"),
        ({"password_again": "something else entirely"}, "password_again"),
        ({"password": "x" * 1025, "password_again": "x" * 1025}, "password"),
    ],
)
def test_the_first_administrator_follows_the_rules_too(fresh: Flask, wrong: dict[str, str], field: str) -> None:
    code = code_of(fresh)
    browser = Browser(fresh)
    page = browser.post(f"/setup/{code}", {**FIELDS, **wrong})
    assert page.status_code == 422
    as_json = browser.post(f"/setup/{code}", {**FIELDS, **wrong}, headers={"Accept": "application/json"})
    assert set(as_json.get_json()["error"]["fields"]) == {field}
    assert browser.post(f"/setup/{code}", FIELDS).status_code == 303
    assert len(entries(door_of(fresh), "account.created")) == 1
    assert journal_break(door_of(fresh)) is None
