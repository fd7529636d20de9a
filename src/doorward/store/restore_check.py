"""What is looked at before a backup may take the place of anything: is it ours, does it fit, is it whole in itself?"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from doorward.core.journal import Break
from doorward.errors import BackupRefused
from doorward.settings import Settings
from doorward.store import journal
from doorward.store.backup_check import ReadBack
from doorward.store.engine import open_engine
from doorward.store.migrate import Migrations, is_current, unknown
from doorward.store.places import Place
from doorward.store.seals import SealFile


def refuse_unfit(found: ReadBack, settings: Settings, apps: Sequence[Migrations], places: Collection[str]) -> None:
    """Raise `BackupRefused` for a backup that has no place here: of another database, a newer schema, other files."""
    about, kind = found.about, make_url(settings.database_url).get_backend_name()
    if about.database != kind:
        raise BackupRefused(f"This is a backup of {about.database}, and this server keeps its records in {kind}.")
    if strange := unknown(about.revisions, apps):
        raise BackupRefused(
            f"This backup is of a newer version of Doorward ({about.version}), or of an app that is not installed "
            f"here: nobody knows its schema {', '.join(strange)}. Install that version first."
        )
    if strange := sorted(set(about.places) - set(places)):
        raise BackupRefused(f"This backup holds files of a kind that is not known here: {', '.join(strange)}.")


def refuse_unsigned(found: ReadBack) -> None:
    """Raise `BackupRefused` for a backup that anybody can have made (OWASP ASVS 11.3.3)."""
    if not found.signed:
        raise BackupRefused(
            "This backup is neither encrypted nor signed with a key of this server: anybody can have made it, with "
            "accounts of their own. On a new machine, put secrets.toml of the old one into the data folder first. If "
            "you know where the file comes from: --unsigned"
        )


def refuse_without_room(folder: Path, size: int) -> None:
    """Raise `BackupRefused` where the backup does not fit beside what is there."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise BackupRefused(f"There is no room: the backup takes {size} bytes, and {free} are free.")


def broken_journal(db: Session, seals: Path) -> Break | None:
    """The first entry that does not hold; None for a journal that is whole. The last seals may be made up for."""
    with closing(SealFile(seals)) as file:
        journal.anchor_missing(db, file)
        return journal.verify(db, file)


def refuse_lost_files(db: Session, place: Place, folder: Path, told: Collection[str]) -> None:
    """Raise `BackupRefused` unless every file that a row names is there as the row says, and no other.

    Arguments:
        folder: where the place's files of the backup are.
        told: the files that were missing or changed already when the backup was made.
    """
    there = 0
    for named in place.named(db):
        path, name = folder / named.path, f"{place.name}/{named.path}"
        there += path.is_file()
        if not path.is_file():
            wrong = "is missing"
        elif named.sha256 and _digest(path) != named.sha256:
            wrong = "is another one"
        else:
            continue
        if name not in told:
            raise BackupRefused(f"The file {name}, which a record names, {wrong}.")
    if sum(path.is_file() for path in folder.rglob("*")) != there:
        raise BackupRefused(f"There are files in {place.name} that no record names.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def reading_live(url: str) -> Iterator[Session | None]:
    """The records that are going to be replaced; None where there are none, or not with the kit's schema of now."""
    engine = open_engine(url)
    try:
        if not _can_be_read(engine):
            yield None
            return
        with Session(engine) as db:
            yield db
    finally:
        engine.dispose()


def _can_be_read(engine: Engine) -> bool:
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        return False  # to open it would make it
    try:
        return is_current(engine)
    except (SQLAlchemyError, sqlite3.Error):
        return False
