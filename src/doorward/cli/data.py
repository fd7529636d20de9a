"""The option `--data`, which may stand before or behind a command's name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def with_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command's function the data folder as its first argument."""

    @functools.wraps(command)
    def wrapped(own: Path | None, **kwargs: Any) -> Any:
        return command(own or click.get_current_context().obj, **kwargs)

    return click.option("--data", "own", type=click.Path(file_okay=False, path_type=Path), help="The data folder.")(
        wrapped
    )
