"""Files through the whole door into a real server, beside plain SHA-256 and write on the same disk in the same run."""

from __future__ import annotations

import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.kill import PASSWORD
from tests.support.sender import Sender
from tests.support.server import Server, _environment

MIB = 1024 * 1024
ENV = {"DOORWARD_ENV": "development", "DOORWARD_LOG_LEVEL": "warning", "DOORWARD_HASH_PROFILE": "cheap"}
#: Of what a file is made: 1 MiB that no two files share the order of.
_BLOCK = (b"a line of a log that somebody keeps as evidence, with a number at its end: 0123456789\n" * 13000)[:MIB]


def measured(folder: Path, size: int, rounds: int) -> dict[str, Any]:
    """Rounds of both, one after the other, so that a disk that is slow for a while is slow for both.

    Arguments:
        folder: on the disk that is meant.
        size: of each file, in MiB.
    """
    data = folder / "data"
    _host(data, "account", "create", "ada", "--password-stdin", "--role", "admin")
    server = Server(data, env=ENV, args=["--apps", "evidence"]).wait_ready()
    try:
        collector = _Collector(server)
        collector.send_whole("warm.txt", 1)
        _plain(folder / "plain", size)  # what is slow once is slow now
        plain, bytes_in, whole = [], [], []
        for number in range(rounds):
            plain.append(size / _plain(folder / "plain", size))
            bytes_in.append(size / collector.send_bytes(f"bytes-{number}.txt", size))
            whole.append(size / collector.send_whole(f"whole-{number}.txt", size))
    finally:
        server.stop()
    middle = {name: statistics.median(one) for name, one in (("plain", plain), ("in", bytes_in), ("whole", whole))}
    in_of_plain = statistics.median(mine / other for mine, other in zip(bytes_in, plain, strict=True))
    whole_of_plain = statistics.median(mine / other for mine, other in zip(whole, plain, strict=True))
    return {
        "file_mib": size,
        "rounds": rounds,
        "plain_mib_a_second": round(middle["plain"]),
        "bytes_in_mib_a_second": round(middle["in"]),
        "looked_into_and_kept_mib_a_second": round(middle["whole"]),
        "bytes_in_of_plain": round(in_of_plain, 2),
        "looked_into_and_kept_of_plain": round(whole_of_plain, 2),
        "met": in_of_plain >= 0.6,
    }


def _host(data: Path, *command: str) -> None:
    called = [sys.executable, "-m", "doorward.cli.main", *command, "--data", str(data)]
    subprocess.run(called, input=f"{PASSWORD}\n", env=_environment(ENV), text=True, check=True, capture_output=True)


def _plain(path: Path, size: int) -> float:
    """Hash and write, in the same blocks, and wait for the disk as the door does: seconds."""
    began, digest = time.perf_counter(), hashlib.sha256()
    with path.open("wb", buffering=0) as file:
        for block in _blocks(size):
            digest.update(block)
            file.write(block)
        os.fdatasync(file.fileno())
    took = time.perf_counter() - began
    path.unlink()
    return took


def _blocks(size: int) -> Iterator[bytes]:
    for _ in range(size):
        yield _BLOCK


class _Collector(Sender):
    """Somebody who sends evidence to an assessment of their own."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.port, "ada", PASSWORD)
        self.browser.post("/evidence/", {"name": "Measured", "lead": "ada"}, accept="text/html")
        found = re.search(r"/evidence/(\d+)", self.browser.location)
        assert found, self.browser.location
        self.about = f"assessment:{found[1]}"

    def offer(self, name: str, size: int) -> str:
        given = {"intake": "evidence.file", "about": self.about, "name": name, "size": size}
        status, told = self.ask("POST", "/files", json.dumps(given), **{"Content-Type": "application/json"})
        assert status == 201, told
        return str(told["id"])

    def send_bytes(self, name: str, size: int) -> float:
        """All bytes of a file but its last, until the server says that they are on disk: seconds."""
        file_id = self.offer(name, size * MIB + 1)
        began = time.perf_counter()
        status, told = self.send(file_id, _blocks(size), size * MIB)
        took = time.perf_counter() - began
        assert (status, told["offset"]) == (200, size * MIB), told
        self.ask("DELETE", f"/files/{file_id}")
        return took

    def send_whole(self, name: str, size: int) -> float:
        """A file, until the server says that it was looked into and is kept: seconds."""
        file_id = self.offer(name, size * MIB)
        began = time.perf_counter()
        status, told = self.send(file_id, _blocks(size), size * MIB)
        took = time.perf_counter() - began
        assert (status, told["state"]) == (200, "arrived"), told
        self.ask("DELETE", f"/files/{file_id}")
        return took
