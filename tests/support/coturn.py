"""Debian's coturn: a TURN server that believes what `call_servers` gives out, and a client that asks it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.server import free_port

COMMANDS = ("turnserver", "turnutils_stunclient", "turnutils_uclient")


def why_missing() -> str | None:
    """Why no test can talk to coturn, or None."""
    missing = [name for name in COMMANDS if shutil.which(name) is None]
    return f"there is no {missing[0]} here (Debian's package coturn)" if missing else None


def command(name: str) -> str:
    found = shutil.which(name)
    assert found, name
    return found


@contextmanager
def turn_server(secret: str, folder: Path, port: int | None = None) -> Iterator[int]:
    """A TURN server on loopback that shares this secret; its port, a free one where none is given."""
    port = port or free_port()
    options = [
        *("--no-cli", "--no-tls", "--no-dtls", "--lt-cred-mech", "--use-auth-secret", "--realm=doorward.test"),
        *(f"--static-auth-secret={secret}", f"--listening-port={port}", "--listening-ip=127.0.0.1"),
        *("--relay-ip=127.0.0.1", "--allow-loopback-peers", "--min-port=40000", "--max-port=40100"),
        *("--log-file=stdout", f"--pidfile={folder / 'turn.pid'}", f"--userdb={folder / 'turn.db'}"),
    ]
    with (folder / "turn.log").open("w") as log:
        process = subprocess.Popen([command("turnserver"), "-n", *options], stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def relays(port: int, username: str, credential: str) -> bool:
    """Whether the server at this port relays two packets for whoever says these."""
    asking = [command("turnutils_uclient"), "-y", "-n", "2", "-m", "1", "-p", str(port), "-u", username]
    run = subprocess.run(
        [*asking, "-w", credential, "127.0.0.1"], capture_output=True, text=True, timeout=60, check=False
    )
    said = run.stdout + run.stderr
    return "Cannot complete Allocation" not in said and "Total lost packets 0 " in said


def _wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("coturn did not start")
