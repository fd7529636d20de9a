"""The SSP mapping is written: for one requirement by a form, for many by a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from doorward import Caller, Invalid, Transaction, open_file, transaction

from .. import access
from ..access import PLAN
from ..files import MAPPINGS
from ..models import Mapping as Row
from ..queries import ssp as reads
from ..ssp_mapping import NAMES, Said, judged_said, read_mapping
from ..workbooks import Unreadable


def write_mapping(actor: Caller, number: int, requirement: str, typed: Said) -> None:
    """Say what the system security plan says of a requirement; nothing at all takes it out of the mapping.

    Errors:
        NotFound, Forbidden: as of `access.seat_in`. Invalid: by field.
    """
    said = judged_said(typed)
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, PLAN)
        known = access.requirement_in(seat, requirement)
        if _write(tx, number, {known.id: said}):
            tx.journal("ssp.changed", on=f"assessment:{number}", requirement=known.id)


def load_sent(actor: Caller, number: int, file_ids: Sequence[str]) -> int:
    """Load a table that was sent: all of its rows or, where one is wrong, none. How many requirements it changed.

    The file itself is not kept.

    Errors:
        Invalid: no file, or one that cannot be used; its text names every wrong row.
    """
    if len(file_ids) != 1:
        raise Invalid({"file": "Choose one file."})
    with transaction(actor) as tx:
        access.seat_in(tx.db, actor, number, PLAN)
        sent = tx.take_files(MAPPINGS, file_ids)[0]
    try:
        with transaction(actor) as tx:
            seat = access.seat_in(tx.db, actor, number, PLAN)
            before = reads.mapping_of(tx.db, seat)
            with open_file(sent.id) as file:
                loaded = read_mapping(file, seat.catalogue, before)
            if loaded.problems:
                raise Invalid({"file": " ".join(loaded.problems[:20])}, "\n".join(loaded.problems))
            changed = _write(tx, number, loaded.said)
            tx.journal("ssp.loaded", on=f"assessment:{number}", rows=len(loaded.said), changed=changed)
            return changed
    except Unreadable as problem:
        raise Invalid({"file": str(problem)}) from problem
    finally:
        with transaction(actor) as tx:
            tx.drop_file(sent.id)


def _write(tx: Transaction, number: int, said: Mapping[str, Said]) -> int:
    """Write what differs. How many that were."""
    mine = select(Row).where(Row.assessment_id == number, Row.requirement.in_(sorted(said)))
    there = {row.requirement: row for row in tx.db.scalars(mine.order_by(Row.requirement).with_for_update())}
    changed = 0
    for requirement, one in said.items():
        row = there.get(requirement)
        if one == (reads.as_said(row) if row is not None else Said()):
            continue
        changed += 1
        if one.is_empty and row is not None:
            tx.db.delete(row)
            continue
        if row is None:
            row = Row(assessment_id=number, requirement=requirement)
            tx.db.add(row)
        for name in NAMES:
            setattr(row, name, getattr(one, name))
        row.changed_by, row.changed_at = tx.actor.id, tx.now
    return changed
