"""Three people in real browsers, each signed in, in a new room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.server import Server

PASSWORD = "a quiet harbour in late november"
NewContext = Callable[..., BrowserContext]


@contextmanager
def serving(folder: Path, **more: str) -> Iterator[Server]:
    """A server at which everybody may register, with these settings besides."""
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_REGISTRATION_OPEN": "open",
        **more,
    }
    running = Server(folder / "data", env=settings).wait_ready()
    yield running
    running.stop()


def keys_of_three(server: Server, chromium: Any) -> dict[str, list[Any]]:
    """The cookies of three people who are signed in; the first is an administrator."""
    found = {}
    for name in ("mona", "ben", "cleo"):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(server.setup_url if name == "mona" else f"{server.url}/register")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The same password again", exact=True).fill(PASSWORD)
        page.locator("main button[type=submit]").first.click()
        expect(page.get_by_text(name).first).to_be_attached()
        found[name] = context.cookies()
        context.close()
    return found


class People:
    """Mona, Ben and Cleo, each at a browser of their own, in a new room of Mona's."""

    def __init__(self, server: Server, keys: dict[str, list[Any]], new_context: NewContext) -> None:
        self.contexts = {}
        self.pages = {}
        self.faults: list[str] = []
        for name, cookies in keys.items():
            self.contexts[name] = context = new_context(viewport={"width": 1280, "height": 800})
            context.add_cookies(cookies)
            self.pages[name] = page = context.new_page()
            page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.mona, self.ben, self.cleo = self.pages.values()
        self.mona.goto(f"{server.url}/chat/")
        self.mona.get_by_label("Name", exact=True).fill("The harbour")
        self.mona.get_by_role("button", name="Make the room").click()
        expect(self.mona.locator("#room-title")).to_have_text("The harbour")
        self.address = self.mona.url
        self.mona.goto(f"{self.address}/settings")
        for name in ("ben", "cleo"):
            self.mona.get_by_label("Bring somebody in").fill(name)
            self.mona.get_by_role("button", name="Bring in").click()
            expect(self.mona.locator(".people")).to_contain_text(name)
        for page in self.pages.values():
            page.goto(self.address)
            expect(page.locator("#chat")).to_have_attribute("data-live", "live")


def say(page: Page, text: str, box: str = "#text") -> None:
    page.locator(box).fill(text)
    page.locator(box).press("Enter")


def message(page: Page, text: str, among: str = "#messages") -> Locator:
    return page.locator(f"{among} .msg", has_text=text)
