"""What an app's own tests need: browsers with real sessions and CSRF tokens, a clock, a cheap hash profile.

    from doorward.testing import Browser, Clock, test_settings

    def test_a_stranger_stays_outside(tmp_path):
        door = Doorward(app, settings=test_settings(tmp_path))
        assert Browser(app).get("/secret").status_code == 303

Nothing here switches a defence off: a `Browser` signs in through the form, keeps cookies, and sends the token of
the page that it read. The cheap hash profile refuses to run in production.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from werkzeug.test import TestResponse

from doorward.core.access import HOST
from doorward.core.names import name_key
from doorward.settings import Settings
from doorward.store import accounts, tokens
from doorward.store.tokens import NewToken
from doorward.web.extension import Doorward
from doorward.web.new_passwords import new_account

PASSWORD = "a quiet harbour in late november"  # nosec B105  # (for accounts of tests only)

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

T = TypeVar("T")
_NINETY_DAYS = timedelta(days=90)


class Clock:
    """A clock that stands still until a test moves it.

    Arguments:
        now: where it starts; an aware time.
    """

    def __init__(self, now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Move on, for example `clock.forward(minutes=5)`; negative numbers move back."""
        self.now += timedelta(**by)


def test_settings(data: Path, **overrides: Any) -> Settings:
    """Settings for tests: development, cheap hashes, everything in `data`. Refused with `env="production"`.

    Arguments:
        data: a folder of this test alone.
        overrides: settings by name.
    """
    return Settings.load(data, {}, {"env": "development", "hash_profile": "cheap", **overrides})


test_settings.__test__ = False  # type: ignore[attr-defined]  # pytest shall not collect it


def door_of(app: Flask) -> Doorward:
    """The door of an app."""
    door: Doorward = app.extensions["doorward"]
    door.start()
    return door


def add_account(app: Flask, name: str, *roles: str, password: str = PASSWORD) -> str:
    """Make an account with these roles, as the host would. Its id."""
    parts = door_of(app).parts
    new = new_account(parts, name, password, password, frozenset(roles))
    with parts.store.transaction(HOST) as tx:
        return accounts.add(tx, new).id


def add_token(
    app: Flask,
    owner: str,
    *scopes: str,
    name: str = "a program",
    life: timedelta | None = _NINETY_DAYS,
    for_person: bool = False,
) -> str:
    """Make an access token that the account `owner` answers for, as the host would. Its secret.

    Arguments:
        scopes: what it opens.
        life: how long it works; None for ever.
        for_person: whether somebody without an account may sign in with it.
    """
    store = door_of(app).store
    with store.transaction(HOST) as tx:
        account = accounts.by_name_key(tx.db, name_key(owner))
        assert account is not None, f"there is no account {owner}"  # nosec B101
        return tokens.add(tx, NewToken(account.id, name, frozenset(scopes), life, for_person))[1]


def run_jobs(app: Flask) -> int:
    """Do what waits in the background, here and now; a failed attempt waits until the clock has moved on.

    Results:
        How many attempts were made.
    """
    return door_of(app).jobs.run_due()


class Program:
    """A program in front of the app: sends its token with every request, keeps no cookies, wants JSON.

    Arguments:
        app: the app behind its door.
        token: as `add_token` made it; or whatever an attacker sends.
        browser: as for `Browser`: address, secure, host.
    """

    def __init__(self, app: Flask, token: str, **browser: Any) -> None:
        self._browser = Browser(app, **browser)
        self.token = token

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Read something."""
        return self.send("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        """Change something, with a JSON body."""
        return self.send("POST", path, json=json if json is not None else {}, **kwargs)

    def send(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """Send exactly this with the token."""
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        return self._browser.send(method, path, headers=headers, **kwargs)


class Browser:
    """A browser in front of the app: keeps cookies, remembers the token of the last page, sends it with forms.

    Arguments:
        app: the app behind its door.
        address: the client's address.
        secure: True to come over HTTPS.
        host: the host that it asks for.
    """

    def __init__(
        self, app: Flask, *, address: str = "127.0.0.1", secure: bool = False, host: str = "localhost"
    ) -> None:
        door_of(app)
        self.client = app.test_client()
        self.address = address
        self.scheme = "https" if secure else "http"
        self.host = host
        self.token = ""  # nosec B105  # (none yet)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Open a page."""
        return self.send("GET", path, **kwargs)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form with the token of the last page; one is fetched from the sign-in page if there is none."""
        if not self.token:
            self.get("/login")
        return self.send("POST", path, data={"csrf_token": self.token, **(data or {})}, **kwargs)

    def post_json(self, path: str, json: Any, **kwargs: Any) -> TestResponse:
        """Call an API as a page's script does: the token in the header, JSON both ways."""
        if not self.token:
            self.get("/login")
        headers = {"X-CSRF-Token": self.token, "Accept": "application/json", **kwargs.pop("headers", {})}
        return self.send("POST", path, json=json, headers=headers, **kwargs)

    def send(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """Send exactly this, with this browser's cookies and nothing else of its own."""
        environ = {"REMOTE_ADDR": self.address, **kwargs.pop("environ_overrides", {})}
        response = self.client.open(
            path, method=method, base_url=f"{self.scheme}://{self.host}", environ_overrides=environ, **kwargs
        )
        if response.mimetype == "text/html":
            self._read_token(response.get_data(as_text=True))
        return response

    def _read_token(self, page: str) -> None:
        found = _TOKEN.search(page) or _FIELD.search(page)
        if found:
            self.token = found[1]

    def sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Sign in through the form, as a person does. Raises AssertionError if that does not work."""
        response = self.try_to_sign_in(name, password, **fields)
        assert response.status_code == 303, f"{name} could not sign in: {response.status_code}"  # nosec B101
        self.get("/account")
        return response

    def try_to_sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Send the sign-in form; whatever the answer is."""
        self.get("/login")
        return self.post("/login", {"username": name, "password": password, **fields})

    def sign_out(self) -> TestResponse:
        """Sign out through the form."""
        response = self.post("/logout")
        self.token = ""  # nosec B105  # (none yet)
        return response


def signed_in(app: Flask, name: str, *roles: str, **browser: Any) -> Browser:
    """A browser in which the account `name`, made with these roles if it is new, is signed in."""
    door = door_of(app)
    with door.store.reading() as db:
        exists = accounts.by_name_key(db, name_key(name)) is not None
    if not exists:
        add_account(app, name, *roles)
    visitor = Browser(app, **browser)
    visitor.sign_in(name)
    return visitor
