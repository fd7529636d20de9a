"""Elsewhere: servers on loopback that behave as they are told, names that lead where a test says, and every socket.

with Elsewhere() as server, watched() as sockets:
    server.on("/page", html(b"<p>hello"))
    …
assert sockets.connected == []          # nothing was connected to, by anybody, in whatever way
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpcore

from doorward.web.outbound.network import dial

Behave = Callable[[socket.socket], None]


def answer(body: bytes = b"", status: str = "200 OK", **fields: str) -> bytes:
    """A whole answer; underscores in names of fields stand for hyphens."""
    given = {"Content-Length": str(len(body)), "Content-Type": "text/html", "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in fields.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def leads_to(address: str, status: int = 302, **fields: str) -> bytes:
    """An answer that leads on."""
    return answer(b"", f"{status} Elsewhere", Location=address, **fields)


@dataclass
class Elsewhere:
    """A server on loopback. What it was asked stands in `asked`, whole; whoever connected, in `visits`.

    Arguments:
        context: for TLS.
        host: where it listens.
    """

    context: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    asked: list[bytes] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    visits: int = 0

    def __enter__(self) -> Elsewhere:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._socket = socket.create_server((self.host, 0), family=family)
        self.port: int = self._socket.getsockname()[1]
        self._behaviours: dict[str, Behave] = {}
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def on(self, path: str, what: bytes | Behave) -> str:
        """Behave like this at this path: an answer, or a function that is handed the connection. Gives its address."""
        self._behaviours[path] = what if callable(what) else lambda connection: connection.sendall(what)
        return self.at(path)

    def at(self, path: str, host: str = "") -> str:
        scheme = "https" if self.context else "http"
        return f"{scheme}://{host or '127.0.0.1'}:{self.port}{path}"

    def forget(self) -> None:
        """As if nobody had been here."""
        self.asked.clear()
        self.names.clear()
        self.visits = 0

    def paths(self) -> list[str]:
        """What was asked for, method and path."""
        return [" ".join(head.split(b"\r\n")[0].decode().split()[:2]) for head in self.asked]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError, IndexError):
            connection.settimeout(10)
            if self.context is not None:
                self.context.sni_callback = lambda _socket, name, _context: self.names.append(name or "")
                connection = self.context.wrap_socket(connection, server_side=True)
            request = _whole(connection)
            self.asked.append(request)
            path = request.split()[1].decode().partition("?")[0]
            behave = self._behaviours.get(path)
            if behave is None:
                connection.sendall(answer(b"nothing here", "404 Not Found"))
            else:
                behave(connection)
        with suppress(OSError):
            connection.close()


def _whole(connection: socket.socket) -> bytes:
    """Head and body of one request."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65_536)
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    length = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


# -- names and the network -----------------------------------------------------------------------------------


@dataclass
class Names:
    """A name service under somebody's control: each name has answers, given one after the other, the last for ever.

    `asked` is every name that was looked up.
    """

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def lead(self, name: str, *answers: str) -> None:
        """Let a name lead to these addresses: each argument an answer, with blanks between its addresses."""
        self.answers[name] = [one.split() for one in answers]

    def __call__(self, host: str, _seconds: float) -> Sequence[str]:
        self.asked.append(host)
        waiting = self.answers.get(host.removesuffix("."), [[]])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@dataclass
class Wires:
    """A network in which public addresses lead to servers of the test, and all others to where they always do.

    `dialled` is every address and port to which a connection was wanted.
    """

    led: dict[str, int] = field(default_factory=dict)
    dialled: list[str] = field(default_factory=list)

    def __call__(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        self.dialled.append(f"{address}:{port}")
        if address in self.led:
            return dial("127.0.0.1", self.led[address], seconds)
        return dial(address, port, seconds)


# -- every socket ---------------------------------------------------------------------------------------------


@dataclass
class Sockets:
    """Every connection that was tried and every name that was looked up by this process, as Python itself saw it.

    Arguments:
        connected: `address:port`, in the order in which they were tried.
        looked_up: names that are no addresses.
    """

    connected: list[str] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)


_watching: list[Sockets] = []
_hooked = False


def _hook(event: str, given: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event == "socket.connect" and isinstance(given[1], tuple):
        for one in _watching:
            one.connected.append(f"{given[1][0]}:{given[1][1]}")
    elif event == "socket.getaddrinfo":
        name = given[0].decode() if isinstance(given[0], bytes) else str(given[0])
        if not name.replace(".", "").isdecimal() and ":" not in name:
            for one in _watching:
                one.looked_up.append(name)


@contextmanager
def watched() -> Iterator[Sockets]:
    """Watch the sockets of this process, below every library: by the audit events of the interpreter."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked = True
    seen = Sockets()
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
