"""Second factors, attacked: nothing opens a session without the one that the account has."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from doorward import access, current_account
from doorward.core import totp
from doorward.core.access import HOST
from doorward.store import accounts, factors, sessions
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import people, signing_in
from doorward.web.pending import COOKIE
from tests.support.doors import app_behind, entries, last_entry
from tests.support.factors import Phone, code_step, enrol, password_step, shown_codes, shown_secret

WRONG = "certainly not the password"


def routes(app: Flask) -> None:
    app.add_url_rule("/me", "me", access.member(lambda: str(current_account.name)))
    app.add_url_rule("/hello", "hello", access.public(lambda: str(current_account.name or "stranger")))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock, request: pytest.FixtureRequest) -> Flask:
    where = {"database_url": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
    return app_behind(tmp_path_factory.mktemp("factors") / "data", routes, clock, **where)


@pytest.fixture(autouse=True)
def _later(clock: Clock) -> None:
    clock.forward(days=1)  # no limit reaches from one test into the next


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return f"p{abs(hash(request.node.nodeid)) % 10**9}"


@pytest.fixture
def phone(app: Flask, clock: Clock, name: str) -> Phone:
    """The phone of the account `name`, which has a second factor from here on."""
    return enrol(signed_in(app, name), clock)


def is_in(browser: Browser) -> bool:
    return browser.get("/me").status_code == 200


# -- setting one up -------------------------------------------------------------------------------------------


def test_a_factor_counts_only_after_a_code_of_it_was_typed(app: Flask, clock: Clock, name: str) -> None:
    browser = signed_in(app, name)
    browser.post("/account/factors/totp")
    secret = shown_secret(browser)
    for wrong in ("", "000000", "abcdef", totp.code_at(totp.new_secret(), clock.now)):
        assert browser.post("/account/factors/totp/confirm", {"code": wrong}).status_code == 422
    assert Browser(app).try_to_sign_in(name).headers["Location"] == "/"
    done = browser.post("/account/factors/totp/confirm", {"code": totp.code_at(secret, clock.now)})
    assert len(shown_codes(done)) == 10
    assert done.headers["Cache-Control"] == "no-store"
    assert password_step(app, name)


def test_the_qr_code_says_the_same_as_the_text_and_is_never_cached(app: Flask, name: str) -> None:
    browser = signed_in(app, name)
    assert browser.get("/account/factors/totp/qr.svg").status_code == 404
    browser.post("/account/factors/totp")
    drawn = browser.get("/account/factors/totp/qr.svg")
    assert drawn.content_type == "image/svg+xml"
    assert drawn.headers["Cache-Control"] == "no-store"
    assert shown_secret(browser).encode() not in drawn.data
    assert signed_in(app, f"{name}x").get("/account/factors/totp/qr.svg").status_code == 404


def test_an_offer_does_not_wait_for_ever(app: Flask, clock: Clock, name: str) -> None:
    browser = signed_in(app, name)
    browser.post("/account/factors/totp")
    secret = shown_secret(browser)
    clock.forward(minutes=15, seconds=1)
    browser.post("/account/confirm", {"password": PASSWORD})
    browser.get("/account")
    answer = browser.post("/account/factors/totp/confirm", {"code": totp.code_at(secret, clock.now)})
    assert answer.status_code == 404


CHANGES = ["totp", "totp/confirm", "totp/remove", "codes"]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_asks_for_a_fresh_sign_in(app: Flask, clock: Clock, name: str, phone: Phone, change: str) -> None:
    thief = password_step(app, name)
    code_step(thief, phone.code())
    thief.get("/account")
    clock.forward(minutes=11)
    assert thief.get("/account/factors").headers["Location"].startswith("/account/confirm?")
    assert thief.get("/account/factors/totp").headers["Location"].startswith("/account/confirm?")
    refused = thief.post(f"/account/factors/{change}", headers={"Referer": "http://localhost/account/factors"})
    assert refused.status_code == 403
    assert b"/account/confirm?next=/account/factors" in refused.data
    assert thief.post("/account/confirm", {"password": PASSWORD}).status_code == 401  # the password alone is not enough
    assert thief.post("/account/confirm", {"password": WRONG, "code": phone.code()}).status_code == 401
    assert thief.post("/account/confirm", {"password": PASSWORD, "code": "123456"}).status_code == 401
    right = {"password": PASSWORD, "code": phone.code(), "next": "/account/factors"}
    assert thief.post("/account/confirm", right).headers["Location"] == "/account/factors"
    assert thief.get("/account/factors").status_code == 200


@pytest.mark.parametrize("path", [*(f"/account/factors/{change}" for change in CHANGES), "/login/factor"])
def test_no_form_works_without_its_token(app: Flask, name: str, phone: Phone, path: str) -> None:
    browser = password_step(app, name)
    fields = {"code": phone.code(), "csrf_token": "1.forged"}
    if path != "/login/factor":
        code_step(browser, fields["code"])
    before = len(entries(door_of(app)))
    assert browser.send("POST", path, data=fields).status_code == 400
    assert browser.send("POST", path, data={"code": fields["code"]}).status_code == 400
    assert browser.post(path, {"code": fields["code"]}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert {entry.event for entry in entries(door_of(app), count=len(entries(door_of(app))) - before)} == {
        "request.csrf"
    }


def test_setting_up_the_first_factor_ends_what_was_opened_without_it(app: Flask, clock: Clock, name: str) -> None:
    browser, elsewhere = signed_in(app, name), signed_in(app, name)
    before = browser.client.get_cookie("doorward").value
    enrol(browser, clock)
    assert not is_in(elsewhere)
    copy = Browser(app)
    copy.client.set_cookie("doorward", before)
    assert not is_in(copy)  # the identifier changed with the right
    assert is_in(browser)


# -- the second step ------------------------------------------------------------------------------------------


def test_the_password_alone_opens_nothing(app: Flask, name: str, phone: Phone) -> None:
    browser = password_step(app, name)
    assert browser.get("/me").headers["Location"] == "/login?next=/me"
    assert browser.get("/account/factors").headers["Location"].startswith("/login?")
    assert browser.post("/account/factors/totp").status_code == 401
    assert browser.get("/hello").data == b"stranger"
    assert code_step(browser, phone.code()).headers["Location"] == "/"
    assert is_in(browser)
    assert '"factors":"password+totp"' in last_entry(door_of(app), "session.started").details


def test_where_one_wanted_to_go_survives_the_second_step(app: Flask, name: str, phone: Phone) -> None:
    browser = Browser(app)
    answer = browser.try_to_sign_in(name, next="/me?a=b")
    assert answer.headers["Location"] == "/login/factor?next=%2Fme%3Fa%3Db"
    assert b'value="/me?a=b"' in browser.get(answer.headers["Location"]).data
    elsewhere = browser.post("/login/factor", {"code": "000000", "next": "https://evil.example"})
    assert b"evil.example" not in elsewhere.data
    assert browser.post("/login/factor", {"code": phone.code(), "next": "/me?a=b"}).headers["Location"] == "/me?a=b"


def test_a_program_is_told_what_is_missing(app: Flask, name: str, phone: Phone) -> None:
    program, asks = Browser(app), {"Accept": "application/json"}
    first = program.post("/login", {"username": name, "password": PASSWORD}, headers=asks)
    assert first.get_json() == {"signed_in": None, "next": "/login/factor"}
    wrong = program.post("/login/factor", {"code": "000000"}, headers=asks)
    assert (wrong.status_code, wrong.get_json()["error"]["code"]) == (401, "wrong_code")
    right = program.post("/login/factor", {"code": phone.code()}, headers=asks)
    assert right.get_json() == {"signed_in": name, "next": "/"}


def test_a_code_is_accepted_once(app: Flask, name: str, phone: Phone, clock: Clock) -> None:
    code = phone.code()
    first, second = password_step(app, name), password_step(app, name)
    assert code_step(first, code).status_code == 303
    assert code_step(second, code).status_code == 401
    assert '"code used before"' in last_entry(door_of(app), "factor.refused").details
    clock.forward(seconds=-30)
    assert code_step(second, totp.code_at(phone.secret, clock.now)).status_code == 401  # nor an older one
    assert not is_in(second)


def test_of_two_who_send_the_same_code_at_once_one_comes_in(app: Flask, name: str, phone: Phone) -> None:
    for code in (phone.code(), phone.codes[0]):
        browsers = [password_step(app, name, address=f"192.0.2.{number}") for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda browser, code=code: code_step(browser, code).status_code, browsers))
        assert sorted(statuses) == [303, 401, 401, 401]
        phone.clock.forward(minutes=16)


def test_a_code_of_another_account_is_worth_nothing(app: Flask, name: str, phone: Phone, clock: Clock) -> None:
    other = enrol(signed_in(app, f"{name}x"), clock)
    browser = password_step(app, name)
    assert code_step(browser, other.code()).status_code == 401
    assert code_step(browser, other.codes[0]).status_code == 401
    assert code_step(password_step(app, f"{name}x"), other.codes[0]).status_code == 303  # and it was not used up


def test_guessing_codes_runs_into_the_limit_of_the_account(app: Flask, name: str, phone: Phone) -> None:
    guessers = [password_step(app, name, address=f"198.51.100.{number}") for number in range(7)]
    statuses = [code_step(guesser, f"00000{n}").status_code for n, guesser in enumerate(guessers)]
    assert statuses == [401] * 5 + [429] * 2
    locked = code_step(guessers[0], phone.code())
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) > 0
    assert Browser(app, address="198.51.100.9").try_to_sign_in(name).status_code == 429  # nor the password again
    assert last_entry(door_of(app), "session.locked_out").who_name == name


def test_guesses_at_the_same_moment_do_not_slip_through_together(app: Flask, name: str, phone: Phone) -> None:
    browsers = [password_step(app, name, address=f"192.0.2.{number}") for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda browser: code_step(browser, "000000").status_code, browsers))
    assert sorted(statuses) == [401] * 5 + [429] * 7


def test_slow_guessing_has_an_end_too(app: Flask, name: str, phone: Phone, clock: Clock) -> None:
    statuses = []
    for number in range(14):
        guesser = password_step(app, name, address=f"198.51.{number}.1")
        statuses += [code_step(guesser, "000000").status_code for _ in range(4)]
        clock.forward(minutes=15, seconds=1)
    assert statuses.count(401) == 50
    assert statuses[-6:] == [429] * 6


def test_strangers_who_know_the_password_do_not_lock_out_a_known_browser(app: Flask, name: str, phone: Phone) -> None:
    own = password_step(app, name)
    code_step(own, phone.code())
    own.get("/account")
    own.sign_out()
    stranger = password_step(app, name)
    assert [code_step(stranger, "000000").status_code for _ in range(6)] == [401] * 5 + [429]
    own.try_to_sign_in(name)
    own.get("/login/factor")
    assert code_step(own, phone.code()).status_code == 303


# -- the note between the two steps -----------------------------------------------------------------------------


def note_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def test_a_note_opens_nothing_in_another_browser(app: Flask, name: str, phone: Phone) -> None:
    victim, thief = password_step(app, name), Browser(app)
    thief.get("/login")
    thief.client.set_cookie(COOKIE, note_of(victim))
    assert thief.get("/login/factor").headers["Location"] == "/login"
    assert code_step(thief, phone.code()).headers["Location"] == "/login"
    assert not is_in(thief)


def forged(note: str) -> list[str]:
    body, _, mac = note.rpartition(".")
    parts = body.split(".")
    flipped = ".".join([*parts[:2], "1", *parts[3:]])
    return [f"{flipped}.{mac}", body, f"{body}.", f"{body}.{mac[::-1]}", "", ".", "a.b.c.d.e.f", note[:-2], "\x7f" * 20]


def test_a_forged_note_is_worth_nothing(app: Flask, name: str, phone: Phone) -> None:
    browser = password_step(app, name)
    real = note_of(browser)
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name)
    assert account is not None
    signed_for_else = door_of(app).keys.sign("cookie:doorward_pending", real, phone.clock.now)
    for note in [*forged(real), signed_for_else, account.id]:
        browser.client.set_cookie(COOKIE, note)
        assert code_step(browser, phone.code()).headers["Location"] == "/login"
        assert not is_in(browser)


def test_a_note_ends_after_five_minutes(app: Flask, name: str, phone: Phone, clock: Clock) -> None:
    browser = password_step(app, name)
    clock.forward(minutes=4)
    assert browser.get("/login/factor").status_code == 200
    clock.forward(minutes=1, seconds=1)
    assert browser.get("/login/factor").headers["Location"] == "/login"
    assert code_step(browser, phone.code()).headers["Location"] == "/login"
    assert b"took too long" in browser.get("/login").data


def test_a_note_works_once(app: Flask, name: str, phone: Phone, clock: Clock) -> None:
    """Even with everything that the browser had, and a code that was not used yet."""
    browser = password_step(app, name)
    note, visit = note_of(browser), browser.client.get_cookie("doorward").value
    token = browser.token
    assert code_step(browser, phone.code()).status_code == 303
    copy = Browser(app)
    copy.client.set_cookie("doorward", visit)
    copy.client.set_cookie(COOKIE, note)
    copy.token = token
    clock.forward(seconds=30)
    assert code_step(copy, totp.code_at(phone.secret, clock.now)).headers["Location"] == "/login"
    assert not is_in(copy)


def change_password(app: Flask, name: str, phone: Phone) -> None:
    browser = password_step(app, name)
    code_step(browser, phone.code())
    browser.get("/account")
    new = "another harbour in early december"
    fields = {"current_password": PASSWORD, "password": new, "password_again": new}
    assert browser.post("/account/password", fields).status_code == 303


def block(app: Flask, name: str, phone: Phone) -> None:
    people.block(door_of(app).store, HOST, id_of(app, name))


def reset(app: Flask, name: str, phone: Phone) -> None:
    people.reset_factors(door_of(app).store, HOST, id_of(app, name))


def id_of(app: Flask, name: str) -> str:
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name)
    assert account is not None
    return account.id


@pytest.mark.parametrize("act", [change_password, block, reset])
def test_a_note_is_void_when_the_account_changes(
    app: Flask, name: str, phone: Phone, act: Callable[[Flask, str, Phone], None]
) -> None:
    browser = password_step(app, name)
    act(app, name, phone)
    answer = code_step(browser, phone.code())
    assert answer.status_code == 401 if act is reset else answer.headers["Location"] == "/login"
    assert not is_in(browser)


def test_the_session_after_the_second_step_is_a_new_one(app: Flask, name: str, phone: Phone) -> None:
    """Whatever identifier an attacker planted before, in the browser of the victim, is none afterwards."""
    planted = Browser(app)
    planted.get("/login")
    visit = planted.client.get_cookie("doorward").value
    victim = Browser(app)
    victim.client.set_cookie("doorward", visit)
    victim.try_to_sign_in(name)
    victim.get("/login/factor")
    code_step(victim, phone.code())
    assert is_in(victim)
    assert victim.client.get_cookie("doorward").value != visit
    assert not is_in(planted)
    assert victim.client.get_cookie(COOKIE) is None


def test_the_last_lock_holds_even_where_a_page_forgets_to_ask(
    app: Flask, name: str, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever opens a session, now or later, cannot open a weak one for an account with a second factor."""
    monkeypatch.setattr(signing_in.pending, "begin", lambda *_, **__: None)
    real = signing_in.factors.has_second
    calls: list[bool] = []

    def forgets_once(db: object, account_id: str) -> bool:
        calls.append(True)
        return len(calls) > 1 and real(db, account_id)  # type: ignore[arg-type]

    monkeypatch.setattr(signing_in.factors, "has_second", forgets_once)
    browser = Browser(app)
    assert browser.try_to_sign_in(name).status_code == 401
    monkeypatch.undo()
    assert not is_in(browser)


