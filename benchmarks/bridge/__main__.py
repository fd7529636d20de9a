"""CPU per request of a trivial Flask view, ours beside gunicorn with threads, in one run. See README.md."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
RESULT = HERE.parent / "results" / "bridge.json"
SERVER_CORE, LOAD_CORE = "0", "1"
CONNECTIONS = 8
BLOCKS, REQUESTS = 9, 4000
TARGET = 0.6


@dataclass
class Contender:
    """A server on its core, its load on the other, and what was measured of it."""

    name: str
    server: subprocess.Popen[str]
    load: subprocess.Popen[str]
    cpu_us: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)

    def cpu(self) -> float:
        """Seconds of user and system time of the server and its workers."""
        pid = self.server.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(_cpu_of(one) for one in (str(pid), *children))

    def ask(self, requests: int) -> None:
        began = self.cpu()
        seconds = self._ask(requests)
        self.cpu_us.append((self.cpu() - began) / requests * 1e6)
        self.per_second.append(requests / seconds)

    def warm_up(self) -> None:
        self._ask(REQUESTS // 4)

    def _ask(self, requests: int) -> float:
        assert self.load.stdin is not None
        assert self.load.stdout is not None
        self.load.stdin.write(f"{requests}\n")
        self.load.stdin.flush()
        return float(self.load.stdout.readline())


def _cpu_of(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(name: str, command: list[str], port: int) -> Iterator[Contender]:
    server = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], text=True, cwd=HERE)
    load = None
    try:
        _wait_for(port)
        arguments = ["taskset", "-c", LOAD_CORE, sys.executable, str(HERE / "load.py"), str(port), str(CONNECTIONS)]
        load = subprocess.Popen(arguments, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        yield Contender(name, server, load)
    finally:
        for process in filter(None, (load, server)):
            process.terminate()
            process.wait(15)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers at port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def commands() -> dict[str, tuple[list[str], int]]:
    ours, theirs = _free_port(), _free_port()
    gunicorn = (
        f"-m gunicorn -k gthread --threads 8 --workers 1 --keep-alive 600 --log-level error -b 127.0.0.1:{theirs}"
    )
    return {
        "doorward": ([sys.executable, "hello.py", str(ours)], ours),
        "gunicorn": ([sys.executable, *gunicorn.split(), "hello:app"], theirs),
    }


def main() -> int:
    with ExitStack() as stack:
        contenders = [stack.enter_context(running(name, command, port)) for name, (command, port) in commands().items()]
        for contender in contenders:
            contender.warm_up()
        for block in range(BLOCKS):
            for contender in contenders if block % 2 else reversed(contenders):
                contender.ask(REQUESTS)
    print(f"{'server':<9} {'CPU µs/request':>14} {'requests/s':>11}")
    for contender in contenders:
        print(f"{contender.name:<9} {median(contender.cpu_us):>14.0f} {median(contender.per_second):>11.0f}")
    ratio = median(ours / theirs for ours, theirs in zip(contenders[0].cpu_us, contenders[1].cpu_us, strict=True))
    print(f"{'met   ' if ratio <= TARGET else 'MISSED'}  {ratio:.2f} of gunicorn's CPU (at most {TARGET})")
    RESULT.parent.mkdir(exist_ok=True)
    measured = {one.name: {"cpu_us": median(one.cpu_us), "per_second": median(one.per_second)} for one in contenders}
    RESULT.write_text(json.dumps({"ratio": ratio, "target": TARGET, "servers": measured}, indent=1) + "\n")
    return 0 if ratio <= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
