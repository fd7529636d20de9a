"""Files over real connections: little memory for large ones, nothing lost by a kill, nothing held up by the slow."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from doorward.clock import system_clock
from doorward.store.engine import open_engine
from doorward.store.file_sweep import sweep
from doorward.store.files import Files
from doorward.store.store import Store
from tests.support.kill import ENV, PASSWORD, Gone
from tests.support.sender import APP, Sender, rows
from tests.support.server import Server, _environment

MIB = 1024 * 1024
LINE = b"a line of text that says nothing much, again and again and again.\n" * 16


def account(data: Path, name: str) -> None:
    command = ["--data", str(data), "account", "create", name, "--password-stdin"]
    run = [sys.executable, "-m", "doorward.cli.main", *command]
    subprocess.run(run, input=f"{PASSWORD}\n", env=_environment(ENV), check=True, capture_output=True, text=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("uploads") / "data"
    account(data, "ada")
    running = Server(data, env=ENV, args=["--app", APP]).wait_ready()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def ada(server: Server) -> Sender:
    return Sender(server.port, "ada", PASSWORD)


def memory(server: Server) -> int:
    """The most memory that the server has ever held, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def test_a_large_file_goes_in_and_out_in_little_memory(server: Server, ada: Sender) -> None:
    small = ada.offer("small.txt", len(LINE))
    assert ada.send(small, [LINE], len(LINE))[1]["state"] == "arrived"  # what is loaded once is loaded now
    before = memory(server)
    size, block = 256 * MIB, (LINE * 1024)[:MIB]
    file_id, digest = ada.offer("large.txt", size), hashlib.sha256()
    for _ in range(size // MIB):
        digest.update(block)
    status, told = ada.send(file_id, (block for _ in range(size // MIB)), size)
    assert (status, told["sha256"]) == (200, digest.hexdigest())
    assert ada.take(file_id) == 303
    answer, found = ada.open("GET", f"/files-of/ada/{file_id}"), hashlib.sha256()
    while part := answer.read(MIB):
        found.update(part)
    assert found.hexdigest() == digest.hexdigest()
    assert memory(server) - before < 64 * MIB


def test_a_broken_connection_loses_nothing_of_what_arrived(server: Server, ada: Sender) -> None:
    data = LINE * 3000
    file_id = ada.offer("broken.txt", len(data))
    half = len(data) // 2
    with pytest.raises((Gone, ValueError)):
        ada.send(file_id, half_of(data), len(data))
    offset = settled(ada, file_id)
    assert 0 < offset <= half
    assert ada.send(file_id, [data[offset:]], len(data) - offset, offset)[1]["sha256"] == sha256(data)


def half_of(data: bytes) -> Iterator[bytes]:
    """The first half; then the sender is gone."""
    yield data[: len(data) // 2]
    raise ValueError("the network is away")


def settled(sender: Sender, file_id: str) -> int:
    """How far the file is, once the server has noticed that its connection is gone."""
    last, until = -1, time.monotonic() + 20
    while time.monotonic() < until:
        offset = int(sender.ask("GET", f"/files/{file_id}")[1]["offset"])
        if offset == last and offset:
            return offset
        last = offset
        time.sleep(0.05)
    raise AssertionError("the file never stood still")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_connection_that_stalls_holds_up_nobody_not_even_its_own_file(server: Server, ada: Sender) -> None:
    data = LINE * 600
    stalled = [stall(ada, ada.offer(f"stalled-{number}.txt", len(data)), data) for number in range(8)]
    file_id, connection = stalled[0]
    offset = settled(ada, file_id)
    done = ada.send(file_id, [data[offset:]], len(data) - offset, offset)
    assert done[1]["sha256"] == sha256(data)
    connection.send(data[len(data) // 2 :])  # the one thought dead comes back, and changes nothing
    assert connection.getresponse().status == 409
    assert ada.ask("GET", f"/files/{file_id}")[1]["sha256"] == sha256(data)
    for _, other in stalled:
        other.close()


def stall(sender: Sender, file_id: str, data: bytes) -> tuple[str, HTTPConnection]:
    """Send half of a file, large enough to be streamed, and say nothing more."""
    connection = HTTPConnection("127.0.0.1", sender.port, timeout=30)
    connection.putrequest("PATCH", f"/files/{file_id}")
    head = {"Content-Type": "application/octet-stream", "Upload-Offset": "0", "Content-Length": str(len(data))}
    for name, value in sender.headers(**head).items():
        connection.putheader(name, value)
    connection.endheaders(data[: len(data) // 2])
    return file_id, connection


def test_more_than_an_intake_takes_is_refused_before_it_is_sent(ada: Sender) -> None:
    connection = HTTPConnection("127.0.0.1", ada.port, timeout=20)
    connection.putrequest("PATCH", "/files/" + "f" * 33)
    head = {"Content-Type": "application/octet-stream", "Upload-Offset": "0", "Content-Length": str(2 << 30)}
    for name, value in ada.headers(**head).items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413  # though not a byte of it has been sent
    connection.close()


class Trial:
    """One data folder, on which a server is killed in the middle of many uploads, again and again."""

    def __init__(self, data: Path, seed: int) -> None:
        self.data = data
        self.random = random.Random(seed)
        self.arrived: dict[str, str] = {}
        self.taken: set[str] = set()
        self.begun: dict[str, bytes] = {}
        self._lock = threading.Lock()
        account(data, "ada")

    def round(self, files: int) -> None:
        """Send many files at once from several threads; kill the server when some have arrived."""
        server = Server(self.data, env=ENV, args=["--app", APP]).wait_ready()
        before, moment = len(self.arrived), self.random.randint(2, files - 2)
        threads = [threading.Thread(target=self._send_on, args=(server.port, files // 4)) for _ in range(4)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60
        while len(self.arrived) - before < moment and time.monotonic() < until and any(map(alive, threads)):
            time.sleep(0.002)
        time.sleep(self.random.uniform(0, 0.05))
        server.kill()
        for thread in threads:
            thread.join()

    def _send_on(self, port: int, files: int) -> None:
        try:
            ada = Sender(port, "ada", PASSWORD)
            for _ in range(files):
                self._send_one(ada)
        except (Gone, AssertionError, OSError):
            return

    def _send_one(self, ada: Sender) -> None:
        with self._lock:
            data = LINE * self.random.choice((1, 20, 700))
            data = data[: self.random.randint(len(data) // 2, len(data))]
            takes = self.random.random() < 0.5
        file_id = ada.offer("a.txt", len(data))
        self.begun[file_id] = data
        status, told = ada.send(file_id, [data], len(data))
        assert status == 200, told
        self.arrived[file_id] = told["sha256"]
        if takes:
            assert ada.take(file_id) == 303
            self.taken.add(file_id)

    def broken_words(self) -> list[str]:
        """What was said to have arrived, and did not; empty where the server kept its word."""
        files = Files(self.data / "files")
        known = {row[0]: row for row in rows(self.data, "SELECT id, key, state, sha256 FROM files")}
        problems = []
        for file_id, digest in self.arrived.items():
            row = known.get(file_id)
            if row is None or row[2] not in ("arrived", "taken"):
                problems.append(f"{file_id} had arrived and is {row and row[2]}")
            elif files.digest(row[1]) != digest:
                problems.append(f"{file_id} is not what arrived")
            elif file_id in self.taken and row[2] != "taken":
                problems.append(f"{file_id} was taken, and is not")
        return problems

    def resume_all(self) -> list[str]:
        """Go on with all that had only begun. What came out wrong."""
        server = Server(self.data, env=ENV, args=["--app", APP]).wait_ready()
        ada, problems = Sender(server.port, "ada", PASSWORD), []
        for file_id, data in self.begun.items():
            if file_id in self.arrived:
                continue
            status, told = ada.ask("GET", f"/files/{file_id}")
            if told["state"] == "arriving":
                offset = told["offset"]
                status, told = ada.send(file_id, [data[offset:]], len(data) - offset, offset)
            if status != 200 or told["sha256"] != sha256(data):
                problems.append(f"{file_id}: {status} {told}")
        server.stop()
        return problems

    def sweep_tomorrow(self) -> tuple[set[str], set[str]]:
        """The bytes that are left after the sweep of the next day, and those of which records know."""
        engine = open_engine(f"sqlite:///{self.data / 'doorward.sqlite3'}")
        store = Store(engine, clock=lambda: system_clock() + timedelta(hours=25))
        store.files = Files(self.data / "files")
        sweep(store)
        store.close()
        left = {path.name for path in (self.data / "files").rglob("*") if path.is_file() and path.name != "lock"}
        return left, {row[0] for row in rows(self.data, "SELECT key FROM files")}


def alive(thread: Any) -> bool:
    return bool(thread.is_alive())


def test_a_kill_loses_no_file_that_had_arrived_and_the_sweep_leaves_no_orphan(tmp_path: Path) -> None:
    trial = Trial(tmp_path / "data", seed=11)
    for _ in range(2):
        trial.round(files=40)
    assert len(trial.arrived) > 5
    assert trial.taken
    assert trial.broken_words() == []
    assert trial.resume_all() == []
    left, known = trial.sweep_tomorrow()
    taken = {row[0] for row in rows(trial.data, "SELECT key FROM files WHERE state = 'taken'")}
    assert left == known == taken
    assert len(taken) >= len(trial.taken)
