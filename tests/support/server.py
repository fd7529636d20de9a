"""A real `doorward serve` in a process of its own, as an operator starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

#: A start takes one or two seconds; beside other work on two cores it was seen to take half a minute.
START_SECONDS = 90
STOP_SECONDS = 30
SETUP_LINE = re.compile(r"Set up the first administrator: (http\S+/setup/\S+)")


class Server:
    """A server that answers at `url` and keeps its records in `data`.

    Arguments:
        data: the data folder; made when missing.
        env: settings (`DOORWARD_…`) for the process. Nothing else of that kind is inherited.
        args: further arguments of `doorward serve`.
        module: what is run, if not the command itself.
        port: where to listen; a free one when None. A server started again on the same data may want the same.
    """

    def __init__(
        self,
        data: Path,
        env: Mapping[str, str] | None = None,
        args: Sequence[str] = (),
        port: int | None = None,
        module: str = "doorward.cli.main",
    ) -> None:
        self.data = data
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._lines: list[str] = []
        command = [sys.executable, "-m", module, "serve"]
        place = ["--data", str(data), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, *place, *args],
            env=_environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        """What the server has printed so far."""
        return "".join(self._lines)

    @property
    def setup_url(self) -> str:
        """The address of the one-time page for the first administrator, from the line that the first run prints."""
        found = SETUP_LINE.search(self.output)
        assert found, f"the server printed no set-up line:\n{self.output}"
        return found[1]

    def wait_ready(self) -> Server:
        """Wait until `/readyz` answers 200. Raises with the server's output when it ends before, or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            ended = self.process.poll()
            if ended is not None:
                self._reader.join(5)
                raise RuntimeError(f"the server ended with {ended} before it was ready:\n{self.output}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server was not ready after {START_SECONDS} s:\n{self.output}")
            time.sleep(0.05)
        return self

    def stop(self) -> int:
        """Ask it to stop, as a service manager does (SIGTERM), and give its exit code. Raises when it does not obey."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the server did not stop within {STOP_SECONDS} s:\n{self.output}") from None
        self._reader.join(5)
        return code

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut does."""
        self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line)


def free_port() -> int:
    """A port of the loopback interface that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    return {**inherited, "PYTHONUNBUFFERED": "1", **settings}
