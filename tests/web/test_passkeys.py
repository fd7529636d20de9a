"""Passkeys, attacked: only this key answers, to this challenge, from this page, for this account."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward import access, current_account
from doorward.core.access import HOST
from doorward.prove.authenticator import BACKED_UP, ELIGIBLE, Authenticator
from doorward.store import accounts, passkeys
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import people
from tests.support.doors import app_behind, entries, last_entry
from tests.support.factors import enrol, password_step, shown_codes

JSON = {"Accept": "application/json"}


def routes(app: Flask) -> None:
    app.add_url_rule("/me", "me", access.member(lambda: str(current_account.name)))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock, request: pytest.FixtureRequest) -> Flask:
    where = {"database_url": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
    return app_behind(tmp_path_factory.mktemp("passkeys") / "data", routes, clock, hosts=("door.example",), **where)


@pytest.fixture(autouse=True)
def _later(clock: Clock) -> None:
    clock.forward(days=1)  # no limit reaches from one test into the next


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return f"k{abs(hash(request.node.nodeid)) % 10**9}"


def asked(browser: Browser, path: str) -> dict[str, Any]:
    """What the page's script gets when it asks for a challenge."""
    if not browser.token:
        browser.get("/login")
    answer = browser.send("POST", f"{path}/options", headers={"X-CSRF-Token": browser.token, **JSON})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.get_json()
    return found


def register(browser: Browser, key: Authenticator, label: str = "Key", **lies: Any) -> TestResponse:
    browser.get("/account/factors")
    got = asked(browser, "/account/factors/passkeys")
    answer = key.create(got["publicKey"], **lies)
    return browser.post("/account/factors/passkeys", {"ticket": got["ticket"], "credential": answer, "name": label})


@pytest.fixture
def key(app: Flask, name: str) -> Authenticator:
    """A passkey of the account `name`."""
    made = Authenticator()
    assert len(shown_codes(register(signed_in(app, name), made))) == 10
    return made


def sign_in(browser: Browser, key: Authenticator, ticket: str = "", **lies: Any) -> TestResponse:
    got = asked(browser, "/login/passkey")
    answer = key.get(got["publicKey"], **lies)
    return browser.post("/login/passkey", {"ticket": ticket or got["ticket"], "credential": answer})


def second_step(browser: Browser, key: Authenticator, **lies: Any) -> TestResponse:
    got = asked(browser, "/login/factor")
    return browser.post("/login/factor", {"ticket": got["ticket"], "credential": key.get(got["publicKey"], **lies)})


def is_in(browser: Browser) -> bool:
    return browser.get("/me").status_code == 200


def why(app: Flask) -> str:
    reason: str = json.loads(last_entry(door_of(app), "factor.refused").details)["reason"]
    return reason


# -- that it works --------------------------------------------------------------------------------------------


def test_a_passkey_signs_in_without_a_password(app: Flask, name: str, key: Authenticator) -> None:
    browser = Browser(app)
    assert sign_in(browser, key).headers["Location"] == "/"
    assert browser.get("/me").data == name.encode()
    assert '"factors":"passkey"' in last_entry(door_of(app), "session.started").details


def test_a_passkey_is_a_second_factor(app: Flask, name: str, key: Authenticator) -> None:
    key.verifies = False  # beside the password its presence is enough
    browser = password_step(app, name)
    assert not is_in(browser)
    browser.get("/login/factor")
    assert second_step(browser, key).headers["Location"] == "/"
    assert is_in(browser)
    assert '"factors":"password+passkey"' in last_entry(door_of(app), "session.started").details


def test_a_passkey_confirms_and_only_one_that_verified_stands_for_the_password(
    app: Flask, name: str, key: Authenticator, clock: Clock
) -> None:
    browser = Browser(app)
    sign_in(browser, key)
    clock.forward(minutes=11)

    def confirm(password: str, verifies: bool) -> int:
        browser.get("/account/confirm")
        got, key.verifies = asked(browser, "/account/confirm"), verifies
        answer = {"ticket": got["ticket"], "credential": key.get(got["publicKey"]), "password": password}
        return browser.post("/account/confirm", answer).status_code

    assert browser.get("/account/factors").status_code == 303
    assert confirm("", verifies=False) == 401
    assert browser.get("/account/factors").status_code == 303
    assert confirm(PASSWORD, verifies=False) == 303
    assert browser.get("/account/factors").status_code == 200
    clock.forward(minutes=11)
    assert confirm("", verifies=True) == 303
    assert browser.get("/account/factors").status_code == 200


