"""The evidence of an assessment: lists, what each piece shows, its versions, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from doorward import account_names

from ..access import Seat
from ..artifact_names import artifact_name
from ..catalogue import Catalogue
from ..models import INTACT, Item, Link, Progress, Totals, Version
from ..search import index_words
from .words import with_words

PAGE = 50
#: How many pieces of an objective its page shows.
SHOWN = 12
#: What expires within so many days is told.
SOON = timedelta(days=30)
_MOST_WORDS = 6

#: What the library can be asked for.
ALL, LOOSE, EXPIRED, EXPIRING, ALARMING, DELETED = "", "loose", "expired", "expiring", "alarming", "deleted"
SHOWS = {
    ALL: "All evidence",
    LOOSE: "Linked to nothing",
    EXPIRED: "Expired",
    EXPIRING: "Expires within 30 days",
    ALARMING: "Changed or missing on disk",
    DELETED: "Deleted",
}


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A piece of evidence in a list, with its newest version.

    Arguments:
        owner: the name of who added it.
        objectives: ids of what it is linked to, in the order of the standard.
    """

    item: Item
    version: Version
    owner: str = ""
    objectives: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Some pieces, the newest first, and where the older ones begin; None where there are none."""

    lines: list[ItemLine]
    before: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pieces are looked for. Empty fields ask for nothing.

    Arguments:
        words: as typed; each must be in the title, the name of a file or a source, at least as the beginning of a word.
        shows: one of `SHOWS`.
        progress_id: only those that are linked to this objective.
        before: only those with a smaller number.
    """

    words: str = ""
    shows: str = ALL
    progress_id: int | None = None
    before: int | None = None


def listed(db: Session, seat: Seat, wanted: Wanted, today: date, count: int = PAGE) -> ItemPage:
    """A page of the library. It may have fewer pieces than fit though there are more: see `words.GONE_THROUGH`."""
    which, last = _asked_for(seat, wanted, today), None
    if words := index_words(wanted.words)[:_MOST_WORDS]:
        which, last = with_words(db, seat, words, which)
    # First which, then all about them: a database that plans both at once may read the versions of many more.
    ids = list(db.scalars(which.limit(count + 1)))
    rows = db.execute(_newest().where(Item.id.in_(ids[:count])).order_by(Item.id.desc())).all() if ids else ()
    lines = _lines(db, seat, [(item, version) for item, version in rows])
    return ItemPage(lines, ids[count - 1] if len(ids) > count else last)


def _asked_for(seat: Seat, wanted: Wanted, today: date) -> Select[int]:
    """The numbers of the pieces that are asked for but for the words, the newest first."""
    query = select(Item.id).where(Item.assessment_id == seat.assessment.id, _shows(wanted.shows, today))
    place: InstrumentedAttribute[int] = Item.id
    if wanted.progress_id is not None:
        place = Link.item_id  # in the order of this index only those of the objective are read
        query = query.join(Link, Link.item_id == Item.id).where(Link.progress_id == wanted.progress_id)
    if wanted.before is not None:
        query = query.where(place < wanted.before)
    return query.order_by(place.desc())


def _newest() -> Select[Item, Version]:
    return select(Item, Version).join(Version, and_(Version.item_id == Item.id, Version.number == Item.versions))


def _shows(shows: str, today: date) -> ColumnElement[bool]:
    live = Item.deleted_at.is_(None)
    return {
        LOOSE: live & (Item.links == 0),
        EXPIRED: live & (Item.expires_on < today),
        EXPIRING: live & (Item.expires_on >= today) & (Item.expires_on <= today + SOON),
        ALARMING: live & (Item.state != INTACT),
        DELETED: Item.deleted_at.is_not(None),
    }.get(shows, live)


def _lines(db: Session, seat: Seat, rows: Sequence[tuple[Item, Version]]) -> list[ItemLine]:
    linked = objectives_of(db, [item.id for item, _version in rows])
    names = account_names(db, {item.owner_id for item, _version in rows})
    return [ItemLine(item, version, names[item.owner_id], linked.get(item.id, ())) for item, version in rows]


