"""Fixtures for every test: the services, a browser, a running server. What they do stands in `tests/support/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support import browser, postgres, redis, services
from tests.support.patience import PATIENCE, be_patient
from tests.support.provider import Provider, running_provider
from tests.support.server import Server

pytest_plugins = ["tests.support.services", "tests.support.thrift", "tests.support.order"]
be_patient()


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database; dropped after the module."""
    services.need("postgres")
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """The URL of an empty Redis database; emptied after the module."""
    services.need("redis")
    with redis.database() as url:
        yield url


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A real sign-in provider in a process of its own, for all tests of the module."""
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium for the module. Not for the session: its event loop would stay in other tests' way."""
    services.need("browser")
    with browser.chromium() as running:
        yield running


@pytest.fixture
def new_context(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser context: a person of their own, with their own cookies. Closed after the test."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        contexts.append(chromium.new_context(**options))
        contexts[-1].set_default_timeout(PATIENCE)
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A new page in a browser that has never been here."""
    return new_context().new_page()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers: `serve(data=…, env={…}, args=[…], port=…)`, ready when it returns. Each must stop when asked."""
    servers: list[Server] = []

    def start(data: Path | None = None, **options: Any) -> Server:
        servers.append(Server(data or tmp_path / "data", **options))
        return servers[-1].wait_ready()

    yield start
    _stop_all(servers)


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a new data folder, for all tests of the module."""
    server = Server(tmp_path_factory.mktemp("data")).wait_ready()
    yield server
    server.stop()


def _stop_all(servers: list[Server]) -> None:
    """Every server gets its turn, even when one before it did not stop."""
    failures = []
    for server in servers:
        try:
            server.stop()
        except RuntimeError as error:
            failures.append(str(error))
    if failures:
        pytest.fail("\n".join(failures), pytrace=False)
