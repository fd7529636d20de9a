"""Evidence comes in: each file a piece of its own, or a newer version of one. Nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from doorward import Caller, Conflict, Invalid, StoredFile, Transaction, transaction

from .. import access
from ..access import COLLECT, Seat
from ..collecting import LONGEST_TITLE, Details
from ..files import EVIDENCE
from ..models import WORDS, Item, Link, Progress, Totals, Version
from ..search import index_words
from ..stages import COLLECTING, FROZEN, NOT_STARTED
from .progress import note

MOST_VERSIONS = 1000


def add_items(
    actor: Caller, number: int, file_ids: Sequence[str], objectives: Sequence[str], details: Details
) -> list[int]:
    """Make each file a piece of evidence, and link all of them to these objectives; gives their numbers.

    Arguments:
        file_ids: as `sent_files` gave them.
        objectives: ids; none leaves the pieces in the library.
        details: of all of them. The title counts for a single file; several go by their names.

    Errors:
        Forbidden: the actor does not collect here. Invalid: no file. Conflict: a file is used already, or the evidence
        of an objective is with a reviewer. Then nothing is added.
    """
    if not file_ids:
        raise Invalid({"file": "Choose at least one file."})
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, COLLECT)
        rows = open_objectives(tx, seat, objectives)
        files = tx.take_files(EVIDENCE, file_ids)
        added = [_add(tx, seat, file, details, alone=len(files) == 1) for file in files]
        for item in added:
            link_to(tx, item, rows, "added")
        return [item.id for item in added]


def _add(tx: Transaction, seat: Seat, file: StoredFile, details: Details, *, alone: bool) -> Item:
    name = file.name.rpartition(".")[0] or file.name
    item = Item(
        assessment_id=seat.assessment.id,
        title=(details.title if alone and details.title else name)[:LONGEST_TITLE],
        owner_id=tx.actor.id,
        added_at=tx.now,
        versions=1,
        expires_on=details.expires_on,
    )
    tx.db.add(item)
    tx.db.flush()
    _put_version(tx, item, file, details)
    count(tx, seat.assessment.id, 1, file.size)
    return item


def add_version(actor: Caller, number: int, item_id: int, file_ids: Sequence[str], details: Details) -> int:
    """Put a newer file beside those that a piece of evidence has; gives the number of the version.

    What was reviewed before stays reviewed, and its page says that there is a newer version.
    """
    if len(file_ids) != 1:
        raise Invalid({"file": "Choose one file."})
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, COLLECT)
        item = access.item_in(tx.db, seat, item_id, lock=True)
        if item.versions >= MOST_VERSIONS:
            raise Conflict(f"A piece of evidence has at most {MOST_VERSIONS} versions. Add it anew.")
        file = tx.take_files(EVIDENCE, file_ids)[0]
        item.versions += 1
        item.expires_on = details.expires_on
        if details.title:
            item.title = details.title
        _put_version(tx, item, file, details)
        count(tx, number, 0, file.size)
        for progress in linked_rows(tx, item):
            note(tx, progress, "replaced", item.title, f"item:{item.id}")
        return item.versions


def _put_version(tx: Transaction, item: Item, file: StoredFile, details: Details) -> None:
    tx.db.add(
        Version(
            item_id=item.id,
            number=item.versions,
            file_id=file.id,
            name=file.name[:255],
            type=file.type,
            size=file.size,
            sha256=file.sha256,
            notes="\n".join(file.notes),
            is_picture=file.is_picture,
            how=details.how,
            source=details.source,
            collected_on=details.collected_on,
            expires_on=details.expires_on,
            added_by=tx.actor.id,
            added_at=tx.now,
            checked_at=tx.now,
        )
    )
    tx.db.flush()
    index(tx, item)
    on, version = name_of(item), item.versions
    tx.journal("evidence.added", on=on, version=version, sha256=file.sha256, size=file.size)


def open_objectives(tx: Transaction, seat: Seat, objectives: Sequence[str]) -> list[Progress]:
    """The rows of these objectives, held in one order; none may be with a reviewer, or reviewed.

    Errors:
        Conflict: names those that are.
    """
    wanted = sorted({access.objective_in(seat, one).id for one in objectives})
    query = select(Progress).where(Progress.assessment_id == seat.assessment.id, Progress.objective.in_(wanted))
    query = query.order_by(Progress.place).with_for_update().execution_options(populate_existing=True)
    rows = list(tx.db.scalars(query)) if wanted else []
    must_be_open(rows)
    return rows


def must_be_open(rows: Sequence[Progress]) -> None:
    """Refuse where evidence of one of these must stay as its reviewer saw it."""
    if frozen := [row.objective for row in rows if row.stage in FROZEN]:
        named = ", ".join(frozen[:5]) + (f" and {len(frozen) - 5} more" if len(frozen) > 5 else "")
        raise Conflict(f"In review or reviewed: {named}. A reviewer must send it back or open it again first.")


def link_to(tx: Transaction, item: Item, rows: Sequence[Progress], kind: str) -> int:
    """Link a piece to objectives that are held, those that it is not linked to yet. How many that were."""
    have = set(tx.db.scalars(select(Link.progress_id).where(Link.item_id == item.id)))
    fresh = [row for row in rows if row.id not in have]
    for row in fresh:
        tx.db.add(Link(progress_id=row.id, item_id=item.id, linked_by=tx.actor.id, linked_at=tx.now))
        row.evidence += 1
        if row.stage == NOT_STARTED:
            row.stage = COLLECTING
        note(tx, row, kind, item.title, f"item:{item.id}")
    item.links += len(fresh)
    return len(fresh)


def linked_rows(tx: Transaction, item: Item, *, lock: bool = False) -> list[Progress]:
    """The objectives that a piece is linked to, in the order of the standard."""
    query = select(Progress).join(Link, Link.progress_id == Progress.id).where(Link.item_id == item.id)
    query = query.order_by(Progress.place)
    if lock:
        query = query.with_for_update(of=Progress).execution_options(populate_existing=True)
    return list(tx.db.scalars(query))


def index(tx: Transaction, item: Item) -> None:
    """Let the piece be found by the words that its title, its files and their sources have now."""
    texts = [item.title]
    for name, source in tx.db.execute(select(Version.name, Version.source).where(Version.item_id == item.id)):
        texts += [name, source]
    tx.db.execute(delete(WORDS).where(WORDS.c.item_id == item.id))
    words = index_words(*texts)
    rows = [{"assessment_id": item.assessment_id, "word": word, "item_id": item.id} for word in words]
    if rows:
        tx.db.execute(insert(WORDS), rows)


def count(tx: Transaction, number: int, pieces: int, size: int) -> None:
    """Keep the numbers of the assessment: so many pieces and bytes more, or fewer."""
    more = {"pieces": Totals.pieces + pieces, "size": Totals.size + size}
    tx.db.execute(update(Totals).where(Totals.assessment_id == number).values(more))


def name_of(item: Item) -> str:
    """A piece of evidence as the journal names it."""
    return f"assessment:{item.assessment_id}/evidence:{item.id}"
