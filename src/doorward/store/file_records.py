"""The life of a file: offered, arrived, taken by an app once, dropped. Each step is a conditional change of its row.

(OWASP ASVS 5.2.4, 15.4.2.)
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from doorward.core.uploads import ARRIVED, ARRIVING, DROPPED, REFUSED, TAKEN, Intake
from doorward.errors import Conflict, FileRefused, Limited
from doorward.store import file_usage
from doorward.store.file_bytes import new_key
from doorward.store.file_models import FileRecord
from doorward.store.transaction import Transaction

#: How long a file waits: for the rest of its bytes, or for somebody to take it.
WAITS = timedelta(hours=24)
#: How many files of one holder may be waiting in one intake at once.
MOST_WAITING = 500
_OPEN = (ARRIVING, ARRIVED)
_TAKEN_ALREADY = "One of the files was used already, or is not there any more. Send it again."


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as an app sees it.

    Arguments:
        id: what the app keeps to find it again.
        name: what its sender called it, cleaned.
        type: the media type that it is served as.
        size: in bytes, of what is kept.
        sha256: of what is kept, in hexadecimal digits.
        notes: sentences for people about what is special in it, such as macros.
        is_picture: whether it can be shown: a re-encoded picture and a thumbnail are there.
        width, height: of the picture, in pixels; 0 for what is none.
    """

    id: str
    name: str
    type: str
    size: int
    sha256: str
    notes: tuple[str, ...]
    is_picture: bool
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """What is known of a file that is whole.

    Arguments:
        name: as it is given back; a picture that became another kind has the extension of that.
        size, sha256, media_type: of what is kept.
        notes: for people.
        picture_type, width, height, full_size, thumb_size: where it is a picture that is shown.
    """

    name: str
    size: int
    sha256: str
    media_type: str
    notes: tuple[str, ...] = ()
    picture_type: str = ""
    width: int = 0
    height: int = 0
    full_size: int = 0
    thumb_size: int = 0

    @property
    def stored(self) -> int:
        return self.size + self.full_size + self.thumb_size


def offer(
    tx: Transaction, intake: Intake, holder: str, about: str, name: str, media_type: str, size: int
) -> FileRecord:
    """A file is about to come. Its size is reserved from now on.

    Errors:
        QuotaFull: no room. Limited: too many of this holder's files wait already.
    """
    waiting = select(func.count()).where(*_of(intake.name, holder), FileRecord.state.in_(_OPEN))
    if (tx.db.scalar(waiting) or 0) >= MOST_WAITING:
        raise Limited(60, "Too many of your files are waiting to be used. Finish or give up some of them first.")
    file_usage.reserve(tx, intake, holder, size)
    record = FileRecord(
        id=f"f{secrets.token_hex(16)}",
        key=new_key(),
        intake=intake.name,
        about=about,
        holder=holder,
        state=ARRIVING,
        name=name,
        media_type=media_type,
        size=size,
        stored=size,
        created_at=tx.now,
        touched_at=tx.now,
    )
    tx.db.add(record)
    tx.db.flush()
    return record


def find(db: Session, file_id: str) -> FileRecord | None:
    """The record, as it is now."""
    return db.get(FileRecord, file_id, populate_existing=True) if len(file_id) <= 40 else None


def locked(tx: Transaction, file_id: str) -> FileRecord | None:
    """The record, which nobody else changes until this transaction is over."""
    wanted = select(FileRecord).where(FileRecord.id == file_id).with_for_update()
    return tx.db.scalar(wanted.execution_options(populate_existing=True))


def touch(tx: Transaction, file_id: str) -> None:
    """Something of it has come just now."""
    _changed(tx, [FileRecord.id == file_id, FileRecord.state == ARRIVING], touched_at=tx.now)


def shrink(tx: Transaction, record: FileRecord, size: int) -> None:
    """It is now known to be smaller than what was reserved for it."""
    file_usage.resize(tx, record.intake, record.holder, size - record.stored)
    _changed(tx, [FileRecord.id == record.id], size=size, stored=size)


def arrive(tx: Transaction, record: FileRecord, about: str, whole: Whole) -> bool:
    """It was looked into, its bytes are kept: from now on an app can take it. False if it was given up meanwhile."""
    values: dict[str, Any] = {
        name: getattr(whole, name)
        for name in (
            "name",
            "size",
            "sha256",
            "media_type",
            "picture_type",
            "width",
            "height",
            "full_size",
            "thumb_size",
        )
    }
    values |= {"about": about, "stored": whole.stored, "notes": json.dumps(whole.notes), "touched_at": tx.now}
    if not _changed(tx, [FileRecord.id == record.id, FileRecord.state == ARRIVING], state=ARRIVED, **values):
        return False
    file_usage.resize(tx, record.intake, record.holder, whole.stored - record.stored)
    tx.journal(
        "file.arrived",
        on=f"file:{record.id}",
        intake=record.intake,
        type=whole.media_type,
        size=whole.size,
        sha256=whole.sha256,
        notes=len(whole.notes),
    )
    return True


