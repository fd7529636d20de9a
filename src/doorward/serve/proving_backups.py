"""Backups in a run of `prove`: made, tried to be restored, and restored elsewhere. Nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from doorward.core.backup_seal import BackupKey, new_key, read_key
from doorward.errors import BackupRefused
from doorward.prove.leftovers import own_folder
from doorward.settings import Settings
from doorward.store import proving
from doorward.store.backup import Backups
from doorward.store.engine import open_engine
from doorward.store.kit_places import kit_places
from doorward.store.restore import Restore, Restored, Wanted
from doorward.store.store import Store
from doorward.web.extension import Doorward


def made(door: Doorward, *, encrypted: bool) -> tuple[bytes, str]:
    """A backup of this moment, and its key; empty where it is not encrypted."""
    key = new_key() if encrypted else ""
    with _place() as place:
        made = Backups(door.store, door.parts.seals, door.keys, door.settings).make(place / "made", _read(key))
        return made.path.read_bytes(), key


def why_not_restored(door: Doorward, content: bytes, key: str, *, vouched: bool) -> str:
    """Build a backup beside the records: why it is refused; empty if it is not."""
    try:
        _restore(door, door.settings, content, key, only_check=True, unsigned=vouched)
    except BackupRefused as refused:
        return refused.message
    return ""


def comes_back(door: Doorward, content: bytes) -> Mapping[str, tuple[int, int]]:
    """What lets somebody in, by what it is: how many there are here, and in a copy restored from this backup."""
    if not door.store.is_sqlite:
        return {}
    with door.store.reading() as db:
        here = proving.open_doors(db)
    with _place() as place:
        settings = replace(door.settings, data=place, database_url=f"sqlite:///{place / 'copy.sqlite3'}")
        _restore(door, settings, content, "")
        store = Store(open_engine(settings.database_url))
        try:
            with store.reading() as db:
                there = proving.open_doors(db)
        finally:
            store.close()
    return {what: (count, there[what]) for what, count in here.items()}


def _restore(
    door: Doorward, settings: Settings, content: bytes, key: str, *, only_check: bool = False, unsigned: bool = False
) -> Restored:
    with _place() as place:
        path = place / "given"
        path.write_bytes(content)
        restore = Restore(settings, door.migrations, kit_places(settings), door.clock)
        return restore.run(Wanted(path, _read(key), only_check=only_check, unsigned=unsigned))


def _read(key: str) -> BackupKey | None:
    return read_key(key) if key else None


@contextmanager
def _place() -> Iterator[Path]:
    with own_folder() as folder:
        yield folder
