"""`doorward journal verify|export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.cli.opened import opened
from doorward.store import journal as records


@click.group()
def journal() -> None:
    """The journal: check that nothing was changed, or write it out."""


@journal.command()
@with_data
def verify(data: Path) -> None:
    """Check every seal. Names the first entry that was changed, removed, moved or cut off; exit code 1 then."""
    with opened(data, must_exist=True) as parts, parts.store.reading() as db:
        broken = records.verify(db, parts.seals)
        count = records.length(db)
    if broken is None:
        click.secho(f"The journal is whole: {count} entries, every seal fits.", fg="green")
        return
    click.secho(f"The journal is broken at entry {broken.seq}: {broken.reason}.", fg="red", err=True)
    sys.exit(1)


@journal.command()
@with_data
def export(data: Path) -> None:
    """Write the journal as JSON Lines to standard output."""
    with opened(data, must_exist=True) as parts, parts.store.reading() as db:
        for sealed in records.walk(db):
            click.echo(sealed.as_json())
