"""One's e-mail address: it counts only once verified, for one account, and nobody is told whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from doorward.core.access import HOST
from doorward.core.names import name_key
from doorward.store import accounts, emails
from doorward.testing import Browser, Clock, add_account, door_of, signed_in
from doorward.web import people
from tests.support.doors import entries, journal_break, last_entry
from tests.support.mails import app_on, give_address, sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    with app_on(request, tmp_path, clock) as app:
        yield app


def address_of(app: Flask, name: str) -> str | None:
    with door_of(app).store.reading() as db:
        account = accounts.by_name_key(db, name_key(name))
        assert account is not None
        return emails.verified(db, account.id)


def ask(browser: Browser, address: str) -> int:
    browser.get("/account/email")
    return browser.post("/account/email", {"email": address}).status_code


def type_code(browser: Browser, code: str) -> int:
    browser.get("/account/email")
    return browser.post("/account/email/code", {"code": code}).status_code


def test_an_address_counts_once_its_code_was_typed(app: Flask) -> None:
    ada = signed_in(app, "ada")
    assert ask(ada, " Ada@Example.ORG ") == 303
    assert address_of(app, "ada") is None
    (mail,) = sent(app)
    assert mail.to == "Ada@example.org"
    assert 'account "ada"' in mail.text
    assert "127.0.0.1" in mail.text
    assert mail.code not in mail.subject
    assert type_code(ada, mail.code.lower().replace("-", " ")) == 303
    assert address_of(app, "ada") == "Ada@example.org"
    assert last_entry(door_of(app), "email.verified").who_name == "ada"
    assert type_code(ada, mail.code) == 401
    assert "verified" in ada.get("/account/email").get_data(as_text=True)
    assert "Ada@example.org" in ada.get("/account").get_data(as_text=True)
    assert sent(app) == []
    assert journal_break(door_of(app)) is None


def test_the_link_works_in_the_browser_that_asked_and_in_no_other(app: Flask) -> None:
    ada, bob = signed_in(app, "ada"), signed_in(app, "bob")
    ask(ada, "ada@example.org")
    (mail,) = sent(app)
    for other in (bob, Browser(app)):
        assert other.get(mail.link).status_code == 403
        assert other.post(mail.link).status_code == 403
    assert address_of(app, "ada") is None
    assert ada.get(mail.link).status_code == 200
    assert address_of(app, "ada") is None, "looking at the link changes nothing"
    assert ada.post(mail.link).status_code == 303
    assert address_of(app, "ada") == "ada@example.org"
    assert ada.get(mail.link).status_code == 404


def test_a_code_of_another_session_of_the_same_person_does_not_work_here(app: Flask) -> None:
    ada, elsewhere = signed_in(app, "ada"), signed_in(app, "ada")
    ask(ada, "ada@example.org")
    (mail,) = sent(app)
    assert type_code(elsewhere, mail.code) == 401
    assert type_code(ada, mail.code) == 303


def test_a_code_bears_five_tries_and_half_an_hour(app: Flask, clock: Clock) -> None:
    ada = signed_in(app, "ada")
    ask(ada, "ada@example.org")
    (mail,) = sent(app)
    assert [type_code(ada, "3333-3333") for _ in range(5)] == [401] * 5
    assert type_code(ada, mail.code) == 401
    ada.post("/account/email/again")
    (mail,) = sent(app)
    assert [type_code(ada, "3333-3333") for _ in range(4)] == [401] * 4
    clock.forward(minutes=30)
    assert type_code(ada, mail.code) == 401
    ada.post("/account/email/again")
    (older,) = sent(app)
    ada.post("/account/email/again")
    (newer,) = sent(app)
    assert type_code(ada, older.code) == 401
    assert type_code(ada, newer.code) == 303


def test_changing_it_asks_who_is_there_and_tells_the_old_address(app: Flask, clock: Clock) -> None:
    ada = signed_in(app, "ada")
    give_address(app, ada, "old@example.org")
    clock.forward(minutes=11)
    assert ask(ada, "new@example.org") == 403
    assert ada.post("/account/email/remove").status_code == 403
    ada.post("/account/confirm", {"password": "a quiet harbour in late november"})
    assert ask(ada, "new@example.org") == 303
    (mail,) = sent(app)
    assert address_of(app, "ada") == "old@example.org", "the old one counts until the new one is verified"
    assert type_code(ada, mail.code) == 303
    (told,) = sent(app)
    assert told.to == "old@example.org"
    assert "n…@example.org" in told.text
    assert "new@" not in told.text
    ada.get("/account/email")
    assert ada.post("/account/email/remove").status_code == 303
    assert address_of(app, "ada") is None
    assert [(mail.to, mail.subject) for mail in sent(app)] == [
        ("new@example.org", "Your e-mail address at Doorward was removed")
    ]


def test_nobody_learns_whose_an_address_is_and_its_owner_keeps_it(app: Flask) -> None:
    ada, mallory = signed_in(app, "ada"), signed_in(app, "mallory")
    give_address(app, ada, "ada@example.org")

    def answer(address: str) -> tuple[int, str]:
        status, page = ask(mallory, address), mallory.get("/account/email").get_data(as_text=True)
        return status, re.sub(r'(nonce|value|content)="[^"]*"', "", page.replace(address, "(the address)"))

    taken = answer("ADA@example.org")
    (to_owner,) = sent(app)
    free = answer("BEA@example.org")
    (to_free,) = sent(app)
    assert taken == free
    assert taken[0] == 303
    assert to_owner.to == "ada@example.org"
    assert "Your code" not in to_owner.text
    assert 'your account "ada"' in to_owner.text
    assert "mallory" not in to_owner.text
    assert to_free.code
    assert address_of(app, "ada") == "ada@example.org"


def test_of_two_who_want_one_address_the_first_to_verify_has_it(app: Flask) -> None:
    ada, bob = signed_in(app, "ada"), signed_in(app, "bob")
    ask(ada, "both@example.org")
    ask(bob, "Both@example.org")
    for_ada, for_bob = sent(app)
    assert type_code(bob, for_bob.code) == 303
    bob.get("/account/email")
    answer = ada.post("/account/email/code", {"code": for_ada.code})
    assert answer.status_code == 409
    assert "already belongs to another account" in answer.get_data(as_text=True)
    assert (address_of(app, "ada"), address_of(app, "bob")) == (None, "Both@example.org")


def test_a_mailbox_is_not_filled_by_strangers(app: Flask, clock: Clock) -> None:
    mallory = signed_in(app, "mallory")
    for _ in range(7):
        assert ask(mallory, "victim@example.org") == 303
    assert len(sent(app)) == 4
    victim = signed_in(app, "victim", address="192.0.2.7")
    ask(victim, "victim@example.org")
    (mail,) = sent(app)
    assert type_code(victim, mail.code) == 303, "the owner, elsewhere, is not kept from it"
    for _ in range(13):
        assert ask(mallory, "other@example.org") == 303
    assert ask(mallory, "other@example.org") == 429


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "nobody",
        "a@evil.com@school.org",
        '"a@evil.com"@school.org',
        "a(comment)@school.org",
        "a@[127.0.0.1]",
        "a%evil.com@school.org",
        "evil.com!a@school.org",
        "a@school",
        "a@straße.de",
        "a@school.org\r\nBcc: b@evil.com",
        "a\0@school.org",
        "a" * 65 + "@school.org",
        "ä@school.org",
    ],
)
def test_what_is_no_address_gets_a_sentence(app: Flask, typed: str) -> None:
    ada = signed_in(app, "ada")
    ada.get("/account/email")
    answer = ada.post("/account/email", {"email": typed})
    assert answer.status_code in (400, 422)
    assert sent(app) == []


def test_what_waits_can_be_taken_back_and_a_deleted_account_keeps_nothing(app: Flask) -> None:
    ada = signed_in(app, "ada")
    add_account(app, "boss", "admin")
    give_address(app, ada, "ada@example.org")
    ask(ada, "next@example.org")
    (mail,) = sent(app)
    ada.get("/account/email")
    assert ada.post("/account/email/cancel").status_code == 303
    assert type_code(ada, mail.code) == 409
    with door_of(app).store.reading() as db:
        owner = emails.owner_of(db, "ada@example.org")
    assert owner is not None
    people.delete(door_of(app).store, HOST, owner.id)
    with door_of(app).store.reading() as db:
        assert emails.of_account(db, owner.id) is None
        assert emails.owner_of(db, "ada@example.org") is None


def test_a_form_of_another_site_changes_no_address(app: Flask) -> None:
    ada = signed_in(app, "ada")
    give_address(app, ada, "ada@example.org")
    for path, fields in (
        ("", {"email": "m@evil.com"}),
        ("/remove", {}),
        ("/again", {}),
        ("/cancel", {}),
        ("/code", {}),
    ):
        assert ada.send("POST", f"/account/email{path}", data=fields).status_code == 400
    assert address_of(app, "ada") == "ada@example.org"


def test_the_journal_names_no_address_and_no_code(app: Flask) -> None:
    ada = signed_in(app, "ada")
    ask(ada, "ada@example.org")
    (mail,) = sent(app)
    type_code(ada, "3333-3333")
    type_code(ada, mail.code)
    ada.post("/account/email/remove")
    written = "\n".join(entry.details + entry.on for entry in entries(door_of(app)))
    for secret in (mail.code, mail.link.split("/")[-1], "example.org", "3333-3333"):
        assert secret not in written
