"""Streams on real connections: taken over from uvicorn with and without TLS, and through plain ASGI elsewhere.

The first test is the contract with uvicorn's private attributes: when an upgrade breaks it, this says so.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import inspect
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from doorward.core.streams import ENVIRON_KEY, Event
from doorward.errors import Limited
from doorward.live.caps import Caps
from doorward.live.hub import Hub
from tests.live.wire import last_id, messages, request
from tests.serve.running import Client, Running, bridged

#: uvicorn and loop by name: the last two have no connection that can be taken over.
WAYS: dict[str, dict[str, Any]] = {
    "httptools on uvloop": {},
    "httptools on asyncio": {"loop": "asyncio"},
    "httptools with TLS": {"tls": True},
    "httptools with TLS on asyncio": {"tls": True, "loop": "asyncio"},
    "plain ASGI (h11)": {"http": "h11"},
    "plain ASGI with TLS (h11)": {"http": "h11", "tls": True},
}


def live_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """What the view /live does: opens the topics that the query names."""
    if environ["PATH_INFO"] != "/live":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ordinary"]
    topic, _, since = environ["QUERY_STRING"].partition("@")
    try:
        environ[ENVIRON_KEY].open(
            request(topic, listener=environ["REMOTE_PORT"], since={topic: since}, account_id="7", session_id=5)
        )
    except Limited:
        start_response("429 Too Many Requests", [])
        return [b"cap"]
    status = "403 Forbidden" if environ.get("HTTP_X_CHANGE_MIND") else "200 OK"
    start_response(status, [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Door", "1")])
    return [b""]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


class Live:
    """A hub behind a server, and browsers that come to it."""

    def __init__(self, hub: Hub, server: Running, tls: ssl.SSLContext | None) -> None:
        self.hub = hub
        self.server = server
        self.tls = tls

    def client(self, **options: Any) -> Client:
        return Client(self.server.port, self.tls, **options)

    def open(self, topic: str = "chat:1", since: str = "", **options: Any) -> Client:
        client = self.client(**options).get(f"/live?{topic}@{since}")
        client.until(b"event: hello\n")
        self.wait(lambda: self.hub.listeners(topic) > 0)
        return client

    def say(self, data: Any, topic: str = "chat:1") -> None:
        self.hub.publish([Event(topic, "said", data)])

    def wait(self, come_true: Callable[[], bool]) -> None:
        """Let the server's loop go round until something is so."""
        for _ in range(5000):
            if self.server.on_loop(come_true):
                return
        raise AssertionError("it never came true")


@pytest.fixture(params=WAYS)
def live(request: pytest.FixtureRequest, certificate: Path) -> Iterator[Live]:
    way = dict(WAYS[request.param])
    context = None
    if way.pop("tls", False):
        context = ssl.create_default_context(cafile=str(certificate))
        way |= {"ssl_certfile": str(certificate), "ssl_keyfile": str(certificate)}
    if way.get("http") == "h11":
        way |= {"timeout_graceful_shutdown": 1, "timeout_keep_alive": 1}
    hub = Hub(caps=Caps(account=3), min_gap=0.0)
    with bridged(live_app, hub, way) as server:
        yield Live(hub, server, context)


def test_the_private_attributes_of_uvicorn_are_what_the_takeover_expects():
    assert uvicorn.__version__ == "0.54.0", "read httptools_impl.py again before moving this pin (live/handover.py)"
    cycle = inspect.getsource(RequestResponseCycle)
    for words in (
        "self.transport = transport",
        "self.chunked_encoding: bool",
        "self.disconnected",
        "self.response_complete",
    ):
        assert words in cycle
    assert "elif not self.response_complete and not self.disconnected" in cycle
    protocol = inspect.getsource(HttpToolsProtocol)
    for words in ("self.connections = server_state.connections", "self.pipeline", "self.parser = ", "self.flow = "):
        assert words in protocol
    assert callable(HttpToolsProtocol._unset_keepalive_if_required)
    assert callable(FlowControl.resume_reading)
    assert "connection.shutdown()" in inspect.getsource(uvicorn.Server.shutdown)


def test_a_stream_begins_with_the_views_headers_and_brings_events(live: Live):
    client = live.client().get("/live?chat:1@")
    head = client.until(b"\r\n\r\n")
    assert b"content-type: text/event-stream" in head
    assert b"x-door: 1" in head
    assert b"content-length" not in head
    client.until(b"event: hello\n")
    live.wait(lambda: live.hub.listeners("chat:1") == 1)
    live.say({"n": 1})
    client.until(b'"data":{"n":1}')
    client.close()


