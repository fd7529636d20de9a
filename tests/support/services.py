"""What some tests need besides Python: PostgreSQL, Redis, a browser, coturn. Missing, they are skipped with a sentence.

`TEST_REQUIRE=postgres,redis,browser,coturn` says that these are there. A test that would then be skipped fails
instead, whatever its reason: a green run with that setting means that everything ran.

    @pytest.mark.redis            a test that talks to Redis by itself
    def test_x(postgres_url): …   the fixtures ask by themselves
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.support import browser, coturn, postgres, redis

#: For each service, the function that says in a sentence why it cannot be used, or None when it can.
SERVICES: dict[str, Callable[[], str | None]] = {
    "postgres": cache(postgres.why_missing),
    "redis": cache(redis.why_missing),
    "browser": cache(browser.why_missing),
    "coturn": cache(coturn.why_missing),
}


def required() -> frozenset[str]:
    """The services that must be there, by `TEST_REQUIRE`."""
    names = frozenset(filter(None, os.environ.get("TEST_REQUIRE", "").replace(" ", "").split(",")))
    unknown = names - SERVICES.keys()
    if unknown:
        text = f"TEST_REQUIRE names {', '.join(sorted(unknown))}; known: {', '.join(SERVICES)}."
        raise pytest.UsageError(text)
    return names


def need(service: str) -> None:
    """Go on if the service can be used; else skip the test, or fail it when the service is required."""
    reason = SERVICES[service]()
    if reason is None:
        return
    if service in required():
        pytest.fail(f"{service} is required by TEST_REQUIRE: {reason}", pytrace=False)
    pytest.skip(f"needs {service}: {reason}")


def pytest_configure() -> None:
    required()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for service in SERVICES:
        if item.get_closest_marker(service):
            need(service)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    if not hasattr(report, "wasxfail"):
        _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """A skip is an answer nobody gave: where everything is required it fails, unless it names a service that is not."""
    names = required()
    if not (names and report.skipped):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if any(f"needs {service}: " in reason for service in SERVICES.keys() - names):
        return
    report.outcome = "failed"
    report.longrepr = f"Skipped, though TEST_REQUIRE says that nothing may be: {reason}"
