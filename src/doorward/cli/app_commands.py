"""`doorward <app> …`: commands that an app brings along, run on the records of its server."""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from doorward.cli.data import with_data
from doorward.core.access import HOST
from doorward.serve.apps import find_app, load_app
from doorward.settings import Settings
from doorward.store.store import using
from doorward.web.outbound.fetch import fetching_for


def command_of_app(name: str, data: Path) -> click.Command | None:
    """The command of this name that the app brings along; None where it has none.

    Looking makes no data folder: whoever mistypes a command leaves nothing behind.
    """
    settings = Settings.load(data, os.environ) if data.is_dir() else None
    target = settings.app if settings else os.environ.get("DOORWARD_APP")
    _app, door = find_app(target, settings.apps if settings else ())
    found = door.commands.get(name)
    return _on_records(found) if found is not None else None


def _on_records(command: click.Command) -> click.Command:
    """The command, with the door started, its store and `fetch` at hand while it runs; `--data` behind its name too."""
    on_records = copy.copy(command)
    if isinstance(on_records, click.Group):
        on_records.commands = {name: _on_records(one) for name, one in on_records.commands.items()}
    elif command.callback is not None:
        more = click.command()(with_data(_started(command.callback)))
        on_records.callback, on_records.params = more.callback, [*command.params, *more.params]
    return on_records


def _started(callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def run(data: Path, **given: Any) -> Any:
        _app, door = load_app(None, data)
        try:
            with using(door.store), fetching_for(door, HOST):
                return callback(**given)
        finally:
            door.close()

    return run
