"""The composition: Flask behind the bridge, live streams, TLS and the stop, as one server process."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
from dataclasses import dataclass

import uvicorn
from flask import Flask

from doorward.core.transport import is_loopback
from doorward.errors import StartRefused
from doorward.live.caps import Caps
from doorward.live.hub import Hub
from doorward.serve.bodies import BodyRules
from doorward.serve.bridge import Bridge
from doorward.serve.connections import ConnectionRules, Connections
from doorward.serve.consumer import Workers
from doorward.serve.housekeeping import Housekeeping
from doorward.serve.local_tls import LocalTls
from doorward.serve.protocol import strict_protocol
from doorward.serve.revocation import RevocationWatch
from doorward.serve.stun import stun_beside
from doorward.settings import Settings
from doorward.web.extension import Doorward
from doorward.web.topics import named_people, people_counts

_log = logging.getLogger("doorward.serve")
_STOP_SECONDS = 8
_MOST_FILES = 65_536
_MOST_CONNECTIONS = 16_384


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and how people reach it."""

    host: str
    port: int
    tls: bool

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # nosec B104
        return f"{'https' if self.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"


def wants_tls(settings: Settings) -> bool:
    """TLS on every address but loopback, unless a proxy stands before us or plain HTTP is asked for by name."""
    return settings.tls == "always" or not (is_loopback(settings.host) or settings.behind_proxy or settings.plain_http)


def bind(settings: Settings) -> socket.socket:
    """Take the address and port before anything else is opened, so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as problem:
        listening.close()
        raise StartRefused(
            f"Port {settings.port} on {settings.host} cannot be used ({problem.strerror}). "
            f"Another server may be running there; choose another port with --port."
        ) from problem
    listening.listen(2048)
    listening.setblocking(False)
    return listening


class DoorServer(uvicorn.Server):
    """uvicorn's server, which tells the streams to come back before it waits for connections to end."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self.hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.hub.say_bye()
        await super().shutdown(sockets)


def run(app: Flask, door: Doorward, listening: socket.socket, tls: LocalTls | None) -> None:
    """Serve until somebody asks to stop. Requests that run are finished; streams are told to come back.

    Arguments:
        app: the app, whose door has started.
        door: its door.
        listening: from `bind`.
        tls: the certificate to serve with; None for plain HTTP on loopback or behind a proxy.
    """
    settings = door.settings
    hub = _hub(settings)
    door.store.publisher = hub
    watch = RevocationWatch(door.store, hub, hub.sessions, hub.secrets)
    keeper = Housekeeping(door.store, settings, door.jobs.files)
    workers = Workers(door.parts, door.jobs, settings.job_threads)
    stun = stun_beside(door)
    bridge = Bridge(
        app,
        hub,
        threads=settings.threads,
        # The hashing pool has a place for each of them: who comes later waits in the lane, and is not sent away.
        slow_threads=settings.slow_threads,
        lane=door.lane,
        body=BodyRules(seconds=settings.body_timeout.total_seconds()),
        startup=[watch.start, keeper.start, workers.start, *([stun.start] if stun else [])],
        shutdown=[
            *([stun.stop] if stun else []),
            workers.stop,
            watch.stop,
            keeper.stop,
            *([tls.stop] if tls else []),
            door.close,
        ],
    )
    _allow_many_connections()
    config = uvicorn.Config(
        bridge,
        loop="uvloop",
        http=strict_protocol(Connections(_connection_rules(settings))),  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        date_header=True,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_STOP_SECONDS,
        backlog=2048,
    )
    config.load()
    if tls is not None:
        config.ssl = tls.context
        tls.renew_in_background()
    server = DoorServer(config, hub)
    _run(server, config, listening)


def _connection_rules(settings: Settings) -> ConnectionRules:
    """A quarter of the files that this process may open is for ordinary connections; streams have caps of their own."""
    most = max(128, min(_MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4))
    head = settings.head_timeout.total_seconds()
    return ConnectionRules(head_seconds=head, most=most, per_address=most // 2, proxies=settings.behind_proxy)


def _allow_many_connections() -> None:
    """A stream is an open file: take as many as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _run(server: DoorServer, config: uvicorn.Config, listening: socket.socket) -> None:
    # uvicorn raises the signal again once it has stopped. A stop that was asked for is no failure: exit with 0.
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: None)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listening]))


def _hub(settings: Settings) -> Hub:
    caps = Caps(
        listener=settings.live_per_browser,
        account=settings.live_per_account,
        address=settings.live_per_address,
        total=settings.live_total,
    )
    heartbeat = settings.live_heartbeat.total_seconds()
    return Hub(caps=caps, count_people=people_counts(), name_people=named_people(), heartbeat=heartbeat)
