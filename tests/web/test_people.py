"""Administration: for administrators only, and nobody shuts themselves or everybody out. Setting up happens once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import insert

from doorward import Caller, access, current_account
from doorward.core.access import HOST
from doorward.core.tokens import new_code
from doorward.errors import Conflict
from doorward.store import accounts, codes
from doorward.store.accounts import NewAccount
from doorward.store.factor_models import TotpRecord
from doorward.store.models import Account
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import people
from doorward.web.pages import setup
from doorward_suite.portal.views import home_page
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
    store, last = door_of(app).store, id_of(app, "boss")
    actor = Caller(account_id="somebody", name="somebody", roles=frozenset({"admin"}))
    for act in (people.block, people.delete):
        with pytest.raises(Conflict, match="last administrator"):
            act(store, actor, last)
    with pytest.raises(Conflict, match="last administrator"):
        people.set_roles(store, actor, last, frozenset({"editor"}), {"editor"})
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


# -- fresh sign-in, roles, races ------------------------------------------------------------------------------

CHANGES = ["approve", "refuse", "block", "unblock", "end-sessions", "reset-factors", "delete", "roles"]


@pytest.mark.parametrize("act", CHANGES)
def test_each_change_asks_again_who_is_there(tmp_path: Path, act: str) -> None:
    clock = Clock()
    app = app_behind(tmp_path, routes, clock)
    boss = signed_in(app, "boss", "admin")
    victim = add_account(app, "victim")
    with door_of(app).store.transaction() as tx:
        account = accounts.by_id(tx.db, victim)
        assert account is not None
        account.status = "waiting" if act in ("approve", "refuse") else "active"
    clock.forward(minutes=11)
    path = f"/admin/people/{victim}/{act}"
    assert boss.get(f"/admin/people/{victim}").status_code == 200
    assert boss.post(path, {"role": "admin"}).status_code == 403
    assert entries(door_of(app), "account") == []
    boss.post("/account/confirm", {"password": PASSWORD})
    boss.get("/account")
    assert boss.post(path, {"role": "admin"}).status_code == 303


def test_roles_are_given_and_taken_on_the_page_of_a_person(app: Flask, boss: Browser) -> None:
    helper = signed_in(app, "helper.one")
    path = f"/admin/people/{id_of(app, 'helper.one')}"
    assert boss.post(f"{path}/roles", {"role": ["admin"]}).status_code == 303
    assert helper.get("/me").status_code == 303  # signed out: rights change only with a new session
    helper.sign_in("helper.one")
    assert helper.get("/admin/people").status_code == 200
    boss.get("/account")
    wrong = boss.post(f"{path}/roles", {"role": ["admin", "owner"]})
    assert wrong.status_code == 422
    assert "The roles are: admin, member." in wrong.get_data(as_text=True)
    assert boss.post(f"{path}/roles").status_code == 303
    helper.sign_in("helper.one")
    assert helper.get("/admin/people").status_code == 403
    assert helper.get(path).status_code == helper.post(f"{path}/roles", {"role": ["admin"]}).status_code == 403


def test_nobody_changes_their_own_roles(app: Flask, boss: Browser) -> None:
    own = f"/admin/people/{id_of(app, 'boss')}"
    assert boss.post(f"{own}/roles", {"role": ["admin"]}).status_code == 409
    assert boss.post(f"{own}/roles").status_code == 409
    assert boss.post(f"{own}/delete").status_code == 409
    assert boss.get("/admin/people").status_code == 200
    assert f"{own}/roles" not in boss.get(own).get_data(as_text=True)


@pytest.fixture(params=["sqlite", "postgres"])
def racing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    given = {"database_url": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
    app = app_behind(tmp_path, routes, sign_in_per_address="1000/minute", **given)
    with door_of(app).store.transaction() as tx:  # the database of a module is shared by its tests
        for one in accounts.administrators(tx.db):
            account = accounts.by_id(tx.db, one)
            assert account is not None
            account.status = "deleted"
    yield app
    door_of(app).close()


@pytest.mark.parametrize("act", ["roles", "block", "delete"])
def test_of_administrators_who_remove_each_other_at_once_one_stays(racing: Flask, act: str) -> None:
    for turn in range(4):
        both = [signed_in(racing, f"{act}.{name}{turn}", "admin") for name in ("ada", "bea")]
        paths = [f"/admin/people/{id_of(racing, f'{act}.{name}{turn}')}/{act}" for name in ("bea", "ada")]
        start = Barrier(2)

        def remove(pair: tuple[Browser, str], start: Barrier = start) -> int:
            start.wait()
            return pair[0].post(pair[1]).status_code

        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(pool.map(remove, zip(both, paths, strict=True)))
        assert statuses[0] == 303
        assert statuses[1] in (400, 401, 403, 409)
        with door_of(racing).store.reading() as db:
            left = accounts.administrators(db)
        assert len(left) == 1
        _retire(racing, left[0])


def _retire(app: Flask, account_id: str) -> None:
    with door_of(app).store.transaction() as tx:
        account = accounts.by_id(tx.db, account_id)
        assert account is not None
        account.status = "deleted"


def test_who_has_just_lost_the_role_does_nothing_more_with_it(app: Flask) -> None:
    late, victim = add_account(app, "late.admin", "admin"), add_account(app, "late.victim")
    actor = Caller(account_id=late, name="late.admin", roles=frozenset({"admin"}))
    people.set_roles(door_of(app).store, HOST, late, frozenset())
    for act in (people.block, people.end_sessions, people.reset_factors, people.delete):
        with pytest.raises(Conflict, match="no administrator any more"):
            act(door_of(app).store, actor, victim)


# -- finding --------------------------------------------------------------------------------------------------


def test_filters_find_whom_they_say_and_nobody_else(tmp_path: Path) -> None:
    app = app_behind(tmp_path, routes, roles={"organiser": "May plan."})
    boss = signed_in(app, "boss", "admin")
    for name, *roles in (("ann", "organiser"), ("abe", "organiser", "admin"), ("kim",), ("organiser.not",)):
        add_account(app, name, *roles)
    people.block(door_of(app).store, HOST, id_of(app, "kim"))
    with door_of(app).store.transaction() as tx:
        tx.db.add(TotpRecord(account_id=id_of(app, "ann"), last_step=0, secret="sealed"))
        tx.db.add(TotpRecord(account_id=id_of(app, "abe"), last_step=0, offered="only offered"))

    def names(**asked: str) -> list[str]:
        page = boss.get("/admin/people", query_string=asked).get_data(as_text=True)
        return re.findall(r'<th scope="row">([\w.]+)', page)

    assert names() == ["abe", "ann", "boss", "kim", "organiser.not"]
    assert names(role="organiser") == ["abe", "ann"]
    assert names(role="admin") == ["abe", "boss"]
    assert names(role="member") == ["kim", "organiser.not"]
    assert names(status="blocked") == ["kim"]
    assert names(status="active", q="A") == ["abe", "ann"]
    assert names(factor="yes") == ["ann"]
    assert names(factor="no", role="organiser") == ["abe"]
    assert names(status="waiting") == []
    assert "Nobody waits" in boss.get("/admin/people?status=waiting").get_data(as_text=True)
    assert "Nobody fits" in boss.get("/admin/people?status=blocked&role=admin").get_data(as_text=True)
    assert names(role="no.such", status="x", factor="%00") == names()  # what is no choice does not filter


def test_five_thousand_accounts_are_pages_of_fifty(tmp_path: Path) -> None:
    app = app_behind(tmp_path, routes)
    boss = signed_in(app, "boss", "admin")
    with door_of(app).store.transaction() as tx:
        row = {
            "password_hash": "!",
            "password_changed_at": tx.now,
            "created_at": tx.now,
            "roles": "",
            "status": "active",
        }
        keys = [f"p{number:04}" for number in range(5_000)]
        tx.db.execute(insert(Account), [{"id": k, "name": k, "name_key": k, "skeleton": k, **row} for k in keys])
    last = boss.get("/admin/people?page=101").get_data(as_text=True)
    assert "5001 accounts" in last
    assert "p4999" in last
    assert "Page 101 of 101" in boss.get("/admin/people?page=9999").get_data(as_text=True)
    found = boss.get("/admin/people?q=p42&factor=no&page=2").get_data(as_text=True)
    assert "p4299" in found
    assert "p4249" not in found
    assert 'href="/admin/people?q=p42&amp;factor=no&amp;page=1"' in found


def test_administrators_are_told_who_waits_on_every_page_of_administration(tmp_path: Path) -> None:
    app = app_behind(tmp_path, routes)
    boss = signed_in(app, "boss", "admin")
    assert "approval" not in boss.get("/admin/journal").get_data(as_text=True)
    with door_of(app).store.transaction() as tx:
        accounts.add(tx, NewAccount("eager", "eager", "eager", "!"), accounts.WAITING)
    for path in ("/admin/journal", "/admin/security", "/admin/invitations", "/admin/tokens", "/admin/people"):
        page = boss.get(path).get_data(as_text=True)
        assert "1<span" in page, path
        assert "waiting for approval" in page


def test_the_start_page_says_that_nobody_administers_yet_and_keeps_the_code(tmp_path: Path) -> None:
    app = app_behind(tmp_path, lambda app: app.register_blueprint(home_page([])))
    with door_of(app).store.transaction() as tx:
        codes.replace(tx, codes.SETUP, code := new_code(length=40))
    page = Browser(app).get("/").get_data(as_text=True)
    assert "Not set up yet" in page
    assert code not in page
    assert "/setup/" not in page
    add_account(app, "boss", "admin")
    assert "Not set up yet" not in Browser(app).get("/").get_data(as_text=True)


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
