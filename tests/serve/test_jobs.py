"""Background jobs in a real server: done by its threads, by a process beside it, and not lost by kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.kill import Client
from tests.support.server import Server, _environment

PASSWORD = "a quiet harbour in late november"
FINISH_SECONDS = 45


class Site:
    """A server of `jobs_app` that may be killed and started again, and one person who is signed in."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.trace = folder / "trace"
        self.data = folder / "data"
        self.env = {
            "DOORWARD_ENV": "development",
            "DOORWARD_HASH_PROFILE": "cheap",
            "JOBS_TRACE": str(self.trace),
            **env,
        }
        run = [sys.executable, "-m", "doorward.cli.main", "--data", str(self.data)]
        made = [*run, "account", "create", "ada", "--role", "admin", "--password-stdin"]
        subprocess.run(made, input=f"{PASSWORD}\n", env=_environment(self.env), text=True, check=True)
        self.start()

    def start(self) -> None:
        args = ["--app", "tests.serve.jobs_app:app"]
        self.server = Server(self.data, env=self.env, args=args).wait_ready()
        self.ada = Client(self.server.port)
        self.ada.get("/login")
        status, page = self.ada.post("/login", {"username": "ada", "password": PASSWORD}, accept="text/html")
        assert status == 303, page
        self.ada.get("/account")

    def ask(self, steps: int, milliseconds: int) -> str:
        status, job_id = self.ada.post(f"/ask/{steps}/{milliseconds}", {})
        assert status == 200, job_id
        return job_id

    def state(self, job_id: str) -> dict[str, object]:
        status, text = self.ada.get(f"/account/jobs/{job_id}/state")
        assert status == 200, text
        found: dict[str, object] = json.loads(text)
        return found

    def wait_for(self, job_id: str, holds: Callable[[dict[str, object]], bool]) -> dict[str, object]:
        until = time.monotonic() + FINISH_SECONDS
        while not holds(state := self.state(job_id)):
            assert time.monotonic() < until, (state, self.server.output)
            time.sleep(0.1)
        return state

    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.trace.read_text().splitlines()]


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    started: list[Site] = []

    def start(**env: str) -> Site:
        started.append(Site(tmp_path, **env))
        return started[-1]

    yield start
    for site in started:
        site.server.stop()


def is_over(state: dict[str, object]) -> bool:
    return bool(state["over"])


def took_up_after_kill(site: Site) -> None:
    """Kill in the middle: what was asked for is done all the same, from where it was, and given out once."""
    job_id = site.ask(40, 100)
    site.wait_for(job_id, lambda state: isinstance(state["done"], int) and state["done"] >= 8)
    site.server.kill()
    before = len(site.lines())
    assert before < 40
    site.start()
    assert site.wait_for(job_id, is_over)["state"] == "done"
    lines = site.lines()
    assert [line[0] for line in lines].count("2") == len(lines) - before
    assert {int(line[1]) for line in lines} == set(range(40))
    assert len(lines) < 60  # it went on, and did not begin anew
    assert site.ada.get(f"/account/jobs/{job_id}/file") == (200, "whole")


def test_a_job_survives_kill_9_in_the_middle(sites: Callable[..., Site]) -> None:
    took_up_after_kill(sites())


def test_a_job_survives_kill_9_on_postgresql_and_redis(
    sites: Callable[..., Site], postgres_url: str, redis_url: str
) -> None:
    took_up_after_kill(sites(DOORWARD_DATABASE_URL=postgres_url, DOORWARD_REDIS_URL=redis_url))


def test_a_server_that_is_asked_to_stop_does_not_wait_for_long_jobs(sites: Callable[..., Site]) -> None:
    site = sites()
    job_id = site.ask(400, 50)
    site.wait_for(job_id, lambda state: bool(state["done"]))
    begun = time.monotonic()
    assert site.server.stop() == 0
    assert time.monotonic() - begun < 8
    assert "Traceback" not in site.server.output
    site.start()
    site.wait_for(job_id, lambda state: state["state"] == "running")
    assert site.lines()[-1][0] == "1"  # a stop is no failed attempt


@pytest.mark.parametrize("shared", ["sqlite", "redis"])
def test_a_process_of_its_own_works_on_jobs(
    sites: Callable[..., Site], shared: str, request: pytest.FixtureRequest
) -> None:
    more = {} if shared == "sqlite" else {"DOORWARD_REDIS_URL": request.getfixturevalue("redis_url")}
    site = sites(DOORWARD_JOB_THREADS="0", **more)
    first = site.ask(3, 10)
    time.sleep(1)
    assert site.state(first)["state"] == "waiting"
    command = [sys.executable, "-m", "doorward.cli.main", "work", "--data", str(site.data)]
    worker = subprocess.Popen(
        [*command, "--app", "tests.serve.jobs_app:app"], env=_environment(site.env), stdout=subprocess.DEVNULL
    )
    try:
        assert site.wait_for(first, is_over)["state"] == "done"
        assert site.wait_for(site.ask(3, 10), is_over)["state"] == "done"
        assert {line[2] for line in site.lines()} == {str(worker.pid)}
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    assert (site.data / "queue.sqlite3").exists() == (shared == "sqlite")
    if shared == "sqlite":
        assert os.stat(site.data / "queue.sqlite3").st_mode & 0o777 == 0o600
