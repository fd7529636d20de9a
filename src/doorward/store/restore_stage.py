"""What a restore builds beside the live data, for nobody to use yet: the records, seals and files of a backup."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from doorward.core import backups as names
from doorward.core.backups import About
from doorward.errors import BackupRefused
from doorward.store import backup_sqlite, restore_swap
from doorward.store.backup_archive import Member
from doorward.store.backup_postgres import Loader
from doorward.store.engine import open_engine
from doorward.store.migrate import Migrations, migrate, migrate_to
from doorward.store.private_files import create, make_folders
from doorward.store.restore_swap import Schemas

#: What a restore makes beside the data; what a killed one has left goes with the next.
STAGING, ASIDE = "restore-", "before-restore-"
_SCHEMA, _SCHEMA_ASIDE = "doorward_restore_", "doorward_before_"


class Records(Protocol):
    """Where the records of a backup are built."""

    def take(self, member: Member) -> None:
        """A member of the backup that belongs to the records."""

    def open(self) -> Engine:
        """All members were taken: the records, brought to the schema of this version."""

    def close(self) -> None:
        """Nobody uses them any more; they are on disk."""

    def drop(self) -> None:
        """Nothing shall be left of them."""

    def moves(self) -> list[tuple[str, str]]:
        """What is to be renamed so that they take the place of what is there."""

    @property
    def schemas(self) -> Schemas | None:
        """What is to be moved in PostgreSQL."""

    @property
    def folders(self) -> Sequence[str]:
        """Folders in which they were built."""


class SqliteRecords:
    """In a file beside the live one, so that it can be renamed to it.

    Arguments:
        live: the file that the server uses.
        stamp: of this restore.
        apps: the migrations of the apps.
    """

    schemas: Schemas | None = None

    def __init__(self, live: Path, stamp: str, apps: Sequence[Migrations]) -> None:
        self._live = live
        self._folder = live.parent / f"{STAGING}{stamp}"
        self._aside = live.parent / f"{ASIDE}{stamp}"
        self._staged = self._folder / live.name
        self._apps = apps
        self._engine: Engine | None = None
        self.folders = (str(self._folder),)
        make_folders(self._folder)

    def take(self, member: Member) -> None:
        if member.name != names.DATABASE:
            raise BackupRefused(f"{member.name} has no place in a backup of SQLite.")
        put(self._staged, member)

    def open(self) -> Engine:
        if not self._staged.exists():
            raise BackupRefused("The database is missing in this backup.")
        backup_sqlite.refuse_broken(self._staged)
        self._engine = open_engine(f"sqlite:///{self._staged}")
        migrate(self._engine, self._apps)
        return self._engine

    def close(self) -> None:
        if self._engine is not None:
            with self._engine.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
            self._engine.dispose()
        left = [path.name for path in self._folder.glob(f"{self._live.name}-*") if path.stat().st_size]
        if left:
            raise BackupRefused(f"The restored database could not be closed: {left[0]} is left.")
        backup_sqlite.refuse_broken(self._staged)

    def drop(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        shutil.rmtree(self._folder, ignore_errors=True)

    def moves(self) -> list[tuple[str, str]]:
        # What SQLite has beside the old file belongs to the old file, and would spoil the new one.
        old = [f"{self._live.name}{end}" for end in ("-wal", "-shm", "-journal", "")]
        aside = [(str(self._live.with_name(name)), str(self._aside / name)) for name in old]
        return [*aside, (str(self._staged), str(self._live))]


class PostgresRecords:
    """In a schema beside the live one, of the same database.

    Arguments:
        url: the address of the live database.
        stamp: of this restore.
        about: what the backup says of itself.
        apps: the migrations of the apps.
    """

    def __init__(self, url: str, stamp: str, about: About, apps: Sequence[Migrations]) -> None:
        self._url, self._about, self._apps = url, about, apps
        end = stamp.replace("-", "_")
        self.folders: Sequence[str] = ()
        self.schemas = Schemas(_own_schema(url), f"{_SCHEMA}{end}", f"{_SCHEMA_ASIDE}{end}")
        self._stack = ExitStack()
        self._stack.callback(self._dispose)
        with restore_swap.connected(url) as connection:
            connection.execute(text(f"CREATE SCHEMA {self.schemas.staged}"))
        try:
            self._engine = open_engine(_in_schema(url, self.schemas.staged))
            migrate_to(self._engine, about.revisions, apps)
            self._connection = self._stack.enter_context(self._engine.connect())
            self._loader = Loader(self._connection, about.tables)
        except BaseException:
            self.drop()
            raise

    def take(self, member: Member) -> None:
        kind, _, rest = member.name.partition("/")
        table, _, part = rest.partition("/")
        if kind != names.TABLES or table not in self._about.tables or not part.isdecimal():
            raise BackupRefused(f"{member.name} has no place in a backup of PostgreSQL.")
        self._loader.load(table, b"".join(member.blocks()))

    def open(self) -> Engine:
        self._loader.finish(self._about.sequences)
        self._connection.commit()
        self._stack.pop_all().close()
        self._engine = open_engine(_in_schema(self._url, self.schemas.staged))
        migrate(self._engine, self._apps)
        return self._engine

    def _dispose(self) -> None:
        engine: Engine | None = getattr(self, "_engine", None)
        if engine is not None:
            engine.dispose()

    def close(self) -> None:
        self._dispose()

    def drop(self) -> None:
        self._stack.close()
        self._dispose()
        with restore_swap.connected(self._url) as connection:
            restore_swap.drop_schemas(connection, self.schemas.staged)

    def moves(self) -> list[tuple[str, str]]:
        return []


def _own_schema(url: str) -> str:
    with restore_swap.connected(url) as connection:
        name: str | None = connection.execute(text("SELECT current_schema()")).scalar()
    if name is None:
        raise BackupRefused("The database has no schema in which this server may make tables.")
    return name


def _in_schema(url: str, schema: str) -> str:
    """The address, so that whoever connects there sees this schema and no other."""
    parsed = make_url(url)
    before = parsed.query.get("options", "")
    options = f"{before if isinstance(before, str) else ' '.join(before)} -csearch_path={schema}".strip()
    return parsed.update_query_dict({"options": options}).render_as_string(hide_password=False)


class Staging:
    """Everything of a backup, each thing where it is built.

    Arguments:
        folder: a new private folder in the data folder.
        records: where the records are built.
        places: the names of the places whose files are in it.
    """

    def __init__(self, folder: Path, records: Records, places: Collection[str]) -> None:
        self.folder = folder
        self.records = records
        self._places = places
        self.seals = folder / names.SEALS
        self.host = folder / names.HOST_FILES

    def take(self, member: Member) -> None:
        """Put a member where it belongs.

        Errors:
            BackupRefused: it has no place here, or is there twice.
        """
        place, _, rest = member.name.partition("/")
        if member.name in (names.ABOUT, names.PROBLEMS):
            return
        if member.name == names.SEALS or (rest and place in (*self._places, names.HOST_FILES)):
            put(self.folder / member.name, member)  # its name was judged: it leads nowhere else (core.backups.is_safe)
        else:
            self.records.take(member)

    def files_of(self, place: str) -> Path:
        """The folder in which the files of a place are built."""
        return self.folder / place

    def of_host(self, name: str) -> bytes | None:
        """What the host of the backup had in this file; None if it is not in it."""
        path = self.host / name
        return path.read_bytes() if path.is_file() else None


def put(target: Path, member: Member) -> None:
    """Write a member into a new file. What is there twice, or where something else is, is refused."""
    try:
        make_folders(target.parent)
        file = create(target)
    except (FileExistsError, NotADirectoryError):
        raise BackupRefused(f"{member.name} is twice in this backup, or in the way of another.") from None
    with file:
        file.writelines(member.blocks())


def sweep(folder: Path, url: str) -> None:
    """Let go of what a restore that was killed has left. Whoever calls this has the data folder to itself."""
    parsed = make_url(url)
    folders = {folder}
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        folders.add(Path(parsed.database).absolute().parent)
    for left in (left for one in folders for left in one.glob(f"{STAGING}*") if left.is_dir()):
        shutil.rmtree(left, ignore_errors=True)
    if parsed.get_backend_name() == "postgresql":
        with restore_swap.connected(url) as connection:
            restore_swap.drop_schemas(connection, _SCHEMA)
