"""HTTP/1.1 on a connection: uvicorn's protocol, made strict about requests, and patient with nobody.

What two programs could read differently is refused with a plain answer that carries the door's headers, and ends the
connection: so a second request is never read out of the middle of the first (RFC 9112 section 11.2, OWASP ASVS 4.2.1).
It relies on private attributes of uvicorn, which is pinned; tests/serve/test_protocol.py fails when they change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from doorward.serve.connections import Connections
from doorward.serve.sending import plain_headers

_log = logging.getLogger("doorward.serve")

#: The longest request line's target, and all of a head together, in bytes; how many fields; as gunicorn and nginx.
MOST_TARGET = 16 * 1024
MOST_HEAD = 32 * 1024
MOST_FIELDS = 100
#: How many requests may be sent before the first is answered.
MOST_PIPELINED = 32
#: How much of a body that nobody wants any more is read, so that its sender finds time to read the refusal.
MOST_DISCARDED = 4 * 1024 * 1024
#: What frames a body may be so many times its size: for bodies in tiny chunks.
_FRAMING_PER_BYTE = 16


class _Refused(Exception):
    """Raised inside the parser, which stops it; the answer is in `DoorProtocol.refusal`."""


class DoorProtocol(HttpToolsProtocol):
    """One connection.

    Arguments:
        keeper: knows all connections.
        options: what uvicorn gives each of its protocols.
    """

    def __init__(self, keeper: Connections, **options: Any) -> None:
        super().__init__(**options)
        self.keeper = keeper
        self.refusal = (400, "Invalid HTTP request received.")
        self.in_head = True
        self.broken = False
        self.unframed = 0
        self.head_size = 0
        self.discarded = 0

    # The connection.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self.keeper.came(self, self.client[0] if self.client else ""):
            self.broken = True
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.keeper.went(self)
        super().connection_lost(exc)

    def handed_over(self) -> None:
        """The connection is a live stream's from now on (`doorward.live.handover`)."""
        self.keeper.went(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.keeper.stalls(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.keeper.takes_again(self)

    def head_is_late(self) -> None:
        """Whoever has begun a request is told; whoever said nothing is not there."""
        if self.in_head and self.unframed and not self.transport.is_closing():
            self._write_refusal(408, "The head of the request took too long to arrive.")

    def shutdown(self) -> None:
        """At the stop. Over TLS an idle browser would be waited for: it does not answer the farewell."""
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().shutdown()

    # What comes in.

    def data_received(self, data: bytes) -> None:
        if self.broken:
            return
        self.unframed += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # answered as if it had not been asked for (RFC 9110 section 7.8); the connection ends with it
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        if self.unframed > MOST_HEAD:
            self._too_large()
        elif self.cycle is None or self.cycle.response_complete:
            self.keeper.waits(self)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.in_head = True
        self.head_size = 0
        self.unframed = max(self.unframed, 1)

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > MOST_TARGET:
            self._refuse(414, "The address of the request is too long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.in_head:
            return  # a trailer: it comes after who sent the request has been settled, and may say nothing about that
        self.head_size += len(name) + len(value) + 4
        if self.head_size > MOST_HEAD or len(self.headers) >= MOST_FIELDS:
            self._refuse(431, "The request has too many headers, or too long ones.")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.in_head = False
        self.unframed = 0
        self._check_head()
        self.keeper.busy(self)
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self.unframed -= _FRAMING_PER_BYTE * len(body)
        if self.cycle.response_complete:
            self.discarded += len(body)
            if self.discarded > MOST_DISCARDED:
                self._refuse(413, "The request is too large.")
        else:
            self._keep(body)

    def _keep(self, body: bytes) -> None:
        """As uvicorn's, but for its two copies of every part: what comes alone is handed on as it is."""
        cycle: Any = self.cycle
        if not cycle.body:
            cycle.body = body
        else:
            if isinstance(cycle.body, bytes):
                cycle.body = bytearray(cycle.body)
            cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.unframed = self.discarded = 0
        self.cycle.more_body = False

    def on_response_complete(self) -> None:
        """As uvicorn's, with our own queue in place of a timer for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self.keeper.stalls(self)
        elif self.broken:
            self.pipeline.clear()
            self.keeper.close(self)
        else:
            self.flow.resume_reading()
            if self.pipeline:
                cycle, app = self.pipeline.pop()
                self._start_asgi_task(cycle, app)
            elif self.cycle.more_body:
                self.keeper.waits(self)  # for the rest of a body that was not wanted, as long as for a head
            else:
                self.keeper.rests(self)

    # What a head may say.

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self._refuse(505, "This server speaks HTTP/1.1.")
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and version == "1.1"):
            self._refuse(400, "The request must have one Host header.")
        self._check_framing(version)
        self._check_target(hosts[0] if hosts else b"")
        if self.parser.should_upgrade() and self._has_body():
            self._refuse(400, "This server changes no protocol in the middle of a request.")
        if len(self.pipeline) >= MOST_PIPELINED:
            self._refuse(400, "Too many requests at once.")

    def _check_framing(self, version: str) -> None:
        """The parser has refused most of it; what it lets through is refused here (RFC 9112 section 6.1)."""
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        lengths = [value for name, value in self.headers if name == b"content-length"]
        if not codings and len(lengths) < 2:
            return
        if codings and (version != "1.1" or lengths or [one.strip().lower() for one in codings] != [b"chunked"]):
            self._refuse(400, "Only the transfer coding chunked is understood, alone and in HTTP/1.1.")
        if len(lengths) > 1:
            self._refuse(400, "The request has two lengths.")

    def _check_target(self, host: bytes) -> None:
        """A path; or an address whose authority is that of the Host header (RFC 9112 section 3.2.2)."""
        if b"#" in self.url or self.parser.get_method() == b"CONNECT":
            self._refuse(400, "The request's address is not one of this server.")
        if self.url[:1] == b"/" or self.url == b"*":
            return
        _, mark, rest = self.url.partition(b"://")
        if not mark or rest.partition(b"/")[0].partition(b"?")[0].lower() != host.lower():
            self._refuse(400, "The request's address is not that of its Host header.")

    def _has_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0")
            for name, value in self.headers
        )

    # Refusing.

    def _refuse(self, status: int, text: str) -> None:
        self.refusal = (status, text)
        raise _Refused(text)

    def _too_large(self) -> None:
        self.refusal = (431, "The head of the request is too large.")
        self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """Refuse what came last. Who is still being answered gets that first: no answer may be taken for another."""
        if self.transport.is_closing() or self.broken:
            return
        self.broken = True
        status, text = self.refusal
        _log.info("refused a request: %s", text, extra={"address": self.client[0] if self.client else ""})
        answering = self.cycle is not None and not self.cycle.response_complete
        if self.pipeline or (answering and not self.cycle.more_body):
            return  # closed when that is done
        if not (self.cycle is not None and self.cycle.more_body and self.cycle.response_started):
            self._write_refusal(status, text)
        self.keeper.close(self)

    def _write_refusal(self, status: int, text: str) -> None:
        body = text.encode()
        lines = [STATUS_LINE[status], *(b"%s: %s\r\n" % pair for pair in self.server_state.default_headers)]
        lines += [b"%s: %s\r\n" % pair for pair in plain_headers(body, secure=self.scheme == "https")]
        self.transport.write(b"".join([*lines, b"\r\n", body]))

    def timeout_keep_alive_handler(self) -> None:
        """Never armed: `on_response_complete` is ours."""

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing to say: no upgrade is offered."""


def strict_protocol(keeper: Connections) -> Callable[..., DoorProtocol]:
    """What uvicorn makes for each connection."""

    def made(**options: Any) -> DoorProtocol:
        return DoorProtocol(keeper, **options)

    return made
