"""An app whose jobs take a while, for servers that are killed in the middle: each step leaves a line in a file."""

from __future__ import annotations

import os
import time
from pathlib import Path

from flask import Flask

from doorward import Doorward, Job, access, current_caller, transaction

app = Flask("jobs_app", static_folder=None)


def _steps(job: Job) -> None:
    """Goes on where the attempt before was, as a job should that cannot be repeated."""
    trace = Path(os.environ["JOBS_TRACE"])
    for number in range(job.done, job.arguments["steps"]):
        with trace.open("a") as file:
            file.write(f"{job.attempt} {number} {os.getpid()}\n")
        time.sleep(job.arguments["pause"])
        job.progress(number + 1, job.arguments["steps"])
    with job.file("done.txt") as result:
        result.write(b"whole")


@app.get("/")
@access.member
def home() -> str:
    return '<form><input type="hidden" name="csrf_token"></form>'


@app.post("/ask/<int:steps>/<int:milliseconds>")
@access.member
def ask(steps: int, milliseconds: int) -> str:
    with transaction(current_caller()) as tx:
        given = {"steps": steps, "pause": milliseconds / 1000}
        return tx.job("test.steps", given, title="Some steps", owner=current_caller().id)


Doorward(app, jobs={"test.steps": _steps})
