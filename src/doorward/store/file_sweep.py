"""What was left behind goes: files that nobody went on with or took, and bytes that no record knows.

Bytes go first and their record after, so that a kill between them leaves a record, which the next sweep finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import select

from doorward.core.uploads import ARRIVED, ARRIVING, DROPPED, REFUSED, TAKEN
from doorward.store import file_records
from doorward.store.file_bytes import SHELVES
from doorward.store.file_models import FileRecord
from doorward.store.file_records import WAITS
from doorward.store.files import Files
from doorward.store.store import Store
from doorward.store.transaction import Transaction

_BATCH = 200


def sweep(store: Store, shelves: Iterable[int] = range(SHELVES)) -> int:
    """Let go of everything that has waited for too long. How many files went.

    Arguments:
        shelves: of the kept files, where to look for bytes without a record; all of them take long where there are
            very many files.
    """
    if store.files is None:
        return 0
    gone = _drop_what_waited(store)
    while _forget_dropped(store, store.files):
        pass
    before = (store.clock() - WAITS).timestamp()
    old = (key for shelf in shelves for key in store.files.kept.older_than(before, shelf))
    return gone + _delete_unknown(store, store.files, [*store.files.arrivals.older_than(before)], old)


def shelf_of(now: datetime) -> range:
    """The shelves that are looked through in this hour: all of them within a day."""
    per_hour = -(-SHELVES // 24)
    return range(now.hour * per_hour, min(SHELVES, (now.hour + 1) * per_hour))


def _drop_what_waited(store: Store) -> int:
    gone = 0
    while True:
        with store.transaction() as tx:
            count = _drop_some(tx)
        gone += count
        if count < _BATCH:
            return gone


def _drop_some(tx: Transaction) -> int:
    waits = (FileRecord.state.in_((ARRIVING, ARRIVED, REFUSED)), FileRecord.touched_at < tx.now - WAITS)
    old = list(tx.db.scalars(select(FileRecord.id).where(*waits).limit(_BATCH)))
    for file_id in old:
        record = file_records.locked(tx, file_id)
        if record is not None and record.state not in (DROPPED, TAKEN):
            file_records.drop(tx, record)
    if old:
        tx.journal("file.swept", count=len(old))
    return len(old)


def _forget_dropped(store: Store, files: Files) -> bool:
    """Delete the bytes of files that were let go of, should that have failed, and then their records."""
    with store.reading() as db:
        dropped = select(FileRecord.id, FileRecord.key).where(FileRecord.state == DROPPED).limit(_BATCH)
        rows = db.execute(dropped).all()
    gone = [file_id for file_id, key in rows if files.delete(key)]
    with store.transaction() as tx:
        file_records.forget(tx, gone)
    return len(gone) == _BATCH


def _delete_unknown(store: Store, files: Files, arriving: Iterable[str], kept: Iterable[str]) -> int:
    """Delete bytes of which no record knows: what a kill left, or a restored database has never heard of."""
    return sum(
        files.delete(key)
        for keys in (arriving, kept)
        for batch in _batches(key.partition(".")[0] for key in keys)
        for key in _unknown(store, batch)
    )


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(keys)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _unknown(store: Store, keys: list[str]) -> list[str]:
    with store.reading() as db:
        known = set(db.scalars(select(FileRecord.key).where(FileRecord.key.in_(keys))))
    return sorted(set(keys) - known)
