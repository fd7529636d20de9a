"""How the server treats a connection: what a request may look like, how slow, how many and how large it may be."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from doorward.serve import protocol, server
from doorward.serve.bodies import BodyRules
from doorward.serve.connections import ConnectionRules, Connections
from doorward.serve.protocol import DoorProtocol
from doorward.web.checks import size
from doorward.web.middleware import Middleware
from doorward.web.pages import reports as reports
from tests.prove.switches import Switch, replaced
from tests.prove.switches.gate import without

_WEEK = 7 * 24 * 3600.0


def _no_sizes(patch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_TARGET", "MOST_HEAD", "MOST_FIELDS"):
        patch.setattr(protocol, name, 10**9)


def _trailers_count(patch: pytest.MonkeyPatch) -> None:
    on_header = DoorProtocol.on_header

    def counted(self: DoorProtocol, name: bytes, value: bytes) -> None:
        self.in_head = True
        on_header(self, name, value)

    patch.setattr(DoorProtocol, "on_header", counted)


def receiving(change: Callable[[DoorProtocol, bytes], bytes]) -> Callable[[pytest.MonkeyPatch], None]:
    """Takes what comes in for something else."""

    def off(patch: pytest.MonkeyPatch) -> None:
        received = DoorProtocol.data_received
        patch.setattr(DoorProtocol, "data_received", lambda self, data: received(self, change(self, data)))

    return off


def _length_forgotten(_connection: DoorProtocol, data: bytes) -> bytes:
    """The body of a GET is taken for what comes next."""
    return re.sub(rb"^(GET \S+ HTTP/1.1\r\nHost: \S+\r\n)Content-Length: [1-9]\d{1,3}\r\n", rb"\1", data)


def _changed_to_websocket(connection: DoorProtocol, data: bytes) -> bytes:
    if b"Upgrade: websocket" not in data:
        return data
    connection.transport.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
    return b""


def _echoed(connection: DoorProtocol, data: bytes) -> bytes:
    if not data.startswith(b"TRACE "):
        return data
    connection.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(data), data))
    return b""


def answering(change: Callable[[dict[str, Any], Any], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Changes what goes into the app, or comes out of it."""

    def off(patch: pytest.MonkeyPatch) -> None:
        call = Middleware.__call__
        patch.setattr(
            Middleware,
            "__call__",
            lambda self, environ, start: change(environ, lambda: call(self, environ, start)),
        )

    return off


def _unpacked(environ: dict[str, Any], answer: Callable[[], Any]) -> Any:
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.decompress(environ["wsgi.input"].read())
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        del environ["HTTP_CONTENT_ENCODING"]
    return answer()


def _plainly_read(text: bytes) -> Any:
    """Without thinking of what may go wrong."""
    try:
        return json.loads(text)
    except RecursionError:
        raise MemoryError("too deep") from None


def _many_times(environ: dict[str, Any], answer: Callable[[], Any]) -> Any:
    pieces = environ.get("HTTP_RANGE", "").count(",")
    body = answer()
    return body if pieces < 100 else [b"".join(body) * pieces]


SWITCHES = (
    Switch("framing", replaced(DoorProtocol, "_check_framing", lambda *_: None),
           "Only one way to say where a request ends is understood.", on_server=True),
    Switch("size of heads", _no_sizes, "The head of a request has a largest size.", on_server=True),
    Switch("one answer a request", receiving(_length_forgotten), "The body of a request is never taken for another.",
           on_server=True),
    Switch("one host", replaced(DoorProtocol, "_check_target", lambda *_: None),
           "The address of a request is that of its Host header.", on_server=True),
    Switch("trailers", _trailers_count, "What stands behind a body is no header.", on_server=True),
    Switch("no upgrade", receiving(_changed_to_websocket), "No connection changes its protocol.", on_server=True),
    Switch("no trace", receiving(_echoed), "No request is sent back.", on_server=True),
    Switch("head deadline", replaced(server, "_connection_rules", lambda _: ConnectionRules(head_seconds=_WEEK)),
           "Heads must come in time.", on_server=True),
    Switch("body deadline", replaced(server, "BodyRules", lambda seconds: BodyRules(seconds=_WEEK)),
           "Bodies must come in time.", on_server=True),
    Switch("room for connections", replaced(Connections, "_make_room", lambda *_: False),
           "Where all places are taken, the connection goes that has said nothing for longest.", on_server=True),
    Switch("body cap", without(size.check), "Bodies are refused by their size before they are read.", on_server=True),
    Switch("no unpacking", answering(_unpacked), "No body is unpacked."),
    Switch("strict JSON", replaced(reports, "json", SimpleNamespace(loads=_plainly_read)),
           "JSON that is not sound is refused."),
    Switch("ranges", answering(_many_times), "A file is sent once."),
)  # fmt: skip
