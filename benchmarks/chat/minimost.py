"""MiniMost, from a folder with its public source: installed into a temporary place, started, and signed in to."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from tests.support.kill import Client
from tests.support.server import free_port

from .team import Person, request

_PASSWORD = "A-quiet-harbour-1n-November!"


@contextmanager
def minimost(source: Path, folder: Path) -> Iterator[int]:
    """Its port, while it runs. Limits on requests are off, workers and threads as its own documents advise.

    Arguments:
        source: a folder with its repository; it is copied, and nothing is written there.
        folder: for the copy, its environment and its data.
    """
    python = _installed(source, folder)
    port = free_port()
    environment = {**os.environ, "MINIMOST_DATA_DIR": str(folder / "data"), "MINIMOST_SKIP_TLS": "1"}
    (folder / "data").mkdir()
    command = [python, "-m", "gunicorn", "minimost:create_app()", "-c", "python:minimost.gunicorn_conf"]
    place = ["--bind", f"127.0.0.1:{port}", "--workers", "4", "--threads", "100"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, *place], env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            _wait_for(port, process, folder / "log")
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _installed(source: Path, folder: Path) -> str:
    copy = folder / "source"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".git"))
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", str(copy), "gunicorn"], check=True, stdout=sys.stderr)
    for path in (folder / "venv").rglob("minimost/settings.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "rate_limit_enabled": False}))
    return python


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"MiniMost did not start:\n{log.read_text()}")


def sign_up(port: int, name: str) -> Person:
    """Somebody with an account there."""
    client = Client(port)
    client.get("/signup")
    token = client.token
    given = {"csrf_token": token, "username": name, "password": _PASSWORD, "confirm_password": _PASSWORD}
    client.post("/signup", given, accept="text/html")
    _status, page = client.get("/login")
    client.post("/login", {"csrf_token": client.token, "username": name, "password": _PASSWORD}, accept="text/html")
    _status, page = client.get("/")
    found = re.search(r'csrf[_-]token[^>]*?(?:value|content)="([^"]+)"', page, re.IGNORECASE)
    cookies = "; ".join(f"{key}={value}" for key, value in client.cookies.items())
    return Person(name, cookies, found[1] if found else client.token)


def writing(who: Person, said: str) -> bytes:
    """The request that writes a message there."""
    body = urlencode({"csrf_token": who.token, "text": said}).encode()
    return request("POST", "/send/general", who, body, {"X-CSRF-Token": who.token})