def objectives_of(db: Session, item_ids: Sequence[int]) -> Mapping[int, list[str]]:
    """What these pieces are linked to, by number, in the order of the standard."""
    found: dict[int, list[str]] = {}
    query = select(Link.item_id, Progress.objective).join(Progress, Progress.id == Link.progress_id)
    query = query.where(Link.item_id.in_(list(item_ids))).order_by(Progress.place)
    for item_id, objective in db.execute(query) if item_ids else ():
        found.setdefault(item_id, []).append(objective)
    return found


def of_objectives(db: Session, seat: Seat, progress_ids: Sequence[int]) -> dict[int, list[ItemLine]]:
    """The newest pieces that are linked to each of these objectives."""
    found: dict[int, list[ItemLine]] = {}
    # One look into the index for each, as for what was said.
    for one in progress_ids:
        query = _newest().join(Link, Link.item_id == Item.id).where(Link.progress_id == one, Item.deleted_at.is_(None))
        rows = db.execute(query.order_by(Link.item_id.desc()).limit(SHOWN)).all()
        found[one] = [ItemLine(item, version) for item, version in rows]
    return found


@dataclass(frozen=True, slots=True)
class Whole:
    """A piece of evidence with everything about it.

    Arguments:
        versions: the newest first.
        linked: what it shows, in the order of the standard.
        names: of everybody who is named, by account id.
    """

    item: Item
    versions: list[Version]
    linked: list[Progress]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def newest(self) -> Version:
        return self.versions[0]


def whole(db: Session, item: Item) -> Whole:
    """All about one piece."""
    versions = db.scalars(select(Version).where(Version.item_id == item.id).order_by(Version.number.desc())).all()
    linked = select(Progress).join(Link, Link.progress_id == Progress.id).where(Link.item_id == item.id)
    ids = {item.owner_id, item.deleted_by, *(one.added_by for one in versions)}
    return Whole(item, list(versions), list(db.scalars(linked.order_by(Progress.place))), account_names(db, ids))


def file_name(seat: Seat, item: Item, version: Version, objectives: Iterable[str]) -> str:
    """What a version is called when it is downloaded or handed over."""
    day, original = version.collected_on, version.name
    return name_of_file(seat.catalogue, objectives, item.title, item.id, version.number, day, original)


def name_of_file(
    catalogue: Catalogue,
    objectives: Iterable[str],
    title: str,
    item_id: int,
    version: int,
    collected: date | None,
    original: str,
) -> str:
    """The same, of the bare facts.

    Arguments:
        original: the name under which the file came, for its extension.
    """
    return artifact_name(
        catalogue,
        objectives,
        title,
        number=item_id,
        version=version,
        collected=collected,
        extension=original.rpartition(".")[2],
    )


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the overview says of the evidence.

    Arguments:
        pieces, size: how many there are, and their bytes with all versions.
        alarms: how many are not on disk as they arrived.
        expired, expiring: how many are out of date, or soon.
    """

    pieces: int
    size: int
    alarms: int
    expired: int
    expiring: int


def numbers(db: Session, number: int, today: date) -> Numbers:
    """The numbers of an assessment's evidence. Nothing here counts all of it."""
    totals = db.get(Totals, number)
    mine = (Item.assessment_id == number, Item.deleted_at.is_(None))

    def how_many(*where: ColumnElement[bool]) -> int:
        return db.scalar(select(func.count()).select_from(Item).where(*mine, *where)) or 0

    return Numbers(
        totals.pieces if totals else 0,
        totals.size if totals else 0,
        how_many(Item.state != INTACT),
        how_many(Item.expires_on.is_not(None), Item.expires_on < today),
        how_many(Item.expires_on >= today, Item.expires_on <= today + SOON),
    )