# -- recovery codes -------------------------------------------------------------------------------------------


def test_a_recovery_code_signs_in_once_and_the_person_is_told_how_many_are_left(
    app: Flask, name: str, phone: Phone
) -> None:
    browser = password_step(app, name)
    assert code_step(browser, phone.codes[3].lower().replace("-", " ")).status_code == 303
    assert '"factors":"password+recovery"' in last_entry(door_of(app), "session.started").details
    assert b"9 recovery codes left" in browser.get("/account").data
    assert code_step(password_step(app, name), phone.codes[3]).status_code == 401


def test_a_new_set_kills_the_old_one(app: Flask, name: str, phone: Phone) -> None:
    browser = password_step(app, name)
    code_step(browser, phone.codes[0])
    browser.get("/account")
    fresh = shown_codes(browser.post("/account/factors/codes"))
    assert len(fresh) == 10
    assert not set(fresh) & set(phone.codes)
    again = password_step(app, name)
    assert code_step(again, phone.codes[1]).status_code == 401
    assert code_step(again, fresh[1]).status_code == 303


def test_without_a_factor_there_are_no_recovery_codes(app: Flask, name: str) -> None:
    assert signed_in(app, name).post("/account/factors/codes").status_code == 409


def test_removing_the_last_factor_ends_the_recovery_codes_and_every_other_session(
    app: Flask, name: str, phone: Phone
) -> None:
    other = password_step(app, name)
    code_step(other, phone.code())
    browser = password_step(app, name)
    code_step(browser, phone.code())
    browser.get("/account")
    assert browser.post("/account/factors/totp/remove").status_code == 303
    assert is_in(browser)
    assert not is_in(other)
    assert Browser(app).try_to_sign_in(name).headers["Location"] == "/"
    with door_of(app).store.reading() as db:
        assert factors.codes_left(db, id_of(app, name)) == 0
        assert [row.factors for row in sessions.of_account(db, id_of(app, name))] == ["password", "password"]


