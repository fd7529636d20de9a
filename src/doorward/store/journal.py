"""The journal in the database: read by filters, walked for checking, exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge, nlargest
from itertools import islice
from operator import attrgetter

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from doorward.core.journal import GENESIS, Break, Entry, Sealed, first_break
from doorward.core.journal_excerpts import Joined, excerpt_lines
from doorward.store.models import JournalEntry, JournalHead
from doorward.store.seals import SealFile

PAGE = 50
_LARGEST = 2**63 - 1
_NAMES_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries a person wants to see. Empty fields do not filter.

    Arguments:
        who: an account's id.
        event: an event's name, or its beginning up to a dot, such as `session`.
        outcome: "ok", "refused" or "failed".
        since, until: times as the journal writes them, or their beginnings (`2026-11-21`).
        before: only entries with a smaller number, for paging.
    """

    who: str = ""
    event: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""
    before: int | None = None


def page(db: Session, wanted: Filter, count: int = PAGE) -> list[Sealed]:
    """The newest entries that fit, newest first, at most `count`."""
    newest = _filtered(wanted).order_by(JournalEntry.seq.desc()).limit(count)
    if not wanted.event:
        return [_sealed(row) for row in db.scalars(newest)]
    # One event at a time: each has its entries in order in the index, a pattern has not.
    pages = (db.scalars(newest.where(JournalEntry.event == name)) for name in _names_below(db, wanted.event))
    return [_sealed(row) for row in nlargest(count, (row for found in pages for row in found), key=lambda row: row.seq)]


def _names_below(db: Session, event: str) -> list[str]:
    return [name for name in event_names(db) if name == event or name.startswith(f"{event}.")]


def about(db: Session, on: str, count: int = 20) -> list[Sealed]:
    """The newest entries about one thing, such as `account:…`, newest first."""
    query = select(JournalEntry).where(JournalEntry.on == on).order_by(JournalEntry.seq.desc()).limit(count)
    return [_sealed(row) for row in db.scalars(query)]


def of_person(db: Session, account_id: str) -> Iterator[Sealed]:
    """Every entry by an account, or about it, in order and each once, in bounded memory."""
    by, on = JournalEntry.who == account_id, JournalEntry.on == f"account:{account_id}"
    last = 0
    for sealed in merge(_in_order(db, by), _in_order(db, on), key=attrgetter("seq")):
        if sealed.seq > last:
            last = sealed.seq
            yield sealed


def _in_order(db: Session, where: ColumnElement[bool]) -> Iterator[Sealed]:
    after = 0
    while rows := db.scalars(
        select(JournalEntry).where(where, JournalEntry.seq > after).order_by(JournalEntry.seq).limit(500)
    ).all():
        yield from map(_sealed, rows)
        after = rows[-1].seq


def _filtered(wanted: Filter) -> Select[JournalEntry]:
    before = _LARGEST if wanted.before is None else max(0, min(wanted.before, _LARGEST))
    query = select(JournalEntry).where(JournalEntry.seq < before)
    if wanted.who:
        query = query.where(JournalEntry.who == wanted.who)
    if wanted.outcome:
        query = query.where(JournalEntry.outcome == wanted.outcome)
    if wanted.since:
        query = query.where(JournalEntry.at >= wanted.since)
    if wanted.until:
        query = query.where(JournalEntry.at <= f"{wanted.until}~")  # "~" sorts behind every later character of a time
    return query


def walk(db: Session, after: int = 0) -> Iterator[Sealed]:
    """Every entry in order, in bounded memory."""
    while rows := db.scalars(
        select(JournalEntry).where(JournalEntry.seq > after).order_by(JournalEntry.seq).limit(1000)
    ).all():
        yield from map(_sealed, rows)
        after = rows[-1].seq
        db.expunge_all()


