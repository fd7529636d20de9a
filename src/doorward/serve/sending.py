"""Sending an answer through ASGI: whole, piece by piece, or a plain refusal."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from doorward.core.headers import browser_headers
from doorward.errors import Limited, Refused, Unavailable

from .bodies import Body
from .lanes import Lane
from .replies import RawHeaders, Reply

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

#: How long a client may take no byte of a streamed answer before it is given up.
STALL_SECONDS = 60.0


async def send_start(send: Send, status: int, headers: RawHeaders) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def send_reply(reply: Reply, lane: Lane, body: Body, send: Send) -> None:
    """Send what the app answered. The pieces of a streamed answer are made one by one, at the client's speed, and no
    thread is held while the client reads.
    """
    if not reply.rest:
        await send_start(send, reply.status, reply.headers)
        await send({"type": "http.response.body", "body": reply.body})
        return
    leaving = asyncio.ensure_future(body.client_left()) if body.ended else None
    try:
        await send_start(send, reply.status, reply.headers)
        await _send_pieces(reply, lane, send, leaving)
    finally:
        if leaving is not None:
            leaving.cancel()
        await lane.run(reply.close)


async def _send_pieces(reply: Reply, lane: Lane, send: Send, leaving: asyncio.Future[None] | None) -> None:
    piece: bytes | None = reply.body
    while piece is not None:
        if leaving is not None and leaving.done():
            return
        if piece:
            async with asyncio.timeout(STALL_SECONDS):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        piece = await lane.run(reply.piece)
    await send({"type": "http.response.body", "body": b""})


async def send_refusal(send: Send, refused: Refused, *, secure: bool) -> None:
    """What the server itself refuses, before any app is asked."""
    extra: RawHeaders = []
    if isinstance(refused, (Limited, Unavailable)):
        extra = [(b"retry-after", b"%d" % refused.retry_after)]
    await send_plain(send, refused.status, refused.message, extra, secure=secure)


async def send_plain(
    send: Send, status: int, text: str, extra: RawHeaders | None = None, *, secure: bool = False
) -> None:
    """A short text. The connection ends with it, since part of the request may still be on its way."""
    body = text.encode("utf-8")
    await send_start(send, status, [*plain_headers(body, secure=secure), *(extra or [])])
    await send({"type": "http.response.body", "body": body})


def plain_headers(body: bytes, *, secure: bool) -> RawHeaders:
    """The headers of an answer of the server itself: the door's, like those of every other.

    Arguments:
        body: the text, in UTF-8.
        secure: whether the connection is TLS; only then HSTS is sent (law 6).
    """
    ours = browser_headers(secrets.token_urlsafe(16), secure=secure, private=True)
    return [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in ours),
        (b"connection", b"close"),
    ]
