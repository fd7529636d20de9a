"""Two people in a call, in real browsers with a pretended camera and microphone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support import services
from tests.support.browser import ARGUMENTS, executable
from tests.support.server import Server

PASSWORD = "a quiet harbour in late november"

DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
#: How many pictures of somebody else a page has shown.
PICTURES = """account => {
  const video = document.querySelector(`.tile[data-account="${account}"] video`);
  return video ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
}"""


@contextmanager
def chromiums(count: int, *more: str) -> Iterator[list[Browser]]:
    """So many instances of Chromium, with pretended devices."""
    services.need("browser")
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, *DEVICES, *more]
        found = [playwright.chromium.launch(executable_path=executable(), args=arguments) for _ in range(count)]
        yield found
        for one in found:
            one.close()


def serve(folder: Path, **more: str) -> Server:
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_REGISTRATION_OPEN": "open",
        **more,
    }
    return Server(folder / "data", env=settings).wait_ready()


def person(browser: Browser, name: str, address: str) -> Page:
    page = browser.new_context(viewport={"width": 900, "height": 700}).new_page()
    page.set_default_timeout(40_000)
    page.goto(address)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    expect(page.get_by_text(name).first).to_be_attached()
    return page


def two_in_a_call(server: Server, how: str, browser: Browser, other: Browser | None = None) -> tuple[Page, Page]:
    """Mona and Ben in a call of a room of two."""
    mona = person(browser, "mona", server.setup_url)
    ben = person(other or browser, "ben", f"{server.url}/register")
    mona.goto(f"{server.url}/chat/")
    mona.get_by_label("Names", exact=True).fill("ben")
    mona.get_by_role("button", name="Write", exact=True).click()
    expect(mona.locator("#room-title")).to_have_text("ben")
    for page in (mona, ben):
        page.goto(f"{mona.url.partition('/call')[0]}/call")
        page.get_by_role("button", name=how).click()
        expect(page.locator("#call")).to_have_attribute("data-state", "in")
    return mona, ben


def close_all(*browsers: Browser) -> None:
    """Close the pages before their server stops."""
    for context in [one for browser in browsers for one in browser.contexts]:
        context.close()


def account_of(page: Page) -> str:
    return str(page.locator("#call").get_attribute("data-me"))


def sees(page: Page, other: Page) -> None:
    """Pictures of somebody arrive, and go on arriving."""
    account = account_of(other)
    before = page.evaluate(PICTURES, account)
    page.wait_for_function(f"([account, before]) => ({PICTURES})(account) > before + 5", arg=[account, before])
