"""The pages of access tokens: who may make one, what it may carry, what is shown once, and who may end it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from doorward import Doorward, StartRefused, access, api
from doorward.testing import (
    PASSWORD,
    Browser,
    Clock,
    Program,
    add_account,
    add_token,
    door_of,
    signed_in,
    test_settings,
)
from tests.support.doors import BOTH, bare_app, entries, everything_stored, last_entry, where

SECRET = re.compile(r"dw_[0-9A-Za-z]{49}")
FORM = {"name": "Nightly export", "scope": ["polls:read"], "days": "90"}


def add_routes(app: Flask) -> None:
    plain = api.undescribed("plain text, for tests")
    app.add_url_rule("/api/read", "read", plain(access.scope("polls:read")(lambda: "read")))
    app.add_url_rule("/api/write", "write", plain(access.scope("polls:write")(lambda: "wrote")), methods=["POST"])


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _another_day(clock: Clock) -> None:
    """Limits of the test before are over; nothing of it is fresh."""
    clock.now = datetime(clock.now.year, clock.now.month, clock.now.day, 12, tzinfo=UTC) + timedelta(days=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module", params=BOTH)
def app(request: pytest.FixtureRequest, data: Path, clock: Clock) -> Iterator[Flask]:
    app = bare_app()
    add_routes(app)
    settings = test_settings(data / request.param, **where(request))
    door = Doorward(app, settings=settings, clock=clock, scopes={"polls:read": "See polls & their results."})
    door.start()
    yield app
    door.close()


def made(browser: Browser, **fields: object) -> str:
    """The secret of a new token, as the page shows it."""
    browser.get("/account/tokens/new")
    answer = browser.post("/account/tokens/new", {**FORM, **fields})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    (secret,) = SECRET.findall(answer.get_data(as_text=True))
    assert isinstance(secret, str)
    return secret


def number_of(browser: Browser) -> int:
    """The number of this person's newest token."""
    found = re.search(r"/account/tokens/(\d+)", browser.get("/account/tokens").get_data(as_text=True))
    assert found is not None
    return int(found[1])


# -- making -------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_works(app: Flask, data: Path) -> None:
    maria = signed_in(app, "maria")
    secret = made(maria)
    assert Program(app, secret).get("/api/read").status_code == 200
    for page in ("/account/tokens", f"/account/tokens/{number_of(maria)}", "/account"):
        assert secret not in maria.get(page).get_data(as_text=True)
    assert secret.encode() not in everything_stored(data)
    entry = last_entry(door_of(app), "token.created")
    assert (entry.who_name, entry.on) == ("maria", f"token:{number_of(maria)}")
    assert '"days":90' in entry.details
    assert secret[3:20] not in repr(entries(door_of(app)))


def test_the_page_with_the_secret_is_kept_by_no_cache(app: Flask) -> None:
    maria = signed_in(app, "maria")
    answer = maria.post("/account/tokens/new", FORM)
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_form_says_which_scopes_there_are_and_what_they_open(app: Flask) -> None:
    page = signed_in(app, "maria").get("/account/tokens/new").get_data(as_text=True)
    assert "See polls &amp; their results." in page
    assert "POST /api/write" in page


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"scope": ["polls:delete"]}, "There is no scope"),
        ({"scope": ["polls:read", "admin"]}, "There is no scope"),
        ({"scope": ["polls:read polls:write"]}, "There is no scope"),
        ({"scope": ["*"]}, "There is no scope"),
        ({"scope": []}, "at least one scope"),
        ({"name": "  "}, "Give the token a name"),
        ({"name": "x" * 81}, "at most 80"),
        ({"name": "a\nb"}, "printable"),
        ({"days": "91"}, "Choose 7, 30, 90, 365 days, or never"),
        ({"days": "-1"}, "Choose 7"),
        ({"days": "99999999999"}, "Choose 7"),
    ],
)
def test_what_may_not_be_is_said_and_makes_nothing(app: Flask, fields: dict[str, object], problem: str) -> None:
    maria = signed_in(app, "maria")
    before = len(entries(door_of(app), "token.created"))
    answer = maria.post("/account/tokens/new", {**FORM, **fields})
    assert answer.status_code == 422
    assert problem in answer.get_data(as_text=True)
    assert len(entries(door_of(app), "token.created")) == before