def redraw(tx: Transaction, record: FileRecord, whole: Whole) -> bool:
    """Another picture of it is shown. False if it was taken or given up meanwhile."""
    values = {"picture_type": whole.picture_type, "width": whole.width, "height": whole.height}
    values |= {"full_size": whole.full_size, "thumb_size": whole.thumb_size, "stored": whole.stored}
    if not _changed(tx, [FileRecord.id == record.id, FileRecord.state == ARRIVED], touched_at=tx.now, **values):
        return False
    file_usage.resize(tx, record.intake, record.holder, whole.stored - record.stored)
    return True


def refuse(tx: Transaction, record: FileRecord, refusal: FileRefused) -> None:
    """It may not come in. Its bytes are deleted after this is committed; the reason can be read for a day."""
    if _changed(
        tx,
        [FileRecord.id == record.id, FileRecord.state == ARRIVING],
        state=REFUSED,
        reason=refusal.message[:300],
        stored=0,
        touched_at=tx.now,
    ):
        file_usage.release(tx, record.intake, record.holder, record.stored)
        tx.drop_bytes(record.key)
        tx.journal("file.refused", on=f"file:{record.id}", outcome="refused", intake=record.intake, why=refusal.why)


def take(tx: Transaction, intake: Intake, ids: Sequence[str]) -> list[StoredFile]:
    """Files become the app's, in the transaction of its change, and each of them once.

    Arguments:
        ids: as `sent_files` gave them.

    Errors:
        Conflict: one is not there, not of this intake, not the actor's, or taken already. Nothing is taken.
    """
    if not ids:
        return []
    mine = (*_of(intake.name, tx.actor.holder), _whole(), FileRecord.id.in_(ids))
    if not tx.actor.holder or len(set(ids)) != len(ids):
        raise Conflict(_TAKEN_ALREADY)
    taken = update(FileRecord).where(*mine).values(state=TAKEN, taken_at=tx.now)
    found = tx.db.scalars(taken.returning(FileRecord.id).execution_options(synchronize_session=False)).all()
    if len(found) != len(ids):
        raise Conflict(_TAKEN_ALREADY)
    rows = tx.db.scalars(select(FileRecord).where(FileRecord.id.in_(ids)).execution_options(populate_existing=True))
    by_id = {row.id: stored_file(row) for row in rows}
    return [by_id[one] for one in ids]


def drop(tx: Transaction, record: FileRecord) -> bool:
    """Let go of a file in any state: its bytes are deleted once this is committed. False if it is gone already."""
    if not _changed(tx, [FileRecord.id == record.id, FileRecord.state != DROPPED], **_emptied(tx)):
        return False
    if record.state != REFUSED:
        file_usage.release(tx, record.intake, record.holder, record.stored)
    tx.drop_bytes(record.key)
    return True


def drop_waiting(tx: Transaction, holder: str) -> int:
    """Let go of all files of a holder that no app has taken. How many these were."""
    # By state first: few files of everybody wait at any time, and many of one person may be taken.
    waiting = select(FileRecord).where(FileRecord.state.in_((*_OPEN, REFUSED)), FileRecord.holder == holder)
    return sum(drop(tx, record) for record in tx.db.scalars(waiting).all())


def forget(tx: Transaction, ids: Collection[str]) -> None:
    """The bytes are deleted: nothing is left of these but what their apps keep."""
    tx.db.execute(delete(FileRecord).where(FileRecord.id.in_(ids), FileRecord.state == DROPPED))


def held_by(db: Session, holder: str, intakes: Collection[str], most: int = 500) -> Iterator[FileRecord]:
    """All files of a holder in these intakes, taken or not, by number."""
    for intake in sorted(intakes):
        for state in (*_OPEN, TAKEN):
            last = ""
            while rows := _page(db, intake, holder, state, last, most):
                yield from rows
                last = rows[-1].id


def _page(db: Session, intake: str, holder: str, state: str, after: str, most: int) -> list[FileRecord]:
    page = select(FileRecord).where(*_of(intake, holder), FileRecord.state == state, FileRecord.id > after)
    return list(db.scalars(page.order_by(FileRecord.id).limit(most)))


def stored_file(record: FileRecord) -> StoredFile:
    """The record as an app sees it."""
    return StoredFile(
        id=record.id,
        name=record.name,
        type=record.media_type,
        size=record.size,
        sha256=record.sha256,
        notes=tuple(json.loads(record.notes)),
        is_picture=bool(record.picture_type),
        width=record.width,
        height=record.height,
    )


def _of(intake: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    return FileRecord.intake == intake, FileRecord.holder == holder


def _whole() -> ColumnElement[bool]:
    """All of it has arrived, and was looked into."""
    return FileRecord.state == ARRIVED


def _emptied(tx: Transaction) -> dict[str, Any]:
    gone: dict[str, Any] = {"name": "", "about": "", "sha256": "", "notes": "[]", "reason": "", "stored": 0}
    return {**gone, "state": DROPPED, "touched_at": tx.now}


def _changed(tx: Transaction, where: Collection[ColumnElement[bool]], **values: Any) -> bool:
    """Was there such a row? It is changed now."""
    change = update(FileRecord).where(*where).values(**values).execution_options(synchronize_session=False)
    return len(tx.db.scalars(change.returning(FileRecord.id)).all()) > 0
