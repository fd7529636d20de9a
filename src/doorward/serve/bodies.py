"""Request bodies: small ones are read in the event loop, large ones reach the app as they arrive.

A slow client must hold neither a thread nor memory for ever, so each body has a deadline that grows with what has
arrived (slow loris; OWASP ASVS 15.2.2).
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

from doorward.errors import BadRequest

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class ClientGone(ConnectionError):
    """The client left before its request was complete: there is nobody to answer."""


class BodyTooSlow(TimeoutError):
    """The body did not arrive in time (RFC 9110 section 15.5.9)."""


@dataclass(frozen=True, slots=True)
class BodyRules:
    """How bodies are read.

    Arguments:
        buffer: bytes up to which a body is read before the app is called.
        seconds: the time that any body has.
        slowest: bytes a second; a larger body has more time at this rate.
        held_slowest: the same for a body that a thread waits for, of which there are few.
        held_seconds: the time that such a body has at most, however much of it has come.
    """

    buffer: int = 256 * 1024
    seconds: float = 20.0
    slowest: int = 16 * 1024
    held_slowest: int = 64 * 1024
    held_seconds: float = 900.0


class Body:
    """The body of one request. Its methods run on the loop.

    Arguments:
        receive: ASGI's.
        headers: the request's, to know whether there is a body, and how long.
        rules: see there.

    Raises: `BadRequest` when the declared length is not a number.
    """

    __slots__ = ("_begun_at", "_held", "_length", "_receive", "_received", "_rules", "ended")

    def __init__(self, receive: Receive, headers: Iterable[tuple[bytes, bytes]], rules: BodyRules) -> None:
        self._receive = receive
        self._rules = rules
        self._received = 0
        self._begun_at: float | None = None
        self._held = False
        self._length = _declared_length(headers)
        self.ended = self._length == 0

    async def read_small(self) -> bytes:
        """Read until the body ends or has filled the buffer. A larger one is not begun, so that it can be refused."""
        if self._length is not None and self._length > self._rules.buffer:
            return b""
        parts = []
        while not self.ended and self._received <= self._rules.buffer:
            parts.append(await self.receive_part())
        return b"".join(parts)

    async def receive_part(self) -> bytes:
        """The next part, which may be empty. Raises `ClientGone`, `BodyTooSlow`."""
        try:
            async with asyncio.timeout_at(self._part_deadline()):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        self.ended = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        self._received += len(part)
        return part

    async def client_left(self) -> None:
        """Return when the client has gone. Only after the body's end."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def as_stream(self, begun: bytes) -> io.BufferedReader:
        """The body as a file for a worker thread, beginning with what was already read. It must come faster then."""
        self._held = True
        return io.BufferedReader(_StreamedBody(self, asyncio.get_running_loop(), begun), 64 * 1024)

    def _part_deadline(self) -> float:
        if self._begun_at is None:
            self._begun_at = asyncio.get_running_loop().time()
        rules = self._rules
        if not self._held:
            return self._begun_at + rules.seconds + self._received / rules.slowest
        seconds = rules.seconds + self._received / rules.held_slowest
        return self._begun_at + min(seconds, max(rules.held_seconds, rules.seconds))


class _StreamedBody(io.RawIOBase):
    """`wsgi.input` of a large body: each read asks the loop for the next part, so nothing piles up."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop, begun: bytes) -> None:
        self._body = body
        self._loop = loop
        self._part = memoryview(begun)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Called on a worker thread. Raises `ClientGone`, `BodyTooSlow`: half a body never passes for a whole one."""
        while not self._part and not self._body.ended:
            arriving = asyncio.run_coroutine_threadsafe(self._body.receive_part(), self._loop)
            self._part = memoryview(arriving.result())
        size = min(len(buffer), len(self._part))
        buffer[:size] = self._part[:size]
        self._part = self._part[size:]
        return size


def _declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """0 for no body; None for a chunked one."""
    length: int | None = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            if not value.isdigit() or len(value) > 18:
                raise BadRequest("The Content-Length header is not a number.")
            length = int(value)
    return length