def test_a_token_ends_after_ninety_days_unless_somebody_chose_otherwise(app: Flask, clock: Clock) -> None:
    maria = signed_in(app, "maria")
    default, for_ever = made(maria, days=""), made(maria, days="never")
    clock.forward(days=90)
    assert Program(app, default).get("/api/read").status_code == 401
    clock.forward(days=3000)
    assert Program(app, for_ever).get("/api/read").status_code == 200


def test_one_person_makes_five_an_hour_and_nobody_else_waits(app: Flask, clock: Clock) -> None:
    maria, other = signed_in(app, "maria"), signed_in(app, "other")
    for _ in range(3):
        maria.post("/account/tokens/new", {**FORM, "days": "x"})  # what is wrong does not count
    secrets = [made(maria) for _ in range(4)]
    assert maria.post(f"/account/tokens/{number_of(maria)}/rotate").status_code == 200  # a rotation counts too
    limited = maria.post("/account/tokens/new", FORM)
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 3000
    assert maria.post(f"/account/tokens/{number_of(maria)}/rotate").status_code == 429
    assert made(other)
    assert len(set(secrets)) == 4


def test_many_at_once_do_not_slip_past_the_limit(app: Flask) -> None:
    maria = signed_in(app, "maria")
    cookie = maria.client.get_cookie("doorward")
    assert cookie is not None

    def make(_: int) -> int:
        other = Browser(app)
        other.client.set_cookie("doorward", cookie.value)
        other.token = maria.token
        return other.post("/account/tokens/new", FORM).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(make, range(12))) == [200] * 5 + [429] * 7


# -- who may ------------------------------------------------------------------------------------------------

CHANGES = ["/account/tokens/new", "/account/tokens/{}/rotate", "/account/tokens/{}/revoke", "/admin/tokens/{}/revoke"]


@pytest.mark.parametrize("path", CHANGES)
def test_a_change_asks_for_a_fresh_sign_in(app: Flask, clock: Clock, path: str) -> None:
    boss = signed_in(app, "boss", "admin")
    secret = made(boss)
    path = path.format(number_of(boss))
    clock.forward(minutes=11)
    answer = boss.post(path, FORM)
    assert answer.status_code == 403
    assert "Sign in again" in answer.get_data(as_text=True)
    assert Program(app, secret).get("/api/read").status_code == 200
    if not path.endswith("rotate"):
        assert boss.get(path.removesuffix("/revoke")).headers["Location"].startswith("/account/confirm?next=")
    boss.get("/account/confirm")
    assert boss.post("/account/confirm", {"password": PASSWORD}).status_code == 303
    boss.get("/account")
    assert boss.post(path, FORM).status_code in (200, 303)


@pytest.mark.parametrize(
    "path", [*CHANGES, "/account/tokens", "/account/tokens/{}", "/admin/tokens", "/admin/tokens/{}"]
)
def test_strangers_and_tokens_make_and_end_nothing(app: Flask, path: str) -> None:
    boss = signed_in(app, "boss", "admin")
    secret = made(boss)
    method = "POST" if path in CHANGES else "GET"
    path = path.format(number_of(boss))
    assert Program(app, secret).send(method, path, data=FORM).status_code == 403
    assert Browser(app).send(method, path, data=FORM).status_code in (303, 400)
    if path.startswith("/admin"):
        assert signed_in(app, "maria").send(method, path, data=FORM).status_code in (400, 403)
    assert boss.send("POST", f"/account/tokens/{number_of(boss)}/revoke").status_code == 400  # without CSRF token
    assert Program(app, secret).get("/api/read").status_code == 200


@pytest.mark.parametrize("act", ["", "/rotate", "/revoke"])
def test_somebody_elses_token_does_not_exist(app: Flask, act: str) -> None:
    maria, thief = signed_in(app, "maria"), signed_in(app, "thief")
    secret = made(maria)
    number = number_of(maria)
    for path in (f"/account/tokens/{number}{act}", "/account/tokens/999999/revoke", f"/account/tokens/{10**30}/revoke"):
        answer = thief.post(path) if path.endswith(("rotate", "revoke")) else thief.get(path)
        assert answer.status_code == 404
    assert Program(app, secret).get("/api/read").status_code == 200
    assert signed_in(app, "boss", "admin").get(f"/account/tokens/{number}").status_code == 404


# -- rotating and revoking ----------------------------------------------------------------------------------