def test_after_the_takeover_nothing_of_uvicorn_remains_for_the_connection(live: Live):
    gc.collect()
    cycles = len([thing for thing in gc.get_objects() if type(thing) is RequestResponseCycle])
    clients = [live.open() for _ in range(3)]
    taken_over = live.server.server.config.http == "httptools"
    if taken_over:
        gc.collect()
        assert len([thing for thing in gc.get_objects() if type(thing) is RequestResponseCycle]) == cycles
        assert not live.server.server.server_state.tasks
    for client in clients:
        client.close()


def test_a_browser_that_leaves_is_noticed(live: Live):
    client = live.open()
    client.close()
    live.wait(lambda: len(live.hub) == 0 and live.hub.listeners("chat:1") == 0)


def test_a_browser_that_comes_back_gets_what_it_missed_even_when_that_is_much(live: Live):
    client = live.open()
    live.say("before")
    seen = last_id(client.until(b'"before"}\n\n'))
    client.close()
    for number in range(60):
        live.say(f"{number}" + "x" * 900)
    live.wait(lambda: live.hub._cursors.number == 61)
    again = live.client(receive_buffer=2048).get(f"/live?chat:1@{seen}")
    again.until(b"\r\n\r\n")
    raw = again.until(b'"59xx')
    assert all(f'"{number}x'.encode() in raw for number in range(60))
    live.say("live")
    again.until(b'"live"')
    again.close()


def test_a_browser_that_does_not_read_is_ended_and_others_lose_nothing(live: Live):
    stalled = live.open(receive_buffer=2048)
    healthy = live.open()
    assert len(live.hub) == 2
    sent = 0
    while len(live.hub) == 2 and sent < 400:
        live.say("x" * 16_000)
        healthy.until(b'xxx"}\n\n')
        sent += 1
    assert 2 < sent < 400
    live.say("still here")
    healthy.until(b'"still here"')
    healthy.close()
    stalled.close()


def test_a_cut_closes_the_connection(live: Live):
    client = live.open()
    live.hub.cut_session(5)
    client.to_end()
    live.wait(lambda: len(live.hub) == 0)


def test_beyond_a_cap_the_view_answers_and_leaving_makes_room(live: Live):
    clients = [live.open() for _ in range(3)]
    assert live.client().get("/live?chat:1@").answer()[0] == 429
    clients.pop().close()
    live.wait(lambda: len(live.hub) == 2)
    clients.append(live.open())
    for client in clients:
        client.close()


@pytest.mark.parametrize(
    ("method", "header", "status"), [("HEAD", "X-A: 1", b"200"), ("GET", "X-Change-Mind: 1", b"403")]
)
def test_an_answer_that_is_no_stream_after_all_gives_its_place_back(
    live: Live, method: str, header: str, status: bytes
):
    client = live.client().get("/live?chat:1@", header, method=method)
    assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 " + status)
    live.wait(lambda: len(live.hub) == 0)
    client.close()


def test_a_browser_that_left_before_its_stream_began_takes_no_place(live: Live):
    for _ in range(10):
        live.client().get("/live?chat:1@").close()
    assert live.client().get("/").answer()[2] == b"ordinary"
    live.wait(lambda: len(live.hub) == 0)


def test_a_connection_that_served_ordinary_requests_can_become_a_stream(live: Live):
    client = live.client()
    assert client.get("/").answer()[2] == b"ordinary"
    client.get("/live?chat:1@").until(b"event: hello\n")
    live.wait(lambda: live.hub.listeners("chat:1") == 1)
    live.say("hi")
    client.until(b'"hi"')
    client.close()


#: Only a connection that was taken over hears of the stop at once.
TAKEN_OVER = [name for name, way in WAYS.items() if way.get("http") != "h11"]


@pytest.mark.parametrize("live", TAKEN_OVER, indirect=True)
def test_a_graceful_stop_says_bye(live: Live):
    client = live.open()
    live.server.begin_stop()
    raw = client.to_end()
    assert b"event: bye\n" in raw
    assert raw.endswith(b"\r\n0\r\n\r\n"), "a proxy must see a complete answer"


def test_what_a_browser_reads_is_chunked_coding_of_whole_messages(live: Live):
    client = live.client().get("/live?chat:1@")
    client.until(b"\r\n\r\n")
    live.wait(lambda: live.hub.listeners("chat:1") == 1)
    hub = live.hub
    hub.publish([Event("chat:1", "said", number) for number in range(3)])
    stream = b""
    while b'"data":2' not in stream:
        size = int(client.until(b"\r\n"), 16)
        while len(client.data) < size + 2:
            client.data += client.socket.recv(65536)
        stream += client.data[:size]
        assert client.data[size : size + 2] == b"\r\n"
        client.data = client.data[size + 2 :]
    assert [data["data"] for name, data in messages(stream) if name == "message"] == [0, 1, 2]
    client.close()


def test_the_hub_runs_on_the_servers_loop(live: Live):
    assert live.server.on_loop(lambda: live.hub._loop is asyncio.get_running_loop())
