"""Deleting an account with all that it made, from the host; and the server that does it is killed in the middle."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.support.kill import Client
from tests.support.server import Server, _environment

PASSWORD = "a quiet harbour in late november"
LONGEST_SECONDS = 60


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_SECONDS
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_hard_deletion_is_completed_after_kill_9_and_opens_nothing_meanwhile(tmp_path: Path) -> None:
    data, begun = tmp_path / "data", tmp_path / "begun"
    env = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap", "LEAVING_TRACE": str(begun)}

    def run(*command: str) -> None:
        whole = [sys.executable, "-m", "doorward.cli.main", "--data", str(data), "account", *command]
        subprocess.run(whole, input=f"{PASSWORD}\n", env=_environment(env), text=True, check=True)

    def asked(question: str, *given: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(data / "doorward.sqlite3", timeout=20)) as db, db:
            return db.execute(question, given).fetchall()

    def sign_in(server: Server) -> int:
        client = Client(server.port)
        client.get("/login")
        return client.post("/login", {"username": "ada", "password": PASSWORD}, accept="text/html")[0]

    run("create", "ada", "--password-stdin")
    asked("CREATE TABLE shelf (account_id TEXT, thing TEXT)")
    ((ada,),) = asked("SELECT id FROM accounts WHERE name = 'ada'")
    for thing in ("first", "second"):
        asked("INSERT INTO shelf VALUES (?, ?)", str(ada), thing)
    app = ["--app", "tests.serve.leaving_app:app"]
    first = Server(data, env=env, args=app).wait_ready()
    assert sign_in(first) == 303
    run("delete", "ada", "--hard")
    wait_for(begun.exists)
    first.kill()
    assert len(asked("SELECT * FROM shelf")) == 2, "an app lets go of all, or of nothing"
    second = Server(data, env=env, args=app).wait_ready()
    assert sign_in(second) == 401, "the account is closed, however far its things are"
    wait_for(lambda: asked("SELECT * FROM shelf") == [])
    wait_for(lambda: asked("SELECT 1 FROM journal WHERE event = 'account.left'") != [])
    assert second.stop() == 0
    assert asked("SELECT count(*) FROM journal WHERE event = 'account.deleted'") == [(1,)]