def excerpt(db: Session, about: str, names: Iterable[str]) -> Iterator[str]:
    """The lines of an excerpt: every entry about one of these things, in bounded memory, in order.

    Arguments:
        about: what the excerpt says that it is about.
        names: of things, exactly as entries name them, such as `assessment:1/evidence:7`.
    """
    wanted = iter(dict.fromkeys(names))
    found: list[int] = []
    while some := list(islice(wanted, _NAMES_AT_ONCE)):
        found += db.scalars(select(JournalEntry.seq).where(JournalEntry.on.in_(some)))
    return excerpt_lines(about, _joined(db, sorted(found)))


def _joined(db: Session, seqs: list[int]) -> Iterator[Joined]:
    for begin in range(0, len(seqs), _NAMES_AT_ONCE):
        some = seqs[begin : begin + _NAMES_AT_ONCE]
        query = select(JournalEntry).where(JournalEntry.seq.in_({*some, *(seq - 1 for seq in some)}))
        rows = {row.seq: row for row in db.scalars(query)}
        for seq in some:
            yield Joined(_sealed(rows[seq]), rows[seq - 1].seal if seq - 1 in rows else GENESIS)
        db.expunge_all()


def missing_from(db: Session, entries: Sequence[Sealed]) -> int | None:
    """The number of the first of these entries that is not in the journal, exactly so; None if all are."""
    for begin in range(0, len(entries), _NAMES_AT_ONCE):
        some = entries[begin : begin + _NAMES_AT_ONCE]
        rows = db.scalars(select(JournalEntry).where(JournalEntry.seq.in_([one.seq for one in some])))
        there = {row.seq: _sealed(row) for row in rows}
        for one in some:
            if there.get(one.seq) != one:
                return one.seq
        db.expunge_all()
    return None


def verify(db: Session, seals: SealFile) -> Break | None:
    """Check the whole journal against itself and against the seals outside the database.

    May run beside a server that writes: what is committed while this reads is neither missed nor taken for missing.

    Arguments:
        db: a session for reading. What it has read before is not this journal's picture: it begins anew.
    """
    anchored = seals.length()  # before the picture is taken, so that every seal counted here has its entry in it
    _take_picture(db)
    broken = first_break(walk(db), islice(seals.seals(), anchored))
    return broken or _head_break(db)


def _take_picture(db: Session) -> None:
    """From here on everything that is read is of one moment. SQLite does that by itself."""
    db.rollback()
    if db.get_bind().dialect.name == "postgresql":
        db.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _head_break(db: Session) -> Break | None:
    head = db.execute(select(JournalHead.seq, JournalHead.seal)).one_or_none()
    last = next(iter(page(db, Filter(), 1)), None)
    found = (last.seq, last.seal) if last else (0, "0" * 64)
    if head is None or (head.seq, head.seal) != found:
        return Break(found[0] + 1, "the journal was cut off here: its head knows of more")
    return None


def length(db: Session) -> int:
    """How many entries there are, as the head knows it; 0 where somebody removed the head, which `verify` reports."""
    return db.execute(select(JournalHead.seq)).scalar_one_or_none() or 0


def anchor_missing(db: Session, seals: SealFile) -> int:
    """Write the seals that a server which died between commit and seal left out at the end. How many."""
    last = length(db)
    missing = list(walk(db, after=seals.length())) if seals.length() < last else []
    seals.write(missing)
    return len(missing)


def _sealed(row: JournalEntry) -> Sealed:
    entry = Entry(row.at, row.event, row.outcome, row.who, row.who_name, row.address, row.on, row.details)
    return Sealed(row.seq, entry, row.seal)


def event_names(db: Session) -> list[str]:
    """Every event that occurs, for choosing one. Hops along the index in one query, whatever the journal's length."""
    hops = select(func.min(JournalEntry.event).label("name")).cte("hops", recursive=True)
    following = select(func.min(JournalEntry.event)).where(JournalEntry.event > hops.c.name).scalar_subquery()
    hops = hops.union_all(select(following).where(hops.c.name.is_not(None)))
    return list(db.scalars(select(hops.c.name).where(hops.c.name.is_not(None)).order_by(hops.c.name)))
