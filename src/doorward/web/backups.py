"""Backups that the running server makes: asked for at `/admin/backups`, or by itself as often as a setting says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from doorward import secret_file
from doorward.core import backups as names
from doorward.core.jobs import DONE
from doorward.errors import BackupRefused, Conflict, NotFound
from doorward.settings import Settings
from doorward.store import accounts, jobs
from doorward.store.backup import Backups, last_mark, made_at
from doorward.store.backup_keys import folder_of, key_of
from doorward.store.backup_streams import is_encrypted
from doorward.store.job_runner import Job
from doorward.web.here import Here, here
from doorward.web.jobs import ShownJob, shown

if TYPE_CHECKING:
    from doorward.web.extension import Doorward

KIND, SCHEDULED = "kit.backup", "kit.backups"
#: How often it is looked whether a backup is due. One that is nearly due is made, or it would be later each day.
LOOKED_EVERY, NEARLY = timedelta(hours=1), timedelta(minutes=30)
_TOLD_FOR = timedelta(days=1)
NO_KEY = "Backups are made and given out here only encrypted, and no key is set. On the host: doorward backup --new-key"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in the folder of backups.

    Arguments:
        name: of its file.
        at: the moment whose records it holds, as its name says.
        size: in bytes.
        encrypted: is it? Only then it is given out.
    """

    name: str
    at: datetime
    size: int
    encrypted: bool


def ask_for_backup() -> str:
    """Ask for a backup; one of the caller's own that is on its way already is the same. The job's id.

    Errors:
        Conflict: no key is set. Administrators are not trusted with the secrets, and could take it away unencrypted.
    """
    at = here()
    if not has_key(at.door.settings):
        raise Conflict(NO_KEY)
    with at.door.store.transaction(at.caller) as tx:
        account = accounts.held(tx, at.caller.id)  # so that of two who ask at once the second finds the first's
        if account is None:
            raise NotFound
        waiting = [job for job in jobs.of_account(tx.db, account.id) if job.kind == KIND and job.finished_at is None]
        if waiting:
            return waiting[0].id
        tx.journal("backup.asked")
        return tx.job(KIND, title="Backup of the whole server", owner=account.id)


def latest_backup(at: Here) -> ShownJob | None:
    """The caller's last backup job, while it is not over, or did not work within the last day."""
    with at.door.store.reading() as db:
        mine = [job for job in jobs.of_account(db, at.caller.id) if job.kind == KIND]
    if not mine or mine[0].state == DONE:
        return None
    ended = mine[0].finished_at
    return shown(mine[0]) if ended is None or at.now - ended < _TOLD_FOR else None


def has_key(settings: Settings) -> bool:
    """Is there a key, as far as the settings say?"""
    return settings.backup_key is not None or settings.backup_key_file is not None


def back_up(door: Doorward, job: Job) -> None:
    """The job: make a backup, encrypted if there is a key, and let the oldest go.

    Errors:
        Conflict: it could not be made, with why.
    """
    settings, parts = door.settings, door.parts
    try:
        folder = folder_of(settings)
        if not settings.backup_folder:
            secret_file.ensure_folder(folder)
        job.progress(0, 100)
        Backups(parts.store, parts.seals, parts.keys, settings).make(
            folder,
            key_of(settings),
            job.actor,
            lambda done, of: job.progress(done * 100 // of, 100),
            into_folder=True,
        )
    except BackupRefused as refused:
        raise Conflict(refused.message) from refused
    _let_the_oldest_go(job, folder, settings.backup_keep)


def back_up_if_due(door: Doorward, job: Job) -> None:
    """The job that recurs: is the last backup older than it may be? Whoever made that one."""
    if is_due(door.settings, door.clock()):
        back_up(door, job)


def is_due(settings: Settings, now: datetime) -> bool:
    """Shall a backup be made now by itself?"""
    if settings.backup_every is None:
        return False
    at = made_at(last_mark(settings.data))
    return at is None or now - at >= settings.backup_every - min(NEARLY, settings.backup_every / 2)


def kept(settings: Settings) -> list[Kept]:
    """The backups in the folder, the newest first.

    Errors:
        OSError: the folder cannot be read.
    """
    folder = folder_of(settings)
    found = list(_files(folder)) if folder.is_dir() or settings.backup_folder else []
    return sorted((_kept(path, at) for path, at in found), key=lambda one: one.at, reverse=True)


def _files(folder: Path) -> Iterator[tuple[Path, datetime]]:
    """What was named by us; anything else in the folder is somebody else's."""
    for path in folder.iterdir():
        at = names.made_at(path.name)
        if at is not None and path.is_file() and not path.is_symlink():
            yield path, at


def _kept(path: Path, at: datetime) -> Kept:
    with path.open("rb") as file:
        return Kept(path.name, at, path.stat().st_size, is_encrypted(file))


def open_kept(settings: Settings, name: str) -> BinaryIO:
    """A backup to be given out.

    Errors:
        NotFound: there is none of this name, or it is not encrypted: that one only the host gives out.
    """
    path = folder_of(settings) / name
    if names.made_at(name) is None or path.is_symlink() or not path.is_file():
        raise NotFound("There is no such backup.")
    file = path.open("rb")
    if not is_encrypted(file):
        file.close()
        raise NotFound("This backup is not encrypted. It is given out on the host only.")
    return file


def _let_the_oldest_go(job: Job, folder: Path, most: int) -> None:
    """Of those that were named by us, and only after a new one was made."""
    found = sorted(_files(folder), key=lambda one: one[1], reverse=True)
    gone = [path for path, _ in found[most:]]
    for path in gone:
        path.unlink(missing_ok=True)
    if gone:
        with job.store.transaction(job.actor) as tx:
            tx.journal("backup.swept", count=len(gone), names=[path.name for path in gone[:20]])
