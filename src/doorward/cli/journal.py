"""`doorward journal verify|export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from doorward.cli.data import with_data
from doorward.cli.opened import opened
from doorward.core.journal_excerpts import check_lines
from doorward.store import journal as records


@click.group()
def journal() -> None:
    """The journal: check that nothing was changed, or write it out."""


@journal.command()
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check this file instead: an excerpt, or what `doorward journal export` wrote. Needs no server.",
)
@click.option("--here", is_flag=True, help="With --file: hold every entry against the journal of this server, too.")
@with_data
def verify(data: Path, file: Path | None, here: bool) -> None:
    """Check every seal. Names the first entry that was changed, removed, moved or cut off; exit code 1 then."""
    if file is not None:
        _verify_file(file, data if here else None)
        return
    if here:
        raise click.UsageError("--here goes with --file.")
    with opened(data, must_exist=True) as parts, parts.store.reading() as db:
        broken = records.verify(db, parts.seals)
        count = records.length(db)
    if broken is None:
        click.secho(f"The journal is whole: {count} entries, every seal fits.", fg="green")
        return
    click.secho(f"The journal is broken at entry {broken.seq}: {broken.reason}.", fg="red", err=True)
    sys.exit(1)


def _verify_file(file: Path, data: Path | None) -> None:
    with file.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        checked, entries = check_lines(line.rstrip("\n") for line in lines)
    if checked.reason:
        click.secho(f"{file.name} is broken at line {checked.line}: {checked.reason}.", fg="red", err=True)
        sys.exit(1)
    left_out = f" Between them others are left out, in {checked.gaps} places." if checked.gaps else ""
    click.secho(f"{file.name} is whole: {checked.count} entries, every seal fits.{left_out}", fg="green")
    if checked.count:
        click.echo(f"Entries {checked.first} to {checked.last}; the last seal is {checked.last_seal}.")
    if data is None:
        click.echo(
            "That shows that no entry was changed or moved since it was sealed. It does not show that none was left "
            "out, nor that all seals were not computed anew: for that, ask the operator to run this with --here."
        )
        return
    with opened(data, must_exist=True) as parts, parts.store.reading() as db:
        broken, missing = records.verify(db, parts.seals), records.missing_from(db, entries)
    if broken is not None or missing is not None:
        what = f"entry {missing} does not stand in it like this" if broken is None else "the journal itself is broken"
        click.secho(f"It does not agree with the journal of this server: {what}.", fg="red", err=True)
        sys.exit(1)
    click.secho("Every entry of it stands in the journal of this server, which is whole.", fg="green")


@journal.command()
@with_data
def export(data: Path) -> None:
    """Write the journal as JSON Lines to standard output."""
    with opened(data, must_exist=True) as parts, parts.store.reading() as db:
        for sealed in records.walk(db):
            click.echo(sealed.as_json())
