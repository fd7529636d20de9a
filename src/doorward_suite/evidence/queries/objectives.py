"""Objectives one by one: those of a requirement, and lists by what is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ..access import COLLECT, REVIEW, Seat
from ..catalogue import Objective, Requirement
from ..models import Progress
from ..stages import REVIEWED, STEPS, Standing, Step, is_possible
from .standing import standings_of

#: The longest list of objectives that is given at once.
MOST = 1000


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """An objective with how far it is.

    Arguments:
        steps: what whoever asks could do with it now.
    """

    objective: Objective
    progress: Progress
    steps: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which objectives are looked for. Empty fields ask for nothing.

    Arguments:
        family: a code.
        stage: one of the stages.
        finding: one of the findings.
        assignee: an account id, or "nobody".
        late: only those that are overdue.
        bare: only those without evidence.
    """

    family: str = ""
    stage: str = ""
    finding: str = ""
    assignee: str = ""
    late: bool = False
    bare: bool = False


NOBODY = "nobody"


def of_requirement(db: Session, seat: Seat, requirement: Requirement) -> list[ObjectiveLine]:
    """The objectives of a requirement, each with the steps that whoever asks could take."""
    rows = db.scalars(_in(seat).where(Progress.requirement == requirement.id)).all()
    standings = standings_of(db, rows)
    return [_line(seat, one, offered(seat, standings[one.id])) for one in rows]


def listed(db: Session, seat: Seat, wanted: Wanted, today: date) -> list[ObjectiveLine]:
    """The objectives that are looked for, in the order of the standard."""
    query = _in(seat)
    for column, value in (
        (Progress.family, wanted.family),
        (Progress.stage, wanted.stage),
        (Progress.finding, wanted.finding),
        (Progress.assignee, wanted.assignee if wanted.assignee != NOBODY else ""),
    ):
        query = query.where(column == value) if value else query
    if wanted.assignee == NOBODY:
        query = query.where(Progress.assignee == "")
    if wanted.late:
        query = query.where(Progress.due_on < today, Progress.stage != REVIEWED)
    if wanted.bare:
        query = query.where(Progress.evidence == 0)
    return [_line(seat, progress) for progress in db.scalars(query.limit(MOST))]


def assigned_to(db: Session, seat: Seat, account_id: str) -> list[ObjectiveLine]:
    """What is assigned to somebody here: what is open by its date, then what is reviewed."""
    query = select(Progress).where(Progress.assignee == account_id, Progress.assessment_id == seat.assessment.id)
    rows = sorted(db.scalars(query), key=lambda one: (one.stage == REVIEWED, one.due_on or date.max, one.place))
    return [_line(seat, progress) for progress in rows]


def offered(seat: Seat, standing: Standing) -> list[Step]:
    """The steps that whoever asks could take with an objective that stands so."""
    mine = [step for step in STEPS.values() if seat.may(REVIEW if step.reviews else COLLECT)]
    return [step for step in mine if is_possible(step, standing, seat.account_id)]


def _in(seat: Seat) -> Select[Progress]:
    return select(Progress).where(Progress.assessment_id == seat.assessment.id).order_by(Progress.place)


def _line(seat: Seat, progress: Progress, steps: Sequence[Step] = ()) -> ObjectiveLine:
    return ObjectiveLine(seat.catalogue.objective_by_id[progress.objective], progress, steps)
