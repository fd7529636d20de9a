"""Streams under a threaded WSGI server of somebody else: wsgiref's, a thread for each connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from doorward.core.streams import ENVIRON_KEY, Event
from doorward.errors import Unavailable
from doorward.live.hub import Hub
from doorward.serve.threads import ThreadStreams
from tests.live.wire import request
from tests.serve.running import Client


def live_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    if environ["PATH_INFO"] != "/live":
        start_response("200 OK", [("Content-Length", "8")])
        return [b"ordinary"]
    try:
        environ[ENVIRON_KEY].open(request("chat:1", listener="b"))
    except Unavailable:
        start_response("503 Busy", [("Content-Length", "0")])
        return [b""]
    status = "403 Forbidden" if environ["QUERY_STRING"] else "200 OK"
    start_response(status, [("Content-Type", "text/event-stream"), ("Content-Length", "0")])
    return [b""]


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def served() -> Iterator[tuple[Hub, int]]:
    hub = Hub(min_gap=0.0, heartbeat=0.05)
    server = make_server("127.0.0.1", 0, ThreadStreams(live_app, hub, most=2), _Threaded, _Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield hub, server.server_port
    server.shutdown()
    server.server_close()


def test_a_listener_gets_its_events_and_ordinary_requests_go_on(served: tuple[Hub, int]):
    hub, port = served
    client = Client(port).get("/live")
    client.until(b"event: hello\n")
    client.until(b":\n\n")  # it is a member once it gets signs of life
    hub.publish([Event("chat:1", "said", {"n": 1})])
    client.until(b'"data":{"n":1}')
    assert b"ordinary" in Client(port).get("/").to_end()
    client.close()


def test_beyond_its_threads_it_refuses_and_whoever_leaves_makes_room(served: tuple[Hub, int]):
    hub, port = served
    first, second = Client(port).get("/live"), Client(port).get("/live")
    first.until(b"hello")
    second.until(b"hello")
    assert Client(port).get("/live").to_end().split()[1] == b"503"
    first.close()
    while len(hub) > 1:
        hub.publish([Event("chat:1", "said", "x" * 1000)])
    second.close()
    while len(hub) > 0:
        hub.publish([Event("chat:1", "said", "x" * 1000)])
    Client(port).get("/live").until(b"hello")


def test_an_answer_that_is_no_stream_after_all_gives_its_place_back(served: tuple[Hub, int]):
    port = served[1]
    for _ in range(5):
        assert Client(port).get("/live?refuse").to_end().split()[1] == b"403"
    Client(port).get("/live").until(b"hello")


def test_a_cut_ends_the_answer(served: tuple[Hub, int]):
    hub, port = served
    client = Client(port).get("/live")
    client.until(b"event: hello\n")
    hub.cut_topic("chat:1")
    client.to_end()
    while len(hub) > 0:  # the answer ends a moment before it is struck off
        time.sleep(0)
