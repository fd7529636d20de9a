"""Keep the process that answers STUN beside the server: started with it, ended with it, begun again when it dies."""

from __future__ import annotations

import logging
import subprocess  # nosec B404
import sys
import threading
from pathlib import Path
from typing import IO

from doorward.web.calls import stun_host
from doorward.web.extension import Doorward

_log = logging.getLogger("doorward.stun")
_PROGRAM = Path(__file__).with_name("stun_process.py")
_AGAIN_SECONDS = 5.0
_END_SECONDS = 5.0


def stun_beside(door: Doorward) -> Stun | None:
    """The STUN server that this door wants beside it; None where nobody calls, or nobody else could reach it."""
    host = stun_host(door.settings) if door.calls else None
    return Stun(host, door.settings.stun_port) if host else None


class Stun:
    """The STUN server of this server. Without it, calls still connect on one network, so it never stops a start.

    Arguments:
        host: the address to listen on, IPv6 without brackets.
        port: the UDP port; 0 takes any free one.
        again_seconds: how long to wait before it is begun again.
    """

    def __init__(self, host: str, port: int, again_seconds: float = _AGAIN_SECONDS) -> None:
        self._host, self._port = host, port
        self._again = again_seconds
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._keep, name="stun", daemon=True)
        #: Set once it listens.
        self.ready = threading.Event()
        #: Where it listens, once it does.
        self.port = port

    def start(self) -> None:
        """Begin; does not wait until it listens."""
        self._thread.start()

    def stop(self) -> None:
        """End the process, and wait for its end."""
        self._stop.set()
        with self._lock:
            process = self._process
        if process is not None:
            _end(process)
        if self._thread.is_alive():
            self._thread.join(_END_SECONDS)

    def _keep(self) -> None:
        told = ""
        while (process := self._begin()) is not None:
            problem = self._watch(process)
            if self._stop.is_set():
                return
            if problem != told:  # an address that is taken stays so for long: it is said once
                _log.warning("no STUN server at %s, UDP port %s: %s", self._host, self._port, problem)
                told = problem
            self._stop.wait(self._again)

    def _begin(self) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._stop.is_set():
                return None
            self._process = subprocess.Popen(  # nosec B603
                # -I: neither the folder it runs in nor the environment says what it imports.
                [sys.executable, "-I", str(_PROGRAM), self._host, str(self._port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                text=True,
            )
            return self._process

    def _watch(self, process: subprocess.Popen[str]) -> str:
        """Wait for its end, and say what it ended of."""
        with _pipe(process.stdout) as output:
            said = output.readline().strip()
            if said.startswith("ready "):
                self.port = int(said.removeprefix("ready "))
                self.ready.set()
            process.wait()
        self.ready.clear()
        return "it ended" if said.startswith("ready ") else said or "it did not start"


def _pipe(found: IO[str] | None) -> IO[str]:
    """A pipe that was asked for is there."""
    if found is None:
        raise RuntimeError("the process of the STUN server has no pipe")
    return found


def _end(process: subprocess.Popen[str]) -> None:
    """It ends when its standard input does."""
    _pipe(process.stdin).close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
