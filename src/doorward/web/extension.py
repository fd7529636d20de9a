"""`Doorward(app)`: one line puts every route of a Flask app behind the door."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from flask import Flask

from doorward.clock import Clock, system_clock
from doorward.core.checks import Checker, Prover
from doorward.core.examples import ExampleMaker
from doorward.core.hashing_pool import HashingPool
from doorward.core.outbound import Outbound
from doorward.core.roles import Role
from doorward.core.secrets import KeyRing
from doorward.core.transport import allowed_hosts, host_name
from doorward.core.uploads import Intake
from doorward.errors import StartRefused
from doorward.settings import DATA_VARIABLE, Settings
from doorward.store.job_runner import Job, JobKind, JobRunner
from doorward.store.leaving import Leaving
from doorward.store.limits import Limiter
from doorward.store.migrate import Migrations
from doorward.store.store import Store
from doorward.web import access, answers, early, gate, jinja, json_bodies, single_password, static_folders
from doorward.web.census import Census
from doorward.web.door_limits import DoorLimits
from doorward.web.flask_session import DoorSessionInterface
from doorward.web.forms_arriving import FormsArriving
from doorward.web.intake_list import forget_unused_files, intakes_by_name, refuse_unlisted_intakes
from doorward.web.kit_jobs import open_jobs
from doorward.web.lanes import Lanes
from doorward.web.middleware import Middleware
from doorward.web.pages import kit_pages
from doorward.web.pages.api import SCOPES
from doorward.web.parts import Parts, open_parts
from doorward.web.roles import roles_of
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
        jobs: what is done in the background, by kind, such as `{"polls.export": export}`; a function that is handed
            a `Job`, or a `JobKind` that says more. An action asks for one with `tx.job("polls.export", …)`.
        scopes: what the scopes of your routes and topics mean, a sentence each, for people who give them to a token.
        roles: the roles of your app besides `admin` and `member`, with a sentence each on what who has it may do.
            Only these can be given to an account, and a route may ask only for these.
        leaving: what the apps have to do with people who export what is stored about them, or delete their account.
        intakes: the ways by which files come in, each with who may send by it.
        outbounds: the ways by which requests of the server go out, each with whom it may ask. `fetch` takes no other.
        calls: whether people of your app call each other, as `call_servers` is for. The server then answers STUN.
        examples: how ways are rightfully used that no page leads to, for `doorward prove`: by method and path as in
            `doorward routes`, a function that is handed the `People` of the run and gives an `Example`.
        commands: what the host may do with your app, by name: `doorward <name> …` is then this click command, or
            group of commands, run with the store in use, so that `transaction()` and `reading()` work on it.
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
        jobs: Mapping[str, JobKind | Callable[[Job], None]] | None = None,
        roles: Mapping[str, str] | None = None,
        leaving: Sequence[Leaving] = (),
        intakes: Sequence[Intake] = (),
        outbounds: Sequence[Outbound] = (),
        calls: bool = False,
        examples: Mapping[str, ExampleMaker] | None = None,
        commands: Mapping[str, click.Command] | None = None,
        settings: Settings | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.migrations = tuple(migrations)
        self.nav = tuple(nav)
        self.scopes: tuple[Scope, ...] = ()
        self.leaving = tuple(leaving)
        self.intakes = intakes_by_name(intakes)
        self.forms_arriving = FormsArriving()
        self.outbounds = tuple(outbounds)
        self.calls = calls
        self._given_jobs = dict(jobs or {})
        self.examples = dict(examples or {})
        #: Of the app, for `doorward <name>`.
        self.commands = dict(commands or {})
        self._meanings = {**SCOPES, **(scopes or {})}
        self.roles: tuple[Role, ...] = ()
        self._listed_roles = dict(roles or {})
        self.clock = clock
        self._rules = {endpoint: access.as_rule(rule) for endpoint, rule in (rules or {}).items()}
        self._settings = settings
        self._parts: Parts | None = None
        self._jobs: JobRunner | None = None
        self._census: Census | None = None
        self._more_hosts: tuple[str, ...] = ()
        #: Where people reach the server by TLS from its local authority, as the server says at its start.
        self.addresses: tuple[str, ...] = ()
        #: How other devices reach the server, for links and QR codes that were made on this machine itself.
        self.network_address: str | None = None
        #: Whether there was ever an administrator; the last one cannot go.
        self.was_set_up = False
        #: Who can run the static checks; the server that composes the app says so.
        self.checker: Checker | None = None
        #: Who can let the app be attacked; likewise.
        self.prover: Prover | None = None
        self._starting = threading.Lock()
        self._started = False
        self._lanes: Lanes | None = None
        #: The API's description with its tag, for each transport.
        self.kept_descriptions: dict[bool, tuple[str, str]] = {}
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Put `app` behind this door. Routes may be there already, or follow until the start."""
        if "doorward" in app.extensions:
            raise StartRefused("This app is already behind a door: call Doorward(app) once.")
        self.app = app
        app.extensions["doorward"] = self
        app.register_blueprint(kit_pages(takes_files=bool(self.intakes)))
        app.teardown_request(forget_unused_files)
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
            StartRefused: a route without a rule, a hook that would answer before the door, a static folder that leads
                to the data folder, or an unsafe setting.
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
        static_folders.refuse_those_with_data(self.app, settings.data)
        json_bodies.install(self.app)
        self._census = Census(self.app, self._rules)
        self._refuse_examples_of_nothing(self._census)
        refuse_unlisted_intakes(self._census, self.intakes)
        scopes = scopes_of(self._census, self._meanings, self.intakes.values())
        # For the kit's own scope alone nobody needs a token.
        self.scopes = scopes if any(scope.name not in SCOPES for scope in scopes) else ()
        self.roles = roles_of(self._census, self._listed_roles)
        self._parts = open_parts(settings, self.migrations, self.clock, self.outbounds)
        self._jobs = open_jobs(self, self._given_jobs)
        self._parts.providers.must_give_known_roles([role.name for role in self.roles])
        single_password.settle(self._parts)
        self._more_hosts = hosts
        self.hosts = self._allowed_hosts(settings)
        keys = self._parts.keys.mac_all("flask-session", b"")
        self.app.secret_key = keys[0]
        self.app.config["SECRET_KEY_FALLBACKS"] = keys[1:]
        self._lanes = Lanes(self._census)
        early.close(self.app)
        self._started = True

    def _refuse_examples_of_nothing(self, census: Census) -> None:
        ways = {f"{route.method} {route.path}" for route in census.routes()}
        for name in self.examples:
            if name not in ways:
                raise StartRefused(
                    f"examples names {name!r}, which is no way of this app. Name one as `doorward routes` does, such "
                    f"as {min(ways)!r}"
                )

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
    def jobs(self) -> JobRunner:
        """Runs background jobs; the server's threads, and `doorward.testing.run_jobs`, ask it to."""
        if self._jobs is None:
            raise RuntimeError("this door has not been started: call start() first")
        return self._jobs

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
        return self._lanes.of(method, path) if self._lanes is not None else "ordinary"

    def close(self) -> None:
        """Let go of the database and the threads. The door cannot be used afterwards."""
        if self._parts is not None:
            self._parts.close()


def _load_settings() -> Settings:
    return Settings.load(Path(os.environ.get(DATA_VARIABLE, "data")), os.environ)
