"""The server under test: uvicorn, the bridge, the hub, and a tiny WSGI app that authorises and opens streams.

Usage: server.py PORT
"""

from __future__ import annotations

import hashlib
import hmac
import resource
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from doorward.core.streams import ENVIRON_KEY, Event, StreamRequest
from doorward.live.caps import Caps
from doorward.live.hub import Hub
from doorward.serve.bridge import Bridge

KEY = b"benchmark"
#: Every listener comes from one address here, as from one school.
hub = Hub(caps=Caps(address=20_000))
_DOOR = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin")]


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`/live` opens a stream for whoever has a signed cookie; `/publish` publishes its body; `/cursor` tells it."""
    path = environ["PATH_INFO"]
    if path == "/live":
        return _open(environ, start_response)
    if path == "/publish":
        hub.publish([Event("bench:1", "tick", environ["wsgi.input"].read().decode("ascii"))])
    start_response("200 OK", [("Content-Type", "text/plain"), *_DOOR])
    return [hub.cursor().encode() if path == "/cursor" else b"ok"]


def _open(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    number, _, given = environ.get("HTTP_COOKIE", "").removeprefix("session=").partition(".")
    if not hmac.compare_digest(given, hmac.new(KEY, number.encode(), hashlib.sha256).hexdigest()):
        start_response("401 Unauthorized", _DOOR)
        return [b""]
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    environ[ENVIRON_KEY].open(
        StreamRequest(
            topics=tuple(query["topic"]),
            since=dict(zip(query["topic"], query["since"], strict=True)),
            listener=hashlib.sha256(number.encode()).hexdigest()[:32],
            account_id=f"account-{number}",
            session_id=int(number) + 1_000_000,
            address=environ["REMOTE_ADDR"],
            expires_at=datetime.now(UTC) + timedelta(days=14),
        )
    )
    start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), *_DOOR])
    return [b""]


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvicorn.run(
        Bridge(app, hub),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="error",
        backlog=2048,
        timeout_keep_alive=600,
        timeout_graceful_shutdown=3,
    )