# -- passwords beside a factor ----------------------------------------------------------------------------------


def test_a_password_may_be_shorter_beside_a_factor_but_not_alone(app: Flask, name: str, clock: Clock) -> None:
    short = "quiet-9-sea"

    def change(browser: Browser, old: str, new: str) -> int:
        fields = {"current_password": old, "password": new, "password_again": new}
        return browser.post("/account/password", fields).status_code

    browser = signed_in(app, name)
    assert change(browser, PASSWORD, short) == 422
    enrol(browser, clock)
    browser.get("/account")
    assert change(browser, PASSWORD, short) == 303
    browser.get("/account")
    assert browser.post("/account/factors/totp/remove").status_code == 303
    assert browser.get("/me").headers["Location"] == "/account/password"
    assert b"only long enough beside a second factor" in browser.get("/account/password").data
    assert change(browser, short, short + "s") == 422
    assert change(browser, short, "another harbour in early december") == 303
    assert is_in(browser)


def test_changing_the_password_asks_for_the_factor_too(app: Flask, name: str, phone: Phone, clock: Clock) -> None:
    thief = password_step(app, name)
    code_step(thief, phone.code())
    thief.get("/account")
    clock.forward(minutes=11)
    assert thief.get("/account/password").headers["Location"].startswith("/account/confirm")
    fields = {"current_password": PASSWORD, "password": "x" * 20, "password_again": "x" * 20}
    assert thief.post("/account/password", fields).status_code == 403


