"""Large bodies reach their sink without a thread that waits, and the app is asked twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from doorward.core.spooling import ENVIRON_KEY
from doorward.serve.bodies import BodyRules
from tests.serve.running import Client, bridged

RULES = BodyRules(buffer=1000, seconds=5)


class Sink:
    """Keeps what it is given; refuses from some byte on, if told so."""

    def __init__(self, most: int = 1 << 40) -> None:
        self.data = b""
        self.most = most
        self.closed = threading.Event()

    def write(self, *parts: bytes) -> None:
        if len(self.data) + sum(map(len, parts)) > self.most:
            raise ValueError("too much")
        self.data += b"".join(parts)

    def close(self) -> None:
        self.closed.set()


def app_with(sinks: list[Sink], make: Callable[[], Sink]) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        spool = environ.get(ENVIRON_KEY)
        if spool is None:
            answer = b"small:" + environ["wsgi.input"].read()
        elif environ["PATH_INFO"] == "/refused":
            start_response("403 Forbidden", [])
            return [b"no"]
        elif spool.sink is None:
            sinks.append(make())
            spool.sink = sinks[-1]
            answer = b"nobody reads this"
        else:
            answer = f"{spool.received} {len(spool.sink.data)} {spool.problem}".encode()
        start_response("200 OK", [("Content-Length", str(len(answer)))])
        return [answer]

    return app


def spooled(sinks: list[Sink], make: Callable[[], Sink] = Sink) -> Any:
    return bridged(app_with(sinks, make), lane=lambda method, path: "spooled", body=RULES)


def test_a_large_body_goes_to_the_sink_and_the_app_goes_on_with_it() -> None:
    sinks: list[Sink] = []
    with spooled(sinks) as server:
        client = Client(server.port)
        body = bytes(range(256)) * 20_000
        assert client.post("/", body).answer()[2] == f"True {len(body)} None".encode()
        assert sinks[0].data == body
        assert sinks[0].closed.is_set()
        assert client.post("/", b"again" * 1000).answer()[0] == 200  # the connection goes on


def test_a_body_in_chunks_goes_there_too_with_what_was_read_before() -> None:
    sinks: list[Sink] = []
    with spooled(sinks) as server:
        client = Client(server.port)
        client.get("/", "Transfer-Encoding: chunked", method="POST")
        chunks = [bytes([number]) * 900 for number in range(5)]
        for number, chunk in enumerate(chunks):
            client.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            while number == 1 and not sinks:  # more than the buffer has come: the app has been asked
                pass
        client.send(b"0\r\n\r\n")
        assert client.answer()[2] == b"True 4500 None"
        assert sinks[0].data == b"".join(chunks)


def test_a_small_body_is_handed_over_as_ever() -> None:
    sinks: list[Sink] = []
    with spooled(sinks) as server:
        assert Client(server.port).post("/", b"hello").answer()[2] == b"small:hello"
    assert sinks == []


def test_what_the_app_refuses_is_not_received() -> None:
    sinks: list[Sink] = []
    with spooled(sinks) as server:
        client = Client(server.port)
        client.get("/refused", "Content-Length: 1000000", method="POST")
        status, _, body = client.answer()
        assert (status, body) == (403, b"no")
    assert sinks == []


def test_what_the_sink_refuses_the_app_answers() -> None:
    sinks: list[Sink] = []
    with spooled(sinks, lambda: Sink(most=2000)) as server:
        client = Client(server.port)
        assert client.post("/", b"x" * 100_000).answer()[2].endswith(b"too much")
    assert sinks[0].closed.is_set()


@pytest.mark.parametrize("sent", [0, 900, 5000])
def test_who_leaves_in_the_middle_leaves_what_had_arrived(sent: int) -> None:
    sinks: list[Sink] = []
    with spooled(sinks) as server:
        client = Client(server.port)
        client.get("/", "Content-Length: 9000", method="POST").send(b"x" * sent)
        while not sinks or len(sinks[0].data) < sent:
            pass
        client.close()
        assert sinks[0].closed.wait(10)
    assert sinks[0].data == b"x" * sent


def test_many_who_are_slow_hold_no_thread() -> None:
    sinks: list[Sink] = []
    with spooled(sinks) as server:
        slow = [Client(server.port).get("/", "Content-Length: 9000", method="POST") for _ in range(30)]
        assert Client(server.port).post("/", b"x" * 5000).answer()[0] == 200
        for client in slow:
            client.send(b"y" * 9000)
        for client in slow:
            assert client.answer()[2] == b"True 9000 None"
            client.close()
