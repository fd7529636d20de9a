"""Who is to do what, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from doorward import Caller, Invalid, Transaction, transaction

from .. import access
from ..access import Seat
from ..collecting import read_day
from ..models import Progress
from ..queries import team
from .progress import note
from .telling import tell_assigned


def assign(actor: Caller, number: int, objectives: Sequence[str], assignee: str, due: str = "") -> int:
    """Assign objectives to somebody of the team, or to nobody: all of them, or none.

    Arguments:
        objectives: ids.
        assignee: an account id; empty for nobody.
        due: a day as `2026-12-31`; empty for none.

    Results:
        How many objectives this changed.

    Errors:
        Forbidden: the actor is no lead. Invalid: nothing was chosen, nobody such is in the team, or the day is none.
    """
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, access.ASSIGN)
        wanted = sorted({access.objective_in(seat, one).id for one in objectives})
        if not wanted:
            raise Invalid({"objective": "Choose at least one objective."})
        _must_be_able(tx, seat, assignee)
        day = _day(due) if assignee else None
        rows = _locked(tx, number, wanted)
        changed = [row for row in rows if (row.assignee, row.due_on) != (assignee, day)]
        for row in changed:
            row.assignee, row.due_on, row.reminded_at = assignee, day, None
            about = f"account:{assignee}" if assignee else ""
            note(tx, row, "assigned" if assignee else "unassigned", f"until {day}" if day else "", about)
        if changed:
            on, until = f"assessment:{number}", str(day or "")
            tx.journal("assessment.assigned", on=on, account=assignee, count=len(changed), until=until)
            tell_assigned(tx, seat.assessment, assignee, len(changed), until)
        return len(changed)


def _locked(tx: Transaction, number: int, objectives: list[str]) -> list[Progress]:
    query = select(Progress).where(Progress.assessment_id == number, Progress.objective.in_(objectives))
    query = query.order_by(Progress.place).with_for_update().execution_options(populate_existing=True)
    return list(tx.db.scalars(query))


def _must_be_able(tx: Transaction, seat: Seat, assignee: str) -> None:
    if not assignee:
        return
    people = team.can_be_assigned(team.people_in(tx.db, seat.assessment.id))
    if assignee not in {one.account_id for one in people}:
        raise Invalid({"assignee": "Choose somebody of the team who collects or reviews."})


def _day(typed: str) -> date | None:
    day = read_day(typed)
    if day is None and typed.strip():
        raise Invalid({"due": "Write the day as 2026-12-31."})
    return day
