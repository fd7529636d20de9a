"""Making a backup of the whole server while it goes on working: one moment, read back in full before it counts."""

from __future__ import annotations

import errno
import json
import logging
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from doorward import secret_file, setting_file
from doorward.core import backups as names
from doorward.core.access import HOST, Caller
from doorward.core.backup_seal import BackupKey
from doorward.core.backups import About
from doorward.core.journal import FAILED, GENESIS
from doorward.core.secrets import KeyRing
from doorward.errors import BackupRefused, DoorwardError
from doorward.settings import Settings
from doorward.store import backup_postgres, backup_sqlite, in_use, journal
from doorward.store.backup_archive import ArchiveWriter
from doorward.store.backup_check import Problem, ReadBack, read_back, written
from doorward.store.backup_streams import PlainSink, SealedSink
from doorward.store.journal import Filter
from doorward.store.places import Place
from doorward.store.private_files import create, sync_folder, write_whole
from doorward.store.seals import SealFile
from doorward.store.store import Store

_log = logging.getLogger("doorward.backup")

#: Where the last backup leaves its mark, in the data folder: not in the database, with which it would come back old.
MARK = "last-backup.json"
_SCRATCH = ".backup-"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and read back.

    Arguments:
        path: its file.
        size: in bytes.
        found: what was found when it was read back.
    """

    path: Path
    size: int
    found: ReadBack


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of the last backup.

    Arguments:
        at: the moment whose records it holds, ISO 8601.
        file: its name.
        encrypted, size, entries: as in it.
        broken: whether the journal in it does not hold.
    """

    at: str
    file: str
    encrypted: bool
    size: int
    entries: int
    broken: bool


