"""Listening on loopback for what the app asks: HTTP, plain or over TLS, small and bounded."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl

from doorward.prove.liar.certificates import HERE

_MOST_BODY = 64 * 1024


class Responder(Protocol):
    """What has the answers."""

    def respond(self, method: str, path: str, form: Mapping[str, str]) -> tuple[int, object]:
        """The status, and what is sent as JSON."""


class Listening(ThreadingHTTPServer):
    """One port of this machine.

    Arguments:
        responder: what has the answers.
        tls: to speak TLS only.
    """

    daemon_threads = True

    def __init__(self, responder: Responder, tls: ssl.SSLContext | None) -> None:
        super().__init__((HERE, 0), _Handler)
        self.responder, self._tls = responder, tls

    def get_request(self) -> tuple[Any, Any]:
        connection, address = self.socket.accept()
        if self._tls is not None:
            # The handshake is done by the thread of the connection, so that nobody else waits for it.
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody hung up, or did not believe the certificate: that is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 5
    server: Listening

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if 0 < length <= _MOST_BODY else b""
        self._answer(dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))

    def _answer(self, form: Mapping[str, str]) -> None:
        status, value = self.server.responder.respond(self.command, self.path.partition("?")[0], form)
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed: the run has a report."""


def listen(responder: Responder, tls: ssl.SSLContext | None = None) -> Listening:
    """Listen on a free port of this machine, in a thread of its own, until `shutdown`."""
    server = Listening(responder, tls)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server