def test_counter_backup_and_last_use_are_kept(app: Flask, name: str, clock: Clock) -> None:
    key = Authenticator(flags=ELIGIBLE)
    register(signed_in(app, name), key, "  My \t phone\0 ")
    key.flags |= BACKED_UP
    sign_in(Browser(app), key)
    with door_of(app).store.reading() as db:
        (kept,) = passkeys.of_account(db, account_of(app, name).id)
    assert (kept.sign_count, kept.backup_eligible, kept.backed_up) == (2, True, True)
    assert (kept.name, kept.rp_id, kept.used_at, kept.transports) == ("My phone\\u0000", "localhost", clock.now, "usb")


def account_of(app: Flask, name: str) -> Any:
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name)
    assert account is not None
    return account


def test_a_passkey_that_does_not_count_works_too(app: Flask, name: str) -> None:
    key = Authenticator(counts=False)
    register(signed_in(app, name), key)
    assert [sign_in(Browser(app), key).status_code for _ in range(2)] == [303, 303]


def test_the_host_is_the_one_that_people_really_use(app: Flask, name: str) -> None:
    add_account(app, name)
    elsewhere = Browser(app, host="door.example:8443", secure=True)
    elsewhere.sign_in(name)
    key = Authenticator(origin="https://door.example:8443")
    assert register(elsewhere, key).status_code == 200
    again = Browser(app, host="door.example:8443", secure=True)
    assert sign_in(again, key).status_code == 303
    assert sign_in(Browser(app), key, rp_id="door.example").status_code == 401
    page = password_step(app, name).get("/login/factor")
    assert b"works at door.example, not under this address" in page.data


# -- that nothing else does -------------------------------------------------------------------------------------

LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "http://localhost.evil.example"},
    "another port": {"origin": "http://localhost:8001"},
    "another scheme": {"origin": "https://localhost"},
    "another host": {"rp_id": "evil.example"},
    "another challenge": {"challenge": "A" * 43},
    "no challenge": {"challenge": ""},
    "an answer to something else": {"type": "webauthn.create"},
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_says_something_else_is_refused(app: Flask, name: str, key: Authenticator, lie: str) -> None:
    browser = Browser(app)
    assert sign_in(browser, key, **LIES[lie]).status_code == 401
    assert not is_in(browser)
    assert why(app).startswith("passkey not accepted")
    with_password = password_step(app, name)
    assert second_step(with_password, key, **LIES[lie]).status_code == 401
    assert not is_in(with_password)


@pytest.mark.parametrize("lie", LIES)
def test_a_registration_that_says_something_else_is_refused(app: Flask, name: str, lie: str) -> None:
    lies = {**LIES[lie], **({"type": "webauthn.get"} if "type" in LIES[lie] else {})}
    browser = signed_in(app, name)
    assert register(browser, Authenticator(), **lies).headers["Location"] == "/account/factors"
    assert b"That did not work. Begin again." in browser.get("/account/factors").data
    with door_of(app).store.reading() as db:
        assert not passkeys.of_account(db, account_of(app, name).id)
    assert last_entry(door_of(app), "factor.not_added").outcome == "failed"


def test_without_the_person_verified_there_is_no_way_in_without_a_password(
    app: Flask, name: str, key: Authenticator
) -> None:
    key.verifies = False
    assert sign_in(Browser(app), key).status_code == 401


def test_a_counter_that_goes_back_is_refused_and_journaled(app: Flask, name: str, key: Authenticator) -> None:
    clone = copy.copy(key)
    assert sign_in(Browser(app), key).status_code == 303
    assert sign_in(Browser(app), key).status_code == 303
    assert sign_in(Browser(app), clone).status_code == 401
    assert "counter went back" in why(app)
    assert last_entry(door_of(app), "factor.refused").who_name == name


def test_another_key_under_the_same_name_is_refused(app: Flask, name: str, key: Authenticator) -> None:
    impostor = Authenticator(credential_id=key.credential_id, owner=key.owner, counter=50)
    assert sign_in(Browser(app), impostor).status_code == 401


def test_a_passkey_opens_no_other_account(app: Flask, name: str, key: Authenticator) -> None:
    register(signed_in(app, f"{name}x"), theirs := Authenticator())
    assert sign_in(Browser(app), theirs, owner=key.owner).status_code == 401
    assert "somebody else" in why(app)
    browser = password_step(app, name)
    assert second_step(browser, theirs).status_code == 401
    assert second_step(browser, theirs, owner=key.owner).status_code == 401
    assert not is_in(browser)
    own = Browser(app)
    assert sign_in(own, theirs).status_code == 303
    assert own.get("/me").data == f"{name}x".encode()


