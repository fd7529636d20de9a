"""A Redis database of its own for a test module: an unused one of the numbered ones, claimed before it is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

DEFAULT = "redis://127.0.0.1:6379"
CLAIM = "doorward-test-claim"


def server_url() -> str:
    """Where the tests' Redis is. A database number in it is ignored."""
    return os.environ.get("TEST_REDIS_URL", DEFAULT)


def why_missing() -> str | None:
    """Why there is no Redis for the tests, or None."""
    try:
        import redis
    except ImportError:
        return "the Python package redis is not installed (make test installs it)"
    try:
        with redis.Redis.from_url(server_url(), socket_connect_timeout=5) as client:
            client.ping()
    except redis.RedisError as error:
        return f"{server_url()} does not answer ({type(error).__name__}); see TEST_REDIS_URL"
    return None


@contextmanager
def database() -> Iterator[str]:
    """An empty database: gives its URL, for `DOORWARD_REDIS_URL`, and empties it afterwards."""
    number = _claim()
    try:
        yield _url(number)
    finally:
        with _client(number) as claimed, _client(0) as claims:
            claimed.flushdb()
            claims.delete(f"{CLAIM}:{number}")


def _claim() -> int:
    """The number of an empty database, kept from other test processes by a key in database 0 that goes by itself."""
    with _client(0) as claims:
        for number in range(15, 0, -1):
            if not claims.set(f"{CLAIM}:{number}", "1", nx=True, ex=3600):
                continue
            with _client(number) as candidate:
                if candidate.dbsize() == 0:
                    return number
            claims.delete(f"{CLAIM}:{number}")
    raise RuntimeError(f"no numbered database of {server_url()} is empty, and the tests delete nobody's keys")


def _client(number: int) -> Any:
    import redis

    return redis.Redis.from_url(_url(number))


def _url(number: int) -> str:
    return urlunsplit(urlsplit(server_url())._replace(path=f"/{number}"))
