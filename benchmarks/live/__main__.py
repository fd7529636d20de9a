"""Live delivery, ours beside nginx with nchan, in one run. See README.md. Usage: python benchmarks/live [--quick]"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
RESULT = HERE.parent / "results" / "live.json"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
SERVER_CORE, LOAD_CORE = "0", "1"
SIZES = (1000, 5000, 10000)
#: (interleaved blocks, rounds in each, seconds between rounds)
PLAN = {1000: (6, 8, 0.15), 5000: (5, 5, 0.4), 10000: (5, 5, 0.6)}
EVENT = 100
BIG_EVENT = 8192

Json = dict[str, Any]


@dataclass
class Contender:
    """A server on its core and a load on the other, with the process whose memory and time count."""

    name: str
    load: subprocess.Popen[str]
    pid: int

    def tell(self, command: str) -> Json:
        assert self.load.stdin is not None
        assert self.load.stdout is not None
        self.load.stdin.write(command + "\n")
        self.load.stdin.flush()
        line = self.load.stdout.readline()
        if not line:
            raise SystemExit(f"the load for {self.name} failed at: {command}")
        found: Json = json.loads(line)
        return found

    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def cpu(self) -> float:
        """Seconds of user and system time."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers at port {port}")


def pinned(core: str, *command: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(["taskset", "-c", core, *command], text=True, **options)


@contextmanager
def running(name: str, server: subprocess.Popen[str], port: int, source: str) -> Iterator[Contender]:
    wait_for(port)
    pipes: Json = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    load = pinned(LOAD_CORE, sys.executable, str(HERE / "load.py"), str(port), source, **pipes)
    try:
        yield Contender(name, load, _worker_of(server.pid))
    finally:
        load.kill()
        load.wait()
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _worker_of(pid: int) -> int:
    """nginx works in a child; ours is the process itself."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else pid


@contextmanager
def doorward(source: str) -> Iterator[Contender]:
    port = free_port()
    server = pinned(SERVER_CORE, sys.executable, str(HERE / "server.py"), str(port))
    with running("doorward", server, port, source) as contender:
        yield contender


@contextmanager
def nchan(source: str) -> Iterator[Contender]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        text = (HERE / "nchan.conf").read_text()
        config.write_text(text.replace("@FOLDER@", folder).replace("@PORT@", str(port)))
        os.chmod(folder, 0o755)
        server = pinned(SERVER_CORE, NGINX, "-c", str(config), "-p", folder)
        with running("nchan", server, port, source) as contender:
            yield contender


def compare(size: int, quick: bool) -> dict[str, Json]:
    """Both servers with the same number of listeners; their rounds take turns, so that noise hits both."""
    blocks, rounds, gap = PLAN[size]
    if quick:
        blocks, rounds = 2, 3
    found: dict[str, list[Json]] = {"doorward": [], "nchan": []}
    totals: dict[str, Json] = {}
    with doorward("127.0.10") as ours, nchan("127.0.20") as theirs:
        for contender in (ours, theirs):
            contender.tell("connect 50")
            before = contender.memory()
            contender.tell(f"connect {size - 50}")
            contender.tell(f"rounds 2 {gap} {EVENT}")
            totals[contender.name] = {"memory": (contender.memory() - before) / (size - 50), "cpu": contender.cpu()}
        for block in range(blocks):
            for contender in (ours, theirs) if block % 2 else (theirs, ours):
                began = contender.cpu()
                answer = contender.tell(f"rounds {rounds} {gap} {EVENT}")
                answer["cpu"] = (contender.cpu() - began) / answer["deliveries"]
                found[contender.name].append(answer)
    return {name: _summary(blocks_, totals[name]["memory"]) for name, blocks_ in found.items()}


def _summary(blocks: list[Json], memory: float) -> Json:
    return {
        "p50_ms": median(block["p50"] for block in blocks) * 1000,
        "p99_ms": median(block["p99"] for block in blocks) * 1000,
        "cpu_us": median(block["cpu"] for block in blocks) * 1e6,
        "memory_bytes": memory,
        "missing": sum(block["missing"] for block in blocks),
    }


def stalled(quick: bool) -> Json:
    """Eight listeners that never read among 500 that do, beside a server without them; eight new ones in each turn,
    since those before them were dropped. The events are large enough to fill every buffer.
    """
    blocks, rounds = (3, 20) if quick else (9, 40)
    found: dict[str, list[Json]] = {"alone": [], "beside": []}
    with doorward("127.0.30") as alone, doorward("127.0.40") as beside:
        for contender in (alone, beside):
            contender.tell("connect 500")
            contender.tell(f"rounds {rounds} 0.06 {BIG_EVENT}")
        before = beside.memory()
        for block in range(blocks):
            beside.tell("stall 8")
            turns = [("alone", alone), ("beside", beside)]
            for name, contender in turns if block % 2 else reversed(turns):
                found[name].append(contender.tell(f"rounds {rounds} 0.06 {BIG_EVENT}"))
        grown = beside.memory() - before
    result: Json = {"memory_bytes": grown, "missing": sum(one["missing"] for row in found.values() for one in row)}
    for name, row in found.items():
        for point in ("p50", "p99"):
            result[f"{name}_{point}_ms"] = median(one[point] for one in row) * 1000
    return result


def judge(sizes: dict[int, dict[str, Json]], stall: Json) -> dict[str, bool]:
    """The targets of the issue."""
    small, large = sizes[1000], sizes[10000]
    return {
        "memory per listener at most 4 KiB": all(row["doorward"]["memory_bytes"] <= 4096 for row in sizes.values()),
        "p50 at 1,000 at most 1.3 of nchan": small["doorward"]["p50_ms"] <= 1.3 * small["nchan"]["p50_ms"],
        "p50 at 10,000 at most nchan's": large["doorward"]["p50_ms"] <= large["nchan"]["p50_ms"],
        "no delivery lost": all(row["doorward"]["missing"] == 0 for row in sizes.values()) and stall["missing"] == 0,
        "8 stalled cost under 2 MB": stall["memory_bytes"] < 2_000_000,
        "8 stalled delay nobody": stall["beside_p50_ms"] <= 1.25 * stall["alone_p50_ms"],
    }


def main() -> int:
    quick = "--quick" in sys.argv
    sizes: dict[int, dict[str, Json]] = {}
    print(f"{'listeners':>9}  {'server':<9} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>7} {'bytes':>7} {'lost':>5}")
    for size in SIZES:
        sizes[size] = compare(size, quick)
        for name, row in sizes[size].items():
            print(
                f"{size:>9}  {name:<9} {row['p50_ms']:>8.2f} {row['p99_ms']:>8.2f} {row['cpu_us']:>7.1f} "
                f"{row['memory_bytes']:>7.0f} {row['missing']:>5}",
                flush=True,
            )
    stall = stalled(quick)
    print(
        f"8 stalled among 500: {stall['memory_bytes'] / 1e6:.2f} MB; p50 {stall['alone_p50_ms']:.2f} ms alone, "
        f"{stall['beside_p50_ms']:.2f} ms beside them; p99 {stall['alone_p99_ms']:.2f} and {stall['beside_p99_ms']:.2f}"
    )
    verdict = judge(sizes, stall)
    for target, met in verdict.items():
        print(f"{'met   ' if met else 'MISSED'}  {target}")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"sizes": sizes, "stalled": stall, "targets": verdict}, indent=1) + "\n")
    return 0 if all(verdict.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