# -- resetting ------------------------------------------------------------------------------------------------


def test_resetting_factors_ends_sessions_and_tells_the_person(app: Flask, name: str, phone: Phone) -> None:
    browser = password_step(app, name)
    code_step(browser, phone.code())
    boss = signed_in(app, "boss", "admin")
    account_id = id_of(app, name)
    assert boss.post(f"/admin/people/{account_id}/reset-factors").status_code == 303
    assert not is_in(browser)
    assert last_entry(door_of(app), "account.factors_reset").who_name == "boss"
    again = Browser(app)
    assert again.try_to_sign_in(name).headers["Location"] == "/"
    assert b"Your second factors were reset" in again.get("/account").data
    assert code_step(Browser(app), phone.codes[0]).headers["Location"] == "/login"


def test_who_may_not_reset_factors(app: Flask, name: str, phone: Phone, clock: Clock) -> None:
    account_id = id_of(app, name)
    member, boss = signed_in(app, f"{name}m"), signed_in(app, "boss", "admin")
    assert member.post(f"/admin/people/{account_id}/reset-factors").status_code == 403
    assert boss.post(f"/admin/people/{id_of(app, 'boss')}/reset-factors").status_code == 409
    assert boss.post("/admin/people/nobody/reset-factors").status_code == 404
    clock.forward(minutes=11)
    assert boss.post(f"/admin/people/{account_id}/reset-factors").status_code == 403
    assert password_step(app, name)


