"""The SSP mapping: what the system security plan says of each requirement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import Seat
from ..catalogue import Requirement
from ..models import Mapping as Row
from ..ssp_mapping import NAMES, Said


@dataclass(frozen=True, slots=True)
class MappingLine:
    """A requirement with what the plan says of it."""

    requirement: Requirement
    said: Said


@dataclass(frozen=True, slots=True)
class MappingPage:
    """Requirements as they were asked for.

    Arguments:
        written: how many of all requirements have something written.
        states: how many of all are at each state; "" for those that do not say.
    """

    lines: list[MappingLine]
    written: int
    states: Mapping[str, int]


#: What the list can be asked for besides the states: those of which nothing is written.
BARE = "bare"


def mapping_of(db: Session, seat: Seat) -> dict[str, Said]:
    """What the plan says, by requirement; those of which nothing is written are not in it."""
    rows = db.scalars(select(Row).where(Row.assessment_id == seat.assessment.id))
    return {row.requirement: as_said(row) for row in rows}


def as_said(row: Row) -> Said:
    """A row as plain values."""
    return Said(**{name: getattr(row, name) for name in NAMES})


def listed(db: Session, seat: Seat, family: str = "", state: str = "") -> MappingPage:
    """The requirements with what the plan says of each, in the order of the standard.

    Arguments:
        family: only of this family; empty for all.
        state: of `STATES`, or `BARE`; empty for any.
    """
    there = mapping_of(db, seat)
    lines = [MappingLine(one, there.get(one.id, Said())) for one in seat.catalogue.requirements]
    shown = [line for line in lines if family in ("", line.requirement.family) and _is_wanted(line, state)]
    return MappingPage(shown, len(there), Counter(line.said.state for line in lines))


def _is_wanted(line: MappingLine, state: str) -> bool:
    return line.said.is_empty if state == BARE else state in ("", line.said.state)
