"""Running a WSGI app: what it answers, whole when that is one piece, else piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from contextvars import Context
from typing import Any

RawHeaders = list[tuple[bytes, bytes]]
StartResponse = Callable[..., Callable[[bytes], None]]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

#: Answers without a body (RFC 9110 sections 6.4.1 and 15).
_BODILESS = frozenset({204, 205, 304})
#: The server frames the body and manages the connection itself; an app may not (PEP 3333).
_DROPPED = frozenset({b"transfer-encoding", b"connection", b"keep-alive", b"upgrade", b"trailer"})


class Reply:
    """The answer of a WSGI app. Made and continued on worker threads, one at a time.

    Attributes:
        status: the HTTP status.
        headers: names and values as bytes.
        body: the first piece, or everything.
        streams_may_follow: a live stream can take the place of this body: a 200 to a GET.
        rest: more pieces are to come: call `piece` until it returns None, then `close`.
    """

    __slots__ = (
        "_context",
        "_iterable",
        "_iterator",
        "_written",
        "body",
        "headers",
        "rest",
        "status",
        "streams_may_follow",
    )

    def __init__(self) -> None:
        self.status = 0
        self.headers: RawHeaders = []
        self.body = b""
        self.rest = False
        self.streams_may_follow = False
        self._written: list[bytes] = []
        self._iterable: Iterable[bytes] | None = None
        self._iterator: Iterator[bytes] = iter(())
        #: Each request has its own: its pieces may be made on different threads and still see one Flask context.
        self._context = Context()

    def run(self, app: WsgiApp, environ: dict[str, Any]) -> Reply:
        """Call the app and take its first piece. `close` has been called on return, unless there is a `rest`."""
        self._context.run(self._run, app, environ)
        return self

    def piece(self) -> bytes | None:
        """The next piece; None at the end."""
        return self._context.run(next, self._iterator, None)

    def close(self) -> None:
        """Give the app's iterable its `close`, exactly once, whatever happened (PEP 3333)."""
        self._context.run(self._close)

    def _run(self, app: WsgiApp, environ: dict[str, Any]) -> None:
        try:
            self._iterable = app(environ, self._start_response)
            self._take(environ["REQUEST_METHOD"], self._iterable)
        finally:
            if not self.rest:
                self._close()

    def _close(self) -> None:
        iterable, self._iterable = self._iterable, None
        close = getattr(iterable, "close", None)
        if close is not None:
            close()

    def _take(self, method: str, iterable: Iterable[bytes]) -> None:
        if isinstance(iterable, (list, tuple)):
            pieces, whole = iterable, True
            self.body = b"".join((*self._written, *pieces))
        else:
            self._iterator = iter(iterable)
            self.body = b"".join((*self._written, _first(self._iterator)))
            whole = method == "HEAD" or self._is_whole(iterable)
        if not self.status:
            raise RuntimeError("the app did not call start_response")
        self.rest = not whole and self.status not in _BODILESS
        if not self.rest:
            self._end(method)
            self.streams_may_follow = method == "GET" and self.status == 200

    def _is_whole(self, iterable: Iterable[bytes]) -> bool:
        """Whether the first piece is all: by length, as Werkzeug's responses say it, or because it was empty."""
        if isinstance(iterable, Sized) and len(iterable) <= 1:
            return True
        declared = self.header(b"content-length")
        return not self.body if declared is None else len(self.body) >= int(declared)

    def _end(self, method: str) -> None:
        if self.status in _BODILESS:
            self.body = b""
            self.headers = [pair for pair in self.headers if pair[0] != b"content-length"]
        elif self.header(b"content-length") is None and method != "HEAD":
            self.headers.append((b"content-length", b"%d" % len(self.body)))
        if method == "HEAD":
            self.body = b""

    def header(self, name: bytes) -> bytes | None:
        """The value of a response header, by its lower-case name."""
        return next((value for given, value in self.headers if given == name), None)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """PEP 3333's `start_response`. Nothing is sent before `run` returns; until then an error may replace it."""
        if self.rest and exc_info is not None:
            raise exc_info[1]
        if self.status and exc_info is None:
            raise AssertionError("start_response was called twice")
        self.status = int(status[:3])
        self.headers = [
            (lower, value.encode("latin-1"))
            for name, value in headers
            if (lower := name.lower().encode("latin-1")) not in _DROPPED
        ]
        return self._written.append


def _first(iterator: Iterator[bytes]) -> bytes:
    """The first piece that is not empty; empty at the end."""
    for piece in iterator:
        if piece:
            return piece
    return b""