def test_an_administrators_factors_are_reset_only_on_the_host(app: Flask, name: str, phone: Phone) -> None:
    account_id, boss = id_of(app, name), signed_in(app, "boss", "admin")
    people.set_roles(door_of(app).store, HOST, account_id, frozenset({"admin"}))
    refused = boss.post(f"/admin/people/{account_id}/reset-factors")
    assert refused.status_code == 409
    assert f"doorward account reset-factors {name}" in refused.get_data(as_text=True)
    assert password_step(app, name).get("/me").status_code != 200
    with door_of(app).store.reading() as db:
        assert factors.has_second(db, account_id)
    people.reset_factors(door_of(app).store, HOST, account_id)
    with door_of(app).store.reading() as db:
        assert not factors.has_second(db, account_id)


def test_a_deleted_account_keeps_no_factor(app: Flask, name: str, phone: Phone) -> None:
    account_id = id_of(app, name)
    people.delete(door_of(app).store, HOST, account_id)
    with door_of(app).store.reading() as db:
        assert not factors.has_second(db, account_id)
        assert factors.totp(db, account_id) is None


# -- what is stored -------------------------------------------------------------------------------------------


def test_a_stolen_database_gives_no_usable_factor(tmp_path: Path) -> None:
    from tests.support.doors import everything_stored

    clock = Clock()
    app = app_behind(tmp_path / "data", routes, clock)
    browser = signed_in(app, "maria")
    browser.post("/account/factors/totp")
    offered = shown_secret(browser)
    assert offered.encode() not in everything_stored(tmp_path / "data")
    phone = enrol(browser, clock)
    waiting = password_step(app, "maria")
    code_step(waiting, phone.code())
    cookies = [cookie.value for cookie in (*browser.client._cookies.values(), *waiting.client._cookies.values())]
    stored = everything_stored(tmp_path / "data")
    assert b"maria" in stored
    secrets = [phone.secret, *phone.codes, *(code.replace("-", "") for code in phone.codes), *cookies, PASSWORD]
    raw = __import__("base64").b32decode(phone.secret)
    assert raw not in stored
    assert raw.hex().encode() not in stored
    assert [secret for secret in secrets if secret.encode() in stored] == []


def test_a_secret_moved_to_another_account_opens_nothing(app: Flask, name: str, phone: Phone, clock: Clock) -> None:
    """Who can write the database but has no key cannot give an account a factor of their own."""
    from doorward.store.factor_models import TotpRecord

    mallory = f"{name}x"
    theirs = enrol(signed_in(app, mallory), clock)
    with door_of(app).store.transaction() as tx:
        moved = tx.db.get(TotpRecord, id_of(app, mallory))
        target = tx.db.get(TotpRecord, id_of(app, name))
        assert moved is not None
        assert target is not None
        target.secret = moved.secret
    assert code_step(password_step(app, name), theirs.code()).status_code == 401


def test_no_code_and_no_secret_enters_the_journal(app: Flask, name: str, phone: Phone) -> None:
    browser = password_step(app, name)
    used = phone.code()
    code_step(browser, "314159")
    code_step(browser, phone.codes[0][:-1] + "Z")
    code_step(browser, used)
    add_account(app, f"{name}y")
    written = "\n".join(entry.details + entry.on for entry in entries(door_of(app)))
    for secret in (used, "314159", phone.secret, phone.codes[0], phone.codes[0][:-1]):
        assert secret not in written
