"""`doorward work`: background jobs in a process of their own, beside the server's."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.serve import logs
from doorward.serve.apps import load_app
from doorward.serve.consumer import Workers


@click.command()
@click.option("--app", "target", help="The jobs of your own Flask app instead of the suite's, as module:name.")
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="How many jobs at once.")
@with_data
def work(data: Path, target: str | None, threads: int) -> None:
    """Work on background jobs until asked to stop. Needs the data folder and the database of the server."""
    _app, door = load_app(target, data)
    logs.install(door.settings)
    asked = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: asked.set())
    workers = Workers(door.parts, door.jobs, threads)
    workers.start()
    click.echo("At work on background jobs.")
    asked.wait()
    workers.stop()
    door.close()
