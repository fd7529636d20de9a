"""`doorward honors …`: what the host does for honors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from doorward import Caller, Invalid, Refused, reading, transaction

from .actions import import_undoing, importing
from .importing.tables import Unreadable
from .models import CONSENTS, HIDDEN, Import
from .queries import imports

#: The person at the keyboard of the server.
_HOST = Caller(name="(host)", roles=frozenset({"admin"}))


@click.group()
def honors() -> None:
    """A roll of who was awarded what."""


@honors.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--competition", default="", help="Code or name of the competition that the file is of.")
@click.option("--year", type=int, help="Year of its edition. Without these two, columns of the file say both.")
@click.option(
    "--column", "columns", multiple=True, metavar="MEANING=NAME", help="What a column says, such as name=Tên."
)
@click.option("--replace", is_flag=True, help="Take away what earlier imports brought and this file has not.")
@click.option("--consent", type=click.Choice(CONSENTS), default=HIDDEN, help="What the new people agreed to.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and change nothing.")
def import_results(
    file: Path, competition: str, year: int | None, columns: tuple[str, ...], replace: bool, consent: str, dry_run: bool
) -> None:
    """Import results from CSV, XLSX or JSON: lists, teams, and honor.config.json of an honor roll.

    A file that was imported already adds nothing. Rows that are wrong are told, and the others imported.
    """
    number = 0
    try:
        with file.open("rb") as opened:
            number = importing.begin_with(_HOST, opened, file.name)
            with reading() as db:
                row = db.get_one(Import, number)
                edition = _edition(imports.editions_by_name(db), competition, year)
            if row.state == importing.CONFIG:
                report = importing.apply_config(_HOST, number, opened)["config"]
                click.echo(", ".join(f"{count} {name}" for name, count in report.items()))
                return
            chosen = {**json.loads(row.mapping)["map"], **_columns(columns)}
            importing.choose(_HOST, number, chosen, edition=edition, replaces=replace, consent=consent)
            with click.progressbar(length=1, label=file.name) as bar:

                def progress(done: int, total: int | None) -> None:
                    bar.length = total or 1
                    bar.update(done - bar.pos)

                report = importing.run(_HOST, number, opened, dry=dry_run, progress=progress)
            _tell(number, report)
            if dry_run:
                importing.throw_away(_HOST, number)
    except (Refused, Unreadable) as wrong:
        if number:
            importing.throw_away(_HOST, number)
        told = " ".join(wrong.fields.values()) if isinstance(wrong, Invalid) else str(wrong)
        raise click.ClickException(told) from wrong


def _edition(known: dict[tuple[str, str], int], competition: str, year: int | None) -> int:
    if not competition and year is None:
        return 0
    found = known.get((imports.plain(competition), str(year)), 0)
    if not found:
        raise Invalid(
            {"edition": f"There is no edition {competition} {year or ''}. Add it, or import its configuration."}
        )
    return found


def _columns(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    if any(not meaning or not name for meaning, _, name in pairs):
        raise Invalid({"column": "Say columns like name=Tên."})
    return {meaning: name for meaning, _, name in pairs}


def _tell(number: int, report: dict[str, object]) -> None:
    words = ("rows", "added", "kept", "removed", "people", "schools", "subjects", "wrong")
    click.echo(f"Import {number}: " + ", ".join(f"{report[word]} {word}" for word in words))
    told = report["told"]
    for row, reason in told if isinstance(told, list) else ():
        click.echo(f"  row {row}: {reason}", err=True)


@honors.command("undo")
@click.argument("number", type=int)
def undo(number: int) -> None:
    """Undo an import: what it added goes, what it took away comes back."""
    try:
        with transaction(_HOST) as tx:
            import_undoing.begin(tx, _HOST, number)
        import_undoing.run(_HOST, number, lambda done, total: None)
    except Refused as wrong:
        raise click.ClickException(str(wrong)) from wrong
    click.echo(f"Import {number} is undone.")


COMMANDS = {"honors": honors}
