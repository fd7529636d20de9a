"""An import is undone: what it added goes for good, what its file did not have comes back.

Only the newest import of an edition can be undone: what came later may stand on it.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from doorward import Caller, Conflict, Job, Transaction, reading, transaction

from .. import access
from ..models import AWARDS, MEMBERS, Award, HideRequest, Import, Person, Team
from ..queries import imports, index
from . import settling
from .importing import (
    CHUNK,
    DONE,
    SMALL,
    UNDOING,
    UNDONE,
    Progress,
    held,
    holders_of,
    note_holders,
    settle_holders,
    settle_people_and_teams,
)

KIND = "honors.undo"


def start(actor: Caller, number: int) -> None:
    """Let an import be undone: in the background, unless it was small.

    Errors:
        Conflict: it is not done, or a later one of the same edition is. NotFound, Forbidden.
    """
    with transaction(actor) as tx:
        row = begin(tx, actor, number)
        is_small, row.job_id = json.loads(row.report)["rows"] <= SMALL, ""
        if not is_small:
            title = f"Undoing the import of {row.name}"
            row.job_id = tx.job(KIND, {"import": number}, title=title, owner=actor.id)
    if is_small:
        run(actor, number, lambda done, total: None)


def begin(tx: Transaction, actor: Caller, number: int) -> Import:
    """From here on it is being undone."""
    access.may_edit(actor)
    row = held(tx, number)
    if row.state != DONE or "config" in json.loads(row.report):
        raise Conflict("Only what was imported can be undone.")
    if imports.is_followed(tx.db, row):
        raise Conflict("A later import stands on this one. Undo that first.")
    row.state = UNDOING
    return row


def work(job: Job) -> None:
    """The job; what is undone already is not there any more, so it may be repeated."""
    run(job.actor, int(job.arguments["import"]), job.progress)


def run(actor: Caller, number: int, progress: Progress) -> None:
    """Undo an import that `begin` has held."""
    access.may_edit(actor)
    with reading() as db:
        if db.get_one(Import, number).state != UNDOING:
            return
        total = len(imports.awards_added(db, number, limit=None))
    done = 0
    while some := _awards_of(number):
        with transaction(actor) as tx:
            people, teams = holders_of(tx, some)
            tx.db.execute(delete(AWARDS).where(AWARDS.c.id.in_(some)))
            note_holders(tx, number, "awards_undone", settle_people_and_teams(tx, people, teams))
            settling.turn(tx)
        done += len(some)
        progress(done, total)
    while some := _removed_by(number):
        with transaction(actor) as tx:
            mine = AWARDS.c.id.in_(some)
            tx.db.execute(update(AWARDS).where(mine).values(deleted_at=None, removed_by=None))
            settling.settle_awards(tx, mine)
            note_holders(tx, number, "awards_returned", settle_holders(tx, some))
            settling.turn(tx)
    _drop_teams(actor, number)
    _drop_people(actor, number)
    with transaction(actor) as tx:
        held(tx, number).state = UNDONE
        tx.journal("honors.import.undone", on=f"honors/imports:{number}", awards=done)


def _awards_of(number: int) -> list[int]:
    with reading() as db:
        return imports.awards_added(db, number, limit=CHUNK)


def _removed_by(number: int) -> list[int]:
    with reading() as db:
        return list(db.scalars(select(Award.id).where(Award.removed_by == number).limit(CHUNK)))


def _drop_teams(actor: Caller, number: int) -> None:
    """Teams that it made and that have no award of anybody else's doing."""
    with transaction(actor) as tx:
        mine = select(Team.id).where(Team.import_id == number, ~exists().where(AWARDS.c.team_id == Team.id))
        gone = list(tx.db.scalars(mine))
        for first in range(0, len(gone), CHUNK):
            some = gone[first : first + CHUNK]
            tx.db.execute(delete(MEMBERS).where(MEMBERS.c.team_id.in_(some)))
            tx.db.execute(delete(Team).where(Team.id.in_(some)))


def _drop_people(actor: Caller, number: int) -> None:
    """People whom it made, and who have nothing else here by now."""
    above = 0
    while True:
        with transaction(actor) as tx:
            query = select(Person.id, Person.found).where(Person.import_id == number, Person.id > above)
            some: list[Any] = list(tx.db.execute(query.order_by(Person.id).limit(CHUNK)).all())
            if not some:
                return
            above = some[-1].id
            free = _without_anything(tx, [one.id for one in some])
            index.drop(tx.db.connection(), [(one.id, one.found) for one in some if one.id in free])
            tx.db.execute(delete(Person).where(Person.id.in_(free)))
            if free:
                note_holders(tx, number, "people_removed", free)


def _without_anything(tx: Transaction, people: list[int]) -> set[int]:
    needed = or_(
        Person.photo_id != "",
        exists().where(AWARDS.c.person_id == Person.id),
        exists().where(MEMBERS.c.person_id == Person.id),
        exists().where(HideRequest.person_id == Person.id),
    )
    return set(tx.db.scalars(select(Person.id).where(Person.id.in_(people), ~needed)))
