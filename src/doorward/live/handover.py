"""The seam between the server and the hub: how a stream's connection is taken over once its headers are sent.

Two ways. `take_over` switches the protocol of uvicorn's connection to the listener itself, so that nothing of
uvicorn remains for it: a sixth of the memory and half of the work of sending through ASGI. It touches private
attributes of uvicorn, which is therefore pinned; `tests/live/test_handover.py` fails when they change. Everywhere
else an `Outbox` sends through plain ASGI.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

from .hub import Hub
from .listener import Listener
from .outbox import Outbox, Receive, Send

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
except ImportError:  # pragma: no cover - a machine without httptools sends through ASGI
    HttpToolsProtocol = RequestResponseCycle = None  # type: ignore[assignment, misc]

#: The kernel's share of a listener that does not read: what a stalled one costs outside this process.
_KERNEL_BUFFER = 64 * 1024


class Farewell:
    """Stands once among uvicorn's connections for all listeners, and so hears when the server stops gracefully."""

    __slots__ = ("_connections", "_hub")

    def __init__(self, hub: Hub, connections: set[Any]) -> None:
        self._hub = hub
        self._connections = connections

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Farewell) and other._hub is self._hub

    def __hash__(self) -> int:
        return hash(id(self._hub))

    def shutdown(self) -> None:
        """uvicorn calls this on each connection that it asks to finish."""
        self._connections.discard(self)
        self._hub.say_bye()


async def hand_over(hub: Hub, listener: Listener, receive: Receive, send: Send) -> None:
    """Give the listener its connection, after `http.response.start` was sent. On the hub's loop.

    Returns at once when the connection could be taken over; else when the stream has ended.
    """
    if not take_over(hub, listener, send):
        await _send_through_asgi(hub, listener, receive, send)


def take_over(hub: Hub, listener: Listener, send: Send) -> bool:
    """Switch uvicorn's connection to the listener. False when this is not uvicorn with httptools."""
    cycle = getattr(send, "__self__", None)
    if RequestResponseCycle is None or type(cycle) is not RequestResponseCycle or not cycle.chunked_encoding:
        return False
    transport = cycle.transport
    protocol = transport.get_protocol()
    if cycle.disconnected or transport.is_closing():
        hub.left(listener)
    elif isinstance(protocol, HttpToolsProtocol):
        _let_go(hub, protocol, cycle)
        transport.set_protocol(listener)
        _bound(transport)
        hub.attach(listener, transport, chunked=True)
    else:
        return False
    return True


def _let_go(hub: Hub, protocol: HttpToolsProtocol, cycle: RequestResponseCycle) -> None:
    """uvicorn forgets the connection. What points in circles is cut, so that its memory is free at once."""
    protocol.connections.add(Farewell(hub, protocol.connections))  # type: ignore[arg-type]
    protocol.connections.discard(protocol)
    handed_over = getattr(protocol, "handed_over", None)  # our server's own kind counts its connections
    if handed_over is not None:
        handed_over()
    protocol._unset_keepalive_if_required()
    protocol.flow.resume_reading()
    protocol.pipeline.clear()
    cycle.response_complete = True
    protocol.parser = None  # type: ignore[assignment]
    protocol.cycle = None  # type: ignore[assignment]
    protocol.scope = None  # type: ignore[assignment]
    protocol.headers = None  # type: ignore[assignment]


def _bound(transport: asyncio.Transport) -> None:
    """Nothing is buffered here for a listener: what the kernel does not take makes it a slow one.

    With a limit below any chunk's size uvloop also writes at once, not at the end of the loop's round, so that
    the first listeners of a sweep do not wait for the last.
    """
    transport.set_write_buffer_limits(high=1, low=0)
    with suppress(AttributeError, OSError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)


async def _send_through_asgi(hub: Hub, listener: Listener, receive: Receive, send: Send) -> None:
    outbox = Outbox(listener)
    hub.attach(listener, outbox, chunked=False)
    try:
        await outbox.send_all(receive, send)
    finally:
        hub.left(listener)
