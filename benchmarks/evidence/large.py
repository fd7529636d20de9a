"""One file of 2 GiB through a real server, and the most memory that it ever held for that."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask

from tests.serve.test_uploads import LINE, account
from tests.support.kill import PASSWORD
from tests.support.sender import Sender
from tests.support.server import Server
from tests.support.shelf import Shelf

from .ingest import ENV, MIB

APP = "benchmarks.evidence.large:create_app"
MOST_HELD_MIB = 64
_BLOCK = (LINE * 1024)[:MIB]


def create_app() -> Flask:
    """An app that takes larger files than evidence does."""
    return Shelf(None, max_bytes="4GiB", per_account="8GiB", in_all="8GiB").app


def measured(data: Path, size: int) -> dict[str, Any]:
    """Send it, take it, and fetch it again; its hash is compared both ways.

    Arguments:
        size: of the file, in MiB.
    """
    account(data, "ada")
    server = Server(data, env=ENV, args=["--app", APP]).wait_ready()
    try:
        ada = Sender(server.port, "ada", PASSWORD)
        small = ada.offer("small.txt", len(LINE))
        assert ada.send(small, [LINE], len(LINE))[1]["state"] == "arrived"  # what is loaded once is loaded now
        before = _peaks(server)
        seconds = _there_and_back(ada, size)
        after = _peaks(server)
    finally:
        server.stop()
    # The process that looks into files may be a new one: all that it has counts then.
    grown = {process: kib - before.get(process, 0) for process, kib in after.items()}
    held = grown.pop(server.process.pid) / 1024
    return {
        "file_mib": size,
        "seconds_in": round(seconds, 1),
        "server_grew_by_mib": round(held, 1),
        "process_that_looks_grew_by_mib": round(max(grown.values(), default=0) / 1024, 1),
        "met": held < MOST_HELD_MIB,
    }


def _there_and_back(ada: Sender, size: int) -> float:
    """How many seconds until it was looked into and is kept."""
    digest = hashlib.sha256()
    for _ in range(size):
        digest.update(_BLOCK)
    file_id = ada.offer("large.txt", size * MIB)
    began = time.perf_counter()
    status, told = ada.send(file_id, (_BLOCK for _ in range(size)), size * MIB)
    took = time.perf_counter() - began
    assert (status, told["sha256"]) == (200, digest.hexdigest()), told
    assert ada.take(file_id) == 303
    answer, found = ada.open("GET", f"/files-of/ada/{file_id}"), hashlib.sha256()
    while part := answer.read(MIB):
        found.update(part)
    assert found.hexdigest() == digest.hexdigest()
    return took


def _peaks(server: Server) -> dict[int, int]:
    """The most memory that the server and each process below it ever held, in KiB, by their numbers (Linux)."""
    found = {}
    for place in Path("/proc").glob("[0-9]*/status"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            told = dict(line.split(":\t", 1) for line in place.read_text().splitlines() if ":\t" in line)
            number = int(told["Pid"])
            if server.process.pid in (number, int(told["PPid"])) and "VmHWM" in told:
                found[number] = int(told["VmHWM"].split()[0])
    return found
