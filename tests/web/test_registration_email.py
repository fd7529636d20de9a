"""Registering with an e-mail address: what is required counts only once verified, and domains cannot be tricked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward.core.access import HOST
from doorward.core.names import name_key
from doorward.errors import Conflict, NotFound
from doorward.serve.housekeeping import Housekeeping
from doorward.store import accounts
from doorward.testing import PASSWORD, Browser, Clock, door_of, signed_in
from doorward.web import people
from doorward.web.recovery import make_reset_code
from tests.support.doors import last_entry
from tests.support.mails import app_on, give_address, sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Any]:
    with ExitStack() as opened:

        def make(**settings: Any) -> Flask:
            given = {"registration_open": "open", "registration": "1000/hour", **settings}
            return opened.enter_context(app_on(request, tmp_path, clock, **given))

        yield make


def register(app: Flask, name: str, email: str, **browser: Any) -> tuple[Browser, TestResponse]:
    visitor = Browser(app, **browser)
    visitor.get("/register")
    fields = {"username": name, "password": PASSWORD, "password_again": PASSWORD, "email": email}
    return visitor, visitor.post("/register", fields)


def status_of(app: Flask, name: str) -> str | None:
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name_key(name))
        return account.status if account is not None else None


def test_a_required_address_must_be_verified_before_the_account_counts(place: Any) -> None:
    app = place(registration_email="required")
    visitor, answer = register(app, "ada", "ada@example.org")
    assert answer.headers["Location"] == "/register/verify"
    assert visitor.get("/account").status_code == 303
    assert status_of(app, "ada") == "unverified"
    (mail,) = sent(app)
    other = Browser(app)
    other.get("/login")
    assert other.post("/register/verify", {"code": mail.code}).status_code == 404
    assert other.get(mail.link).status_code == 403
    visitor.get("/register/verify")
    assert visitor.post("/register/verify", {"code": "3333-3333"}).status_code == 401
    assert visitor.post("/register/verify", {"code": mail.code}).headers["Location"] == "/"
    assert "ada@example.org" in visitor.get("/account").get_data(as_text=True)
    assert status_of(app, "ada") == "active"
    Browser(app).sign_in("ada")


def test_without_an_address_or_with_a_wrong_one_nobody_registers(place: Any) -> None:
    app = place(registration_email="required")
    for email in ("", "  ", "nobody", "a@b@example.org"):
        _, answer = register(app, "ada", email)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert 'href="#email"' in page
        assert status_of(app, "ada") is None
    assert sent(app) == []


def test_an_unverified_account_opens_nothing_and_is_led_to_its_code(place: Any) -> None:
    app = place(registration_email="required")
    register(app, "ada", "ada@example.org")
    sent(app)
    elsewhere = Browser(app, address="192.0.2.5")
    assert elsewhere.try_to_sign_in("ada", "another harbour in march").status_code == 401
    answer = elsewhere.try_to_sign_in("ada")
    assert answer.headers["Location"] == "/register/verify"
    assert elsewhere.get("/account").status_code == 303
    (mail,) = sent(app)
    assert elsewhere.post(mail.link).headers["Location"] == "/"
    assert elsewhere.get("/account").status_code == 200


def test_no_back_door_makes_an_unverified_account_count(place: Any) -> None:
    app = place(registration_email="required")
    register(app, "ada", "ada@example.org")
    store = door_of(app).store
    with store.reading() as db:
        account = accounts.by_name_key(db, "ada")
    assert account is not None
    for act in (people.block, people.unblock):
        with pytest.raises(Conflict):
            act(store, HOST, account.id)
    for refused in (people.approve, people.refuse):
        with pytest.raises(NotFound):
            refused(store, HOST, account.id)
    with pytest.raises(NotFound):
        make_reset_code(door_of(app).parts, HOST, account.id)
    assert status_of(app, "ada") == "unverified"


def test_with_approval_it_waits_after_it_was_verified(place: Any) -> None:
    app = place(registration_open="approval", registration_email="required")
    boss = signed_in(app, "boss", "admin")
    visitor, _ = register(app, "ada", "ada@example.org")
    assert "ada" not in boss.get("/admin/people").get_data(as_text=True)
    (mail,) = sent(app)
    assert visitor.post(mail.link).headers["Location"] == "/login"
    assert status_of(app, "ada") == "waiting"
    assert visitor.get("/account").status_code == 303
    assert "ada" in boss.get("/admin/people").get_data(as_text=True)


def test_whose_address_it_is_already_learns_it_and_who_registers_does_not(place: Any) -> None:
    app = place(registration_email="required")
    dora = signed_in(app, "dora")
    give_address(app, dora, "dora@example.org")
    known = register(app, "one.more", "DORA@example.org")
    (to_owner,) = sent(app)
    unknown = register(app, "two.more", "free@example.org")
    (to_free,) = sent(app)
    assert known[1].headers["Location"] == unknown[1].headers["Location"]
    assert known[1].status_code == unknown[1].status_code
    assert "Your code" not in to_owner.text
    assert 'your account "dora"' in to_owner.text
    assert to_free.code
    assert status_of(app, "one.more") == "unverified"


def test_who_never_verifies_frees_the_name_after_a_day(place: Any, clock: Clock) -> None:
    app = place(registration_email="required")
    register(app, "ada", "ada@example.org")
    door = door_of(app)
    keeper = Housekeeping(door.store, door.settings, door.jobs.files)
    clock.forward(hours=23)
    keeper.tidy()
    assert status_of(app, "ada") == "unverified"
    clock.forward(hours=2)
    keeper.tidy()
    assert status_of(app, "ada") is None
    assert last_entry(door, "account.expired")
    assert register(app, "ada", "ada@example.org")[1].status_code == 303


def test_an_optional_address_waits_while_the_account_counts(place: Any) -> None:
    app = place(registration_email="optional")
    visitor, answer = register(app, "ada", "ada@example.org")
    assert answer.headers["Location"] == "/"
    (mail,) = sent(app)
    page = visitor.get("/account/email").get_data(as_text=True)
    assert "Verify ada@example.org" in page
    assert visitor.post("/account/email/code", {"code": mail.code}).status_code == 303
    nobody, answer = register(app, "bob", "")
    assert answer.headers["Location"] == "/"
    assert nobody.get("/account").status_code == 200
    assert Browser(app).get("/register/verify").status_code == 404


def test_where_no_address_is_asked_for_none_is_taken(place: Any) -> None:
    app = place()
    _, answer = register(app, "ada", "not an address")
    assert answer.headers["Location"] == "/"
    assert 'name="email"' not in Browser(app).get("/register").get_data(as_text=True)
    assert sent(app) == []


def test_only_addresses_of_these_domains_register(place: Any) -> None:
    app = place(registration_domains="school.org,*.college.org")
    for email in ("a@evil.com@school.org", '"a@evil.com"@school.org', "a@school.org.evil.com", "a@college.org", ""):
        assert register(app, "ada", email)[1].status_code == 422
    assert status_of(app, "ada") is None
    for name, email in (("ada", "A@School.Org"), ("bob", "bob@mail.college.org")):
        assert register(app, name, email)[1].headers["Location"] == "/register/verify"
        (mail,) = sent(app)
        assert mail.to.lower() == email.lower()
