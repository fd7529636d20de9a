"""Restoring a backup: built beside what is there, checked whole, and only then put in its place.

Nothing of what is there is written over: it is kept aside, with the date. Whoever is told that it was refused has
everything as it was.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from doorward import secret_file, setting_file
from doorward.clock import Clock, system_clock
from doorward.core import backups as names
from doorward.core.access import HOST
from doorward.core.backup_seal import BackupKey
from doorward.core.journal import Break
from doorward.core.secrets import KeyRing
from doorward.errors import BackupRefused, DoorwardError
from doorward.settings import Settings
from doorward.store import in_use, journal, restore_check, restore_stage, restore_swap
from doorward.store.backup_archive import ArchiveReader
from doorward.store.backup_check import Counted, ReadBack, read_back
from doorward.store.backup_streams import source_of
from doorward.store.journal import Filter
from doorward.store.migrate import Migrations
from doorward.store.places import Place
from doorward.store.private_files import write_whole
from doorward.store.restore_settle import Settled, settle
from doorward.store.restore_stage import ASIDE, STAGING, PostgresRecords, Records, SqliteRecords, Staging
from doorward.store.restore_swap import Plan
from doorward.store.seals import SealFile
from doorward.store.store import Store

#: The settings of a backup are laid beside those of now: they may name another database.
SETTINGS_BESIDE = f"{setting_file.FILE}.of-backup"

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator wants.

    Arguments:
        path: the file of the backup.
        key: where it is encrypted.
        only_check: build and check it, and put nothing in its place.
        unsigned: take it though it is neither encrypted nor signed with a key of this server.
        broken_journal: take it though the journal in it does not hold.
        as_it_was: do not look what was taken away since: passwords, roles and tokens are those of then.
        told: told how far it is, in bytes: read once to judge it, and once to build it.
    """

    path: Path
    key: BackupKey | None = None
    only_check: bool = False
    unsigned: bool = False
    broken_journal: bool = False
    as_it_was: bool = False
    told: Told = lambda _done, _of: None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Arguments:
        found: the backup, as it was read.
        settled: what was ended, and what is as it is now.
        broken: where the journal in it does not hold, and that was accepted.
        aside: where the old data is kept; None where only a check was wanted.
        schema_aside: likewise in PostgreSQL.
        new_keys: how many secret keys of the backup were added to those of this server.
        lacking_keys: how many it was made with that this server does not have.
        settings_beside: whether its settings lie in `SETTINGS_BESIDE`.
    """

    found: ReadBack
    settled: Settled
    broken: Break | None = None
    aside: Path | None = None
    schema_aside: str = ""
    new_keys: int = 0
    lacking_keys: int = 0
    settings_beside: bool = False


class Restore:
    """Restores backups into one data folder and the database that its settings name.

    Arguments:
        settings: of the server.
        apps: the migrations of its apps.
        places: where files of records lie.
        clock: the source of time.
    """

    def __init__(
        self, settings: Settings, apps: Sequence[Migrations], places: Sequence[Place], clock: Clock = system_clock
    ) -> None:
        self._settings = settings
        self._data = settings.data
        self._url = settings.database_url
        self._apps = apps
        self._places = places
        self._keys = KeyRing(settings.secret_keys)
        self._clock = clock

    def run(self, wanted: Wanted) -> Restored:
        """Restore, or only check.

        Errors:
            BackupRefused: it cannot be, with why; everything is as it was.
        """
        with ExitStack() as stack:
            if not wanted.only_check:
                stack.callback(in_use.alone(self._data).release)
                self._clear_up()
            try:
                return self._run(wanted, stack)
            except BackupRefused:
                raise
            except (OSError, SQLAlchemyError, sqlite3.Error, DoorwardError) as problem:
                reason = problem.strerror if isinstance(problem, OSError) else str(problem).splitlines()[0]
                raise BackupRefused(
                    f"The backup could not be restored: {reason}. Everything is as it was."
                ) from problem

    def _clear_up(self) -> None:
        """After a restore that was killed: what counted is finished, what did not goes."""
        if restore_swap.is_pending(self._data):
            restore_swap.finish(self._data, self._url)
        self._refuse_others()
        restore_stage.sweep(self._data, self._url)

    def _refuse_others(self) -> None:
        if make_url(self._url).get_backend_name() == "postgresql":
            with restore_swap.connected(self._url) as connection:
                restore_swap.refuse_others(connection)

    def _run(self, wanted: Wanted, stack: ExitStack) -> Restored:
        found = self._judged(wanted)
        stamp = f"{self._clock():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        staging = self._staging(found, stamp, stack)
        self._unpack(wanted, found, staging)
        broken, settled = self._checked(staging.records.open(), found, staging, wanted)
        staging.records.close()
        done = Restored(found, settled, broken)
        return done if wanted.only_check else self._swapped(self._adopted(done, staging), staging, stamp)

    def _judged(self, wanted: Wanted) -> ReadBack:
        """The backup, read once from beginning to end, before anything is made of it."""
        size = wanted.path.stat().st_size if wanted.path.is_file() else 0
        found = read_back(wanted.path, wanted.key, self._keys, told=_adding(wanted.told, 0, size))
        restore_check.refuse_unfit(found, self._settings, self._apps, [place.name for place in self._places])
        if not wanted.unsigned:
            restore_check.refuse_unsigned(found)
        restore_check.refuse_without_room(self._data, size)
        return found

    def _staging(self, found: ReadBack, stamp: str, stack: ExitStack) -> Staging:
        folder = self._data / f"{STAGING}{stamp}"
        folder.mkdir(mode=0o700)
        stack.callback(self._unless_pending, lambda: shutil.rmtree(folder, ignore_errors=True))
        records: Records
        if found.about.database == "sqlite":
            records = SqliteRecords(Path(make_url(self._url).database or "").absolute(), stamp, self._apps)
        else:
            records = PostgresRecords(self._url, stamp, found.about, self._apps)
        stack.callback(self._unless_pending, records.drop)
        return Staging(folder, records, found.about.places)

    def _unless_pending(self, drop: Callable[[], None]) -> None:
        """What was built and is not going to be used goes; what counts is needed."""
        if not restore_swap.is_pending(self._data):
            drop()

    def _unpack(self, wanted: Wanted, found: ReadBack, staging: Staging) -> None:
        """Read it once more, and put everything where it is built. It must be the file that was judged."""
        size = wanted.path.stat().st_size
        with wanted.path.open("rb") as file:
            source = Counted(source_of(file, wanted.key), _adding(wanted.told, size, size))
            archive = ArchiveReader(source)
            for member in archive.members():
                staging.take(member)
        if archive.digest.hex() != found.digest:
            raise BackupRefused("The file was changed while it was read. Everything is as it was.")
        if not staging.seals.is_file():
            raise BackupRefused("The seals of the journal are missing in this backup.")

    def _checked(
        self, engine: Engine, found: ReadBack, staging: Staging, wanted: Wanted
    ) -> tuple[Break | None, Settled]:
        store = Store(engine, seals=SealFile(staging.seals), clock=self._clock)
        try:
            with store.reading() as db:
                broken = restore_check.broken_journal(db, staging.seals)
                if broken is not None and not wanted.broken_journal:
                    raise BackupRefused(
                        f"The journal in this backup is broken at entry {broken.seq}: {broken.reason}. "
                        "If you know why, or have no other: --broken-journal"
                    )
                told = {problem.file for problem in found.problems}
                for place in self._places:
                    restore_check.refuse_lost_files(db, place, staging.files_of(place.name), told)
            return broken, self._settled(store, found, wanted)
        finally:
            store.close()

    def _settled(self, store: Store, found: ReadBack, wanted: Wanted) -> Settled:
        with restore_check.reading_live(self._url) as live, store.transaction(HOST) as tx:
            last = next(iter(journal.page(live, Filter(), 1)), None) if live is not None else None
            settled = settle(tx, None if wanted.as_it_was else live)
            tx.journal(
                "backup.restored",
                on=f"backup:{wanted.path.name}",
                made_at=found.about.made_at.isoformat(),
                sums=found.digest,
                entries=found.about.entries,
                signed=found.signed,
                replaced_entries=last.seq if last is not None else None,
                replaced_seal=last.seal if last is not None else None,
                ended_sessions=settled.sessions,
                blocked=len(settled.blocked) + len(settled.deleted),
                as_it_was=wanted.as_it_was,
            )
        return settled

    def _adopted(self, done: Restored, staging: Staging) -> Restored:
        """What the host of the backup had: its keys are added, its settings are laid beside those of now."""
        ours = {code.hex()[:32] for code in self._keys.mac_all(names.TELLING_APART, b"")}
        lacking = len(set(done.found.about.keys) - ours)
        keys = staging.of_host(secret_file.NAME)
        if lacking and keys is not None and secret_file.read_keys(self._data) == self._settings.secret_keys:
            added = secret_file.adopt_keys(self._data, secret_file.keys_in(keys.decode("utf-8", "replace")))
            done, lacking = replace(done, new_keys=added), 0
        settings, of_now = staging.of_host(setting_file.FILE), self._data / setting_file.FILE
        if settings is not None and not (of_now.is_file() and of_now.read_bytes() == settings):
            write_whole(self._data / SETTINGS_BESIDE, settings)
            done = replace(done, settings_beside=True)
        return replace(done, lacking_keys=lacking)

    def _swapped(self, done: Restored, staging: Staging, stamp: str) -> Restored:
        aside, schemas = self._data / f"{ASIDE}{stamp}", staging.records.schemas
        pairs = [(self._data / names.SEALS, names.SEALS), *((place.folder, place.name) for place in self._places)]
        moves = staging.records.moves()
        for live, name in pairs:
            moves += [(str(live), str(aside / name)), (str(staging.folder / name), str(live))]
        moves.append((str(staging.host / "tls"), str(self._data / "tls")))  # passed over where there is an authority
        left = {str(staging.folder), *staging.records.folders}
        self._refuse_others()
        os.sync()  # whatever was built is on disk before anything is renamed to it
        restore_swap.commit(self._data, Plan(tuple(moves), tuple(sorted(left)), schemas), self._url)
        kept = aside if aside.is_dir() else None
        return replace(done, aside=kept, schema_aside=schemas.aside if schemas is not None else "")


def _adding(told: Told, before: int, size: int) -> Callable[[int], None]:
    """Adds up what was read, of a file that is read twice."""
    done = 0

    def add(count: int) -> None:
        nonlocal done
        done = min(done + count, size)
        told(before + done, 2 * size)

    return add
