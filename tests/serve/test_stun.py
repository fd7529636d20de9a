"""The STUN server beside the server: a real process, asked by Debian's own client and by sockets."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from doorward.core.call_servers import turn_servers
from doorward.core.stun import MAGIC
from doorward.serve.stun import Stun
from tests.support import coturn
from tests.support.server import Server

REQUEST = struct.pack("!HHI", 1, 0, MAGIC) + b"twelve bytes"


@pytest.fixture
def stun() -> Iterator[Stun]:
    server = Stun("127.0.0.1", 0, again_seconds=0.1)
    server.start()
    assert server.ready.wait(10)
    yield server
    server.stop()


def asked(port: int, seconds: float = 5.0, host: str = "127.0.0.1") -> bytes | None:
    """What it answers, or None for silence."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(seconds)
        asking.sendto(REQUEST, (host, port))
        try:
            return asking.recv(600)
        except TimeoutError:
            return None


def until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(true())


def process_of(stun: Stun) -> int:
    assert stun._process is not None
    return stun._process.pid


def test_it_tells_who_asks_the_address_that_it_is_seen_at(stun: Stun) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.sendto(REQUEST, ("127.0.0.1", stun.port))
        said = asking.recv(600)
        port = asking.getsockname()[1]
    assert said[8:20] == b"twelve bytes"
    seen = struct.unpack("!H", said[26:28])[0] ^ (MAGIC >> 16)
    assert (seen, bytes(one ^ two for one, two in zip(said[28:32], struct.pack("!I", MAGIC), strict=True))) == (
        port,
        socket.inet_aton("127.0.0.1"),
    )


@pytest.mark.coturn
def test_the_client_of_coturn_understands_it(stun: Stun) -> None:
    # It asks for RFC 5780 too, which a server for Binding alone does not know.
    asking = [coturn.command("turnutils_stunclient"), "-p", str(stun.port), "127.0.0.1"]
    run = subprocess.run(asking, capture_output=True, text=True, timeout=30, check=False)
    assert "reflexive addr: 127.0.0.1:" in run.stdout, run.stdout + run.stderr


def test_one_address_is_answered_thirty_times_and_then_no_more(stun: Stun) -> None:
    answers = sum(asked(stun.port, 0.3) is not None for _ in range(31))
    # A new moment may have begun on the way: then some more were answered, never all without end.
    assert 30 <= answers <= 31
    silent = sum(asked(stun.port, 0.05) is None for _ in range(35))
    assert silent > 0


def test_its_process_has_nothing_of_the_server(stun: Stun) -> None:
    place = Path(f"/proc/{process_of(stun)}")
    assert (place / "environ").read_bytes() == b""
    files = {os.readlink(one) for one in (place / "fd").iterdir()}
    assert not any("sqlite" in one or "secrets" in one for one in files), files


def test_when_it_dies_it_is_begun_again(stun: Stun) -> None:
    first = process_of(stun)
    os.kill(first, signal.SIGKILL)
    assert until(lambda: process_of(stun) != first and stun.ready.is_set())
    assert asked(stun.port) is not None


def test_it_ends_with_the_server(stun: Stun) -> None:
    pid = process_of(stun)
    stun.stop()
    assert not Path(f"/proc/{pid}").exists()


def test_a_port_that_is_taken_is_said_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        stun = Stun("127.0.0.1", taken.getsockname()[1], again_seconds=0.05)
        stun.start()
        assert until(lambda: caplog.records)
        time.sleep(0.5)
        stun.stop()
    assert [one.getMessage() for one in caplog.records if "in use" in one.getMessage()] == [caplog.messages[0]]


CALLING = """
from flask import Flask, jsonify
from doorward import Doorward, access, call_servers

app = Flask(__name__, static_folder=None)

@app.get("/servers")
@access.public
def servers():
    return jsonify(call_servers())

Doorward(app, calls={calls})
"""


def serve_calling(serve: Callable[..., Server], tmp_path: Path, calls: bool = True, **settings: str) -> Server:
    (tmp_path / "calling.py").write_text(CALLING.format(calls=calls))
    env = {"DOORWARD_APP": "calling:app", "DOORWARD_ENV": "development", "PYTHONPATH": str(tmp_path), **settings}
    return serve(env=env)


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_server_brings_it_along_and_takes_it_away(serve: Callable[..., Server], tmp_path: Path) -> None:
    port = free_udp_port()
    at = {"DOORWARD_STUN_HOST": "127.0.0.1", "DOORWARD_STUN_PORT": str(port)}
    server = serve_calling(serve, tmp_path, **at)
    assert until(lambda: asked(port, 0.2))
    server.process.kill()  # no chance to say good-bye: it ends all the same
    server.process.wait()
    assert until(lambda: asked(port, 0.2) is None)


@pytest.mark.parametrize(("calls", "setting"), [(True, "false"), (False, "true")])
def test_where_nobody_calls_nothing_listens(
    serve: Callable[..., Server], tmp_path: Path, calls: bool, setting: str
) -> None:
    port = free_udp_port()
    at = {"DOORWARD_STUN_HOST": "127.0.0.1", "DOORWARD_STUN_PORT": str(port), "DOORWARD_CALLS": setting}
    serve_calling(serve, tmp_path, calls, **at)
    assert asked(port, 0.5) is None


@pytest.mark.coturn
def test_what_a_caller_is_given_works_at_a_turn_server_until_it_ends(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    secret = "shared with the TURN server"
    with coturn.turn_server(secret, tmp_path) as port:
        turn = {"DOORWARD_TURN_SERVERS": f"turn:127.0.0.1:{port}", "DOORWARD_TURN_SECRET": secret}
        server = serve_calling(serve, tmp_path, **turn)
        given = httpx.get(f"{server.url}/servers").json()
        assert [one["urls"] for one in given] == [f"turn:127.0.0.1:{port}"]
        username, credential = given[0]["username"], given[0]["credential"]
        assert coturn.relays(port, username, credential)
        assert not coturn.relays(port, username, "another password")
        longer = f"{int(username.partition(':')[0]) + 3600}:{username.partition(':')[2]}"
        assert not coturn.relays(port, longer, credential), "nobody gives themselves more time"
        ended = turn_servers(["turn:x"], secret, "somebody", datetime.now(UTC) - timedelta(hours=2), timedelta(hours=1))
        assert not coturn.relays(port, ended[0].username, ended[0].credential)
