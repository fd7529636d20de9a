"""Files that an app has taken, read where there need be no request: in a job, a command, an action."""

from __future__ import annotations

from typing import BinaryIO

from doorward.core.uploads import TAKEN
from doorward.errors import NotFound
from doorward.store import file_records
from doorward.store.files import Files
from doorward.store.store import Store, current_store


def check_file(file_id: str) -> bool | None:
    """Are the bytes on disk still those that arrived? Reads all of them.

    Results:
        True or False; None if the file, or its bytes, are not there at all.
    """
    store = current_store()
    with store.reading() as db:
        record = file_records.find(db, file_id)
    if record is None or record.state != TAKEN:
        return None
    digest = _files(store).digest(record.key)
    return None if digest is None else digest == record.sha256


def open_file(file_id: str) -> BinaryIO:
    """The bytes of a file that was taken, for reading. Close it.

    Errors:
        NotFound: it is not there any more.
    """
    store = current_store()
    with store.reading() as db:
        record = file_records.find(db, file_id)
    file = _files(store).open(record.key) if record is not None and record.state == TAKEN else None
    if file is None:
        raise NotFound("This file is not there any more.")
    return file


def _files(store: Store) -> Files:
    assert store.files is not None, "a door that has started has them"  # nosec B101
    return store.files
