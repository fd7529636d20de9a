"""Invitations and recovery by the host, through the real door; and what thieves, guessers and losers of races get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from doorward import Doorward, access
from doorward.core.access import HOST
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in, test_settings
from doorward.web.recovery import make_reset_code
from tests.support.doors import BOTH, where

OTHER = "seven quiet lamps by the canal"
LINK = re.compile(r"/join/([A-Za-z0-9_-]{43})")


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module", params=BOTH)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Flask]:
    app = Flask("ways_in", static_folder=None)

    @app.get("/")
    @access.public
    def home() -> str:
        return "home"

    settings = test_settings(tmp_path_factory.mktemp("door"), setup="1000/hour", **where(request))
    door = Doorward(app, clock=clock, settings=settings)
    yield app
    door.close()


@pytest.fixture(scope="module")
def admin(app: Flask) -> Browser:
    return signed_in(app, "ms.harper", "admin")


def invite(admin: Browser, **fields: str) -> str:
    """The code of a new invitation."""
    confirm(admin)
    wanted = {"role": "member", "days": "7", "uses": "1", "note": "", **fields}
    answer = admin.post("/admin/invitations", wanted)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    found = LINK.search(answer.get_data(as_text=True))
    assert found
    return found[1]


def confirm(browser: Browser) -> None:
    browser.get("/account/confirm")
    assert browser.post("/account/confirm", {"password": PASSWORD}).status_code == 303
    browser.get("/account")  # the session has a new identifier, and so its pages a new token


def join(app: Flask, code: str, name: str, password: str = PASSWORD, address: str = "127.0.0.1") -> tuple[Browser, int]:
    visitor = Browser(app, address=address)
    visitor.get(f"/join/{code}")
    fields = {"username": name, "password": password, "password_again": password}
    return visitor, visitor.post(f"/join/{code}", fields).status_code


def test_an_invited_person_makes_an_account_and_is_signed_in(app: Flask, admin: Browser) -> None:
    visitor, status = join(app, invite(admin, note="Staff room"), "new.teacher")
    assert status == 303
    assert "new.teacher" in visitor.get("/account").get_data(as_text=True)
    assert visitor.get("/admin/people").status_code == 403
    assert "Staff room" in admin.get("/admin/invitations").get_data(as_text=True)


def test_an_invitation_gives_the_role_that_it_names(app: Flask, admin: Browser) -> None:
    visitor, _ = join(app, invite(admin, role="admin"), "second.admin")
    assert visitor.get("/admin/people").status_code == 200


def test_nobody_chooses_a_role_by_adding_a_field(app: Flask, admin: Browser) -> None:
    code = invite(admin)
    visitor = Browser(app)
    visitor.get(f"/join/{code}")
    sent = {
        "username": "greedy.one",
        "password": PASSWORD,
        "password_again": PASSWORD,
        "role": "admin",
        "roles": "admin",
    }
    assert visitor.post(f"/join/{code}", sent).status_code == 303
    assert visitor.get("/admin/people").status_code == 403


def test_an_invitation_works_as_often_as_it_says(app: Flask, admin: Browser) -> None:
    code = invite(admin, uses="2")
    answers = [join(app, code, f"twice.{number}")[1] for number in range(3)]
    assert answers == [303, 303, 404]


def test_of_many_who_take_the_last_use_at_once_one_gets_it(app: Flask, admin: Browser) -> None:
    code = invite(admin)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: join(app, code, f"racer.{'abcdefgh'[number]}")[1], range(8)))
    assert answers.count(303) == 1
    assert set(answers) <= {303, 404}


def test_an_expired_or_taken_back_invitation_is_worth_nothing(app: Flask, admin: Browser, clock: Clock) -> None:
    taken_back, expired = invite(admin, note="to take back"), invite(admin, days="1")
    page = admin.get("/admin/invitations").get_data(as_text=True)
    number = re.search(r"/admin/invitations/(\d+)/take-back[^>]*>(?:(?!</form>).)*to take back", page, re.DOTALL)
    assert number
    assert join(app, taken_back, "x")[1] == 422  # it works: only the name is refused
    assert admin.post(f"/admin/invitations/{number[1]}/take-back").status_code == 303
    assert join(app, taken_back, "late.one")[1] == 404
    clock.forward(days=1, seconds=1)
    try:
        assert join(app, expired, "late.two")[1] == 404
    finally:
        clock.forward(days=-1, seconds=-1)


def test_a_stolen_database_holds_no_usable_invitation(app: Flask, admin: Browser) -> None:
    code = invite(admin)
    with door_of(app).store.reading() as db:
        stored = [str(row) for row in db.execute(text("SELECT * FROM invitations"))]
        journal = [str(row) for row in db.execute(text("SELECT * FROM journal"))]
    assert stored
    assert not any(code in row for row in [*stored, *journal])


def test_only_administrators_invite_and_only_freshly_signed_in(app: Flask, admin: Browser, clock: Clock) -> None:
    member = signed_in(app, "plain.member")
    wanted = {"role": "admin", "days": "7", "uses": "1"}
    assert member.get("/admin/invitations").status_code == 403
    assert member.post("/admin/invitations", wanted).status_code == 403
    clock.forward(minutes=11)
    assert admin.post("/admin/invitations", wanted).status_code == 403
    confirm(admin)
    assert admin.post("/admin/invitations", wanted).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [{"role": "owner"}, {"days": "9999"}, {"uses": "0"}, {"uses": "many"}, {"uses": "501"}, {"note": "x" * 121}],
)
def test_a_wrong_field_is_named_and_nothing_is_made(admin: Browser, wrong: dict[str, str]) -> None:
    confirm(admin)
    answer = admin.post("/admin/invitations", {"role": "member", "days": "7", "uses": "1", "note": "", **wrong})
    assert answer.status_code == 422
    assert not LINK.search(answer.get_data(as_text=True))


def test_guessing_invitations_is_limited_and_a_class_behind_one_address_is_not(app: Flask, admin: Browser) -> None:
    guesser = Browser(app, address="198.51.100.9")
    answers = [guesser.get(f"/join/{number:043}").status_code for number in range(22)]
    assert answers == [404] * 20 + [429] * 2
    code = invite(admin, uses="30")
    joined = [join(app, code, f"pupil.{number:02}", address="198.51.100.77")[1] for number in range(25)]
    assert joined == [303] * 25


def test_the_host_lets_somebody_choose_another_password(app: Flask) -> None:
    person = add_account(app, "forgetful")
    elsewhere = signed_in(app, "forgetful")
    code = make_reset_code(door_of(app).parts, HOST, person)
    visitor = Browser(app)
    assert "forgetful" in visitor.get(f"/reset/{code}").get_data(as_text=True)
    assert visitor.post(f"/reset/{code}", {"password": OTHER, "password_again": OTHER}).status_code == 303
    assert visitor.get("/account").status_code == 303  # a reset signs nobody in
    assert elsewhere.get("/account").status_code == 303  # and signs everybody out
    assert visitor.try_to_sign_in("forgetful").status_code == 401
    assert visitor.try_to_sign_in("forgetful", OTHER).status_code == 303
    told = "A link to choose a new password was made for you"
    assert told in visitor.get("/account").get_data(as_text=True)
    assert told not in visitor.get("/account").get_data(as_text=True)


def test_a_reset_link_works_once_for_an_hour_and_dies_with_any_password_change(app: Flask, clock: Clock) -> None:
    parts = door_of(app).parts
    person = add_account(app, "reset.me")
    visitor = Browser(app)

    used = make_reset_code(parts, HOST, person)
    assert visitor.get(f"/reset/{used}").status_code == 200
    visitor.post(f"/reset/{used}", {"password": OTHER, "password_again": OTHER})
    assert visitor.get(f"/reset/{used}").status_code == 404

    replaced = make_reset_code(parts, HOST, person)
    current = make_reset_code(parts, HOST, person)
    assert [visitor.get(f"/reset/{code}").status_code for code in (replaced, current)] == [404, 200]

    person_browser = Browser(app)
    person_browser.sign_in("reset.me", OTHER)
    third = "eleven slow trains over the bridge"
    changed = {"current_password": OTHER, "password": third, "password_again": third}
    assert person_browser.post("/account/password", changed).status_code == 303
    assert visitor.get(f"/reset/{current}").status_code == 404

    late = make_reset_code(parts, HOST, person)
    assert visitor.get(f"/reset/{late}").status_code == 200
    clock.forward(minutes=61)
    assert visitor.get(f"/reset/{late}").status_code == 404


def test_the_code_of_the_first_set_up_is_no_reset_code_and_the_other_way_round(app: Flask) -> None:
    person = add_account(app, "mixed.up")
    code = make_reset_code(door_of(app).parts, HOST, person)
    visitor = Browser(app)
    assert visitor.get(f"/reset/{code}").status_code == 200
    assert visitor.get(f"/setup/{code}").status_code == 404
    assert visitor.get(f"/join/{code}").status_code == 404


def test_a_reset_of_a_blocked_account_is_refused(app: Flask, admin: Browser) -> None:
    person = add_account(app, "blocked.one")
    code = make_reset_code(door_of(app).parts, HOST, person)
    assert Browser(app).get(f"/reset/{code}").status_code == 200
    confirm(admin)
    assert admin.post(f"/admin/people/{person}/block").status_code == 303
    assert Browser(app).get(f"/reset/{code}").status_code == 404


def test_a_weak_password_is_refused_at_the_reset(app: Flask) -> None:
    person = add_account(app, "weak.one")
    code = make_reset_code(door_of(app).parts, HOST, person)
    visitor = Browser(app)
    visitor.get(f"/reset/{code}")
    for refused in ("short", "passwordpassword", "aaaaaaaaaaaaaaaa"):
        answer = visitor.post(f"/reset/{code}", {"password": refused, "password_again": refused})
        assert answer.status_code == 422
    assert visitor.post(f"/reset/{code}", {"password": OTHER, "password_again": OTHER}).status_code == 303


def test_a_form_of_another_site_neither_invites_nor_resets(app: Flask, admin: Browser, tmp_path: Path) -> None:
    confirm(admin)
    forged = {"role": "admin", "days": "7", "uses": "1", "csrf_token": admin.token}
    foreign = {"Origin": "https://evil.example"}
    assert admin.send("POST", "/admin/invitations", data=forged, headers=foreign).status_code == 400
    person = add_account(app, "target.one")
    code = make_reset_code(door_of(app).parts, HOST, person)
    fields = {"password": OTHER, "password_again": OTHER}
    assert Browser(app).send("POST", f"/reset/{code}", data=fields).status_code == 400
    assert Browser(app).try_to_sign_in("target.one", OTHER).status_code == 401
