"""The bridge behind a real uvicorn: what an app sees, what a client gets, what happens when either misbehaves."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any
from wsgiref.validate import validator

import pytest
from flask import Flask, Response, request, stream_with_context

from doorward.serve.bodies import BodyRules
from doorward.serve.bridge import Bridge
from tests.serve.running import Client, bridged


def environ_app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answers with what it was given."""
    plain = {name: value for name, value in environ.items() if isinstance(value, str)}
    body = json.dumps(plain | {"body": environ["wsgi.input"].read().decode("latin-1")}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    with bridged(environ_app) as server:
        yield server.port


def ask(port: int, raw: bytes) -> tuple[int, dict[str, Any]]:
    client = Client(port).send(raw)
    status, headers, body = client.answer()
    client.close()
    return status, json.loads(body) if headers["content-type"] == "application/json" else {}


def test_the_app_conforms_and_so_does_the_bridge():
    """`wsgiref.validate` raises at the first breach of PEP 3333 on either side."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.errors"].write("")
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return iter([body])

    with bridged(validator(app)) as server:
        client = Client(server.port)
        assert client.get("/a%20b?x=1").answer()[0] == 200
        assert client.post("/", b"hello").answer()[2] == b"hello"
        assert client.post("/", b"x" * 400_000).answer()[2] == b"x" * 400_000
        client.close()


def test_the_path_arrives_byte_for_byte(echo):
    status, seen = ask(echo, b"GET /caf%C3%A9/%FF%2f?q=%C3%A9&a=b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert status == 200
    assert seen["PATH_INFO"].encode("latin-1") == b"/caf\xc3\xa9/\xff/"
    assert seen["QUERY_STRING"] == "q=%C3%A9&a=b"


def test_headers_arrive_joined_and_those_that_could_masquerade_do_not_arrive(echo):
    _, seen = ask(
        echo,
        b"GET / HTTP/1.1\r\nHost: h:1\r\nX-A: 1\r\nx-a: 2\r\nCookie: a=1\r\nCookie: b=2\r\nX_Forwarded_For: 9.9.9.9\r\n"
        b"X-Forwarded_For: 9.9.9.9\r\nProxy: evil\r\nContent-Type: text/plain\r\nX-Latin: \xe9\r\n\r\n",
    )
    assert seen["HTTP_X_A"] == "1, 2"
    assert seen["HTTP_COOKIE"] == "a=1; b=2"
    assert seen["HTTP_HOST"] == "h:1"
    assert seen["CONTENT_TYPE"] == "text/plain"
    assert seen["HTTP_X_LATIN"] == "é"
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_PROXY", "HTTP_CONTENT_TYPE"} & set(seen)


def test_who_asks_is_the_peer_of_the_socket_whatever_headers_say(echo):
    _, seen = ask(echo, b"GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n\r\n")
    assert seen["REMOTE_ADDR"] == "127.0.0.1"
    assert seen["wsgi.url_scheme"] == "http"
    assert seen["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert seen["SERVER_PORT"] == str(echo)


@pytest.mark.parametrize(
    "headers",
    [
        b"Host: a\r\nHost: b\r\n",
        b"Host: a\r\nAuthorization: x\r\nAuthorization: y\r\n",
        b"Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
        b"Host: a\r\nContent-Length: +1\r\n",
        b"Host: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    ],
)
def test_a_request_that_two_programs_could_read_differently_is_refused(echo, headers):
    status, _ = ask(echo, b"POST / HTTP/1.1\r\n" + headers + b"\r\nabcd")
    assert status == 400


def test_a_chunked_body_arrives_whole_with_its_length(echo):
    _, seen = ask(
        echo,
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    )
    assert seen["body"] == "abcde"
    assert seen["CONTENT_LENGTH"] == "5"
    assert "HTTP_TRANSFER_ENCODING" not in seen


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_streams_to_the_app_without_being_held(chunked):
    size, block = 8_000_000, b"z" * 100_000

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        total = 0
        while part := environ["wsgi.input"].read(65536):
            total += len(part)
        start_response("200 OK", [])
        return [b"%d" % total]

    with bridged(app) as server:
        client = Client(server.port)
        if chunked:
            client.get("/", "Transfer-Encoding: chunked", method="POST")
            for _ in range(size // len(block)):
                client.send(b"%x\r\n%b\r\n" % (len(block), block))
            client.send(b"0\r\n\r\n")
        else:
            client.post("/", b"z" * size)
        assert client.answer()[2] == b"%d" % size
        client.close()


def test_a_client_that_waits_for_100_continue_is_told_to_go_on_or_refused_before_it_sends():
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/refuse":
            start_response("413 Too Large", [])
            return [b"no"]
        start_response("200 OK", [])
        return [b"%d" % len(environ["wsgi.input"].read())]

    with bridged(app) as server:
        client = Client(server.port)
        client.get("/take", "Content-Length: 3", "Expect: 100-continue", method="POST")
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert client.send(b"abc").answer()[2] == b"3"
        client.close()
        client = Client(server.port)
        client.get("/refuse", "Content-Length: 9000000", "Expect: 100-continue", method="POST")
        assert client.answer()[0] == 413
        client.close()


def test_a_body_that_does_not_come_ends_in_408_and_holds_no_thread():
    with bridged(environ_app, threads=1, body=BodyRules(seconds=0.1)) as server:
        slow = Client(server.port).get("/", "Content-Length: 10", method="POST").send(b"abc")
        quick = Client(server.port).get("/")
        assert quick.answer()[0] == 200
        assert slow.answer()[0] == 408
        assert slow.to_end() == b""


def test_a_large_body_that_stops_coming_gives_its_thread_back():
    raised: list[BaseException] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        try:
            environ["wsgi.input"].read()
        except OSError as error:
            raised.append(error)
            raise
        start_response("200 OK", [])
        return [b""]

    with bridged(app, upload_threads=1, body=BodyRules(buffer=100, seconds=0.1)) as server:
        stalled = Client(server.port).get("/", "Content-Length: 1000", method="POST").send(b"x" * 200)
        assert stalled.answer()[0] == 500
        gone = Client(server.port).get("/", "Content-Length: 1000", method="POST").send(b"x" * 200)
        gone.close()
        assert Client(server.port).post("/", b"x" * 200).answer()[0] == 200
    assert [type(error).__name__ for error in raised] in (["BodyTooSlow", "ClientGone"], ["BodyTooSlow", "BodyTooSlow"])


def test_a_body_that_trickles_gives_its_thread_back_though_it_never_stops_coming():
    raised: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        try:
            environ["wsgi.input"].read()
        except OSError as error:
            raised.append(type(error).__name__)
            raise
        start_response("200 OK", [])
        return [b""]

    def trickled(rules: BodyRules) -> None:
        with bridged(app, upload_threads=1, body=rules) as server:
            slow = Client(server.port).get("/", "Content-Length: 1000000", method="POST")
            for _ in range(200):
                if raised:
                    break
                slow.send(b"x" * 100)
                time.sleep(0.02)
            assert Client(server.port).post("/", b"x" * 200).answer()[0] == 200

    # By the rate of bodies that hold no thread this one would be in time for ever.
    trickled(BodyRules(buffer=100, seconds=0.2, slowest=1, held_slowest=1_000_000))
    assert raised.pop() == "BodyTooSlow"
    trickled(BodyRules(buffer=100, seconds=0.2, slowest=1, held_slowest=1, held_seconds=0.3))
    assert raised.pop() == "BodyTooSlow"


def test_an_answer_of_one_piece_has_a_length_and_the_connection_goes_on():
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("X-A", "1"), ("Transfer-Encoding", "chunked"), ("Connection", "close")])
        return [b"one ", b"answer"]

    with bridged(app) as server:
        client = Client(server.port)
        for _ in range(3):
            status, headers, body = client.get("/").answer()
            assert (status, headers["content-length"], headers["x-a"], body) == (200, "10", "1", b"one answer")
        client.close()


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified", "200 OK"])
def test_answers_without_a_body_have_none(status):
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [("Content-Length", "5")])
        return [b"hello"]

    with bridged(app) as server:
        client = Client(server.port).get("/", method="HEAD" if status[:3] == "200" else "GET")
        head = client.until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 " + status[:3].encode())
        assert (b"content-length: 5" in head) is (status[:3] == "200")
        assert client.get("/", method="HEAD").until(b"\r\n\r\n").startswith(b"HTTP/1.1 ")
        client.close()


def test_a_streamed_answer_arrives_piece_by_piece_and_is_closed():
    go_on, closed = threading.Event(), threading.Event()

    class Pieces:
        def __iter__(self) -> Iterator[bytes]:
            yield b"first"
            go_on.wait(10)
            yield b"second"

        def close(self) -> None:
            closed.set()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        return Pieces()

    with bridged(app) as server:
        client = Client(server.port).get("/")
        client.until(b"first")
        go_on.set()
        client.until(b"second")
        client.until(b"0\r\n\r\n")
        assert closed.wait(10)
        client.close()


def test_a_client_that_leaves_ends_the_answer_and_the_app_is_told():
    closed = threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])

        def pieces() -> Iterator[bytes]:
            try:
                while True:
                    yield b"x" * 1000
            finally:
                closed.set()

        return pieces()

    with bridged(app) as server:
        client = Client(server.port).get("/")
        client.until(b"xxx")
        client.close()
        assert closed.wait(10)


def test_clients_that_do_not_read_hold_no_thread():
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/quick":
            return [b"quick"]
        return (b"x" * 100_000 for _ in range(1000))

    with bridged(app, threads=1) as server:
        stalled = [Client(server.port, receive_buffer=4096).get("/") for _ in range(3)]
        assert Client(server.port).get("/quick").answer()[2] == b"quick"
        for client in stalled:
            client.close()


def test_what_flask_streams_with_its_context_works_over_several_threads():
    flask = Flask(__name__)

    @flask.get("/<name>")
    def pieces(name: str) -> Response:
        def make() -> Iterator[str]:
            for number in range(20):
                yield f"{request.view_args}{number};"

        return Response(stream_with_context(make()))

    with bridged(flask, threads=4) as server:
        client = Client(server.port)
        body = client.get("/hello").answer()[2].decode()
        assert body == "".join(f"{{'name': 'hello'}}{number};" for number in range(20))
        client.close()


def test_a_file_is_sent_whole(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(content)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", str(len(content)))])
        return environ["wsgi.file_wrapper"]((tmp_path / "file").open("rb"), 8192)

    with bridged(app) as server:
        client = Client(server.port)
        assert client.get("/").answer()[2] == content
        assert client.get("/").answer()[2] == content
        client.close()


@pytest.mark.parametrize("error", [RuntimeError("secret detail"), SystemExit(3), KeyboardInterrupt()])
def test_an_app_that_raises_is_answered_plainly_and_logged(error, caplog):
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/fine":
            start_response("200 OK", [])
            return [b"fine"]
        raise error

    with bridged(app, threads=1) as server, caplog.at_level(logging.ERROR, "doorward.serve"):
        status, headers, body = Client(server.port).get("/").answer()
        assert status == 500
        assert b"secret" not in body
        assert headers["x-content-type-options"] == "nosniff"
        assert Client(server.port).get("/fine").answer()[2] == b"fine"
    assert "the app raised" in caplog.text


def test_an_answer_that_breaks_in_the_middle_never_looks_complete():
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])

        def pieces() -> Iterator[bytes]:
            yield b"begun"
            raise RuntimeError("middle")

        return pieces()

    with bridged(app) as server:
        raw = Client(server.port).get("/").to_end()
        assert b"begun" in raw
        assert not raw.endswith(b"0\r\n\r\n")


def test_an_app_that_forgets_to_start_its_response_is_an_error():
    with bridged(lambda environ, start_response: [b"body"]) as server:
        assert Client(server.port).get("/").answer()[0] == 500


def test_an_error_may_still_replace_what_was_begun():
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("X-First", "1")])
        start_response("503 Busy", [], (RuntimeError, RuntimeError(), None))
        return [b"busy"]

    with bridged(app) as server:
        status, headers, _ = Client(server.port).get("/").answer()
        assert status == 503
        assert "x-first" not in headers


def test_the_old_write_callable_still_works():
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"written ")
        return [b"returned"]

    with bridged(app) as server:
        assert Client(server.port).get("/").answer()[2] == b"written returned"


def test_slow_requests_in_their_lane_do_not_stall_ordinary_ones():
    release = threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/login":
            release.wait(10)
        start_response("200 OK", [])
        return [b"done"]

    options: dict[str, Any] = {"lane": lambda method, path: "slow" if path == "/login" else "ordinary"}
    with bridged(app, threads=1, slow_threads=1, **options) as server:
        waiting = [Client(server.port).get("/login") for _ in range(5)]
        assert Client(server.port).get("/").answer()[2] == b"done"
        release.set()
        assert all(client.answer()[2] == b"done" for client in waiting)


def test_more_requests_than_may_wait_are_told_to_come_back():
    release, begun = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.set()
        release.wait(10)
        start_response("200 OK", [])
        return [b"done"]

    with bridged(app, threads=1, waiting=1) as server:
        first = Client(server.port).get("/")
        assert begun.wait(10)
        others = [Client(server.port).get("/") for _ in range(4)]
        refused = [client for client in others if client is not others[0]]
        answers = [client.answer() for client in refused]
        release.set()
        assert [status for status, _, _ in answers] == [503] * 3
        assert all(int(headers["retry-after"]) >= 1 for _, headers, _ in answers)
        assert first.answer()[0] == others[0].answer()[0] == 200


def test_websockets_are_refused():
    with bridged(environ_app) as server:
        client = Client(server.port).get(
            "/", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"
        )
        assert client.answer()[0] == 200  # an ordinary answer, not 101
        client.close()


def test_start_and_stop_call_what_they_were_given_and_a_running_request_finishes():
    calls: list[str] = []
    begun, release = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.set()
        release.wait(10)
        start_response("200 OK", [])
        calls.append("answered")
        return [b"done"]

    with bridged(app, startup=[lambda: calls.append("start")], shutdown=[lambda: calls.append("stop")]) as server:
        client = Client(server.port).get("/")
        assert begun.wait(10)
        server.begin_stop()
        time.sleep(0.15)
        release.set()
        assert client.answer()[2] == b"done"
    assert calls == ["start", "answered", "stop"]


def test_a_start_that_fails_is_told_to_the_server_with_its_reason():
    def fail() -> None:
        raise RuntimeError("the database cannot be opened")

    told: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        told.append(message)

    asyncio.run(Bridge(environ_app, startup=[fail])({"type": "lifespan"}, receive, send))
    assert told == [{"type": "lifespan.startup.failed", "message": "the database cannot be opened"}]
