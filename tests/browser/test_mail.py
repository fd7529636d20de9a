"""E-mail as people use it: an address is given and verified, and a forgotten password is replaced."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_first_poll import PASSWORD, complaints_of, set_up
from tests.support.browser import axe, shots
from tests.support.mails import Got, read
from tests.support.server import Server

pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]
WIDE = {"viewport": {"width": 1440, "height": 900}}
NEW = "another harbour in early march"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_REGISTRATION_OPEN": "open",
        "DOORWARD_REGISTRATION_DOMAINS": "school.example",
    }
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    assert running.stop() == 0


def mail(server: Server, number: int) -> Got:
    """The mail of this number that the server has shown on its terminal."""
    until = time.monotonic() + 20
    while len(mails := read(server.output)) < number:
        assert time.monotonic() < until, f"there are {len(mails)} mails:\n{server.output}"
        time.sleep(0.05)
    return mails[number - 1]


def look(page: Page, name: str) -> None:
    axe(page)
    shots(page, name)


def test_an_address_is_verified_and_recovers_the_password(server: Server, new_context: NewContext) -> None:
    page = new_context(**WIDE).new_page()
    complaints = complaints_of(page)
    set_up(page, server)
    page.goto(f"{server.url}/account")
    page.get_by_role("link", name="Give an address").click()
    look(page, "email-none")
    page.get_by_label("E-mail address").fill("harper@school.example")
    page.get_by_role("button", name="Send a code").click()
    expect(page.get_by_role("heading", name="Verify harper@school.example")).to_be_visible()
    look(page, "email-waits")
    first = mail(server, 1)
    assert first.to == "harper@school.example"
    page.get_by_label("Code", exact=True).fill("333-333")
    page.get_by_role("button", name="Verify the address").click()
    expect(page.get_by_text("This code is not right").first).to_be_visible()
    look(page, "email-wrong-code")
    page.get_by_label("Code", exact=True).fill(first.code.lower())
    page.get_by_role("button", name="Verify the address").click()
    expect(page.get_by_text("This is your address from now on.")).to_be_visible()
    look(page, "email-verified")
    page.goto(f"{server.url}/admin/mail")
    expect(page.get_by_role("rowheader", name="harper@school.example")).to_be_visible()
    page.get_by_text("Code to verify an address").click()
    expect(page.get_by_text("(not shown)").first).to_be_visible()
    assert first.code not in page.content()
    look(page, "admin-mail")
    page.goto(f"{server.url}/admin/mail?state=failed")
    look(page, "admin-mail-empty")

    visitor = new_context(**WIDE).new_page()
    complaints += complaints_of(visitor)
    visitor.goto(f"{server.url}/login")
    look(visitor, "login-recover")
    visitor.get_by_role("link", name="Choose a new one by e-mail").click()
    look(visitor, "recover")
    visitor.get_by_label("E-mail address").fill("Harper@school.example")
    visitor.get_by_role("button", name="Send the code").click()
    expect(visitor.get_by_role("heading", name="Look at your mail")).to_be_visible()
    look(visitor, "recover-code")
    second = mail(server, 2)
    page.goto(f"{server.url}{second.link}")
    expect(page.get_by_role("heading", name="Another browser asked for this")).to_be_visible()
    look(page, "mail-link-elsewhere")
    visitor.goto(f"{server.url}{second.link}")
    look(visitor, "mail-link")
    visitor.get_by_role("button", name="Go on").click()
    look(visitor, "recover-password")
    visitor.get_by_label("New password", exact=True).fill(NEW)
    visitor.get_by_label("The same password again", exact=True).fill(NEW)
    visitor.get_by_role("button", name="Change the password").click()
    expect(visitor.get_by_text("Your password is changed.")).to_be_visible()
    assert "was changed" in mail(server, 3).subject
    visitor.get_by_label("User name").fill("ms.harper")
    visitor.get_by_label("Password", exact=True).fill(NEW)
    visitor.get_by_role("button", name="Sign in", exact=True).click()
    expect(visitor.get_by_text("Your password was changed with a code from an e-mail.")).to_be_visible()
    page.goto(f"{server.url}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    visitor.goto(f"{server.url}{second.link}")
    expect(visitor.get_by_role("heading", name="This link no longer works")).to_be_visible()
    look(visitor, "mail-link-gone")
    assert [text for text in complaints if not any(code in text for code in ("401", "403", "404"))] == []


def test_who_registers_verifies_the_address_first(server: Server, new_context: NewContext) -> None:
    page = new_context(**WIDE).new_page()
    complaints = complaints_of(page)
    page.goto(f"{server.url}/register")
    page.get_by_label("User name").fill("new.pupil")
    page.get_by_label("E-mail address").fill("pupil@elsewhere.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_text("Only addresses of school.example").first).to_be_visible()
    look(page, "register-email")
    page.get_by_label("E-mail address").fill("pupil@school.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    look(page, "verify")
    page.goto(f"{server.url}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{server.url}/register/verify")
    page.get_by_label("Code", exact=True).fill(mail(server, 1).code)
    page.get_by_role("button", name="Verify the address").click()
    expect(page).to_have_url(f"{server.url}/")
    page.goto(f"{server.url}/account")
    expect(page.get_by_text("pupil@school.example")).to_be_visible()
    look(page, "account-email")
    assert [text for text in complaints if "422" not in text] == []
