"""What weakens or ends an account is told to its verified address, at once, to nobody else, and not without end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from doorward.core.access import HOST
from doorward.store import accounts
from doorward.testing import PASSWORD, Browser, Clock, door_of, signed_in
from doorward.web.recovery import make_reset_code
from doorward.web.telling import MOST
from tests.support.doors import bare_app, behind
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


@pytest.fixture
def ada(app: Flask) -> Browser:
    browser = signed_in(app, "ada")
    give_address(app, browser, "ada@example.org")
    return browser


def one(mails: list[Got]) -> Got:
    (mail,) = mails
    assert mail.to == "ada@example.org"
    return mail


def test_password_and_factors(app: Flask, ada: Browser, clock: Clock) -> None:
    ada.get("/account/password")
    fields = {"current_password": PASSWORD, "password": NEW, "password_again": NEW}
    wrong = {**fields, "current_password": "not the password"}
    assert ada.post("/account/password", wrong).status_code == 422
    assert sent(app) == [], "what did not happen is not told"
    assert ada.post("/account/password", fields).status_code == 303
    mail = one(sent(app))
    assert mail.subject == "Your password at Doorward was changed"
    assert "address 127.0.0.1" in mail.text
    assert NEW not in mail.text
    ada.get("/account")
    phone = enrol(ada, clock)
    mail = one(sent(app))
    assert mail.subject == "A second factor was set up at Doorward", "once, though codes were made too"
    assert not any(code in mail.text for code in [phone.secret, *phone.codes])
    ada.get("/account/factors")
    assert ada.post("/account/factors/totp/remove").status_code == 303
    assert one(sent(app)).subject == "A second factor was removed at Doorward"


def test_a_new_browser_is_told_and_a_known_one_is_not(app: Flask, ada: Browser) -> None:
    ada.sign_out()
    ada.sign_in("ada")
    assert sent(app) == []
    Browser(app, address="198.51.100.4").try_to_sign_in("ada", "a wrong password here")
    assert sent(app) == []
    Browser(app, address="198.51.100.4").sign_in("ada")
    mail = one(sent(app))
    assert mail.subject == "A new browser at Doorward"
    assert "198.51.100.4" in mail.text


def test_whoever_is_in_does_not_fill_the_mailbox(app: Flask, ada: Browser, clock: Clock) -> None:
    for _ in range(MOST + 3):
        Browser(app, address="198.51.100.4").sign_in("ada")
    assert len(sent(app)) == MOST
    clock.forward(hours=1, minutes=1)
    Browser(app, address="198.51.100.4").sign_in("ada")
    assert len(sent(app)) == 1


def test_a_link_of_the_host_and_the_password_chosen_with_it(app: Flask, ada: Browser) -> None:
    assert ada.get("/account").status_code == 200
    code = make_reset_code(door_of(app).parts, HOST, _id(app))
    mail = one(sent(app))
    assert mail.subject == "A link to choose a new password at Doorward"
    assert "a command on the server" in mail.text
    assert code not in mail.text, "whoever reads the mailbox gets no link"
    visitor = Browser(app)
    visitor.get(f"/reset/{code}")
    assert visitor.post(f"/reset/{code}", {"password": NEW, "password_again": NEW}).status_code == 303
    assert one(sent(app)).subject == "Your password at Doorward was changed"


def _id(app: Flask) -> str:
    with door_of(app).store.reading() as db:
        found = accounts.by_name_key(db, "ada")
        assert found is not None
        return found.id


def test_a_deletion_is_told_and_then_nothing_of_the_address_is_left(app: Flask, ada: Browser) -> None:
    ada.get("/account/delete")
    assert ada.post("/account/delete", {"how": "soft", "password": PASSWORD}).status_code == 200
    assert one(sent(app)).subject == "Your account at Doorward is deleted"
    with door_of(app).store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM mail_outbox").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM account_emails").scalar() == 0


def test_who_has_no_verified_address_is_written_nothing(app: Flask, clock: Clock) -> None:
    bob = signed_in(app, "bob")
    bob.get("/account/email")
    bob.post("/account/email", {"email": "bob@example.org"})
    sent(app)
    enrol(bob, clock)
    assert sent(app) == []


def test_the_mail_about_new_browsers_can_be_switched_off(tmp_path: Path, clock: Clock) -> None:
    app = bare_app()
    behind(app, tmp_path / "data", clock, mail_new_browser="false")
    browser = signed_in(app, "ada")
    give_address(app, browser, "ada@example.org")
    Browser(app).sign_in("ada")
    assert sent(app) == []
    enrol(browser, clock)
    assert len(sent(app)) == 1
