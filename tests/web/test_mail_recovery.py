"""Recovery by e-mail: the same answer for every address, no way past a second factor, and nobody is left untold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from doorward.core.access import HOST
from doorward.core.mail_addresses import read_address
from doorward.core.names import name_key
from doorward.store import accounts, emails
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, signed_in
from doorward.web import people
from doorward.web.mail_recovery import is_open
from doorward.web.recovery import make_reset_code
from tests.support.doors import bare_app, behind, entries, everything_stored, journal_break, last_entry
from tests.support.factors import enrol
from tests.support.mails import Got, app_on, give_address, sent

NEW = "another harbour in early march"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    with app_on(request, tmp_path, clock) as app:
        yield app


def id_of(app: Flask, name: str) -> str:
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name_key(name))
        assert account is not None
        return account.id


def with_address(app: Flask, name: str, address: str, *roles: str) -> str:
    """An account whose address was verified, as the store has it."""
    account_id, store = add_account(app, name, *roles), door_of(app).store
    with store.transaction(HOST) as tx:
        wanted = read_address(address)
        emails.want(tx, account_id, wanted)
        emails.confirm(tx, account_id, wanted.key)
    return account_id


def ask(app: Flask, email: str, browser: Browser | None = None, **place: str) -> tuple[Browser, TestResponse]:
    visitor = browser or Browser(app, **place)
    visitor.get("/recover")
    return visitor, visitor.post("/recover", {"email": email})


def type_code(visitor: Browser, code: str) -> TestResponse:
    visitor.get("/recover/code")
    return visitor.post("/recover/code", {"code": code})


def choose(visitor: Browser, password: str = NEW) -> TestResponse:
    visitor.get("/recover/password")
    return visitor.post("/recover/password", {"password": password, "password_again": password})


def one(mails: list[Got]) -> Got:
    (mail,) = mails
    return mail


def test_a_code_lets_the_owner_choose_another_password(app: Flask) -> None:
    ada = signed_in(app, "ada")
    give_address(app, ada, "Ada@example.org")
    visitor, answer = ask(app, "ADA@EXAMPLE.org")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/recover/code")
    mail = one(sent(app))
    assert mail.to == "Ada@example.org", "to the address that was verified, not to what was typed"
    assert "127.0.0.1" in mail.text
    assert type_code(visitor, mail.code).headers["Location"] == "/recover/password"
    assert "ada" in visitor.get("/recover/password").get_data(as_text=True)
    assert ada.get("/account").status_code == 200
    assert choose(visitor).headers["Location"] == "/login"
    assert ada.get("/account").status_code == 303, "all sessions have ended"
    assert visitor.get("/account").status_code == 303, "nobody is signed in by it"
    told = one(sent(app))
    assert (told.to, told.subject) == ("Ada@example.org", "Your password at Doorward was changed")
    assert Browser(app).try_to_sign_in("ada").status_code == 401
    assert visitor.try_to_sign_in("ada", NEW).status_code == 303
    assert "Your password was changed with a code from an e-mail" in visitor.get("/account").get_data(as_text=True)
    events = [entry.event for entry in entries(door_of(app)) if entry.on == f"account:{id_of(app, 'ada')}"]
    assert {"account.recovery_asked", "account.password_recovered"} <= set(events)
    assert choose(visitor, PASSWORD).status_code in (303, 401)
    assert Browser(app).try_to_sign_in("ada", PASSWORD).status_code == 401, "what the code allowed was done once"
    assert journal_break(door_of(app)) is None


def test_a_link_works_as_well_and_only_where_it_was_asked_for(app: Flask) -> None:
    with_address(app, "ada", "ada@example.org")
    visitor, _ = ask(app, "ada@example.org")
    mail = one(sent(app))
    thief = Browser(app, address="203.0.113.9")
    assert thief.get(mail.link).status_code == 403
    assert thief.post(mail.link).status_code == 403
    assert type_code(thief, mail.code).status_code == 401
    thief.get("/recover/code")
    assert thief.get("/recover/password").headers["Location"] == "/recover"
    ask(app, "mallory@example.org", thief)
    assert type_code(thief, mail.code).status_code == 401
    assert visitor.get(mail.link).status_code == 200
    assert visitor.get("/recover/password").status_code == 303, "looking at the link uses nothing up"
    assert visitor.post(mail.link).status_code == 303
    assert visitor.post(mail.link).status_code == 404
    assert choose(visitor).status_code == 303
    Browser(app).sign_in("ada", NEW)


def test_recovery_does_not_skip_the_second_factor(app: Flask, clock: Clock) -> None:
    ada = signed_in(app, "ada")
    give_address(app, ada, "ada@example.org")
    phone = enrol(ada, clock)
    assert one(sent(app)).subject == "A second factor was set up at Doorward"
    visitor, _ = ask(app, "ada@example.org")
    type_code(visitor, one(sent(app)).code)
    assert choose(visitor).status_code == 303
    assert visitor.get("/account").status_code == 303
    answer = visitor.try_to_sign_in("ada", NEW)
    assert answer.headers["Location"] == "/login/factor"
    assert visitor.get("/account").status_code == 303
    visitor.get("/login/factor")
    assert visitor.post("/login/factor", {"code": phone.codes[0]}).status_code == 303
    assert visitor.get("/account").status_code == 200


def test_the_answer_and_the_work_are_the_same_for_every_address(app: Flask) -> None:
    """Known, unknown, not verified, blocked: the same statements reach the database, and the same page the visitor."""
    with_address(app, "ada", "ada@example.org")
    people.block(door_of(app).store, HOST, with_address(app, "bob", "bob@example.org"))
    cyd = signed_in(app, "cyd")
    cyd.get("/account/email")
    cyd.post("/account/email", {"email": "cyd@example.org"})
    sent(app)

    def whole_answer(address: str) -> tuple[object, ...]:
        asked: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            asked.append(statement)

        visitor = Browser(app)
        visitor.get("/recover")
        engine = door_of(app).store.engine
        event.listen(engine, "before_cursor_execute", note)
        answer = visitor.post("/recover", {"email": address})
        page = visitor.get("/recover/code")
        wrong = visitor.post("/recover/code", {"code": "3333-3333"})
        event.remove(engine, "before_cursor_execute", note)
        texts = [
            re.sub(r'(nonce|value|content)="[^"]*"', "", got.get_data(as_text=True)) for got in (answer, page, wrong)
        ]
        headers = [name for name, _ in answer.headers]
        return [answer.status_code, page.status_code, wrong.status_code], headers, texts, asked

    known = whole_answer("ada@example.org")
    assert known[0] == [303, 200, 401]
    for address in ("nobody@example.org", "bob@example.org", "cyd@example.org"):
        assert whole_answer(address) == known
    assert [mail.to for mail in sent(app)] == ["ada@example.org"]


def test_nobody_without_a_verified_address_recovers_anything(app: Flask) -> None:
    cyd = signed_in(app, "cyd")
    cyd.get("/account/email")
    cyd.post("/account/email", {"email": "cyd@example.org"})
    to_verify = one(sent(app))
    visitor, _ = ask(app, "cyd@example.org")
    assert sent(app) == []
    assert type_code(visitor, to_verify.code).status_code == 401
    assert visitor.get(to_verify.link.replace("/verify/", "/recover/link/")).status_code == 404
    blocked = with_address(app, "bob", "bob@example.org")
    visitor, _ = ask(app, "bob@example.org")
    mail = one(sent(app))
    people.block(door_of(app).store, HOST, blocked)
    assert type_code(visitor, mail.code).status_code == 303
    assert visitor.get("/recover/password").headers["Location"] == "/recover"
    assert choose(visitor).headers["Location"] == "/recover"
    people.unblock(door_of(app).store, HOST, blocked)
    Browser(app).sign_in("bob")


def test_who_enters_by_a_provider_alone_gets_no_password_by_mail(app: Flask) -> None:
    account_id = with_address(app, "ada", "ada@example.org")
    visitor, _ = ask(app, "ada@example.org")
    mail = one(sent(app))
    with door_of(app).store.transaction(HOST) as tx:
        account = accounts.held(tx, account_id)
        assert account is not None
        account.password_hash = accounts.NO_PASSWORD
    assert type_code(visitor, mail.code).status_code == 303
    assert choose(visitor).headers["Location"] == "/recover"
    ask(app, "ada@example.org", visitor)
    assert sent(app) == []


def test_codes_die_with_time_tries_newer_ones_and_any_password_change(app: Flask, clock: Clock) -> None:
    account_id = with_address(app, "ada", "ada@example.org")
    visitor, _ = ask(app, "ada@example.org")
    first = one(sent(app))
    ask(app, "ada@example.org", visitor)
    second = one(sent(app))
    assert type_code(visitor, first.code).status_code == 401
    assert visitor.post(first.link).status_code == 404
    assert [type_code(visitor, "33333333").status_code for _ in range(4)] == [401] * 4
    assert type_code(visitor, second.code).status_code == 401, "five tries were all it bore"
    clock.forward(hours=1, minutes=1)
    ask(app, "ada@example.org", visitor)
    third = one(sent(app))
    clock.forward(minutes=30)
    assert type_code(visitor, third.code).status_code == 401
    ask(app, "ada@example.org", visitor)
    fourth = one(sent(app))
    assert type_code(visitor, fourth.code).status_code == 303
    link = make_reset_code(door_of(app).parts, HOST, account_id)
    other = Browser(app)
    other.get(f"/reset/{link}")
    fields = {"password": "a third harbour in december", "password_again": "a third harbour in december"}
    assert other.post(f"/reset/{link}", fields).status_code == 303
    assert choose(visitor).headers["Location"] == "/recover"
    Browser(app).sign_in("ada", "a third harbour in december")


def test_a_code_for_one_owner_of_an_address_is_not_one_for_the_next(app: Flask) -> None:
    ada = with_address(app, "ada", "shared@example.org")
    visitor, _ = ask(app, "shared@example.org")
    mail = one(sent(app))
    store = door_of(app).store
    with store.transaction(HOST) as tx:
        emails.forget(tx, ada)
    with_address(app, "bob", "shared@example.org")
    type_code(visitor, mail.code)
    assert visitor.get("/recover/password").headers["Location"] == "/recover"
    assert choose(visitor).headers["Location"] == "/recover"
    Browser(app).sign_in("bob")


def test_a_stranger_fills_no_mailbox_and_keeps_no_owner_out(app: Flask, clock: Clock) -> None:
    ada = signed_in(app, "ada", address="192.0.2.1")
    give_address(app, ada, "ada@example.org")
    ada.sign_out()
    for number in range(9):
        for _ in range(5):
            ask(app, "ada@example.org", address=f"203.0.113.{number}")
    assert len(sent(app)) == 16, "four from each place, until twenty were asked for"
    ask(app, "ada@example.org", address="198.51.100.7")
    assert sent(app) == []
    ada.get("/login")
    ask(app, "ada@example.org", ada)
    mail = one(sent(app))
    assert type_code(ada, mail.code).status_code == 303, "a browser that she has signed in from still gets its mail"


def test_one_address_of_the_network_asks_only_so_often(app: Flask) -> None:
    visitor, _ = ask(app, "a@example.org")
    statuses = [ask(app, f"x{number}@example.org", visitor)[1].status_code for number in range(20)]
    assert statuses == [303] * 19 + [429]
    assert ask(app, "a@example.org", address="192.0.2.9")[1].status_code == 303


def test_what_was_asked_for_in_a_session_is_not_recovered_there(app: Flask) -> None:
    ada = signed_in(app, "ada")
    assert ada.get("/recover").headers["Location"] == "/account"
    assert ada.post("/recover", {"email": "ada@example.org"}).headers["Location"] == "/account"


def test_it_is_closed_where_mail_reaches_nobody(tmp_path: Path) -> None:
    app = bare_app()
    settings = behind(app, tmp_path, Clock()).settings
    assert is_open(settings)
    production = replace(settings, env="production")
    assert not is_open(production)
    assert is_open(replace(production, smtp_url="smtps://mail.example.org"))
    assert "/recover" in Browser(app).get("/login").get_data(as_text=True)


def test_a_new_password_is_judged_as_everywhere(app: Flask) -> None:
    with_address(app, "ada", "ada@example.org")
    visitor, _ = ask(app, "ada@example.org")
    type_code(visitor, one(sent(app)).code)
    assert choose(visitor, "short").status_code == 422
    assert choose(visitor, PASSWORD).status_code in (422, 303)
    visitor.get("/recover/password")
    fields = {"password": NEW, "password_again": NEW}
    assert visitor.send("POST", "/recover/password", data=fields).status_code == 400
    assert Browser(app).try_to_sign_in("ada", NEW).status_code == 401


def test_a_stolen_database_gives_no_usable_code(tmp_path: Path) -> None:
    app = bare_app()
    behind(app, tmp_path / "data", Clock())
    with_address(app, "ada", "ada@example.org")
    waiting, _ = ask(app, "ada@example.org")
    before = everything_stored(tmp_path / "data")
    mail = one(sent(app))
    ada = signed_in(app, "bea")
    ada.get("/account/email")
    ada.post("/account/email", {"email": "bea@example.org"})
    later = everything_stored(tmp_path / "data")
    other = one(sent(app))
    for stored in (before, later, everything_stored(tmp_path / "data")):
        assert b"ada@example.org" in stored
        for got in (mail, other):
            for secret in (got.code, got.code.replace("-", ""), got.link.split("/")[-1]):
                assert secret.encode() not in stored
    assert type_code(waiting, mail.code).status_code == 303
    assert last_entry(door_of(app), "account.recovery_asked")
