"""`doorward restore`: a backup is built beside the live data, checked, and put in its place."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from doorward import secret_file
from doorward.cli.backup import KEY_FILE, tell
from doorward.cli.data import with_data
from doorward.cli.progress import Told
from doorward.cli.stopping import cleaning_up_when_stopped
from doorward.serve.apps import migrations_of
from doorward.settings import Settings
from doorward.store.backup_keys import key_in, key_of
from doorward.store.kit_places import kit_places
from doorward.store.restore import SETTINGS_BESIDE, Restore, Restored, Wanted

_SHOWN = 20


@click.command()
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@KEY_FILE
@click.option("--check", "only_check", is_flag=True, help="Only look whether it can be restored; a server may run.")
@click.option("--as-it-was", is_flag=True, help="Passwords, roles and tokens as they were then, whatever came since.")
@click.option("--unsigned", is_flag=True, help="Take it though nothing shows who made it.")
@click.option("--broken-journal", is_flag=True, help="Take it though the journal in it does not hold.")
@click.option("--app", "target", help="The backup of your own Flask app instead of the suite, as module:name.")
@with_data
def restore(
    data: Path,
    source: Path,
    key_file: Path | None,
    only_check: bool,
    as_it_was: bool,
    unsigned: bool,
    broken_journal: bool,
    target: str | None,
) -> None:
    """Restore a backup. Nothing is written over: what is there is kept aside, with the date.

    It is built beside the live data, checked whole, and put in its place only then. No server may run meanwhile.
    Everybody is signed out. What was blocked, revoked or changed since the backup stays so, where that can be seen.
    """
    settings = Settings.load(data, os.environ)
    told = Told(sys.stderr)
    wanted = Wanted(
        path=source,
        key=key_in(key_file) if key_file is not None else key_of(settings),
        only_check=only_check,
        unsigned=unsigned,
        broken_journal=broken_journal,
        as_it_was=as_it_was,
        told=lambda done, of: tell(told, done, of, "MiB read"),
    )
    try:
        with cleaning_up_when_stopped():
            done = Restore(settings, migrations_of(target, settings), kit_places(settings)).run(wanted)
    finally:
        told.over()
    click.secho(_headline(done, source, only_check), fg="green")
    for line in (*_of_then(done), *_since(done, only_check), *([] if only_check else _on_the_host(done, data))):
        click.echo(line)


def _headline(done: Restored, source: Path, only_check: bool) -> str:
    about = done.found.about
    files = f", {done.found.files} files" if about.places else ""
    what = f"{source.name} of {about.made_at:%Y-%m-%d %H:%M} UTC, journal of {_count(about.entries, 'entry')}{files}"
    return f"It can be restored: {what}. Nothing was changed." if only_check else f"Restored {what}."


def _of_then(done: Restored) -> Iterator[str]:
    """What was wrong with the records when they were backed up."""
    if done.broken is not None:
        yield f"Its journal is broken at entry {done.broken.seq}: {done.broken.reason}."
    problems = done.found.problems
    for problem in problems[:_SHOWN]:
        yield f"{problem.file} was {problem.what} already when the backup was made."
    if len(problems) > _SHOWN:
        yield f"… and {len(problems) - _SHOWN} more files."


def _since(done: Restored, only_check: bool) -> Iterator[str]:
    """What is not as it was then."""
    settled, then = done.settled, f"{done.found.about.made_at:%Y-%m-%d %H:%M} UTC"
    if not only_check:
        yield f"{_count(settled.sessions, 'session')} ended: everybody signs in anew. So did codes on their way."
    if not settled.known:
        yield (
            f"What was blocked, deleted, revoked or changed since {then} was not looked at: accounts, passwords, roles "
            "and tokens are those of then. Look through /admin/people and /admin/tokens."
        )
        return
    named = (
        ("Blocked since, and so again", settled.blocked),
        ("Deleted since: there again, but blocked; delete them anew, or let them in", settled.deleted),
        ("Have lost a role since, and do not get it back", settled.lost_roles),
        ("Keep the password, second factors and address that they have now", sorted(settled.ways_in)),
    )
    for what, names in named:
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            yield f"{what}: {', '.join(names[:_SHOWN])}{more}."
    if settled.tokens:
        yield f"{_count(settled.tokens, 'token')} revoked or renewed since, and so again."
    if settled.invitations:
        yield f"{_count(settled.invitations, 'invitation')} used or taken back since, and so again."


def _on_the_host(done: Restored, data: Path) -> Iterator[str]:
    """What the operator finds where."""
    kept = [str(done.aside)] if done.aside is not None else []
    kept += [f"the schema {done.schema_aside} of the database"] if done.schema_aside else []
    if kept:
        yield f"What was there is kept in {' and '.join(kept)}. Delete it once you are sure."
    if done.new_keys:
        yield f"{_count(done.new_keys, 'secret key')} of the backup added to {secret_file.NAME}, behind the others."
    if done.lacking_keys:
        yield (
            f"It was made with {_count(done.lacking_keys, 'secret key')} that this server does not have: authenticator "
            f"apps set up then do not work. Put them into {data / secret_file.NAME}, behind the first."
        )
    if done.settings_beside:
        yield f"Its settings lie in {data / SETTINGS_BESIDE}. They do not count: take from them what you want."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else f'{what}s'.replace('entrys', 'entries')}"
