"""A way out to a listener where there is no transport to write to: a bounded buffer, emptied by ASGI `send`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .listener import Listener

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

#: What may wait for one listener.
BOUND = 64 * 1024


class Outbox:
    """Behaves like a transport towards hub and listener (`listener.Way`)."""

    __slots__ = ("_closing", "_filled", "_listener", "_over", "_parts", "_sending", "_size")

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._parts: list[bytes] = []
        self._size = 0
        self._over = False
        self._closing = False
        self._filled = asyncio.Event()
        self._sending: asyncio.Future[None] | None = None

    def write(self, data: bytes, /) -> None:
        if self._closing:
            return
        self._parts.append(data)
        self._size += len(data)
        self._filled.set()
        if self._size > BOUND and not self._over:
            self._over = True
            self._listener.pause_writing()

    def close(self) -> None:
        """Send what is there, then end."""
        self._closing = True
        self._filled.set()

    def abort(self) -> None:
        """End now; what is there is dropped, and so is a `send` that waits for a browser that does not read."""
        self._parts.clear()
        self.close()
        if self._sending is not None:
            self._sending.cancel()

    async def send_all(self, receive: Receive, send: Send) -> None:
        """Send until the stream is closed or the listener leaves, which only `receive` tells."""
        leaving = asyncio.ensure_future(_left(receive))
        self._sending = sending = asyncio.ensure_future(self._send(send))
        try:
            await asyncio.wait((leaving, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.gather(leaving, sending, return_exceptions=True)

    async def _send(self, send: Send) -> None:
        while self._parts or not self._closing:
            await self._filled.wait()
            self._filled.clear()
            await send({"type": "http.response.body", "body": self._take(), "more_body": True})
            self._sent()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)

    def _sent(self) -> None:
        self._size = sum(map(len, self._parts))
        if self._over and self._size <= BOUND:
            self._over = False
            self._listener.resume_writing()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