class Backups:
    """Makes backups of one server.

    Arguments:
        store: its records, open.
        seals: the seals of its journal.
        keys: its secret keys, with which unencrypted backups are signed.
        settings: its settings.
    """

    def __init__(self, store: Store, seals: SealFile, keys: KeyRing, settings: Settings) -> None:
        self._store = store
        self._seals = seals
        self._keys = keys
        self._settings = settings
        self._data = settings.data

    def make(
        self,
        target: Path,
        key: BackupKey | None,
        actor: Caller = HOST,
        told: Told = lambda _done, _total: None,
        *,
        into_folder: bool = False,
    ) -> Made:
        """Make a backup, read it back, and only then give it its name.

        Arguments:
            target: the file, or a folder in which it gets a name of its time.
            key: encrypts it; without one it holds neither keys nor settings.
            actor: who wants it, for the journal.
            told: told how far it is, in bytes; may end it by raising.
            into_folder: whether it must be a folder: one that is missing, since its disk is not there, is no file.

        Errors:
            BackupRefused: it could not be made; nothing of it is left.
        """
        try:
            with closing_lock(in_use.one_backup(self._data)), self._scratch() as scratch:
                if into_folder and not target.is_dir():
                    raise BackupRefused(f"There is no folder {target}. Is its disk there?")
                made = self._make(target, key, scratch, told)
        except (BackupRefused, OSError, SQLAlchemyError, sqlite3.Error) as problem:
            refused = _as_refused(problem)
            self._note_failure(actor, refused)
            raise refused from problem
        self._note(made, actor)
        return made

    def _make(self, target: Path, key: BackupKey | None, scratch: Path, told: Told) -> Made:
        at = self._store.clock()
        if target.is_dir():
            target = _free_name(target, at, encrypted=key is not None)
        _must_be_new(target)
        part = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
        try:
            count = _Counted(told)
            digest = self._write(part, key, at, scratch, count)
            for left in scratch.iterdir():  # the copy of the database has done its work: its room is needed again
                left.unlink()
            found = read_back(part, key, self._keys, scratch, count.read)
            if found.digest != digest or not found.signed:
                raise BackupRefused("The backup was not read back as it was written. The disk may be failing.")
            size = part.stat().st_size
            _must_be_new(target)
            os.rename(part, target)
            _sync(target.parent)
        finally:
            part.unlink(missing_ok=True)
        return Made(target, size, found)

    def _write(self, part: Path, key: BackupKey | None, at: datetime, scratch: Path, count: _Counted) -> str:
        with ExitStack() as stack:
            for place in self._store.places:
                stack.enter_context(place.holding())
            taken = stack.enter_context(self._snapshot(scratch, at))
            _must_have_room(part.parent, taken.size)
            file = stack.enter_context(create(part))
            sink = SealedSink(file, key) if key is not None else PlainSink(file)
            count.total = max(1, taken.size)
            writer = ArchiveWriter(sink, int(at.timestamp()), scratch, count.wrote)
            self._put_all(taken, writer, with_host_files=key is not None)
            digest = writer.finish(None if key is not None else lambda code: self._keys.mac(names.SIGNING, code))
            file.flush()
            os.fsync(file.fileno())
        return digest.hex()

    def _put_all(self, taken: _Taken, writer: ArchiveWriter, *, with_host_files: bool) -> None:
        about = taken.about
        writer.add_bytes(names.ABOUT, about.as_json())
        if taken.copy is not None:
            with taken.copy.open("rb") as copy:
                writer.add_file(names.DATABASE, copy, taken.copy.stat().st_size)
        else:
            backup_postgres.write_rows(taken.db, writer, about.tables)
        writer.add(names.SEALS, about.entries * 32, self._seals.first(about.entries))
        problems = [problem for place in self._store.places for problem in _put_files(taken.db, writer, place)]
        if problems:
            writer.add_bytes(names.PROBLEMS, written(problems))
        if with_host_files:
            for name, path in self._host_files():
                writer.add_bytes(f"{names.HOST_FILES}/{name}", path.read_bytes())

    def _host_files(self) -> Iterator[tuple[str, Path]]:
        """What the host keeps beside the records, and a new machine needs."""
        for name in (secret_file.NAME, setting_file.FILE):
            if (self._data / name).is_file():
                yield name, self._data / name
        for path in sorted((self._data / "tls").glob("*.pem")):
            yield f"tls/{path.name}", path

    @contextmanager
    def _snapshot(self, scratch: Path, at: datetime) -> Iterator[_Taken]:
        engine = self._store.engine
        about = About(at, version("doorward"), engine.dialect.name, (), 0, GENESIS, tuple(self._fingerprints()))
        about = replace(about, places=tuple(place.name for place in self._store.places))
        if self._store.is_sqlite:
            copy = scratch / names.DATABASE
            backup_sqlite.copy(engine, copy)
            with backup_sqlite.reading(copy) as db:
                yield self._taken(db, about, copy.stat().st_size, copy)
            return
        with backup_postgres.snapshot(engine) as db:
            size = backup_postgres.size(db)
            about = replace(about, tables=backup_postgres.tables(db), sequences=backup_postgres.sequences(db))
            yield self._taken(db, about, size, None)

    def _taken(self, db: Session, about: About, size: int, copy: Path | None) -> _Taken:
        revisions = db.execute(text("SELECT version_num FROM alembic_version ORDER BY version_num")).scalars()
        last = next(iter(journal.page(db, Filter(), 1)), None)
        about = replace(about, revisions=tuple(revisions))
        if last is not None:
            about = replace(about, entries=last.seq, seal=last.seal)
        size += sum(file.size for place in self._store.places for file in place.named(db))
        return _Taken(db, about, size, copy)

    def _fingerprints(self) -> Iterator[str]:
        for code in self._keys.mac_all(names.TELLING_APART, b""):
            yield code.hex()[:32]

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A private folder of this backup alone. What a killed one has left goes, since there is one at a time."""
        for left in self._data.glob(f"{_SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = self._data / f"{_SCRATCH}{secrets.token_hex(6)}"
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _note(self, made: Made, actor: Caller) -> None:
        about, broken = made.found.about, made.found.broken is not None
        mark = Mark(about.made_at.isoformat(), made.path.name, made.found.encrypted, made.size, about.entries, broken)
        try:
            write_whole(self._data / MARK, json.dumps(asdict(mark), indent=1).encode())
        except OSError:
            _log.exception("the backup was made, but its mark could not be written")
        with self._store.transaction(actor) as tx:
            tx.journal(
                "backup.made",
                on=f"backup:{made.path.name}",
                encrypted=made.found.encrypted,
                bytes=made.size,
                entries=about.entries,
                files=made.found.files,
                problems=len(made.found.problems),
                sums=made.found.digest,
            )

    def _note_failure(self, actor: Caller, why: BackupRefused) -> None:
        with suppress(DoorwardError), self._store.transaction(actor) as tx:
            tx.journal("backup.made", outcome=FAILED, reason=why.message)


@dataclass(frozen=True, slots=True)
class _Taken:
    """One moment of the records, held for as long as it takes to write it down."""

    db: Session
    about: About
    size: int
    copy: Path | None


class _Counted:
    """Tells how far a backup is, in bytes: they are written, and as many are read back."""

    def __init__(self, told: Told) -> None:
        self.total = 1
        self._wrote = self._read = 0
        self._told = told

    def wrote(self, count: int) -> None:
        self._wrote = min(self._wrote + count, self.total)
        self._told(self._wrote, 2 * self.total)

    def read(self, count: int) -> None:
        self._read = min(self._read + count, self.total)
        self._told(self.total + self._read, 2 * self.total)


def _put_files(db: Session, writer: ArchiveWriter, place: Place) -> Iterator[Problem]:
    """Write every file that the rows name. What is not as they say is written as it is, and told."""
    for named in place.named(db):
        name = f"{place.name}/{named.path}"
        try:
            file: BinaryIO = (place.folder / named.path).open("rb")
        except FileNotFoundError:
            yield Problem("missing", name)
            continue
        with file:
            digest = writer.add_file(name, file, os.fstat(file.fileno()).st_size)
        if named.sha256 and digest != named.sha256:
            yield Problem("changed", name)


def _free_name(folder: Path, at: datetime, *, encrypted: bool) -> Path:
    """A name of this second, or of the first after it that is free."""
    while (path := folder / names.file_name(at, encrypted=encrypted)).exists() or path.is_symlink():
        at += timedelta(seconds=1)
    return path


def _must_be_new(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise BackupRefused(f"{target.name} is there already, and a backup never takes the place of another.")
    if not target.parent.is_dir():
        raise BackupRefused(f"There is no folder {target.parent}.")


def _sync(folder: Path) -> None:
    """The new name is on disk; where a network's file system cannot say so, its server decides."""
    try:
        sync_folder(folder)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def _must_have_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise BackupRefused(f"There is no room for the backup: it takes about {size} bytes, and {free} are free.")


