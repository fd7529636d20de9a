"""What is handed over of an assessment: of each piece of evidence the newest version, under the name it gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ..access import Seat
from ..hash_logs import HashedFile
from ..models import Entry, Item, Package, Version
from .library import file_name, objectives_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One file of a package.

    Arguments:
        name: of the file, no two alike.
        objectives: ids of what it shows, in the order of the standard.
    """

    name: str
    item: Item
    version: Version
    objectives: tuple[str, ...]

    @property
    def hashed(self) -> HashedFile:
        return HashedFile(self.name, self.version.sha256)


def handed_over(db: Session, seat: Seat) -> Iterator[HandedOver]:
    """Every file of a package, by the number of its piece. Deleted pieces are not in it."""
    newest = select(Item, Version).join(Version, and_(Version.item_id == Item.id, Version.number == Item.versions))
    newest = newest.where(Item.assessment_id == seat.assessment.id, Item.deleted_at.is_(None))
    last = 0
    while rows := db.execute(newest.where(Item.id > last).order_by(Item.id).limit(_AT_ONCE)).all():
        shown = objectives_of(db, [item.id for item, _version in rows])
        for item, version in rows:
            objectives = tuple(shown.get(item.id, ()))
            yield HandedOver(file_name(seat, item, version, objectives), item, version, objectives)
        last = rows[-1][0].id
        db.expunge_all()


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of a package, without its bytes."""

    name: str
    item_id: int
    version: int
    file_id: str
    sha256: str
    size: int
    added_at: datetime


def packed_files(db: Session, seat: Seat) -> list[PackedFile]:
    """Every file of a package as plain values, by name."""
    found = [
        PackedFile(
            one.name,
            one.item.id,
            one.version.number,
            one.version.file_id,
            one.version.sha256,
            one.version.size,
            one.version.added_at,
        )
        for one in handed_over(db, seat)
    ]
    return sorted(found, key=lambda one: one.name)


def journal_names(db: Session, seat: Seat) -> Iterator[str]:
    """The names under which the journal speaks of an assessment and of what is in it, deleted evidence too.

    That packages were made is left out, so that two of the same state have the same excerpt.
    """
    number = seat.assessment.id
    yield f"assessment:{number}"
    yield from (f"assessment:{number}/objective:{one.id}" for one in seat.catalogue.objectives)
    for is_there in (Item.deleted_at.is_(None), Item.deleted_at.is_not(None)):
        ids = db.scalars(select(Item.id).where(Item.assessment_id == number, is_there))
        yield from (f"assessment:{number}/evidence:{one}" for one in ids.all())
    ids = db.scalars(select(Entry.id).where(Entry.assessment_id == number))
    yield from (f"assessment:{number}/poam:{one}" for one in ids.all())


def packages_of(db: Session, seat: Seat, count: int = 50) -> list[Package]:
    """The packages that were made last, the newest first."""
    mine = select(Package).where(Package.assessment_id == seat.assessment.id)
    return list(db.scalars(mine.order_by(Package.id.desc()).limit(count)))
