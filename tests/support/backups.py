"""Backups in tests: made of a store, with files that rows name, and looked into."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from doorward.core.backup_seal import BackupKey, new_key, read_key
from doorward.core.secrets import KeyRing
from doorward.settings import Settings
from doorward.store import journal
from doorward.store.backup import Backups
from doorward.store.backup_archive import ArchiveReader, ArchiveWriter
from doorward.store.backup_streams import PlainSink, source_of
from doorward.store.engine import open_engine
from doorward.store.migrate import Migrations, migrate
from doorward.store.models import JournalEntry
from doorward.store.places import NamedFile, Place
from doorward.store.restore import Restore, Restored, Wanted
from doorward.store.restore_swap import ready_for_use
from doorward.store.seals import SealFile
from doorward.store.store import Store
from doorward.store.transaction import Transaction
from doorward.testing import Clock, test_settings
from tests.support.loot import rows_of

KEPT = "file.kept"


def a_key() -> BackupKey:
    return read_key(new_key())


def named(db: Session) -> Iterator[NamedFile]:
    """Files that entries of the journal name: no app with files of its own is needed to try it."""
    rows = db.execute(select(JournalEntry.on, JournalEntry.details).where(JournalEntry.event == KEPT))
    for path, details in rows:
        found = json.loads(details)
        yield NamedFile(path, found["sha256"], found["size"])


def place_in(folder: Path) -> Place:
    return Place("files", folder, named)


def keep(tx: Transaction, folder: Path, path: str, content: bytes) -> None:
    """Put a file there, and name it in this transaction."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    tx.journal(KEPT, on=path, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def settings_in(data: Path, **settings: Any) -> Settings:
    return test_settings(data, **settings)


def backups_of(store: Store, seals: SealFile, settings: Settings) -> Backups:
    return Backups(store, seals, KeyRing(settings.secret_keys), settings)


def looked_into(path: Path, key: BackupKey | None = None) -> dict[str, bytes]:
    """Everything in a small backup, by name."""
    with path.open("rb") as file:
        return {member.name: b"".join(member.blocks()) for member in ArchiveReader(source_of(file, key)).members()}


class House:
    """A server's data folder with everything that a restore touches: records, seals, files, keys.

    Arguments:
        data: the folder.
        url: of its database; a file in the folder if there is none.
        apps: the migrations of its apps.
    """

    def __init__(self, data: Path, url: str = "", apps: Sequence[Migrations] = (), clock: Clock | None = None) -> None:
        data.mkdir(exist_ok=True)
        self.data = data
        self.apps = apps
        self.clock = clock or Clock()
        self.settings = test_settings(data, **({"database_url": url} if url else {}))
        self.places = [place_in(data / "files" / "kept")]

    @contextmanager
    def open(self) -> Iterator[Store]:
        """The records, as a server has them open."""
        lock = ready_for_use(self.settings)
        engine = open_engine(self.settings.database_url)
        migrate(engine, self.apps)
        store = Store(engine, seals=SealFile(self.data / "journal.seals"), clock=self.clock)
        store.places = self.places
        try:
            yield store
        finally:
            store.close()
            lock.release()

    def keep(self, path: str, content: bytes) -> None:
        """A file, and an entry that names it."""
        with self.open() as store, store.transaction() as tx:
            keep(tx, self.places[0].folder, path, content)

    def backup(self, target: Path, key: BackupKey | None = None) -> Path:
        """A backup of it."""
        with self.open() as store, closing(SealFile(self.data / "journal.seals")) as seals:
            return backups_of(store, seals, self.settings).make(target, key).path

    def restore(self, path: Path, key: BackupKey | None = None, **wanted: Any) -> Restored:
        """Put a backup in the place of what is there."""
        return Restore(self.settings, self.apps, self.places, self.clock).run(Wanted(path, key, **wanted))

    def picture(self) -> dict[str, Any]:
        """Everything that counts, to be compared: every row, every file and seal, and that the journal holds."""
        with self.open() as store, closing(SealFile(self.data / "journal.seals")) as seals:
            rows = {name: sorted(map(repr, found)) for name, found in rows_of(store.engine).items()}
            with store.reading() as db:
                broken = journal.verify(db, seals)
            sealed = list(seals.seals())
        kept = self.places[0].folder
        files = {str(path.relative_to(kept)): path.read_bytes() for path in kept.rglob("*") if path.is_file()}
        return {"rows": rows, "seals": sealed, "files": files, "broken": broken}

    def left_behind(self) -> list[str]:
        """What a restore has built and not cleared away."""
        found = [path.name for path in self.data.iterdir() if path.name.startswith(("restore", ".backup"))]
        return sorted(found + [name for name in self.schemas() if name.startswith("doorward_restore")])

    def schemas(self) -> list[str]:
        """The schemas of its PostgreSQL; none where it is SQLite."""
        engine = open_engine(self.settings.database_url)
        try:
            return inspect(engine).get_schema_names() if engine.dialect.name == "postgresql" else []
        finally:
            engine.dispose()


def forge(path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]], keys: KeyRing | None) -> bytes:
    """An unencrypted backup with other members, all its hashes made anew.

    Arguments:
        keys: sign it; without any it keeps the code that it had.
    """
    with path.open("rb") as file:
        reader = ArchiveReader(file)
        found = {member.name: b"".join(member.blocks()) for member in reader.members()}
    made = io.BytesIO()
    writer = ArchiveWriter(PlainSink(made), 1, path.parent)
    for name, content in change(found).items():
        writer.add_bytes(name, content)
    writer.finish(lambda digest: keys.mac("backup", digest) if keys is not None else reader.code)
    return made.getvalue()
