"""Known and unknown get the same answer, byte for byte, and cost the same work, over many tries (OWASP ASVS 6.3.8).

Time itself is measured by `benchmarks/equality`; here the work is counted that takes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward import access
from doorward.core.access import HOST
from doorward.core.tokens import new_one_time_code, new_token
from doorward.prove.authenticator import Authenticator
from doorward.store import invitations
from doorward.testing import PASSWORD, Browser, Clock, add_account, add_token, door_of, signed_in
from doorward.web import people
from doorward.web.recovery import make_reset_code
from tests.support.doors import BOTH, app_behind, where
from tests.support.factors import code_step, enrol, password_step
from tests.support.work import counted, said

OTHER = "seven quiet lamps by the canal"
TRIES = 5
Try = Callable[[], TestResponse]


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module", params=BOTH)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Flask]:
    def routes(app: Flask) -> None:
        app.add_url_rule("/reading", "reading", access.scope("house:read")(lambda: "in"))

    data = tmp_path_factory.mktemp("equality")
    app = app_behind(data, routes, clock, registration_open="approval", **where(request))
    yield app
    door_of(app).close()


@pytest.fixture(autouse=True)
def _later(clock: Clock) -> None:
    clock.forward(days=1)


def all_alike(app: Flask, clock: Clock, tries: dict[str, Callable[[], tuple[Try, list[str]]]]) -> None:
    """Each prepares a request; what they then say and cost must be the same, every time, for all of them.

    The first round warms up what is cached, and is not looked at.
    """
    answers, costs = {}, {}
    for number in range(TRIES + 1):
        for name, prepare in tries.items():
            clock.forward(minutes=20)  # no limit reaches from one try into the next
            send, typed = prepare()
            with counted(app) as work:
                answer = send()
            if number:
                answers[(name, number)] = said(answer, *typed)
                costs[(name, number)] = asdict(work)
    first, cost = next(iter(answers.values())), next(iter(costs.values()))
    for key, answer in answers.items():
        assert answer == first, key  # line by line, so that a failure shows the one that differs
    assert {key: value for key, value in costs.items() if value != cost} == {}, cost


def test_signing_in_does_not_tell_which_names_there_are(app: Flask, clock: Clock) -> None:
    add_account(app, "known")
    blocked, deleted = add_account(app, "blocked"), add_account(app, "goner")
    enrol(signed_in(app, "factored"), clock)
    store = door_of(app).store
    people.block(store, HOST, blocked)
    people.delete(store, HOST, deleted)
    visitor = Browser(app)
    visitor.get("/register")
    fields = {"username": "waiting", "password": PASSWORD, "password_again": PASSWORD}
    assert visitor.post("/register", fields).status_code in (200, 202, 303)

    def attempt(name: str, password: str = OTHER) -> Callable[[], tuple[Try, list[str]]]:
        def prepare() -> tuple[Try, list[str]]:
            browser = Browser(app, address="192.0.2.77")
            browser.get("/login")
            return lambda: browser.post("/login", {"username": name, "password": password}), [name]

        return prepare

    names = ("known", "unknown-one", "blocked", "goner", "factored", "waiting")
    tries = {name: attempt(name) for name in names}
    all_alike(app, clock, {**tries, "blocked, the right password": attempt("blocked", PASSWORD)})


def test_a_passkey_of_nobody_is_like_one_that_signs_wrongly(app: Flask, clock: Clock) -> None:
    browser, key = signed_in(app, "keyed"), Authenticator()
    got = _options(browser, "/account/factors/passkeys")
    answer = {"ticket": got["ticket"], "credential": key.create(got["publicKey"])}
    assert browser.post("/account/factors/passkeys", answer).status_code == 200
    stranger = Authenticator()

    def claim(holder: Authenticator) -> Callable[[], tuple[Try, list[str]]]:
        def prepare() -> tuple[Try, list[str]]:
            thief = Browser(app, address="192.0.2.78")
            thief.get("/login")
            got = _options(thief, "/login/passkey")
            wrong = holder.get(got["publicKey"], origin="https://elsewhere.example")
            return lambda: thief.post("/login/passkey", {"ticket": got["ticket"], "credential": wrong}), []

        return prepare

    answers = {}
    for name, holder in (("first of all", stranger), ("known", key), ("unknown", stranger)):
        clock.forward(minutes=20)
        send, _ = claim(holder)()
        with counted(app) as work:
            answer = send()
        answers[name] = said(answer), work
    assert answers["known"] == answers["unknown"]
    assert answers["known"][1].commits > 0


def _options(browser: Browser, path: str) -> dict[str, str]:
    headers = {"X-CSRF-Token": browser.token, "Accept": "application/json"}
    browser.get("/account/factors")
    headers["X-CSRF-Token"] = browser.token
    got: dict[str, str] = browser.send("POST", f"{path}/options", headers=headers).get_json()
    return got


def test_a_token_that_opens_no_session_gets_one_answer_whatever_is_wrong_with_it(app: Flask, clock: Clock) -> None:
    add_account(app, "ottilie")
    gone = add_account(app, "late.owner")
    program = add_token(app, "ottilie", "house:read")
    expired = add_token(app, "ottilie", "house:read", for_person=True, life=timedelta(minutes=1))
    orphan = add_token(app, "late.owner", "house:read", for_person=True)
    people.block(door_of(app).store, HOST, gone)

    def attempt(token: str) -> Callable[[], tuple[Try, list[str]]]:
        def prepare() -> tuple[Try, list[str]]:
            browser = Browser(app, address="192.0.2.79")
            browser.get("/login/token")
            return lambda: browser.post("/login/token", {"token": token}), [token]

        return prepare

    wanted = {"unknown": new_token(), "program": program, "expired": expired, "orphan": orphan}
    all_alike(app, clock, {name: attempt(token) for name, token in wanted.items()})


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("where_to", ["reset", "join"])
def test_links_that_lead_nowhere_are_all_alike(app: Flask, clock: Clock, where_to: str, method: str) -> None:
    dead = _dead_resets(app, method) if where_to == "reset" else _dead_joins(app)
    codes = {"unknown": secrets.token_urlsafe(32), **dead}
    clock.forward(days=30)

    def attempt(code: str) -> Callable[[], tuple[Try, list[str]]]:
        def prepare() -> tuple[Try, list[str]]:
            browser, path = Browser(app, address="192.0.2.80"), f"/{where_to}/{code}"
            browser.get("/login")
            fields = {"username": "new", "password": OTHER, "password_again": OTHER}
            return (lambda: browser.get(path)) if method == "GET" else (lambda: browser.post(path, fields)), [code]

        return prepare

    all_alike(app, clock, {name: attempt(code) for name, code in codes.items()})


def _dead_resets(app: Flask, method: str) -> dict[str, str]:
    parts = door_of(app).parts
    ids = {name: add_account(app, f"{name}.{method.lower()}") for name in ("used", "expired", "blocked-owner")}
    codes = {name: make_reset_code(parts, HOST, account) for name, account in ids.items()}
    browser = Browser(app)
    browser.get(f"/reset/{codes['used']}")
    fields = {"password": OTHER, "password_again": OTHER}
    assert browser.post(f"/reset/{codes['used']}", fields).status_code == 303
    people.block(parts.store, HOST, ids["blocked-owner"])
    return codes


def _dead_joins(app: Flask) -> dict[str, str]:
    codes = {name: new_one_time_code() for name in ("used up", "expired", "taken back")}
    store, life = door_of(app).store, timedelta(days=1)
    with store.transaction(HOST) as tx:
        made = {
            name: invitations.add(tx, code, roles=frozenset(), life=life, uses=1, note="")
            for name, code in codes.items()
        }
        assert invitations.take_back(tx, made["taken back"].id)
        assert invitations.use(tx, codes["used up"]) is not None
    return codes


def test_a_wrong_second_factor_is_wrong_whatever_it_was(app: Flask, clock: Clock) -> None:
    phone = enrol(signed_in(app, "stepper"), clock)
    enrol(signed_in(app, "other.stepper"), clock)
    used = phone.code()
    assert code_step(password_step(app, "stepper"), used).status_code == 303
    spent = phone.codes[0]
    assert code_step(password_step(app, "stepper"), spent).status_code == 303

    def attempt(name: str, code: str) -> Callable[[], tuple[Try, list[str]]]:
        def prepare() -> tuple[Try, list[str]]:
            browser = password_step(app, name, address="192.0.2.81")
            return lambda: code_step(browser, code), [name, code]

        return prepare

    digits = {"used": used, "zeros": "000000", "guess": "918273"}
    all_alike(app, clock, {name: attempt("stepper", code) for name, code in digits.items()})
    all_alike(
        app, clock, {"spent": attempt("stepper", spent), "of nobody": attempt("stepper", "AAAAAA-BBBBBB-CCCCCC-DDDDDD")}
    )
    all_alike(app, clock, {name: attempt(name, "000000") for name in ("stepper", "other.stepper")})
