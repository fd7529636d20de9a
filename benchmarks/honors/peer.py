"""The honor roll, from a folder with its public source: installed into a temporary place, filled and started."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.server import free_port

from .filling import MEDALS, SUBJECTS, results


def installed(source: Path, folder: Path) -> Path:
    """A copy of its repository with an environment beside it."""
    shutil.copytree(source, folder / "source", ignore=shutil.ignore_patterns(".git"))
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    packages = [str(folder / "source" / "packages" / name) for name in ("core", "cli")]
    subprocess.run([python, "-m", "pip", "install", "-q", *packages, "gunicorn"], check=True, stdout=sys.stderr)
    return folder


@contextmanager
def honor_roll(folder: Path, count: int) -> Iterator[int]:
    """Its port, while it runs with so many awards: one worker, as its own documents start it.

    Arguments:
        folder: as `installed` has left it.
    """
    project = folder / f"project-{count}"
    shutil.copytree(folder / "source" / "examples" / "demo-honor", project)
    config = project / "honor.config.json"
    config.write_text(json.dumps(_fitting(json.loads(config.read_text("utf-8")))))
    (project / "results.json").write_text(json.dumps(results(count)))
    command = [str(folder / "venv" / "bin" / "lvt-honor"), "import", "results.json", "--competition", "demo-a"]
    subprocess.run([*command, "--year", "2025", "--replace"], cwd=project, check=True, stdout=sys.stderr)
    port = free_port()
    given = {"PROJECT_ROOT": str(project), "ADMIN_PASSWORD": "A-quiet-harbour-1n-November!", "SECRET_KEY": "k" * 48}
    gunicorn = [str(folder / "venv" / "bin" / "python"), "-m", "gunicorn", "--workers", "1", "wsgi:app"]
    with (folder / "log").open("w") as log:
        place = [*gunicorn, "--bind", f"127.0.0.1:{port}"]
        process = subprocess.Popen(place, env={**os.environ, **given}, cwd=folder / "source", stdout=log, stderr=log)
        try:
            _wait_for(port, process, folder / "log")
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _fitting(config: dict[str, Any]) -> dict[str, Any]:
    """Its demonstration, with our medals and subjects."""
    competition = config["competitions"][0]
    competition["subjects"] = [{"code": f"SUBJECT_{one}", "name": f"Subject {one}"} for one in range(SUBJECTS)]
    competition["medals"] = list(MEDALS)
    return config


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the honor roll did not start:\n{log.read_text()}")
