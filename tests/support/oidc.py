"""People who sign in by a provider, in tests: the way there and back, as a browser goes it."""

from __future__ import annotations

import html
import itertools
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from doorward import access, current_account
from doorward.testing import Browser, Clock
from tests.support.doors import app_behind
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider

_NUMBERS = itertools.count()
_ADDRESS = re.compile(r"""http-equiv="refresh" content="0; url='([^']+)'""")


def table(provider: Provider, **fields: Any) -> dict[str, Any]:
    """A provider's table, as an operator writes it."""
    return {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **fields}


def routes(app: Flask) -> None:
    """Pages that say who one is, and what one may."""

    def roles() -> str:
        return f"{current_account.name}: {' '.join(sorted(current_account.roles))}"

    app.add_url_rule("/me", "me", access.member(roles))
    app.add_url_rule("/teach", "teach", access.role("teacher")(lambda: "chalk"))
    app.add_url_rule("/danger", "danger", access.member(access.fresh(lambda: "boom")))


def oidc_app(data: Path, provider: Provider, clock: Clock | None = None, **fields: Any) -> Flask:
    """An app whose door has this provider under the key `school`."""
    settings = fields.pop("settings", {})
    return app_behind(
        data, routes, clock or real_clock(), oidc={"school": table(provider, **fields), **settings.pop("more", {})},
        roles={"teacher": "May teach."}, **settings,
    )  # fmt: skip


def real_clock() -> Clock:
    """A clock that stands at the real time: the provider, in its own process, knows no other."""
    return Clock(datetime.now(UTC))


def leave(browser: Browser, form: str = "/login/oidc/school", **fields: str) -> str:
    """Send the form of the button, and give the address at the provider that the page then goes on to."""
    page = browser.post(form, fields)
    assert page.status_code == 200, (page.status_code, page.headers.get("Location"), page.get_data(as_text=True)[-900:])
    return moves_on_to(page)


def moves_on_to(page: TestResponse) -> str:
    """Where the page goes on to by itself."""
    found = _ADDRESS.search(page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)
    return html.unescape(found[1])


def come_back(browser: Browser, back: str) -> TestResponse:
    """Open the address that the provider sent the browser back to."""
    parts = urlsplit(back)
    arrived = browser.get(f"{parts.path}?{parts.query}")
    if arrived.status_code == 303:
        browser.get("/account")  # for the token of the new session
    return arrived


def visitor(app: Flask, **browser: Any) -> Browser:
    """A browser at an address of its own, so that no limit reaches from one test into the next."""
    number = next(_NUMBERS)
    return Browser(app, address=f"198.18.{number // 250}.{number % 250 + 1}", **browser)


def by_provider(
    browser: Browser, provider: Provider, person: str, form: str = "/login/oidc/school", **fields: str
) -> TestResponse:
    """There and back: the answer of this site to the browser that came back."""
    return come_back(browser, provider.sign_in(leave(browser, form, **fields), person))


def newcomer(app: Flask, provider: Provider, person: str, **browser: Any) -> Browser:
    """A browser in which somebody new has made an account by the provider, where that is open."""
    came = visitor(app, **browser)
    arrived = by_provider(came, provider, person)
    assert arrived.headers.get("Location") == "/register/identity", arrived.get_data(as_text=True)
    came.get("/register/identity")
    made = came.post("/register/identity", {"username": person})
    assert made.status_code == 303, made.get_data(as_text=True)
    came.get("/account")
    return came


def who(browser: Browser) -> str:
    """Name and roles of who is signed in; empty for a visitor."""
    page = browser.get("/me")
    return page.get_data(as_text=True) if page.status_code == 200 else ""
