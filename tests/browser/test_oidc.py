"""Signing in by a provider in a real browser, with a real provider and a real server, all on loopback."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_first_poll import complaints_of, set_up
from tests.support.browser import axe, shots
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.support.server import Server

pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]
WIDE = {"viewport": {"width": 1440, "height": 900}}
ROOM = 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Server]:
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_OIDC_SCHOOL_NAME": "Hill School",
        "DOORWARD_OIDC_SCHOOL_ISSUER": provider.issuer,
        "DOORWARD_OIDC_SCHOOL_CLIENT_ID": CLIENT_ID,
        "DOORWARD_OIDC_SCHOOL_CLIENT_SECRET": CLIENT_SECRET,
        "DOORWARD_OIDC_SCHOOL_REGISTRATION": "open",
    }
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    assert running.stop() == 0


def at_the_provider(page: Page, provider: Provider, person: str, button: str = "Sign in") -> None:
    """The page of the provider, which we left for without a click."""
    page.wait_for_url(re.compile(f"^{re.escape(provider.issuer)}/authorize"))
    page.get_by_label("Who are you?").fill(person)
    page.get_by_role("button", name=button).click()


def enter(page: Page, server: Server, provider: Provider, person: str) -> None:
    page.goto(f"{server.url}/login")
    page.get_by_role("button", name="Sign in with Hill School").click()
    at_the_provider(page, provider, person)


def sign_out(page: Page, name: str) -> None:
    page.locator("summary", has_text=name).click()
    page.get_by_role("button", name="Sign out").first.click()
    expect(page).to_have_url(re.compile("/logout"))


def test_somebody_new_comes_by_the_provider_and_comes_again(
    server: Server, provider: Provider, new_context: NewContext
) -> None:
    provider.behave()
    boss = new_context(**WIDE).new_page()
    set_up(boss, server)
    page = new_context(**WIDE).new_page()
    complaints = complaints_of(page)
    page.goto(f"{server.url}/login?next=/account")
    axe(page)
    shots(page, "login-with-provider")
    page.get_by_role("button", name="Sign in with Hill School").click()
    at_the_provider(page, provider, "maria")
    expect(page).to_have_url(f"{server.url}/register/identity")
    expect(page.get_by_label("User name")).to_have_value("maria")
    axe(page)
    shots(page, "provider-newcomer")
    page.get_by_label("User name").fill("ms.harper")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("alert")).to_contain_text("taken")
    page.get_by_label("User name").fill("maria")
    page.get_by_role("button", name="Make the account").click()
    expect(page).to_have_url(f"{server.url}/account")
    expect(page.get_by_role("heading", name="maria")).to_be_visible()
    expect(page.get_by_text("your only way in")).to_be_visible()
    axe(page)
    shots(page, "account-of-provider")
    page.goto(f"{server.url}/account/password")
    axe(page)
    shots(page, "password-first")
    sign_out(page, "maria")
    enter(page, server, provider, "maria")
    expect(page).to_have_url(f"{server.url}/")
    expect(page.locator("summary", has_text="maria")).to_be_visible()
    page.goto(f"{server.url}/account/confirm?next=/account/factors")
    axe(page)
    shots(page, "confirm-with-provider")
    page.get_by_role("button", name="Confirm with Hill School").click()
    at_the_provider(page, provider, "maria")
    expect(page).to_have_url(f"{server.url}/account/factors")
    assert _grave(complaints) == []


def test_an_account_is_linked_and_what_goes_wrong_says_what_to_do(
    server: Server, provider: Provider, new_context: NewContext
) -> None:
    provider.behave()
    page = new_context(**WIDE).new_page()
    complaints = complaints_of(page)
    enter(page, server, provider, "linda")
    page.get_by_role("button", name="Make the account").click()
    expect(page).to_have_url(f"{server.url}/")
    page.goto(f"{server.url}/account")
    sign_out(page, "linda")
    page.goto(f"{server.url}/login")
    page.get_by_role("button", name="Sign in with Hill School").click()
    at_the_provider(page, provider, "linda", button="Cancel")
    expect(page.get_by_role("heading", name="Not signed in")).to_be_visible()
    axe(page)
    shots(page, "provider-cancelled")
    page.get_by_role("link", name="Back to signing in").click()
    expect(page).to_have_url(f"{server.url}/login")
    provider.behave(claims={"nonce": "another"})
    enter(page, server, provider, "linda")
    expect(page.get_by_role("alert")).to_contain_text("nobody was signed in")
    provider.behave()
    without_scripts = new_context(**WIDE, java_script_enabled=False).new_page()
    enter(without_scripts, server, provider, "linda")
    expect(without_scripts).to_have_url(f"{server.url}/")
    assert _grave(complaints) == []


def test_the_page_between_says_where_one_goes(server: Server, provider: Provider, new_context: NewContext) -> None:
    provider.behave()
    page = new_context(**WIDE).new_page()
    page.goto(f"{server.url}/login")
    # Held fast, to be looked at: by itself it is gone at once.
    page.route(re.compile(f"^{re.escape(provider.issuer)}/authorize"), lambda route: route.abort())
    page.route(re.compile("/login/oidc/school$"), lambda route: _without_refresh(route))
    page.get_by_role("button", name="Sign in with Hill School").click()
    expect(page.get_by_role("heading", name="On to Hill School")).to_be_visible()
    axe(page)
    shots(page, "moving-on")
    assert page.get_by_role("link", name="Go on").get_attribute("href", timeout=ROOM).startswith(provider.issuer)


def _grave(complaints: list[str]) -> list[str]:
    """Without refusals that were meant, and the icon that the provider does not have."""
    return [text for text in complaints if not text.startswith("Failed to load resource")]


def _without_refresh(route: object) -> None:
    answer = route.fetch()  # type: ignore[attr-defined]
    body = answer.text().replace('http-equiv="refresh"', 'name="was-refresh"')
    route.fulfill(response=answer, body=body)  # type: ignore[attr-defined]
