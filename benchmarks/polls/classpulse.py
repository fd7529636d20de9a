"""ClassPulse, from a folder where its public repository is installed: copied, started, and made to ask a question."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chat.writing import Line
from tests.support.server import free_port

from .room import RIVERS, TITLE, cookies_of, request

_PASSWORD = "A-quiet-harbour-1n-November!"
_TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"')
_ENVIRONMENTS = (".venv", "venv")


@dataclass(frozen=True, slots=True)
class ClassPulse:
    """A running ClassPulse with one question that is open.

    Arguments:
        pid: the process that answers.
        database: its file, to put answers in.
        session, code, question: of the question.
    """

    port: int
    pid: int
    database: Path
    session: int
    code: str
    question: int

    def visit(self, line: Line, forwarded: dict[str, str], answer: int) -> bool:
        """A student comes, sees the page, and answers. Whether that went well."""
        status, page = line.ask(request("GET", f"/audience/{self.code}", more=forwarded))
        token = _TOKEN.search(page)
        if status != 200 or token is None:
            return False
        form = {"csrf_token": token[1].decode(), f"response-{self.question}": RIVERS[answer % len(RIVERS)]}
        more = {**forwarded, "X-Requested-With": "XMLHttpRequest"}
        asked = request("POST", f"/audience/respond/{self.question}", cookies_of(line.head), form, more)
        status, body = line.ask(asked)
        return status == 200 and json.loads(body)["success"] is True

    def fill(self, count: int) -> None:
        """Bring its table to so many answers, as it would have stored them."""
        db = sqlite3.connect(self.database, timeout=30)
        (there,) = db.execute("SELECT count(*) FROM response WHERE question_id = ?", (self.question,)).fetchone()
        columns = "question_id, session_id, response_value, respondent_id, created_at"
        at = "2026-01-01T12:00:00+00:00"
        rows = [
            (self.question, self.session, RIVERS[one % len(RIVERS)], str(uuid.uuid4()), at)
            for one in range(count - there)
        ]
        with db:
            db.executemany(f"INSERT INTO response ({columns}) VALUES (?, ?, ?, ?, ?)", rows)
        db.close()


@contextmanager
def classpulse(source: Path, folder: Path) -> Iterator[ClassPulse]:
    """ClassPulse while it runs: one process with 64 threads, as its own documents start it.

    Arguments:
        source: a folder with its repository and an environment in which it is installed; nothing is written there.
        folder: for the copy that runs, and its data.
    """
    python = next((source / name / "bin" / "python" for name in _ENVIRONMENTS if (source / name).is_dir()), None)
    if python is None:
        raise SystemExit(f"{source} has no environment: install ClassPulse there, in .venv")
    copy = folder / "source"
    folder.mkdir(parents=True)
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".git", "instance", "logs", *_ENVIRONMENTS))
    port = free_port()
    given = {"SECRET_KEY": "k" * 48, "TRUST_PROXY": "1", "SOCKETIO_ASYNC_MODE": "threading"}
    command = [str(python.absolute()), "-m", "gunicorn", "--workers=1", "--worker-class=gthread", "--threads=64"]
    with (folder / "log").open("w") as log:
        place = [*command, f"--bind=127.0.0.1:{port}", "wsgi:application"]
        process = subprocess.Popen(place, env={**os.environ, **given}, cwd=copy, stdout=log, stderr=log)
        try:
            _wait_for(port, process, folder / "log")
            yield _asking(port, _worker_of(process.pid), next(copy.rglob("classpulse_flask.db")))
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            if Line(port).ask(request("GET", "/healthz"))[0] == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"ClassPulse did not start:\n{log.read_text()}")


def _worker_of(pid: int) -> int:
    """gunicorn works in a child."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _asking(port: int, pid: int, database: Path) -> ClassPulse:
    line = Line(port)
    cookies, token = _signed_in(line)

    def change(path: str, given: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(given).encode()
        head = {"X-CSRFToken": token, "Content-Type": "application/json", "Content-Length": str(len(body))}
        status, answer = line.ask(request("POST", path, cookies, more=head) + body)
        assert status < 300, (status, path, answer[:300])
        found: dict[str, Any] = json.loads(answer)
        return found

    made = change("/api/sessions", {"name": "Rivers"})["session"]
    path = f"/api/sessions/{made['id']}"
    asked = {"type": "multiple_choice", "title": TITLE, "options": list(RIVERS)}
    question = change(f"{path}/questions", asked)["question"]
    change(f"{path}/toggle", {})
    return ClassPulse(port, pid, database, made["id"], made["code"], question["id"])


def _signed_in(line: Line) -> tuple[str, str]:
    """The cookies and the token of the first account, which administers."""
    about = {"username": "olga", "email": "olga@example.org", "display_name": "Olga", "confirm_password": _PASSWORD}
    _post_form(line, "/register", {**about, "password": _PASSWORD})
    cookies = _post_form(line, "/login", {"username": "olga", "password": _PASSWORD})
    status, page = line.ask(request("GET", "/dashboard", cookies))
    found = _TOKEN.search(page)
    assert status == 200, (status, page[:300])
    assert found, page[:300]
    return cookies, found[1].decode()


def _post_form(line: Line, path: str, form: dict[str, str]) -> str:
    """Send a form of one of its pages. The cookies after it."""
    _status, page = line.ask(request("GET", path))
    found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page[:300]
    asked = request("POST", path, cookies_of(line.head), {"csrf_token": found[1].decode(), **form})
    status, page = line.ask(asked)
    assert status == 302, (status, page[:2000])
    return cookies_of(line.head)