def test_a_device_that_became_another_kind_is_refused(app: Flask, name: str, key: Authenticator) -> None:
    key.flags = ELIGIBLE
    assert sign_in(Browser(app), key).status_code == 401
    assert "another kind" in why(app)


def test_a_challenge_works_once(app: Flask, name: str, key: Authenticator) -> None:
    """Also after a failure, and also with a new answer to it."""
    browser = Browser(app)
    got = asked(browser, "/login/passkey")
    wrong, right = key.get(got["publicKey"], origin="http://evil.example"), key.get(got["publicKey"])
    for answer in (wrong, right, right):
        fields = {"ticket": got["ticket"], "credential": answer}
        assert browser.post("/login/passkey", fields).status_code == 401
    assert why(app) == "challenge used before"


def test_a_recorded_sign_in_cannot_be_replayed(app: Flask, name: str, key: Authenticator) -> None:
    browser = Browser(app)
    got = asked(browser, "/login/passkey")
    fields = {"ticket": got["ticket"], "credential": key.get(got["publicKey"])}
    visit, token = browser.client.get_cookie("doorward").value, browser.token
    assert browser.post("/login/passkey", fields).status_code == 303
    thief = Browser(app)
    thief.client.set_cookie("doorward", visit)
    thief.token = token
    assert thief.post("/login/passkey", fields).status_code == 401
    assert not is_in(thief)


def test_a_challenge_is_for_one_browser_one_purpose_one_account_and_five_minutes(
    app: Flask, name: str, key: Authenticator, clock: Clock
) -> None:
    victim, thief = Browser(app), Browser(app)
    got = asked(victim, "/login/passkey")
    answer = {"ticket": got["ticket"], "credential": key.get(got["publicKey"])}
    thief.get("/login")
    assert thief.post("/login/passkey", answer).status_code == 401
    assert why(app) == "challenge for something else"
    with_password = password_step(app, name)
    for_step = asked(with_password, "/login/factor")
    answer = {"ticket": for_step["ticket"], "credential": key.get(for_step["publicKey"])}
    assert with_password.post("/login/passkey", answer).status_code == 401  # a challenge that asks for less
    late = asked(victim, "/login/passkey")
    clock.forward(minutes=5, seconds=1)
    answer = {"ticket": late["ticket"], "credential": key.get(late["publicKey"])}
    assert victim.post("/login/passkey", answer).status_code == 401
    assert why(app) == "challenge too old or not ours"


@pytest.mark.parametrize(
    "answer",
    [
        *("", "x", "[]", "{}", "null", '{"id": 1}', '{"id": "a", "response": 5}', '{"id": "a", "response": {}}'),
        *(
            "[" * 5000,
            "\0",
            '{"id": "a\\u0000b", "response": {}}',
            '{"id": "🙂", "response": {}}',
            '{"id": "' + "a" * 5000 + '"}',
            "9" * 30_000,
        ),
    ],
)
def test_what_is_no_answer_is_refused_like_a_wrong_one(app: Flask, name: str, answer: str) -> None:
    browser = signed_in(app, name)
    browser.get("/account/factors")
    got = asked(browser, "/account/factors/passkeys")
    made = browser.post("/account/factors/passkeys", {"ticket": got["ticket"], "credential": answer})
    assert made.headers["Location"] == "/account/factors"
    visitor = Browser(app)
    got = asked(visitor, "/login/passkey")
    assert visitor.post("/login/passkey", {"ticket": got["ticket"], "credential": answer}).status_code == 401
    assert visitor.post("/login/passkey", {"ticket": "", "credential": answer}).status_code == 401


def test_who_is_blocked_stays_outside(app: Flask, name: str, key: Authenticator) -> None:
    people.block(door_of(app).store, HOST, account_of(app, name).id)
    assert sign_in(Browser(app), key).status_code == 401
    assert why(app) == "blocked"


def test_guessing_runs_into_the_limit(app: Flask, name: str, key: Authenticator) -> None:
    impostor = Authenticator(credential_id=key.credential_id, owner=key.owner, counter=50)
    browsers = [Browser(app, address=f"198.51.100.{number}") for number in range(6)]
    assert [sign_in(browser, impostor).status_code for browser in browsers] == [401] * 5 + [429]


PATHS = ["/login/passkey", "/login/factor", "/account/confirm", "/account/factors/passkeys"]


@pytest.mark.parametrize("path", PATHS)
def test_no_challenge_and_no_answer_without_the_token(app: Flask, name: str, key: Authenticator, path: str) -> None:
    browser = Browser(app)
    sign_in(browser, key)
    browser.get("/account")
    for address in (path, f"{path}/options"):
        assert browser.send("POST", address, data={"credential": "{}"}).status_code == 400
        assert browser.post(address, headers={"Origin": "http://evil.example"}).status_code == 400


