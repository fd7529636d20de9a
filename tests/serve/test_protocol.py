"""The strict protocol over real sockets: what is refused, how it reads, who is cut, and who is not."""

from __future__ import annotations

import contextlib
import inspect
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from doorward.serve.connections import ConnectionRules, Connections
from doorward.serve.protocol import MOST_FIELDS, MOST_HEAD, MOST_PIPELINED, MOST_TARGET, strict_protocol
from tests.serve.running import Client, Running, bridged

HOST = "Host: localhost\r\n"
NEXT = f"GET /smuggled HTTP/1.1\r\n{HOST}\r\n"
LET_GO = threading.Event()


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Says what it was asked. /slow waits until the test lets it go; /large is what a slow reader does not take."""
    body = b"" if environ["PATH_INFO"] == "/unread" else environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        LET_GO.wait(5)
    said = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {environ.get('HTTP_X_TOLD', '')} {len(body)}".encode()
    said = b"x" * 8_000_000 if environ["PATH_INFO"] == "/large" else said
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(said)))])
    return [said]


class Strict:
    def __init__(self, server: Running, keeper: Connections) -> None:
        self.server, self.keeper = server, keeper

    def client(self, **options: Any) -> Client:
        return Client(self.server.port, **options)

    def sends(self, text: str) -> Client:
        return self.client().send(text.encode("latin-1"))

    def count(self) -> int:
        return int(self.server.on_loop(lambda: len(self.keeper)))


def strict(**rules: Any) -> Any:
    keeper = Connections(ConnectionRules(**rules))
    served = bridged(echo, config={"http": strict_protocol(keeper), "server_header": False})
    return keeper, served


@pytest.fixture(scope="module")
def patient() -> Iterator[Strict]:
    keeper, served = strict()
    with served as server:
        yield Strict(server, keeper)


@pytest.fixture(scope="module")
def hasty() -> Iterator[Strict]:
    keeper, served = strict(head_seconds=0.5, rest_seconds=1.0, stall_seconds=0.5)
    with served as server:
        yield Strict(server, keeper)


def test_the_seam_in_uvicorn_is_as_the_protocol_expects_it() -> None:
    """The contract: every method that is replaced is there, takes the same, and what it touches exists."""
    for name, takes in {
        "data_received": ["self", "data"],
        "on_message_begin": ["self"],
        "on_url": ["self", "url"],
        "on_header": ["self", "name", "value"],
        "on_headers_complete": ["self"],
        "on_body": ["self", "body"],
        "on_message_complete": ["self"],
        "on_response_complete": ["self"],
        "send_400_response": ["self", "msg"],
        "_start_asgi_task": ["self", "cycle", "app"],
        "pause_writing": ["self"],
        "resume_writing": ["self"],
    }.items():
        assert list(inspect.signature(getattr(HttpToolsProtocol, name)).parameters) == takes
    source = inspect.getsource(HttpToolsProtocol)
    for attribute in ("pipeline", "cycle", "flow", "headers", "url", "parser", "transport", "client", "scheme"):
        assert f"self.{attribute}" in source
    # Every answer of uvicorn's own goes through what we replace, or through the app.
    assert source.count("transport.write(") == 1


REFUSED = {
    "a length and chunks": f"POST / HTTP/1.1\r\n{HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "another coding": f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two codings": f"POST / HTTP/1.1\r\n{HOST}" + "Transfer-Encoding: chunked\r\n" * 2 + "\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": f"POST / HTTP/1.0\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": f"POST / HTTP/1.1\r\n{HOST}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "a length with a sign": f"POST / HTTP/1.1\r\n{HOST}Content-Length: +1\r\n\r\nx",
    "a folded line": f"GET / HTTP/1.1\r\n{HOST}X-Told: a\r\n b\r\n\r\n",
    "bare line feeds": "GET / HTTP/1.1\nHost: localhost\n\n",
    "a NUL": f"GET / HTTP/1.1\r\n{HOST}X-Told: a\0b\r\n\r\n",
    "a space before the colon": f"GET / HTTP/1.1\r\n{HOST}X-Told : a\r\n\r\n",
    "no Host": "GET / HTTP/1.1\r\n\r\n",
    "two Hosts": f"GET / HTTP/1.1\r\n{HOST}Host: evil.example\r\n\r\n",
    "another host's address": f"GET http://evil.example/ HTTP/1.1\r\n{HOST}\r\n",
    "somebody in the address": f"GET http://me@localhost/ HTTP/1.1\r\n{HOST}\r\n",
    "a fragment": f"GET /a#b HTTP/1.1\r\n{HOST}\r\n",
    "a tunnel": f"CONNECT /x HTTP/1.1\r\n{HOST}\r\n",
    "an upgrade with a body": f"PUT / HTTP/1.1\r\n{HOST}Connection: upgrade\r\nUpgrade: a\r\nContent-Length: 1\r\n\r\n",
    "a chunk of no size": f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_be_read_in_two_ways_is_refused_and_ends_the_connection(patient: Strict, what: str) -> None:
    client = patient.sends(REFUSED[what] + NEXT)
    status, headers, _ = client.answer()
    assert status == 400
    assert headers["connection"] == "close"
    assert client.to_end() == b"", "the rest of the connection was read as a second request"


def test_a_refusal_carries_the_headers_of_the_door(patient: Strict) -> None:
    status, headers, body = patient.sends("GARBAGE\r\n\r\n").answer()
    assert (status, headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert body
    assert "server" not in headers


def test_what_the_bridge_refuses_carries_them_too(patient: Strict) -> None:
    status, headers, _ = patient.sends(f"GET / HTTP/1.1\r\n{HOST}Authorization: a\r\nAuthorization: b\r\n\r\n").answer()
    assert status == 400
    assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("version", ["0.9", "2.0"])
def test_other_versions_are_refused(patient: Strict, version: str) -> None:
    assert patient.sends(f"GET / HTTP/{version}\r\n{HOST}\r\n").answer()[0] == 505


@pytest.mark.parametrize(
    ("request_text", "said"),
    [
        (f"GET /a HTTP/1.1\r\n{HOST}\r\n", b"GET /a  0"),
        (f"GET http://localhost/a HTTP/1.1\r\n{HOST}\r\n", b"GET /a  0"),
        (f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: Chunked\r\n\r\n1;note=1\r\nx\r\n0\r\n\r\n", b"POST /a  1"),
        (f"GET /a HTTP/1.1\r\n{HOST}X-Told:\r\n\r\n", b"GET /a  0"),
        ("GET /a HTTP/1.0\r\n\r\n", b"GET /a  0"),
        (f"POST /a HTTP/1.1\r\n{HOST}Expect: 100-continue\r\nContent-Length: 0\r\n\r\n", b"POST /a  0"),
    ],
)
def test_what_is_unusual_and_clear_is_answered(patient: Strict, request_text: str, said: bytes) -> None:
    status, _, body = patient.sends(request_text).answer()
    assert (status, body) == (200, said)


def test_a_trailer_is_no_header(patient: Strict) -> None:
    text = f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Told: by a trailer\r\n\r\n"
    assert patient.sends(text).answer()[2] == b"POST /  1"
    headed = text.replace("Transfer", "X-Told: by-a-header\r\nTransfer", 1)
    assert patient.sends(headed).answer()[2] == b"POST / by-a-header 1"


def test_an_upgrade_is_not_made_and_ends_the_connection_after_the_answer(patient: Strict) -> None:
    client = patient.sends(f"GET /a HTTP/1.1\r\n{HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n{NEXT}")
    status, headers, body = client.answer()
    assert (status, body, headers["connection"]) == (200, b"GET /a  0", "close")
    assert client.to_end() == b""


def test_what_is_left_of_an_unwanted_body_is_no_request_and_has_an_end(patient: Strict) -> None:
    small = patient.sends(f"POST /unread HTTP/1.1\r\n{HOST}Content-Length: 1000000\r\n\r\n")
    assert small.answer()[0] == 200
    small.send(NEXT.encode() * (1_000_000 // len(NEXT)) + b"x" * (1_000_000 % len(NEXT)))
    assert small.send(NEXT.encode()).answer()[2] == b"GET /smuggled  0"
    small.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        small.socket.recv(1)
    huge = patient.sends(f"POST /unread HTTP/1.1\r\n{HOST}Content-Length: 9999999999\r\n\r\n")
    assert huge.answer()[0] == 200
    with pytest.raises(ConnectionError):
        huge.send(b"x" * 60_000_000)


def test_who_does_not_send_the_rest_of_an_unwanted_body_is_cut(hasty: Strict) -> None:
    client = hasty.sends(f"POST /unread HTTP/1.1\r\n{HOST}Content-Length: 1000000\r\n\r\n")
    assert client.answer()[0] == 200
    assert client.to_end() == b""


def test_many_requests_at_once_are_answered_in_their_order(patient: Strict) -> None:
    many = "".join(f"POST /{number} HTTP/1.1\r\n{HOST}Content-Length: 1\r\n\r\nx" for number in range(20))
    client = patient.sends(many)
    assert [client.answer()[2] for _ in range(20)] == [f"POST /{number}  1".encode() for number in range(20)]


def test_a_refusal_never_overtakes_an_answer_that_is_being_made(patient: Strict) -> None:
    LET_GO.clear()
    client = patient.sends(f"GET /slow HTTP/1.1\r\n{HOST}\r\nGARBAGE\r\n\r\n")
    time.sleep(0.1)
    LET_GO.set()
    assert client.answer()[2] == b"GET /slow  0"
    assert client.to_end() == b""


def test_more_requests_at_once_than_anybody_needs_end_the_connection(patient: Strict) -> None:
    LET_GO.clear()
    client = patient.sends(
        f"GET /slow HTTP/1.1\r\n{HOST}\r\n" + f"GET /a HTTP/1.1\r\n{HOST}\r\n" * (MOST_PIPELINED + 5)
    )
    time.sleep(0.1)
    LET_GO.set()
    assert client.to_end().count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"GET /{'a' * MOST_TARGET} HTTP/1.1\r\n{HOST}\r\n", 414),
        (f"GET / HTTP/1.1\r\n{HOST}X-Told: {'a' * MOST_HEAD}\r\n\r\n", 431),
        (f"GET / HTTP/1.1\r\n{HOST}X-Told: {'a' * (MOST_HEAD + 100)}", 431),
        (f"GET / HTTP/1.1\r\n{HOST}" + "X-Told: a\r\n" * MOST_FIELDS + "\r\n", 431),
        (f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n1;{'a' * 300_000}\r\nx\r\n0\r\n\r\n", 431),
        (f"POST / HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\r\nX: {'a' * 300_000}\r\n\r\n", 431),
    ],
)
def test_heads_chunk_notes_and_trailers_have_a_size(patient: Strict, text: str, status: int) -> None:
    client = patient.client()
    with contextlib.suppress(ConnectionError):  # it need not take the whole of it
        client.send(text.encode())
    assert client.answer()[0] == status


def test_a_head_as_large_as_browsers_make_them_is_let_in(patient: Strict) -> None:
    cookies = "a" * 4096
    text = f"GET /{'a' * 8000} HTTP/1.1\r\n{HOST}" + f"Cookie: {cookies}\r\n" * 5 + "X-A: b\r\n" * 60 + "\r\n"
    assert patient.sends(text).answer()[0] == 200


def test_a_body_in_tiny_chunks_is_let_in(patient: Strict) -> None:
    client = patient.sends(f"POST /a HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(20):
        client.send(b"1\r\nx\r\n" * 1000)
    client.send(b"0\r\n\r\n")
    assert client.answer()[2] == b"POST /a  20000"


def test_a_head_that_comes_byte_by_byte_is_cut_while_others_are_answered(hasty: Strict) -> None:
    client = hasty.client()
    began = time.monotonic()
    for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Told: abcdefghijklmnop":
        try:
            client.send(bytes([byte]))
        except ConnectionError:
            break
        time.sleep(0.05)
    assert hasty.sends(NEXT).answer()[0] == 200
    status, headers, _ = client.answer()
    assert status == 408
    assert "content-security-policy" in headers
    assert client.to_end() == b""
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("first", ["", "\r\n", NEXT, NEXT + "\r\n", NEXT + "GE"])
def test_who_says_nothing_is_cut(hasty: Strict, first: str) -> None:
    client = hasty.sends(first)
    if NEXT in first:
        assert client.answer()[0] == 200
    began = time.monotonic()
    rest = client.to_end()
    assert time.monotonic() - began < 4
    assert rest == b"" or rest.startswith(b"HTTP/1.1 408")


def test_blank_lines_keep_no_connection(hasty: Strict) -> None:
    client = hasty.sends(NEXT)
    client.answer()
    for _ in range(50):
        try:
            client.send(b"\r\n")
        except ConnectionError:
            return
        time.sleep(0.1)
    raise AssertionError("blank lines kept the connection open")


def test_who_keeps_asking_is_not_cut(hasty: Strict) -> None:
    client = hasty.client()
    for _ in range(8):
        client.send(NEXT.encode())
        assert client.answer()[0] == 200
        time.sleep(0.2)


def test_who_takes_no_answer_is_cut_and_who_takes_it_slowly_is_not(hasty: Strict) -> None:
    stalled = hasty.client(receive_buffer=4096).get("/large").get("/large")
    slow = hasty.client(receive_buffer=4096).get("/large")
    taken = 0
    for _ in range(25):
        taken += len(slow.socket.recv(100_000))
        time.sleep(0.1)
    while taken < 8_000_000:
        part = slow.socket.recv(1_000_000)
        assert part, "who took it slowly was cut"
        taken += len(part)
    stalled.to_end()
    assert len(stalled.data) < 8_000_000
    slow.close()
    for _ in range(50):
        if hasty.count() == 0:
            return
        time.sleep(0.1)
    raise AssertionError("a connection stayed behind")


def test_when_all_places_are_taken_who_says_nothing_makes_room() -> None:
    keeper, served = strict(most=4, per_address=4)
    with served as server:
        door = Strict(server, keeper)
        idle = [door.client() for _ in range(4)]
        for _ in range(100):
            if door.count() == 4:
                break
            time.sleep(0.01)
        assert door.sends(NEXT).answer()[0] == 200
        assert idle[0].to_end() == b""
        assert door.count() <= 4


def test_when_all_are_at_work_a_newcomer_is_turned_away_and_proxies_are_everybody() -> None:
    import ipaddress

    for proxies, answered in (((), False), ((ipaddress.ip_network("127.0.0.1/32"),), True)):
        LET_GO.clear()
        keeper, served = strict(most=8, per_address=2, proxies=proxies)
        with served as server:
            door = Strict(server, keeper)
            working = [door.sends(f"GET /slow HTTP/1.1\r\n{HOST}\r\n") for _ in range(2)]
            time.sleep(0.2)
            newcomer = door.client()
            try:
                newcomer.send(NEXT.encode())
                got = newcomer.to_end() if not answered else newcomer.until(b"\r\n")
            except ConnectionError:
                got = b""
            assert got.startswith(b"HTTP/1.1 200") == answered
            LET_GO.set()
            assert [one.answer()[0] for one in working] == [200, 200]
