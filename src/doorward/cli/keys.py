"""`doorward rotate-keys`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.settings import rotate_keys


@click.command("rotate-keys")
@with_data
def rotate(data: Path) -> None:
    """Put a new secret key in front. The others still verify, so that nobody is signed out."""
    keys = rotate_keys(data, os.environ)
    click.echo(f"A new key signs from the next start on; {len(keys) - 1} older still verify.")
