"""A connection on which exactly these bytes are sent, whether they are HTTP or not."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from doorward.prove.wire import Answer

_MOST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens."""

    host: str
    port: int

    @classmethod
    def at(cls, url: str) -> Place:
        """The place that a URL names."""
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80))

    @property
    def header(self) -> str:
        """The value of the Host header."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


class Raw:
    """One connection, used in a `with` block.

    Arguments:
        place: of the server.
        tls: to speak TLS.
        seconds: how long to wait for anything.
        small: whether little is taken at a time, so that the server has to wait for us.

    Errors:
        OSError: there was no connection.
    """

    def __init__(
        self, place: Place, tls: ssl.SSLContext | None = None, seconds: float = 5.0, *, small: bool = False
    ) -> None:
        plain = socket.socket(socket.AF_INET6 if ":" in place.host else socket.AF_INET)
        plain.settimeout(seconds)
        try:
            if small:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            plain.connect((place.host, place.port))
            self.socket = tls.wrap_socket(plain, server_hostname=place.host) if tls is not None else plain
        except BaseException:
            plain.close()
            raise
        self.place = place
        self.seconds = seconds
        self.closed = False
        self.data = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self.socket.close()

    def send(self, data: bytes) -> bool:
        """Send this. False if the server does not take it any more."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def read(self, quiet: float = 0.3, seconds: float | None = None) -> bytes:
        """What comes until the server hangs up, or is silent for `quiet` seconds after the first byte."""
        ends = time.monotonic() + (self.seconds if seconds is None else seconds)
        while not self.closed and len(self.data) < _MOST and (left := ends - time.monotonic()) > 0:
            if not self.more(min(left, quiet) if self.data else left) and not self.closed:
                break
        return self.data

    def more(self, seconds: float) -> bool:
        """Wait so long for anything at all. False if nothing came, or the server has hung up (`closed`)."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            part = self.socket.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            part = b""
        self.closed = not part
        self.data += part
        return bool(part)

    def is_cut(self, seconds: float) -> bool:
        """Does the server hang up within so many seconds?"""
        self.read(quiet=seconds, seconds=seconds)
        return self.closed

    def answers(self, quiet: float = 0.3) -> list[Answer]:
        """Every answer that comes, told apart by how each says where it ends."""
        self.read(quiet)
        return split_answers(self.data)


def split_answers(data: bytes) -> list[Answer]:
    """The answers that stand one behind the other, the last perhaps cut short; interim ones (1xx but 101) left out."""
    found: list[Answer] = []
    while data.startswith(b"HTTP/1."):
        head, mark, rest = data.partition(b"\r\n\r\n")
        if not mark:
            break
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first[9:12]) if first[9:12].isdigit() else 0
        pairs = (line.partition(":") for line in lines)
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        answer = Answer(status, headers)
        body, data = _body(answer, rest)
        if status >= 200 or status == 101:
            found.append(Answer(status, headers, body))
    return found


def _body(answer: Answer, rest: bytes) -> tuple[bytes, bytes]:
    if answer.status < 200 or answer.status in (204, 304):
        return b"", rest
    if answer.header("transfer-encoding") == "chunked":
        return _chunks(rest)
    length = answer.header("content-length")
    if not length.isdigit():
        return rest, b""
    return rest[: int(length)], rest[int(length) :]


def _chunks(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while rest:
        line, _, rest = rest.partition(b"\r\n")
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            return body, rest
        if not size:
            return body, rest.removeprefix(b"\r\n")
        body, rest = body + rest[:size], rest[size + 2 :]
    return body, b""
