"""`Doorward(app)`: one line puts every route of a Flask app behind the door."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask

from doorward.clock import Clock, system_clock
from doorward.core.hashing_pool import HashingPool
from doorward.core.secrets import KeyRing
from doorward.core.transport import allowed_hosts, host_name
from doorward.errors import StartRefused
from doorward.settings import DATA_VARIABLE, Settings
from doorward.store.limits import Limiter
from doorward.store.migrate import Migrations
from doorward.store.store import Store
from doorward.web import access, answers, early, gate, jinja, json_bodies, single_password
from doorward.web.census import Census
from doorward.web.door_limits import DoorLimits
from doorward.web.flask_session import DoorSessionInterface
from doorward.web.middleware import Middleware
from doorward.web.pages import kit_pages
from doorward.web.parts import Parts, open_parts
from doorward.web.scopes import Scope, scopes_of

_LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

NavEntry = tuple[str, str]


class Doorward:
    """The door of a Flask app.

    Nothing is opened until the app starts: with `start`, or at its first request. From then on no route can be
    added, and an endpoint without a rule has stopped the start.

    Arguments:
        app: the app; or None, and `init_app` later.
        rules: rules for endpoints that you cannot decorate, such as `{"static": access.public}`.
        migrations: of the apps whose records live in the same database.
        nav: what the navigation shows, as (label, address).
        scopes: what the scopes of your routes mean, a sentence each, for people who give them to a token.
        settings: ready-made settings, for tests and servers; by default they are loaded at the start from
            the environment and the data folder (`DOORWARD_DATA`, by default `data`).
        clock: the source of time, for tests.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        rules: Mapping[str, Callable[[Any], Any]] | None = None,
        migrations: Sequence[Migrations] = (),
        nav: Sequence[NavEntry] = (),
        scopes: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.migrations = tuple(migrations)
        self.nav = tuple(nav)
        self.scopes: tuple[Scope, ...] = ()
        self._meanings = dict(scopes or {})
        self.clock = clock
        self._rules = {endpoint: access.as_rule(rule) for endpoint, rule in (rules or {}).items()}
        self._settings = settings
        self._parts: Parts | None = None
        self._census: Census | None = None
        self._more_hosts: tuple[str, ...] = ()
        #: Where people reach the server by TLS from its local authority, as the server says at its start.
        self.addresses: tuple[str, ...] = ()
        #: How other devices reach the server, for links and QR codes that were made on this machine itself.
        self.network_address: str | None = None
        self._starting = threading.Lock()
        self._started = False
        self._slow: frozenset[tuple[str, str]] = frozenset()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Put `app` behind this door. Routes may be there already, or follow until the start."""
        if "doorward" in app.extensions:
            raise StartRefused("This app is already behind a door: call Doorward(app) once.")
        self.app = app
        app.extensions["doorward"] = self
        app.register_blueprint(kit_pages())
        gate.install(app)
        answers.install(app)
        jinja.install(app, self)
        app.session_interface = DoorSessionInterface()
        app.wsgi_app = Middleware(app.wsgi_app, self)  # type: ignore[method-assign]
        self._start_before(app, "run")
        self._start_before(app, "test_client")

    def start(self, settings: Settings | None = None, hosts: Iterable[str] = ()) -> None:
        """Count the routes, open what the settings name, and close the app for further routes. Once.

        Arguments:
            settings: instead of those given at first or loaded from the environment.
            hosts: names and addresses of this machine, to answer for besides loopback and `DOORWARD_HOSTS`.

        Errors:
            StartRefused: a route without a rule, a hook that would answer before the door, or an unsafe setting.
        """
        if self._started:
            return
        with self._starting:
            if not self._started:
                self._start(settings or self._settings or _load_settings(), tuple(hosts))

    def _start(self, settings: Settings, hosts: tuple[str, ...]) -> None:
        if settings.production and self.app.debug:
            raise StartRefused("Debug mode is on. Switch it off, or set DOORWARD_ENV=development on your own machine.")
        early.refuse(self.app)
        json_bodies.install(self.app)
        self._census = Census(self.app, self._rules)
        self.scopes = scopes_of(self._census, self._meanings)
        self._parts = open_parts(settings, self.migrations, self.clock)
        single_password.settle(self._parts)
        self._more_hosts = hosts
        self.hosts = self._allowed_hosts(settings)
        keys = self._parts.keys.mac_all("flask-session", b"")
        self.app.secret_key = keys[0]
        self.app.config["SECRET_KEY_FALLBACKS"] = keys[1:]
        self._slow = frozenset((route.method, route.path) for route in self._census.routes() if route.demand.slow)
        early.close(self.app)
        self._started = True

    def _allowed_hosts(self, settings: Settings) -> frozenset[str]:
        public = [host_name(settings.public_url.split("//", 1)[-1])] if settings.public_url else []
        return allowed_hosts([*_LOOPBACK_HOSTS, *self._more_hosts, *settings.hosts, *public])

    def _start_before(self, app: Flask, name: str) -> None:
        behind = getattr(app, name)

        def started(*args: Any, **kwargs: Any) -> Any:
            self.start()
            return behind(*args, **kwargs)

        setattr(app, name, started)

    @property
    def parts(self) -> Parts:
        """What was opened at the start."""
        if self._parts is None:
            raise RuntimeError("this door has not been started: call start() first")
        return self._parts

    @property
    def settings(self) -> Settings:
        return self.parts.settings

    @property
    def census(self) -> Census:
        """Every endpoint and what it demands."""
        if self._census is None:
            raise RuntimeError("this door has not been started: call start() first")
        return self._census

    @property
    def store(self) -> Store:
        return self.parts.store

    @property
    def keys(self) -> KeyRing:
        return self.parts.keys

    @property
    def hashing(self) -> HashingPool:
        return self.parts.hashing

    @property
    def limiter(self) -> Limiter:
        return self.parts.limiter

    @property
    def limits(self) -> DoorLimits:
        return self.parts.limits

    def lane(self, method: str, path: str) -> str:
        """Which threads shall answer this: "slow" for views that wait for hashing and the like (`access.slow`)."""
        return "slow" if (method, path) in self._slow else "ordinary"

    def close(self) -> None:
        """Let go of the database and the threads. The door cannot be used afterwards."""
        if self._parts is not None:
            self._parts.close()


def _load_settings() -> Settings:
    return Settings.load(Path(os.environ.get(DATA_VARIABLE, "data")), os.environ)
