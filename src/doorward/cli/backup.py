"""`doorward backup`: everything in one file, while the server goes on working."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from doorward import secret_file
from doorward.cli.data import with_data
from doorward.cli.opened import opened
from doorward.cli.progress import Told
from doorward.cli.stopping import cleaning_up_when_stopped
from doorward.core.backup_seal import BackupKey
from doorward.store.backup import Backups, Made
from doorward.store.backup_keys import folder_of, key_in, key_of, make_key
from doorward.web.parts import Parts

_FILE = click.Path(dir_okay=True, path_type=Path)
KEY_FILE = click.option("--key-file", type=click.Path(dir_okay=False, path_type=Path), help="The file of the key.")


@click.command()
@click.argument("target", metavar="[FILE]", required=False, type=_FILE)
@KEY_FILE
@click.option("--new-key", type=click.Path(dir_okay=False, path_type=Path), help="Only make a key, in a new file.")
@with_data
def backup(data: Path, target: Path | None, key_file: Path | None, new_key: Path | None) -> None:
    """Back up the whole server into FILE: records, files, the journal and its seals. It may go on running.

    FILE may be a folder. Without FILE, the folder that backup_folder names. With a key the backup is encrypted, and
    holds the secret keys, the settings and the local authority too.

    Exit code 1 if it was made, but something was wrong with the records; 2 if it was not made.
    """
    if new_key is not None:
        make_key(new_key)
        click.echo(f"{new_key} holds a new key. Keep a copy of it elsewhere: without it nobody can read the backups.")
        return
    with opened(data, must_exist=True) as parts, cleaning_up_when_stopped():
        key = _key(parts, key_file)
        told = Told(sys.stderr)
        made = Backups(parts.store, parts.seals, parts.keys, parts.settings).make(
            target or _own_folder(parts),
            key,
            told=lambda done, of: tell(told, done, of, "MiB written and read back"),
            into_folder=target is None,
        )
        told.over()
    _say(made, key)
    sys.exit(1 if made.found.broken is not None or made.found.problems else 0)


_MIB = 1 << 20
#: Less is done before anybody has read a line.
_WORTH_TELLING = 64 * _MIB


def tell(told: Told, done: int, of: int, what: str) -> None:
    """Tell how far something large is, in MiB."""
    if of >= _WORTH_TELLING:
        told(done // _MIB, of // _MIB, what)


def _key(parts: Parts, key_file: Path | None) -> BackupKey | None:
    if key_file is None:
        return key_of(parts.settings)
    if secret_file.others_can_read(key_file):
        click.secho(
            f"Note: others on this machine can read {key_file}. Run: chmod 600 {key_file}", fg="yellow", err=True
        )
    return key_in(key_file)


def _own_folder(parts: Parts) -> Path:
    folder = folder_of(parts.settings)
    if not parts.settings.backup_folder:
        secret_file.ensure_folder(folder)
    return folder


def _say(made: Made, key: BackupKey | None) -> None:
    found = made.found
    files = f", {found.files} file{'s' if found.files != 1 else ''}" if found.about.places else ""
    click.echo(f"{made.path}: {_amount(made.size)}, {found.about.entries} entries of the journal{files}.")
    click.secho("Read back in full: it is whole.", fg="green")
    if key is None:
        click.secho(
            "Note: it is not encrypted. Whoever has it can read every record; the secret keys and settings are not in "
            "it. To encrypt: doorward backup --new-key FILE, then --key-file FILE",
            fg="yellow",
            err=True,
        )
    if found.broken is not None:
        click.secho(
            f"The journal is broken at entry {found.broken.seq}: {found.broken.reason}. It is so in the records "
            "themselves; the backup holds them as they are.",
            fg="red",
            err=True,
        )
    for problem in found.problems[:10]:
        click.secho(f"{problem.what.capitalize()}: {problem.file}, which a record names.", fg="red", err=True)
    if len(found.problems) > 10:
        click.secho(f"… and {len(found.problems) - 10} more.", fg="red", err=True)


def _amount(size: int) -> str:
    return f"{size / _MIB:,.1f} MiB" if size >= _MIB else f"{size:,} bytes"