def test_nobody_learns_whose_passkeys_there_are(app: Flask, name: str, key: Authenticator) -> None:
    assert asked(Browser(app), "/login/passkey")["publicKey"]["allowCredentials"] == []
    stranger = Browser(app)
    stranger.get("/login")
    refused = stranger.send("POST", "/login/factor/options", headers={"X-CSRF-Token": stranger.token, **JSON})
    assert refused.status_code == 401
    unknown, known = Authenticator(), copy.copy(key)
    known.key = unknown.key
    answers = [sign_in(Browser(app), one) for one in (unknown, known)]
    pages = [answer.get_data(as_text=True).split("<form")[1].split("csrf_token")[0] for answer in answers]
    assert pages[0] == pages[1]
    assert answers[0].status_code == answers[1].status_code == 401


def test_under_a_bare_address_the_page_says_that_passkeys_need_a_name(app: Flask, name: str) -> None:
    add_account(app, name)
    browser = Browser(app, host="127.0.0.1")
    assert b"data-passkey" not in browser.get("/login").data
    browser.sign_in(name)
    assert b"Passkeys need a host name" in browser.get("/account/factors").data
    refused = browser.send("POST", "/account/factors/passkeys/options", headers={"X-CSRF-Token": browser.token, **JSON})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "invalid")


# -- keeping them -----------------------------------------------------------------------------------------------


def test_ten_are_the_most_and_none_is_there_twice(app: Flask, name: str, key: Authenticator) -> None:
    browser = Browser(app)
    sign_in(browser, key)
    assert register(browser, key).headers["Location"] == "/account/factors"
    assert b"registered already" in browser.get("/account/factors").data
    thief = signed_in(app, f"{name}x")
    assert register(thief, key).headers["Location"] == "/account/factors"  # nor for somebody else
    for number in range(9):
        assert register(browser, Authenticator(), f"Key {number}").status_code == 303
    register(browser, Authenticator())
    page = browser.get("/account/factors")
    assert b"There are 10 passkeys" in page.data
    assert b'data-passkey="create"' not in page.data
    with door_of(app).store.reading() as db:
        assert len(passkeys.of_account(db, account_of(app, name).id)) == 10


def test_one_can_remove_ones_own_and_nobody_elses(app: Flask, name: str, key: Authenticator, clock: Clock) -> None:
    with door_of(app).store.reading() as db:
        (kept,) = passkeys.of_account(db, account_of(app, name).id)
    assert signed_in(app, f"{name}x").post(f"/account/factors/passkeys/{kept.id}/remove").status_code == 404
    browser, other = Browser(app), Browser(app)
    sign_in(browser, key)
    browser.get("/account")
    assert browser.post(f"/account/factors/passkeys/{'9' * 40}/remove").status_code == 404
    sign_in(other, key)
    browser.get("/account")
    assert browser.post(f"/account/factors/passkeys/{kept.id}/remove").status_code == 303
    assert is_in(browser)
    assert not is_in(other)
    assert sign_in(Browser(app), key).status_code == 401
    assert Browser(app).try_to_sign_in(name).headers["Location"] == "/"


def test_the_last_factor_stays_while_one_is_required(app: Flask, name: str, clock: Clock) -> None:
    key, browser = Authenticator(), signed_in(app, name, "admin")
    register(browser, key)
    browser.get("/admin/security")
    assert browser.post("/admin/security/factors", {"of": "admin"}).status_code == 303
    with door_of(app).store.reading() as db:
        (kept,) = passkeys.of_account(db, account_of(app, name).id)
    browser.get("/account")
    assert browser.post(f"/account/factors/passkeys/{kept.id}/remove").status_code == 409
    enrol(browser, clock)
    browser.get("/account")
    assert browser.post(f"/account/factors/passkeys/{kept.id}/remove").status_code == 303
    browser.get("/account")
    assert browser.post("/account/factors/totp/remove").status_code == 409
    browser.get("/admin/security")
    assert browser.post("/admin/security/factors", {"of": ""}).status_code == 303


def test_nothing_of_an_answer_enters_the_journal(app: Flask, name: str, key: Authenticator) -> None:
    sign_in(Browser(app), key)
    sign_in(Browser(app), key, origin="http://secret.example")
    written = "\n".join(entry.details + entry.on for entry in entries(door_of(app)))
    assert "secret.example" not in written
    assert json.loads(key.get({"rpId": "localhost", "challenge": "AA"}))["id"] not in written
