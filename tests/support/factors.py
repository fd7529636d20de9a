"""Second factors in tests: set up and used through the pages, as a person does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.test import TestResponse

from doorward.core import totp
from doorward.testing import PASSWORD, Browser, Clock

_CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{6}(?:-[2-9A-HJ-NP-Z]{6}){3}\b")


@dataclass
class Phone:
    """An authenticator app with one secret, and the paper with the recovery codes."""

    secret: str
    clock: Clock
    codes: list[str] = field(default_factory=list)

    def code(self) -> str:
        """What the app shows after its next change: a code that was not used yet."""
        self.clock.forward(seconds=30)
        return totp.code_at(self.secret, self.clock.now)


def enrol(browser: Browser, clock: Clock) -> Phone:
    """Set up an authenticator app in this browser, which is freshly signed in."""
    browser.get("/account/factors")
    assert browser.post("/account/factors/totp").status_code == 303
    phone = Phone(shown_secret(browser), clock)
    done = browser.post("/account/factors/totp/confirm", {"code": phone.code()})
    assert done.status_code in (200, 303), done.status_code
    phone.codes = shown_codes(done)
    return phone


def shown_secret(browser: Browser) -> str:
    """The secret on the page, as a person would type it into the app."""
    page = browser.get("/account/factors/totp").get_data(as_text=True)
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', page)
    assert found, page
    return found[1].replace(" ", "")


def shown_codes(response: TestResponse) -> list[str]:
    """The recovery codes on a page."""
    return _CODE.findall(response.get_data(as_text=True))


def password_step(app: Flask, name: str, **options: str) -> Browser:
    """A new browser in which the password was right, and the code is asked for."""
    browser = Browser(app, **options)
    answer = browser.try_to_sign_in(name, PASSWORD)
    assert answer.headers["Location"] == "/login/factor"
    browser.get("/login/factor")
    return browser


def code_step(browser: Browser, code: str) -> TestResponse:
    """Send the code."""
    return browser.post("/login/factor", {"code": code})
