"""A real uvicorn in a thread of the test, and a client that sends exactly the bytes it is given."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from doorward.serve.bridge import Bridge


class Running:
    """A server that answers at `port`."""

    def __init__(self, app: Any, **options: Any) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            **{
                "http": "httptools",
                "loop": "uvloop",
                "ws": "none",
                "lifespan": "on",
                "access_log": False,
                "log_config": None,
                "proxy_headers": False,
                "timeout_graceful_shutdown": 5,
            }
            | options,
        )
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> Running:
        self._thread.start()
        assert self._ready.wait(10), "the server did not start"
        return self

    def _run(self) -> None:
        async def main() -> None:
            self.loop = asyncio.get_running_loop()
            serving = asyncio.ensure_future(self.server.serve([self.socket]))
            while not self.server.started and not serving.done():
                await asyncio.sleep(0.001)
            self._ready.set()
            await serving

        runner = asyncio.Runner(loop_factory=self.server.config.get_loop_factory())
        with runner:
            runner.run(main())

    def on_loop(self, call: Callable[[], Any]) -> Any:
        """Run something on the server's loop and return what it returns."""
        assert self.loop is not None

        async def run() -> Any:
            return call()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def begin_stop(self) -> None:
        self.server.should_exit = True

    def stop(self) -> None:
        self.begin_stop()
        self._thread.join(15)
        assert not self._thread.is_alive(), "the server did not stop"


class Client:
    """One connection."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, receive_buffer: int = 0) -> None:
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.settimeout(10)
        plain.connect(("127.0.0.1", port))
        self.socket = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        self.data = b""

    def send(self, data: bytes) -> Client:
        self.socket.sendall(data)
        return self

    def get(self, target: str, *headers: str, method: str = "GET") -> Client:
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers, "", ""]
        return self.send("\r\n".join(lines).encode("latin-1"))

    def post(self, target: str, body: bytes, *headers: str) -> Client:
        self.get(target, f"Content-Length: {len(body)}", *headers, method="POST")
        return self.send(body)

    def until(self, mark: bytes) -> bytes:
        """Read until `mark` has come; returns and forgets everything up to it."""
        while mark not in self.data:
            part = self.socket.recv(65536)
            assert part, f"the connection ended before {mark!r}: {self.data!r}"
            self.data += part
        found, _, self.data = self.data.partition(mark)
        return found + mark

    def to_end(self) -> bytes:
        """Read until the server closes the connection (or resets it)."""
        try:
            while part := self.socket.recv(65536):
                self.data += part
        except ConnectionResetError:
            pass
        return self.data

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer with a Content-Length or in chunks: status, headers, body."""
        head = self.until(b"\r\n\r\n").decode("latin-1")
        status, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if headers.get("transfer-encoding") == "chunked":
            return int(status.split()[1]), headers, self._chunks()
        length = int(headers.get("content-length", "0"))
        while len(self.data) < length:
            part = self.socket.recv(65536)
            assert part, "the body ended early"
            self.data += part
        body, self.data = self.data[:length], self.data[length:]
        return int(status.split()[1]), headers, body

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.until(b"\r\n"), 16):
            while len(self.data) < size + 2:
                self.data += self.socket.recv(65536)
            body += self.data[:size]
            self.data = self.data[size + 2 :]
        self.until(b"\r\n")
        return body

    def close(self) -> None:
        self.socket.close()


@contextmanager
def running(app: Any, **options: Any) -> Iterator[Running]:
    """Serve an ASGI app for the length of a block."""
    server = Running(app, **options).start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def bridged(app: Any, hub: Any = None, config: dict[str, Any] | None = None, **options: Any) -> Iterator[Running]:
    """Serve a WSGI app through the bridge for the length of a block."""
    with running(Bridge(app, hub, **options), **(config or {})) as server:
        yield server
