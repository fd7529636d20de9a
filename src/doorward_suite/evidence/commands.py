"""`doorward evidence …`: what the host does for evidence."""

from __future__ import annotations

from pathlib import Path

import click

from doorward import Caller, Refused

from .actions import catalogues

#: The person at the keyboard of the server.
_HOST = Caller(name="(host)", roles=frozenset({"admin"}))


@click.group()
def evidence() -> None:
    """Evidence for an assessment by NIST SP 800-171 and CMMC."""


@evidence.command("load-catalog")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", default="", help="For a catalogue of your own: what it is known by, for ever.")
@click.option("--name", default="", help="For a catalogue of your own: what people call it.")
def load_catalog(file: Path, key: str, name: str) -> None:
    """Load NIST's workbook of SP 800-171 Rev. 2 or SP 800-171A, or a catalogue of your own (CSV, XLSX or JSON).

    Of the workbooks the official wording is taken, and held against the built-in catalogue. With --key and --name, and
    for JSON, FILE is a catalogue of your own. A file that is wrong changes nothing.
    """
    try:
        with file.open("rb") as opened:
            lines = catalogues.load(_HOST, opened, key, name)
    except Refused as wrong:
        raise click.ClickException(wrong.message) from wrong
    for line in lines:
        click.echo(line)


COMMANDS = {"evidence": evidence}
