"""`doorward settings`: every setting, what it means, and what it is now."""

from __future__ import annotations

import os
from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.settings import Settings, describe


@click.command()
@with_data
def settings(data: Path) -> None:
    """Show every setting with its meaning and its value."""
    now = Settings.load(data, os.environ)
    for row in describe(now):
        click.secho(row.variable, bold=True, nl=False)
        click.echo(f"  {row.kind}")
        click.echo(f"    {row.meaning}")
        click.echo(f"    now: {row.value or '-'}    default: {row.default or '-'}    example: {row.example}")
