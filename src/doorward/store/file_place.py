"""The place of kept files, as a backup knows it: which there are by the rows, and that none goes while it copies."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from doorward.core.uploads import ARRIVED, TAKEN
from doorward.store.file_bytes import FULL, ORIGINAL, THUMB, Folder
from doorward.store.file_models import FileRecord
from doorward.store.files import Files
from doorward.store.places import NamedFile, Place

_PAGE = 500


def place_of(files: Files) -> list[Place]:
    """The place to back up; none where somebody else keeps the files."""
    if not isinstance(files.kept, Folder):
        return []
    return [Place("files", files.kept.folder, _named, files.holding)]


def _named(db: Session) -> Iterator[NamedFile]:
    """Every file of which a row says that it arrived, with the pictures that were made of it."""
    last = ""
    while rows := list(db.scalars(_page(last))):
        for row in rows:
            yield NamedFile(_path(row.key, ORIGINAL), row.sha256, row.size)
            if row.full_size:
                yield NamedFile(_path(row.key, FULL), "", row.full_size)
            if row.thumb_size:
                yield NamedFile(_path(row.key, THUMB), "", row.thumb_size)
        last = rows[-1].id
        db.expunge_all()


def _page(after: str) -> Select[FileRecord]:
    kept = select(FileRecord).where(FileRecord.state.in_((ARRIVED, TAKEN)), FileRecord.id > after)
    return kept.order_by(FileRecord.id).limit(_PAGE)


def _path(key: str, variant: str) -> str:
    return f"{key[:2]}/{key}{variant}"
