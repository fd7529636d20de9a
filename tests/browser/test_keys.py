"""People and their keys in a browser: invited, recovered, signed in by a token, signed out from elsewhere."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from doorward.core import totp
from tests.browser.test_first_poll import PASSWORD, complaints_of
from tests.support.browser import axe, shots
from tests.support.server import Server

pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]
OTHER = "seven quiet lamps by the canal"
APP = "tests.browser.house:make"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
    running = Server(tmp_path_factory.mktemp("people") / "data", env=settings, args=["--app", APP]).wait_ready()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def admin(chromium: Browser, server: Server) -> Iterator[Page]:
    """The administrator's browser, signed in for all tests of the module."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(server.setup_url)
    new_account(page, "ms.harper", "Create the administrator")
    expect(page).to_have_url(f"{server.url}/")
    yield page
    context.close()


def new_account(page: Page, name: str, button: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name=button).click()


def invite(admin: Page, server: Server, note: str, role: str = "member") -> str:
    """The link of a new invitation."""
    admin.goto(f"{server.url}/admin/invitations")
    admin.get_by_label("For whom").fill(note)
    admin.get_by_label("Role").select_option(role)
    admin.get_by_role("button", name="Make the invitation").click()
    expect(admin.get_by_role("heading", name="The new invitation")).to_be_visible()
    found = re.search(r"http://[^\s\"<]+/join/[\w-]{43}", admin.content())
    assert found
    return found[0]


def arrive(page: Page, link: str, name: str) -> None:
    """Follow an invitation."""
    page.goto(link)
    new_account(page, name, "Make the account")
    expect(page.get_by_role("heading", name="Hall")).to_be_visible()


def sign_in(page: Page, server: Server, name: str, password: str = PASSWORD) -> None:
    page.goto(f"{server.url}/login")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def is_out(page: Page, server: Server) -> None:
    """The next click leads to the sign-in page."""
    page.goto(f"{server.url}/room")
    expect(page).to_have_url(re.compile(r"/login\?next="))


def hears_nothing_more(page: Page, topic: str = "house.members:1") -> None:
    """The stream is cut without a click, and cannot be opened again."""
    expect(page.locator("#state")).to_have_text("waiting")
    assert page.evaluate("async (topic) => (await fetch(`/live?topic=${topic}`)).status", topic) == 404


def host(server: Server, *command: str) -> str:
    """What a command on the host prints."""
    called = [sys.executable, "-m", "doorward.cli.main", "--data", str(server.data), *command]
    return subprocess.run(called, capture_output=True, text=True, check=True).stdout


def test_an_invitation_makes_one_account_and_its_link_is_dead_then(
    server: Server, admin: Page, new_context: NewContext
) -> None:
    link = invite(admin, server, "Staff room")
    guest = new_context(viewport={"width": 360, "height": 740}).new_page()
    complaints = complaints_of(guest)
    guest.goto(link)
    axe(guest)
    shots(guest, "join")
    arrive(guest, link, "new.teacher")
    guest.goto(f"{server.url}/account")
    expect(guest.get_by_role("heading", name="new.teacher")).to_be_visible()
    assert guest.goto(f"{server.url}/admin/people").status == 403  # type: ignore[union-attr]

    late = new_context().new_page()
    late.goto(link)
    expect(late.get_by_role("heading", name="This invitation no longer works")).to_be_visible()
    axe(late)
    shots(late, "join-gone")
    admin.reload()
    expect(admin.get_by_text("used up")).to_be_visible()
    assert [text for text in complaints if "403" not in text] == []


