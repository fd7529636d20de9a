"""Live streams under servers of other people, such as `gunicorn -k gthread`: one of their threads for each listener.

Modest on purpose. The hub runs on a loop in a thread of its own; events reach only the listeners of this process,
so the server must run one worker process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from doorward.core.streams import ENVIRON_KEY, StreamRequest
from doorward.errors import Unavailable
from doorward.live.hub import Hub
from doorward.live.listener import Listener
from doorward.live.outbox import BOUND

from .opening import Opener
from .replies import StartResponse, WsgiApp


class ThreadStreams:
    """A WSGI middleware that offers `doorward.streams`.

    Arguments:
        app: the WSGI app.
        hub: where it publishes; not started yet. It is started with the first request, so after any fork.
        most: how many streams at once; each holds a thread of the server, which needs more threads than this.
    """

    def __init__(self, app: WsgiApp, hub: Hub, most: int = 4) -> None:
        self._app = app
        self._hub = hub
        self._loop = asyncio.new_event_loop()
        self._places = threading.BoundedSemaphore(most)
        self._starting = threading.Lock()
        self._started = False

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """PEP 3333. An answer to a view that opened a stream goes on until the stream ends."""
        self._start()
        opener = _BoundedOpener(self._hub, self._places)
        environ[ENVIRON_KEY] = opener
        answer = _Answer(environ["REQUEST_METHOD"], opener, start_response)
        try:
            iterable = self._app(environ, answer.start)
        except BaseException:
            opener.give_up()
            raise
        if opener.listener is None:
            return iterable
        if not answer.is_stream:
            opener.give_up()
            return iterable
        _close(iterable)
        return _Stream(self._hub, self._loop, opener)

    def _start(self) -> None:
        with self._starting:
            if not self._started:
                self._started = True
                threading.Thread(target=self._loop.run_forever, name="doorward-live", daemon=True).start()
                self._hub.start(self._loop)


class _BoundedOpener(Opener):
    """Refuses where there is no thread to spare."""

    __slots__ = ("_places",)

    def __init__(self, hub: Hub, places: threading.BoundedSemaphore) -> None:
        super().__init__(hub)
        self._places = places

    def open(self, request: StreamRequest) -> None:
        if not self._places.acquire(blocking=False):
            raise Unavailable("This server holds as many live pages as it can. Try again shortly.", retry_after=10)
        try:
            super().open(request)
        except BaseException:
            self._places.release()
            raise

    def give_up(self) -> None:
        if self.listener is not None:
            super().give_up()
            self.place_back()

    def place_back(self) -> None:
        """The thread is free again."""
        self._places.release()


class _Answer:
    """Watches the app's `start_response`: a 200 to a GET that opened a stream has no length."""

    def __init__(self, method: str, opener: Opener, start_response: StartResponse) -> None:
        self._method = method
        self._opener = opener
        self._start_response = start_response
        self.is_stream = False

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.is_stream = self._opener.listener is not None and self._method == "GET" and status.startswith("200")
        if self.is_stream:
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        if exc_info is None:
            return self._start_response(status, headers)
        return self._start_response(status, headers, exc_info)


class _Outbox:
    """The way out: written by the hub's loop, emptied by the server's thread (`listener.Way`)."""

    def __init__(self, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        self._listener = listener
        self._loop = loop
        self._changed = threading.Condition()
        self._parts: list[bytes] = []
        self._size = 0
        self._over = False
        self._closed = False

    def write(self, data: bytes, /) -> None:
        with self._changed:
            self._parts.append(data)
            self._size += len(data)
            passed = self._size > BOUND and not self._over
            self._over = self._over or passed
            self._changed.notify()
        if passed:
            self._listener.pause_writing()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def abort(self) -> None:
        with self._changed:
            self._parts.clear()
        self.close()

    def take(self) -> bytes | None:
        """Everything that waits; blocks until there is something. None at the end."""
        with self._changed:
            while not self._parts and not self._closed:
                self._changed.wait()
            taken, self._parts, self._size = b"".join(self._parts), [], 0
            drained, self._over = self._over, False
        if drained:
            self._loop.call_soon_threadsafe(self._listener.resume_writing)
        return taken or None


class _Stream:
    """The iterable of a stream. The server calls `close` when the browser has left, or the stream has ended."""

    def __init__(self, hub: Hub, loop: asyncio.AbstractEventLoop, opener: _BoundedOpener) -> None:
        self._opener: _BoundedOpener | None = opener
        self._hub, self._listener = opener.taken()
        self._outbox = _Outbox(self._listener, loop)
        loop.call_soon_threadsafe(hub.attach, self._listener, self._outbox, False)

    def __iter__(self) -> Iterator[bytes]:
        while (words := self._outbox.take()) is not None:
            yield words

    def close(self) -> None:
        opener, self._opener = self._opener, None
        if opener is not None:
            opener.place_back()
            self._hub.release(self._listener)


def _close(iterable: Iterable[bytes]) -> None:
    close = getattr(iterable, "close", None)
    if close is not None:
        close()