def test_a_rotation_shows_a_new_secret_and_the_old_one_dies_when_the_person_chose(app: Flask, clock: Clock) -> None:
    maria = signed_in(app, "maria")
    old = made(maria)
    answer = maria.post(f"/account/tokens/{number_of(maria)}/rotate", {"overlap": "1", "days": "30"})
    (new,) = set(SECRET.findall(answer.get_data(as_text=True)))
    assert new != old
    assert Program(app, old).get("/api/read").status_code == 200
    clock.forward(hours=1)
    assert [Program(app, one).get("/api/read").status_code for one in (old, new)] == [401, 200]
    clock.forward(days=30)
    assert Program(app, new).get("/api/read").status_code == 401
    assert '"overlap_hours":1' in last_entry(door_of(app), "token.rotated").details


def test_a_page_that_is_out_of_date_does_not_rotate_again(app: Flask) -> None:
    maria = signed_in(app, "maria")
    made(maria)
    number = number_of(maria)
    found = re.search(r'name="newest" value="(\d+)"', maria.get(f"/account/tokens/{number}").get_data(as_text=True))
    assert found is not None
    first, second = [maria.post(f"/account/tokens/{number}/rotate", {"newest": found[1]}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 409)


@pytest.mark.parametrize("fields", [{"overlap": "9999"}, {"days": "0"}, {"overlap": "x", "days": "y"}])
def test_a_rotation_takes_only_the_choices_that_there_are(app: Flask, fields: dict[str, str]) -> None:
    maria = signed_in(app, "maria")
    made(maria)
    assert maria.post(f"/account/tokens/{number_of(maria)}/rotate", fields).status_code == 422


def test_an_owner_and_an_administrator_end_a_token_at_once(app: Flask) -> None:
    maria, boss = signed_in(app, "maria"), signed_in(app, "boss", "admin")
    for browser, room in ((maria, "account"), (boss, "admin")):
        secret = made(maria)
        number = number_of(maria)
        assert browser.post(f"/{room}/tokens/{number}/revoke").status_code == 303
        assert Program(app, secret).get("/api/read").status_code == 401
        entry = last_entry(door_of(app), "token.revoked")
        assert (entry.on, entry.who_name) == (f"token:{number}", "maria" if browser is maria else "boss")
        assert "revoked" in maria.get("/account/tokens").get_data(as_text=True)
        assert maria.post(f"/account/tokens/{number}/rotate").status_code == 409


def test_an_administrator_finds_tokens_by_owner_and_state_and_never_a_secret(app: Flask) -> None:
    boss = signed_in(app, "boss", "admin")
    add_account(app, "zoe.filter")
    secret = add_token(app, "zoe.filter", "polls:read", name="<b>bold</b>")
    add_token(app, "zoe.filter", "polls:read", name="was short", life=timedelta(0))

    def listed(query: str) -> str:
        return boss.get(f"/admin/tokens?{query}").get_data(as_text=True)

    assert "&lt;b&gt;bold" in listed("owner=Zoe.F")
    assert "was short" in listed("owner=zoe.filter&state=ended")
    assert "was short" not in listed("owner=zoe.filter&state=working")
    assert "No token matches" in listed("owner=nobody-at-all")
    assert secret not in listed("")
    for odd in ("page=-1", "page=99999999999999999999", "state=%00", "owner=%00%FF", "owner=" + "a" * 5000):
        assert boss.get(f"/admin/tokens?{odd}").status_code in (200, 400)


def test_programs_that_sign_in_as_people_get_json(app: Flask) -> None:
    maria = signed_in(app, "maria")
    headers = {"Accept": "application/json"}
    answer = maria.post("/account/tokens/new", FORM, headers=headers)
    assert answer.status_code == 201
    assert Program(app, answer.get_json()["token"]).get("/api/read").status_code == 200
    wrong = maria.post("/account/tokens/new", {**FORM, "scope": ["x"]}, headers=headers)
    assert wrong.get_json()["error"]["fields"]["scopes"].startswith("There is no scope")


def test_without_scopes_there_is_nothing_to_make(tmp_path: Path) -> None:
    app = bare_app()
    Doorward(app, settings=test_settings(tmp_path)).start()
    maria = signed_in(app, "maria")
    for page in ("/account/tokens", "/account/tokens/new"):
        assert "Nothing here can be opened with a token" in maria.get(page).get_data(as_text=True)
    assert maria.post("/account/tokens/new", FORM).status_code == 422


def test_a_meaning_for_a_scope_that_no_route_names_stops_the_start(tmp_path: Path) -> None:
    app = bare_app()
    add_routes(app)
    with pytest.raises(StartRefused, match="polls:raed"):
        Doorward(app, settings=test_settings(tmp_path), scopes={"polls:raed": "See polls."}).start()