def test_a_link_of_the_host_sets_a_new_password_and_ends_what_was_open(
    server: Server, admin: Page, new_context: NewContext
) -> None:
    lost = new_context().new_page()
    arrive(lost, invite(admin, server, "Forgetful"), "forgetful")
    link = host(server, "account", "reset", "forgetful", "--url", server.url).split()[-1]

    page = new_context().new_page()
    page.goto(link)
    axe(page)
    shots(page, "reset")
    page.get_by_label("New password", exact=True).fill(OTHER)
    page.get_by_label("The same password again", exact=True).fill(OTHER)
    page.get_by_role("button", name="Change the password").click()
    expect(page).to_have_url(f"{server.url}/login")  # nobody is signed in by a link
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    is_out(lost, server)
    sign_in(page, server, "forgetful")
    expect(page.get_by_text("The user name or the password is not right.")).to_be_visible()
    sign_in(page, server, "forgetful", OTHER)
    expect(page.get_by_text("A link to choose a new password was made for you.")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()


def test_a_session_that_is_ended_elsewhere_is_out_at_once_and_hears_nothing_more(
    server: Server, admin: Page, new_context: NewContext
) -> None:
    here, desk, phone = new_context(), new_context(user_agent=WINDOWS), new_context(user_agent=ANDROID)
    page, windows, android = here.new_page(), desk.new_page(), phone.new_page()
    arrive(page, invite(admin, server, "Many devices"), "traveller")
    for other in (windows, android):
        sign_in(other, server, "traveller")
        other.goto(f"{server.url}/room")
        expect(other.locator("#state")).to_have_text("live")
    page.goto(f"{server.url}/account")
    expect(page.get_by_role("row", name=re.compile("this one"))).to_have_count(1)
    axe(page)
    shots(page, "account-devices")
    page.get_by_role("row", name=re.compile("Firefox")).get_by_role("button", name="End").click()
    expect(page.get_by_role("row", name=re.compile("Firefox"))).to_have_count(0)
    hears_nothing_more(windows)
    is_out(windows, server)
    expect(android.locator("#state")).to_have_text("live")
    sign_in(windows, server, "traveller")
    windows.goto(f"{server.url}/room")
    expect(windows.locator("#state")).to_have_text("live")

    page.reload()
    page.get_by_role("button", name="End all others").click()
    expect(page.get_by_role("button", name="End all others")).to_have_count(0)
    for other in (windows, android):
        hears_nothing_more(other)
        is_out(other, server)
    page.goto(f"{server.url}/room")
    expect(page.get_by_role("heading", name="Room")).to_be_visible()


def test_a_person_without_an_account_is_in_with_a_token_until_it_is_revoked(
    server: Server, admin: Page, new_context: NewContext
) -> None:
    admin.goto(f"{server.url}/account/tokens/new")
    admin.get_by_label("Name").fill("Contributor 7")
    admin.get_by_label(re.compile("house:read")).check()
    admin.get_by_label(re.compile("For a person without an account")).check()
    admin.get_by_role("button", name="Make the token").click()
    secret = re.search(r"dw_[0-9A-Za-z]{49}", admin.content())
    assert secret

    guest = new_context().new_page()
    guest.goto(f"{server.url}/login/token")
    guest.get_by_label("Access token").fill(secret[0][:-1] + ("a" if secret[0][-1] != "a" else "b"))
    guest.get_by_role("button", name="Sign in").click()
    expect(guest.get_by_role("alert")).to_be_visible()
    guest.get_by_label("Access token").fill(secret[0])
    guest.get_by_role("button", name="Sign in").click()
    expect(guest.get_by_role("heading", name="You are in")).to_be_visible()
    axe(guest)
    guest.goto(f"{server.url}/reading")
    expect(guest.locator("#state")).to_have_text("live")
    elsewhere = guest.context.new_page()
    elsewhere.goto(f"{server.url}/room")
    expect(elsewhere.get_by_role("heading", name="Room")).to_have_count(0)
    elsewhere.close()

    admin.goto(f"{server.url}/account/tokens")
    admin.get_by_role("link", name="Contributor 7").click()
    admin.get_by_role("button", name=re.compile("Revoke")).click()
    hears_nothing_more(guest, "house.readers:1")
    guest.goto(f"{server.url}/reading")
    expect(guest.get_by_role("heading", name="Reading room")).to_have_count(0)


def test_a_dangerous_action_asks_once_more_who_is_there(server: Server, admin: Page) -> None:
    with closing(sqlite3.connect(server.data / "doorward.sqlite3", timeout=10)) as records, records:
        records.execute("UPDATE sessions SET confirmed_at = confirmed_at - 3600 * 1000000")  # an hour ago
    admin.goto(f"{server.url}/admin/invitations")
    admin.get_by_label("For whom").fill("Not before it is confirmed")
    admin.get_by_role("button", name="Make the invitation").click()
    expect(admin.get_by_role("heading", name="Confirm it’s you")).to_be_visible()
    axe(admin)
    shots(admin, "confirm")
    admin.get_by_label("Password", exact=True).fill("not the password at all")
    admin.get_by_role("button", name="Confirm").click()
    expect(admin.get_by_role("alert")).to_be_visible()
    admin.get_by_label("Password", exact=True).fill(PASSWORD)
    admin.get_by_role("button", name="Confirm").click()
    expect(admin.get_by_role("definition").first).to_have_text("Not before it is confirmed")  # what was filled in
    axe(admin)
    admin.get_by_role("button", name="Do it now").click()
    expect(admin.get_by_role("heading", name="The new invitation")).to_be_visible()
    expect(admin.get_by_role("rowheader", name="Not before it is confirmed")).to_be_visible()


def set_up_an_app(page: Page, at: timedelta = timedelta(0)) -> str:
    """Set up an authenticator app; its secret."""
    page.get_by_role("button", name="Set up an authenticator app").click()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_label("Six digits").fill(totp.code_at(secret, datetime.now(UTC) + at))
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("link", name="I have kept them").click()
    return secret


def test_a_role_that_needs_a_second_factor_gets_no_further_without_one(
    server: Server, admin: Page, new_context: NewContext
) -> None:
    second = new_context().new_page()
    arrive(second, invite(admin, server, "Deputy", "admin"), "mr.deputy")
    admin.goto(f"{server.url}/account/factors")
    set_up_an_app(admin)
    admin.goto(f"{server.url}/admin/security")
    admin.get_by_label("Administrators").check()
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_label("Administrators")).to_be_checked()

    for path in ("/room", "/admin/people"):
        second.goto(f"{server.url}{path}")
        expect(second).to_have_url(re.compile("/account/factors"))
    axe(second)
    shots(second, "factors-due")
    secret = set_up_an_app(second)
    second.goto(f"{server.url}/admin/people")
    expect(second.get_by_role("heading", name="People")).to_be_visible()

    again = new_context().new_page()
    sign_in(again, server, "mr.deputy")
    expect(again.get_by_role("heading", name="One more step")).to_be_visible()
    is_out(again, server)
    again.goto(f"{server.url}/login/factor")
    again.get_by_label("Code").fill(totp.code_at(secret, datetime.now(UTC) + timedelta(seconds=30)))
    again.get_by_role("button", name="Sign in").click()
    again.goto(f"{server.url}/room")
    expect(again.get_by_role("heading", name="Room")).to_be_visible()
