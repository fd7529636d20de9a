"""Open registration through the real door: closed unless it is switched on, and what crowds and guessers get."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward.core.access import HOST
from doorward.core.names import name_key
from doorward.errors import Conflict, NotFound, SettingsError
from doorward.store import accounts
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in, test_settings
from doorward.web import people
from doorward.web.recovery import make_reset_code
from tests.support.doors import app_behind, bare_app, behind, entries, journal_break, last_entry

WRONG = "another harbour in early march"


def place(data: Path, how: str, clock: Clock | None = None, **settings: Any) -> Flask:
    app = bare_app()
    behind(app, data, clock, registration_open=how, **settings)
    return app


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return place(tmp_path_factory.mktemp("open"), "open", registration="1000/hour")


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return place(tmp_path_factory.mktemp("approval"), "approval", registration="1000/hour")


@pytest.fixture(scope="module")
def boss(approved: Flask) -> Browser:
    return signed_in(approved, "boss", "admin")


def register(
    app: Flask, name: str, password: str = PASSWORD, again: str | None = None, **more: str
) -> tuple[Browser, TestResponse]:
    visitor = Browser(app, address=more.pop("address", "127.0.0.1"))
    visitor.get("/register")
    fields = {"username": name, "password": password, "password_again": password if again is None else again, **more}
    return visitor, visitor.post("/register", fields)


def id_of(app: Flask, name: str) -> str | None:
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name_key(name))
        return account.id if account is not None else None


def waiting_one(app: Flask, name: str) -> str:
    _, answer = register(app, name)
    assert answer.status_code == 303
    found = id_of(app, name)
    assert found is not None
    return found


def decide(boss: Browser, account_id: str, what: str) -> TestResponse:
    boss.get("/admin/people")
    return boss.post(f"/admin/people/{account_id}/{what}")


# -- closed -------------------------------------------------------------------------------------------------


def test_nobody_registers_unless_it_is_switched_on(tmp_path: Path) -> None:
    app = app_behind(tmp_path, lambda _: None)
    visitor = Browser(app)
    assert visitor.get("/register").status_code == 404
    fields = {"username": "anybody", "password": PASSWORD, "password_again": PASSWORD}
    assert visitor.post("/register", fields).status_code == 404
    assert visitor.post_json("/register", fields).status_code == 404
    assert "/register" not in visitor.get("/login").get_data(as_text=True)
    assert id_of(app, "anybody") is None


def test_a_misspelt_setting_opens_nothing(tmp_path: Path) -> None:
    for word in ("yes", "true", "opened", "OPEN "):
        with pytest.raises(SettingsError):
            test_settings(tmp_path, registration_open=word)


# -- open ---------------------------------------------------------------------------------------------------


def test_who_registers_is_signed_in_as_a_member_and_the_journal_says_so(everybody: Flask) -> None:
    assert 'href="/register"' in Browser(everybody).get("/login").get_data(as_text=True)
    visitor, answer = register(everybody, "first.one", role="admin", roles="admin", status="active", is_admin="1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "first.one" in visitor.get("/account").get_data(as_text=True)
    assert visitor.get("/admin/people").status_code == 403
    assert visitor.get("/register").headers["Location"] == "/account"
    entry = last_entry(door_of(everybody), "account.registered")
    assert entry.on == f"account:{id_of(everybody, 'first.one')}"
    assert PASSWORD not in entry.details
    assert journal_break(door_of(everybody)) is None


@pytest.mark.parametrize("name", ["taken.one", "TAKEN.ONE", "taken.0ne", "tаken.one"])
def test_a_name_that_is_taken_or_looks_like_it_is_refused(everybody: Flask, name: str) -> None:
    if id_of(everybody, "taken.one") is None:
        add_account(everybody, "taken.one")
    visitor, answer = register(everybody, name, WRONG)
    assert answer.status_code == 422
    assert visitor.get("/account").status_code == 303
    assert Browser(everybody).try_to_sign_in("taken.one", WRONG).status_code == 401


def test_names_and_passwords_are_judged_by_the_same_rules_as_everywhere(everybody: Flask) -> None:
    for name, password, again, field in (
        ("", PASSWORD, PASSWORD, "username"),
        ("two words", PASSWORD, PASSWORD, "username"),
        ("<script>", PASSWORD, PASSWORD, "username"),
        ("fine.one", "short", "short", "password"),
        ("fine.one", "passwordpassword", "passwordpassword", "password"),
        ("fine.one", PASSWORD, WRONG, "password_again"),
    ):
        _, answer = register(everybody, name, password, again)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert f'href="#{field}"' in page
        assert "<script>" not in page.split("<h1>")[1].split("</form>")[0]
        assert password not in page
    assert id_of(everybody, "fine.one") is None


def test_the_rules_are_on_the_page_for_the_script_that_marks_them(everybody: Flask) -> None:
    page = Browser(everybody).get("/register").get_data(as_text=True)
    assert re.search(r'<li\s+data-minimum="15"', page)
    assert "password-rules.js" in page


def test_a_form_of_another_site_makes_no_account(everybody: Flask) -> None:
    visitor = Browser(everybody)
    visitor.get("/register")
    fields = {"username": "forged.one", "password": PASSWORD, "password_again": PASSWORD}
    assert visitor.send("POST", "/register", data=fields).status_code == 400
    foreign = {"Origin": "https://evil.example"}
    sent = {**fields, "csrf_token": visitor.token}
    assert visitor.send("POST", "/register", data=sent, headers=foreign).status_code == 400
    assert id_of(everybody, "forged.one") is None


def test_of_many_who_want_one_name_at_once_one_gets_it(everybody: Flask) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: register(everybody, "popular.one")[1].status_code, range(6)))
    assert sorted(answers) == [303, 422, 422, 422, 422, 422]


def test_one_address_makes_only_so_many_accounts_and_mistakes_are_none(tmp_path: Path) -> None:
    clock = Clock()
    app = place(tmp_path, "open", clock, registration="2/hour")
    assert [register(app, "slip.one", "short")[1].status_code for _ in range(3)] == [422] * 3
    assert [register(app, f"crowd.{letter}")[1].status_code for letter in "abc"] == [303, 303, 429]
    visitor, answer = register(app, "crowd.d")
    assert int(answer.headers["Retry-After"]) > 0
    assert 'value="crowd.d"' in answer.get_data(as_text=True)
    assert visitor.get("/account").status_code == 303
    assert register(app, "crowd.e", address="192.0.2.9")[1].status_code == 303
    clock.forward(hours=1, seconds=1)
    assert register(app, "crowd.f")[1].status_code == 303


def test_a_class_that_registered_does_not_keep_an_invited_person_out(tmp_path: Path) -> None:
    app = place(tmp_path, "open", registration="1/hour")
    assert [register(app, f"class.{letter}")[1].status_code for letter in "ab"] == [303, 429]
    assert Browser(app).get(f"/join/{'x' * 43}").status_code == 404  # and not 429


def test_who_asks_for_many_names_is_stopped(tmp_path: Path) -> None:
    app = place(tmp_path, "open", registration="2/hour")
    add_account(app, "known.one")
    answers = [register(app, "known.one", "short")[1].status_code for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2


def test_a_crowd_at_once_makes_no_more_accounts_than_a_crowd_in_turn(tmp_path: Path) -> None:
    app = place(tmp_path, "open", registration="3/hour")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda letter: register(app, f"rush.{letter}")[1].status_code, "abcdefgh"))
    assert answers.count(303) == 3
    assert answers.count(429) == 5


# -- with approval ------------------------------------------------------------------------------------------


def test_who_waits_has_no_session_and_cannot_sign_in(approved: Flask) -> None:
    visitor, answer = register(approved, "patient.one")
    assert answer.headers["Location"] == "/login"
    assert "waits for approval" in visitor.get("/login").get_data(as_text=True)
    assert visitor.get("/account").status_code == 303
    refused = visitor.try_to_sign_in("patient.one")
    assert refused.status_code == 403
    assert "waits for approval" in refused.get_data(as_text=True)
    assert visitor.get("/account").status_code == 303


def test_only_the_right_password_learns_that_an_account_waits(approved: Flask) -> None:
    waiting_one(approved, "secret.one")

    def refusal(name: str) -> tuple[int, Any]:
        visitor = Browser(approved)
        visitor.get("/login")
        answer = visitor.post_json("/login", {"username": name, "password": WRONG})
        return answer.status_code, answer.json

    assert refusal("secret.one") == refusal("nobody.there")


def test_waiting_locks_nobody_out_and_wrong_guesses_still_do(approved: Flask) -> None:
    waiting_one(approved, "eager.one")
    visitor = Browser(approved, address="192.0.2.50")
    assert {visitor.try_to_sign_in("eager.one").status_code for _ in range(8)} == {403}
    answers = [visitor.try_to_sign_in("eager.one", WRONG).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    assert visitor.try_to_sign_in("eager.one").status_code == 429


def test_approval_lets_in_and_refusal_frees_the_name(approved: Flask, boss: Browser) -> None:
    welcome, unwelcome = waiting_one(approved, "welcome.one"), waiting_one(approved, "unwelcome.one")
    page = boss.get("/admin/people").get_data(as_text=True)
    assert f"/admin/people/{welcome}/approve" in page
    assert page.index("unwelcome.one") < page.index("(you)")
    assert decide(boss, welcome, "approve").status_code == 303
    assert decide(boss, unwelcome, "refuse").status_code == 303
    assert Browser(approved).try_to_sign_in("welcome.one").status_code == 303
    assert Browser(approved).try_to_sign_in("unwelcome.one").status_code == 401
    assert id_of(approved, "unwelcome.one") is None
    assert last_entry(door_of(approved), "account.approved").on == f"account:{welcome}"
    refused = last_entry(door_of(approved), "account.refused")
    assert (refused.on, refused.who_name) == (f"account:{unwelcome}", "boss")
    again = waiting_one(approved, "unwelcome.one")
    assert again != unwelcome
    assert journal_break(door_of(approved)) is None


def test_what_is_decided_is_decided(approved: Flask, boss: Browser) -> None:
    member = waiting_one(approved, "decided.one")
    decide(boss, member, "approve")
    assert decide(boss, member, "refuse").status_code == 404
    assert decide(boss, member, "approve").status_code == 404
    assert id_of(approved, "decided.one") == member
    blocked = add_account(approved, "blocked.one")
    decide(boss, blocked, "block")
    assert decide(boss, blocked, "approve").status_code == 404
    assert decide(boss, blocked, "refuse").status_code == 404
    assert decide(boss, "a" + "0" * 24, "approve").status_code == 404


def test_of_two_who_decide_at_once_one_decides(approved: Flask) -> None:
    store = door_of(approved).store
    for number in "abcd":
        one = waiting_one(approved, f"disputed.{number}")

        def act(decision: Any, one: str = one) -> bool:
            try:
                decision(store, HOST, one)
            except NotFound:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(act, (people.approve, people.refuse))) == [False, True]


def test_neither_unblocking_nor_a_reset_is_a_way_around_approval(approved: Flask, boss: Browser) -> None:
    one = waiting_one(approved, "sly.one")
    assert decide(boss, one, "block").status_code == 409
    assert decide(boss, one, "unblock").status_code == 409
    with pytest.raises(Conflict):
        people.unblock(door_of(approved).store, HOST, one)
    with pytest.raises(NotFound):
        make_reset_code(door_of(approved).parts, HOST, one)
    assert Browser(approved).try_to_sign_in("sly.one").status_code == 403


def test_only_administrators_decide(approved: Flask) -> None:
    one = waiting_one(approved, "wishful.one")
    member, stranger = signed_in(approved, "member.one"), Browser(approved)
    for what in ("approve", "refuse"):
        member.get("/account")
        assert member.post(f"/admin/people/{one}/{what}").status_code == 403
        assert stranger.post(f"/admin/people/{one}/{what}").status_code in (303, 401)
    assert Browser(approved).try_to_sign_in("wishful.one").status_code == 403


def test_a_form_of_another_site_approves_nobody(approved: Flask, boss: Browser) -> None:
    one = waiting_one(approved, "planted.one")
    assert boss.send("POST", f"/admin/people/{one}/approve", data={}).status_code == 400
    assert Browser(approved).try_to_sign_in("planted.one").status_code == 403


def test_waiting_accounts_do_not_stand_among_the_others(approved: Flask, boss: Browser) -> None:
    one = waiting_one(approved, "listed.one")
    found = boss.get("/admin/people?q=listed").get_data(as_text=True)
    assert "Nobody has such a name" in found
    assert "for approval" in found
    assert f"/admin/people/{one}/block" not in boss.get("/admin/people").get_data(as_text=True)


def test_who_was_refused_while_waiting_is_told_nothing_any_more(approved: Flask, boss: Browser) -> None:
    decide(boss, waiting_one(approved, "gone.one"), "refuse")
    assert Browser(approved).try_to_sign_in("gone.one").status_code == 401
    assert entries(door_of(approved), "account.registered")


def test_approval_and_refusal_hold_on_postgresql_too(tmp_path: Path, postgres_url: str) -> None:
    app = place(tmp_path, "approval", database_url=postgres_url, registration="1000/hour")
    boss = signed_in(app, "boss", "admin")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: register(app, "popular.one")[1].status_code, range(4)))
    assert sorted(answers) == [303, 422, 422, 422]
    one, other = id_of(app, "popular.one"), waiting_one(app, "other.one")
    assert one is not None
    assert Browser(app).try_to_sign_in("popular.one").status_code == 403
    assert decide(boss, one, "approve").status_code == 303
    assert decide(boss, other, "refuse").status_code == 303
    assert Browser(app).try_to_sign_in("popular.one").status_code == 303
    assert id_of(app, "other.one") is None
    door_of(app).close()
