"""A server, a presenter who is signed in, phones: what the tests of polls in real browsers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.server import Server

PASSWORD = "a quiet harbour in late november"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def key(server: Server, chromium) -> list[dict]:
    """The cookies of a presenter who is signed in."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(server.setup_url)
    page.get_by_label("User name").fill("olga")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).to_have_url(f"{server.url}/")
    cookies = context.cookies()
    context.close()
    return cookies


def screen_with(
    server: Server, key: list[dict], new_context: NewContext, questions: Iterable[Mapping[str, str]]
) -> Page:
    """The presenter's page of a new poll with these questions, none open yet."""
    context = new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies(key)
    page = context.new_page()
    page.goto(f"{server.url}/polls/")
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    poll = page.request.post(f"{server.url}/polls/", form={"csrf_token": token, "name": "Rivers"}).url
    for fields in questions:
        page.request.post(f"{poll}/questions", form={"csrf_token": token, **fields})
    page.goto(f"{poll}/present")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")
    return page


def joined(screen: Page, new_context: NewContext, **more) -> Page:
    """A phone that came by the QR code."""
    phone = new_context(**PHONE, **more).new_page()
    address = screen.locator(".qr img").get_attribute("alt")
    assert address
    phone.goto(address.removeprefix("QR code that leads to "))
    return phone


def say(screen: Page, *keys: str) -> None:
    for key in keys:
        screen.keyboard.press(key)


def is_saved(phone: Page) -> None:
    expect(phone.locator("#save-state")).to_have_attribute("data-state", "saved")


def count(screen: Page, key: str):
    return screen.locator(f".slide:not([hidden]) .bar[data-key='{key}'] [data-count]")
