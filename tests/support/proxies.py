"""A small reverse proxy, for tests of how a server is reached: TLS by our own authority, and mistakes on demand."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Headers = dict[str, str]
#: From the client's headers, its address and the scheme to the headers that the proxy sends on.
Forward = Callable[[Headers, str, str], Headers]


def sound(headers: Headers, client: str, scheme: str) -> Headers:
    """As a proxy should: its own words, and the client's list of addresses with one more."""
    before = headers.get("X-Forwarded-For")
    return {
        **headers,
        "X-Forwarded-For": f"{before}, {client}" if before else client,
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-Host": headers["Host"],
    }


class Proxy:
    """A proxy that stands at `host:port`; use it in a `with`.

    Arguments:
        backend: the port behind it, on 127.0.0.1.
        forward: what it makes of the headers.
        context: for TLS; without it, plain HTTP.
        source: the address from which it connects to the backend.
    """

    def __init__(
        self,
        backend: int,
        forward: Forward = sound,
        context: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        source: str = "127.0.0.1",
    ) -> None:
        self.scheme = "https" if context else "http"
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                sent = forward(dict(self.headers.items()), str(self.client_address[0]), proxy.scheme)
                connection = http.client.HTTPConnection("127.0.0.1", backend, timeout=10, source_address=(source, 0))
                connection.request("GET", self.path, headers=sent)
                answer = connection.getresponse()
                body = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                connection.close()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer((host, 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self.url = f"{self.scheme}://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
