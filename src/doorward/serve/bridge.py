"""The bridge: a WSGI app served by an ASGI server, with live streams handed to the hub.

An ordinary request costs one hop to a small thread pool: its body is read in the event loop first, and its answer
is handed back whole. Large bodies and answers stream at the speed of the client, and a client that is slow to read
holds no thread at all.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import partial
from typing import Any

from doorward.core.spooling import ENVIRON_KEY as SPOOL_KEY
from doorward.core.spooling import Spool
from doorward.core.streams import ENVIRON_KEY
from doorward.errors import Refused
from doorward.live.handover import hand_over
from doorward.live.hub import Hub

from .bodies import Body, BodyRules, BodyTooSlow, ClientGone
from .environ import Environ, environ_of
from .lanes import Lane
from .opening import Opener
from .replies import Reply, WsgiApp
from .sending import send_plain, send_refusal, send_reply, send_start
from .spooling import receive_into

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
#: The name of a lane for bodies that are received without a thread, where the view wants it so.
SPOOLED = "spooled"
#: Names the lane of a request by method and path: "ordinary", "slow" or `SPOOLED`.
ChooseLane = Callable[[str, str], str]

log = logging.getLogger("doorward.serve")
_BODY_RULES = BodyRules()


class AppFailed(Exception):
    """The app raised. Its own error is the cause; whatever it was, the answer is a plain 500."""


class Bridge:
    """An ASGI application around a WSGI application.

    Arguments:
        app: the WSGI application.
        hub: where its live streams go; without one it offers none.
        threads: threads for ordinary requests.
        slow_threads: threads for requests of the lane "slow", such as sign-ins, which wait for hashing.
        upload_threads: threads for requests whose body is larger than the buffer.
        waiting: how many requests may wait for a thread, per lane; beyond it the answer is 503.
        lane: names the lane of a request by method and path, "ordinary", "slow" or "spooled".
        body: how request bodies are read.
        startup, shutdown: called in order on a thread when the server starts, and when it has stopped.
        stop_seconds: how long the stop waits for each thread that still works.
    """

    def __init__(
        self,
        app: WsgiApp,
        hub: Hub | None = None,
        *,
        threads: int = 8,
        slow_threads: int = 4,
        upload_threads: int = 4,
        waiting: int = 512,
        lane: ChooseLane = lambda method, path: "ordinary",
        body: BodyRules = _BODY_RULES,
        startup: Sequence[Callable[[], None]] = (),
        shutdown: Sequence[Callable[[], None]] = (),
        stop_seconds: float = 5.0,
    ) -> None:
        self._app = app
        self._hub = hub
        self._lanes = {
            "ordinary": Lane("ordinary", threads, waiting),
            "slow": Lane("slow", slow_threads, waiting),
            "upload": Lane("upload", upload_threads, waiting),
        }
        self._choose_lane = lane
        self._body_rules = body
        self._startup = tuple(startup)
        self._shutdown = tuple(shutdown)
        self._stop_seconds = stop_seconds
        self._started = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3. WebSockets are refused: every write passes the door as an ordinary request."""
        if scope["type"] == "http":
            self._start()
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    # One request.

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        secure = scope["scheme"] == "https"
        try:
            body = Body(receive, scope["headers"], self._body_rules)
            environ = environ_of(scope)
            lane = await self._take_body(environ, body)
            opener = self._opener(environ)
            reply = await self._call_spooling(environ, lane, body, opener)
        except ClientGone:
            return
        except Refused as refused:
            await send_refusal(send, refused, secure=secure)
        except BodyTooSlow:
            await send_plain(send, 408, "The request took too long to arrive.", secure=secure)
        except AppFailed as failed:
            log.error("the app raised", exc_info=failed.__cause__)
            await send_plain(send, 500, "Something went wrong.", secure=secure)
        else:
            await self._send(reply, lane, body, opener, receive, send)

    async def _take_body(self, environ: Environ, body: Body) -> Lane:
        """Put `wsgi.input` into the environ. Returns the lane: a body that still streams has threads of its own."""
        chosen = self._choose_lane(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        lane = self._lanes["slow" if chosen == SPOOLED else chosen]
        lane.refuse_when_full()
        begun = await body.read_small()
        if not body.ended and chosen == SPOOLED:
            environ["wsgi.input"] = io.BytesIO(begun)
            environ[SPOOL_KEY] = Spool()
            return lane
        if not body.ended:
            environ["wsgi.input"] = body.as_stream(begun)
            return self._lanes["upload"]
        environ["wsgi.input"] = io.BytesIO(begun)
        if begun:
            environ["CONTENT_LENGTH"] = str(len(begun))
        return lane

    def _opener(self, environ: Environ) -> Opener | None:
        if self._hub is None:
            return None
        environ[ENVIRON_KEY] = opener = Opener(self._hub)
        return opener

    async def _call_spooling(self, environ: Environ, lane: Lane, body: Body, opener: Opener | None) -> Reply:
        """Call the app; and again, where it has left a sink for the body and that has arrived."""
        spool: Spool | None = environ.get(SPOOL_KEY)
        if spool is None:
            return await self._call_app(environ, lane, opener)
        again, begun = dict(environ), environ["wsgi.input"].getvalue()
        reply = await self._call_app(environ, lane, opener)
        if spool.sink is None:
            return reply
        if reply.rest:
            await lane.run(reply.close)
        await receive_into(spool, body, begun, lane)
        again["wsgi.input"] = io.BytesIO(b"")
        return await self._call_app(again, lane, opener)

    async def _call_app(self, environ: Environ, lane: Lane, opener: Opener | None) -> Reply:
        """Raises `AppFailed`, `Unavailable` when the lane is full, `ClientGone` when the app found nobody there."""
        lane.refuse_when_full()
        try:
            return await lane.run(partial(Reply().run, self._app, environ))
        except BaseException as raised:
            if opener is not None:
                opener.give_up()
            if isinstance(raised, (ClientGone, asyncio.CancelledError)):
                raise
            raise AppFailed from raised

    async def _send(
        self, reply: Reply, lane: Lane, body: Body, opener: Opener | None, receive: Receive, send: Send
    ) -> None:
        if opener is None or opener.listener is None:
            await send_reply(reply, lane, body, send)
        elif reply.streams_may_follow:
            await self._stream(reply, opener, receive, send)
        else:
            opener.give_up()
            await send_reply(reply, lane, body, send)

    async def _stream(self, reply: Reply, opener: Opener, receive: Receive, send: Send) -> None:
        """Send the headers of the view's answer and give the connection to the hub."""
        hub, listener = opener.taken()
        try:
            headers = [pair for pair in reply.headers if pair[0] != b"content-length"]
            await send_start(send, reply.status, headers)
            await hand_over(hub, listener, receive, send)
        except BaseException:
            hub.left(listener)
            raise

    # The server's life.

    def _start(self) -> None:
        """Threads and hub; also for a server that does not speak the lifespan protocol."""
        if not self._started:
            self._started = True
            for lane in self._lanes.values():
                lane.start()
            if self._hub is not None:
                self._hub.start()

    async def _live(self, receive: Receive, send: Send) -> None:
        """The lifespan protocol: ready when the start is done; gone when everything has ended."""
        await receive()
        try:
            self._start()
            await asyncio.to_thread(_call_all, self._startup)
        except Exception as error:
            log.exception("the start failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _stop(self) -> None:
        if self._hub is not None:
            self._hub.say_bye()
        for lane in self._lanes.values():
            await asyncio.to_thread(lane.stop, self._stop_seconds)
        await asyncio.to_thread(_call_all, self._shutdown)


def _call_all(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()
