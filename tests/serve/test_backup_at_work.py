"""A backup of a real server that takes in evidence meanwhile, and the server that is restored of it elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from doorward.store.files import Files
from tests.support.kill import ENV, PASSWORD
from tests.support.sender import Sender, rows
from tests.support.server import Server, _environment

#: How many pieces have been acknowledged before the backup begins, and still come while it is made.
BEFORE, MOST = 6, 400


def host(data: Path, *command: str, told: str = "") -> subprocess.CompletedProcess[str]:
    """What somebody types at the machine itself."""
    called = [sys.executable, "-m", "doorward.cli.main", *command, "--data", str(data)]
    run = {"env": _environment(ENV), "text": True, "capture_output": True, "timeout": 120}
    return subprocess.run(called, input=told, check=False, **run)  # type: ignore[call-overload, no-any-return]


@dataclass
class Collectors:
    """Several people's browsers in which evidence is added, one piece after the other, until they are told to stop.

    Arguments:
        kept: the hashes of all that the server said it has, in the order in which it did.
    """

    server: Server
    assessment: str
    kept: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Collectors:
        self._threads = [threading.Thread(target=self._collect, args=(who,)) for who in range(3)]
        for thread in self._threads:
            thread.start()
        assert self.enough.wait(60), self.wrong
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _collect(self, who: int) -> None:
        sender = Sender(self.server.port, "ada", PASSWORD)
        for number in range(MOST):
            if self.stop.is_set():
                return
            content = f"what {who} saw, the {number}th time\n".encode() * 500
            told = self._add(sender, content)
            if told != 303:
                self.wrong.append(f"{who}: {told}")
                return
            self.kept.append(hashlib.sha256(content).hexdigest())
            if len(self.kept) >= BEFORE:
                self.enough.set()

    def _add(self, sender: Sender, content: bytes) -> int:
        offered = {"intake": "evidence.file", "about": f"assessment:{self.assessment}", "name": "log.txt"}
        body = json.dumps({**offered, "size": len(content)})
        _, file = sender.ask("POST", "/files", body, **{"Content-Type": "application/json"})
        assert sender.send(file["id"], [content], len(content))[0] == 200
        form = {"file": str(file["id"]), "objectives": "3.1.1[a]"}
        return sender.browser.post(f"/evidence/{self.assessment}/items", form, accept="text/html")[0]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    data = tmp_path / "data"
    made = host(data, "account", "create", "ada", "--password-stdin", "--role", "admin", told=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    running = Server(data, env=ENV, args=["--apps", "evidence"]).wait_ready()
    yield running
    running.stop()


def begun(server: Server) -> str:
    """The number of a new assessment."""
    ada = Sender(server.port, "ada", PASSWORD)
    ada.browser.post("/evidence/", {"name": "A system", "lead": "ada"}, accept="text/html")
    found = re.search(r"/evidence/(\d+)", ada.browser.location)
    assert found
    return found[1]


def test_what_was_acknowledged_before_is_in_it_and_is_served_again_elsewhere(server: Server, tmp_path: Path) -> None:
    key, backup, elsewhere = tmp_path / "backup.key", tmp_path / "now.backup", tmp_path / "elsewhere"
    assert host(server.data, "backup", "--new-key", str(key)).returncode == 0
    number = begun(server)
    with Collectors(server, number) as collectors:
        before = [*collectors.kept]
        made = host(server.data, "backup", str(backup), "--key-file", str(key))
        after = len(collectors.kept)
    assert collectors.wrong == [], "nobody was refused meanwhile"
    assert made.returncode == 0, made.stderr
    assert "Read back in full: it is whole." in made.stdout
    assert after > len(before), "evidence came in while it was made"
    whole = backup.read_bytes()
    assert b"what 0 saw" not in whole, "it is encrypted"

    refused = host(server.data, "restore", str(backup), "--key-file", str(key))
    assert refused.returncode != 0, "in the place of a server that runs nothing is put"
    assert host(elsewhere, "restore", str(backup)).returncode != 0, "without the key it stays shut"
    (tmp_path / "changed.backup").write_bytes(whole[:-5000] + bytes([whole[-5000] ^ 1]) + whole[-4999:])
    changed = host(elsewhere, "restore", str(tmp_path / "changed.backup"), "--key-file", str(key))
    assert changed.returncode != 0
    assert not (elsewhere / "doorward.sqlite3").exists(), "what does not check out is never put in its place"

    restored = host(elsewhere, "restore", str(backup), "--key-file", str(key))
    assert restored.returncode == 0, restored.stderr
    files, known = Files(elsewhere / "files"), rows(elsewhere, "SELECT key, sha256 FROM files WHERE state = 'taken'")
    assert {digest for _key, digest in known} >= {*before}
    assert [key for key, digest in known if files.digest(key) != digest] == [], "every file is there, as it arrived"
    assert host(elsewhere, "journal", "verify").returncode == 0
    again = Server(elsewhere, env=ENV, args=["--apps", "evidence"]).wait_ready()
    try:
        ada = Sender(again.port, "ada", PASSWORD)
        _, sums = ada.browser.get(f"/evidence/{number}/hashes/SHA256SUMS")
        assert {*before} <= {line.split()[0] for line in sums.splitlines()}
    finally:
        again.stop()