def _as_refused(problem: Exception) -> BackupRefused:
    if isinstance(problem, BackupRefused):
        return problem
    if isinstance(problem, OSError) and problem.errno in _NO_ROOM:
        return BackupRefused("There was no room left for the backup. Nothing of it was kept.")
    if isinstance(problem, OSError):
        return BackupRefused(f"The backup could not be written: {problem.strerror}. Nothing of it was kept.")
    _log.error("the backup could not be made", exc_info=problem)
    return BackupRefused("The backup could not be made: the database did not answer as it should. See the log.")


@contextmanager
def closing_lock(lock: in_use.Lock) -> Iterator[None]:
    """Let go of a lock at the end."""
    try:
        yield
    finally:
        lock.release()


def last_mark(data: Path) -> Mark | None:
    """What is known of the last backup; None where there was none, or its mark cannot be read."""
    try:
        found = json.loads((data / MARK).read_text("utf-8"))
        given = {name: found[name] for name in Mark.__dataclass_fields__ if name in found}
        return Mark(**{"file": "", "encrypted": False, "size": 0, "entries": 0, "broken": False, **given})
    except (OSError, ValueError, TypeError):
        return None


def made_at(mark: Mark | None) -> datetime | None:
    """The moment of a backup, as its mark says; None where that is no time."""
    try:
        at = datetime.fromisoformat(mark.at) if mark is not None else None
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
