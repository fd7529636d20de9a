"""What a piece of evidence shows, and whether it counts: linked, unlinked, deleted with a reason, brought back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from doorward import Caller, Forbidden, Invalid, Transaction, problem_with, some_lines, transaction

from .. import access
from ..access import COLLECT, DELETE, READ, Seat
from ..models import Item, Link, Progress, Version
from ..stages import COLLECTED, COLLECTING
from .items import count, link_to, linked_rows, must_be_open, name_of, open_objectives
from .progress import note

LONGEST_REASON = 500


def link(actor: Caller, number: int, item_id: int, objectives: Sequence[str]) -> int:
    """Link a piece of evidence to objectives, besides those that it is linked to. How many were new."""
    if not objectives:
        raise Invalid({"objectives": "Name at least one objective."})
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, COLLECT)
        item = access.item_in(tx.db, seat, item_id, lock=True)
        fresh = link_to(tx, item, open_objectives(tx, seat, objectives), "linked")
        if fresh:
            tx.journal("evidence.linked", on=name_of(item), count=fresh)
        return fresh


def unlink(actor: Caller, number: int, item_id: int, objective: str) -> None:
    """Take a piece of evidence off an objective. What has none left and was handed in is collected again."""
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, COLLECT)
        item = access.item_in(tx.db, seat, item_id, lock=True)
        row = open_objectives(tx, seat, [objective])[0]
        found = tx.db.get(Link, (row.id, item.id))
        if found is None:
            return
        tx.db.delete(found)
        item.links -= 1
        _lose(tx, row, item, "unlinked")
        tx.journal("evidence.unlinked", on=name_of(item), objective=row.objective)


def delete_item(actor: Caller, number: int, item_id: int, reason: str) -> None:
    """Let a piece of evidence count no more. Its files stay, should a lead bring it back.

    Errors:
        Forbidden: the actor is neither who added it, and still collects here, nor a lead. Invalid: no reason.
        Conflict: the evidence of an objective that it is linked to is with a reviewer.
    """
    said = some_lines(reason)
    if problem := problem_with(said, LONGEST_REASON, what="The reason"):
        raise Invalid({"reason": problem})
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, READ)
        item = access.item_in(tx.db, seat, item_id, lock=True)
        _must_be_theirs(tx, seat, item)
        rows = linked_rows(tx, item, lock=True)
        must_be_open(rows)
        item.deleted_at, item.deleted_by, item.delete_reason = tx.now, actor.id, said
        for row in rows:
            _lose(tx, row, item, "deleted")
        count(tx, number, -1, -_size_of(tx, item))
        tx.journal("evidence.deleted", on=name_of(item))


def may_delete(seat: Seat, item: Item) -> bool:
    """Whether somebody may delete a piece: a lead, or who added it as long as they collect here."""
    return seat.may(DELETE) or (seat.may(COLLECT) and bool(seat.account_id) and item.owner_id == seat.account_id)


def _must_be_theirs(tx: Transaction, seat: Seat, item: Item) -> None:
    if not may_delete(seat, item):
        access.seat_in(tx.db, tx.actor, seat.assessment.id, DELETE)  # says who may
        raise Forbidden


def restore_item(actor: Caller, number: int, item_id: int) -> None:
    """Bring a deleted piece back, with the links that it had."""
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, DELETE)
        item = access.item_in(tx.db, seat, item_id, lock=True, deleted=True)
        if item.deleted_at is None:
            return
        rows = linked_rows(tx, item, lock=True)
        must_be_open(rows)
        item.deleted_at, item.deleted_by, item.delete_reason = None, "", ""
        for row in rows:
            row.evidence += 1
            note(tx, row, "restored", item.title, f"item:{item.id}")
        count(tx, number, 1, _size_of(tx, item))
        tx.journal("evidence.restored", on=name_of(item))


def _lose(tx: Transaction, row: Progress, item: Item, kind: str) -> None:
    row.evidence -= 1
    note(tx, row, kind, item.title, f"item:{item.id}")
    if row.stage == COLLECTED and not row.evidence:
        row.stage, row.collected_by, row.collected_at = COLLECTING, "", None
        tx.journal("objective.take_back", on=f"assessment:{row.assessment_id}/objective:{row.objective}")


def _size_of(tx: Transaction, item: Item) -> int:
    return int(tx.db.scalar(select(func.sum(Version.size)).where(Version.item_id == item.id)) or 0)
