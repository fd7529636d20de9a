"""The plan of action and milestones: its entries, those that are late, and what may be put on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from doorward import account_names

from ..access import Seat
from ..catalogue import Requirement
from ..models import Entry, Milestone
from ..poam_rules import Standing, close_by, days_left, standing, why_not_on_poam
from ..sprs import Status
from .standing import tallies

#: What the list can be asked for.
OPEN, LATE, CLOSED, ALL = "", "late", "closed", "all"
SHOWS = {OPEN: "Open", LATE: "Overdue", CLOSED: "Closed", ALL: "All"}
#: Entries that a list has at most: all requirements, and what was closed before.
MOST = 2000
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry of the POA&M.

    Arguments:
        requirement: of the standard.
        steps: its milestones, by their days.
        owner: a name; empty for nobody.
        status: how the requirement stands now.
        refused: why the requirement may not be on a POA&M; None when it may, or is met.
    """

    entry: Entry
    requirement: Requirement
    steps: Sequence[Milestone]
    owner: str
    status: Status
    refused: str | None

    @property
    def done(self) -> int:
        """How many milestones are done."""
        return sum(step.done_at is not None for step in self.steps)

    @property
    def can_be_closed(self) -> bool:
        """Whether what it is for is done: the requirement is met."""
        return self.status in (Status.MET, Status.NOT_APPLICABLE)

    def is_late(self, today: date) -> bool:
        return self.entry.closed_at is None and self.entry.due_on < today

    def late_step(self, today: date) -> bool:
        """Whether a milestone should be done by now."""
        is_open = self.entry.closed_at is None
        return is_open and any(step.done_at is None and step.due_on < today for step in self.steps)


@dataclass(frozen=True, slots=True)
class Close:
    """How long the POA&M may stay open: `last` is the last day, `left` the days until then, negative after it."""

    since: date
    last: date
    left: int


@dataclass(frozen=True, slots=True)
class PoamPage:
    """The whole POA&M.

    Arguments:
        lines: open ones first, by the day they are due.
        without: requirements that are not met, may be on it, and are not.
        standing: what the assessment comes to; None for a standard without weights.
        close: how long there is; None where there is no conditional status.
    """

    lines: list[EntryLine]
    without: list[Requirement] = field(default_factory=list)
    standing: Standing | None = None
    close: Close | None = None


def statuses_of(db: Session, seat: Seat, today: date) -> Mapping[str, Status]:
    """How every requirement stands; what nobody has judged is not met."""
    found = tallies(db, seat.assessment.id, today)
    return {one.id: (found[one.id].status if one.id in found else None) or Status.NOT_MET for one in _all(seat)}


def _all(seat: Seat) -> Sequence[Requirement]:
    return seat.catalogue.requirements


def entries_of(db: Session, seat: Seat, statuses: Mapping[str, Status], *, only_open: bool = False) -> list[EntryLine]:
    """The entries of the POA&M, open ones first, by the day they are due.

    Arguments:
        statuses: of `statuses_of`.
    """
    query = select(Entry).where(Entry.assessment_id == seat.assessment.id)
    query = query.where(Entry.closed_at.is_(None)) if only_open else query
    return lines_of(db, seat, db.scalars(query.order_by(Entry.id.desc()).limit(MOST)).all(), statuses)


def lines_of(db: Session, seat: Seat, entries: Sequence[Entry], statuses: Mapping[str, Status]) -> list[EntryLine]:
    """These entries with all about them."""
    steps: dict[int, list[Milestone]] = {one.id: [] for one in entries}
    ids = list(steps)
    for begin in range(0, len(ids), _AT_ONCE):
        some = select(Milestone).where(Milestone.entry_id.in_(ids[begin : begin + _AT_ONCE]))
        for step in db.scalars(some.order_by(Milestone.due_on, Milestone.id)):
            steps[step.entry_id].append(step)
    names = account_names(db, {one.owner_id for one in entries})
    known = seat.catalogue.requirement_by_id
    lines = [
        EntryLine(
            one,
            known[one.requirement],
            steps[one.id],
            names[one.owner_id] if one.owner_id else "",
            statuses[one.requirement],
            _refused(known[one.requirement], statuses[one.requirement], one),
        )
        for one in entries
        if one.requirement in known
    ]
    return sorted(lines, key=lambda line: (line.entry.closed_at is not None, line.entry.due_on, line.entry.id))


def _refused(requirement: Requirement, status: Status, entry: Entry) -> str | None:
    is_met = status in (Status.MET, Status.NOT_APPLICABLE)
    return None if is_met or entry.closed_at is not None else why_not_on_poam(requirement, status)


def whole_poam(db: Session, seat: Seat, today: date, shows: str = OPEN, family: str = "") -> PoamPage:
    """The POA&M as its page shows it.

    Arguments:
        shows: one of `SHOWS`.
        family: only entries of this family; empty for all.
    """
    statuses = statuses_of(db, seat, today)
    every = entries_of(db, seat, statuses, only_open=shows in (OPEN, LATE))
    on_it = open_requirements(db, seat)
    wanted = [line for line in every if _is_wanted(line, shows, today) and family in ("", line.requirement.family)]
    without = [one for one in _all(seat) if one.id not in on_it and why_not_on_poam(one, statuses[one.id]) is None]
    scored = seat.catalogue.is_scored
    return PoamPage(
        wanted,
        without,
        standing(seat.catalogue, statuses, on_it) if scored else None,
        close_of(seat, today),
    )


def _is_wanted(line: EntryLine, shows: str, today: date) -> bool:
    match shows:
        case "late":
            return line.is_late(today) or line.late_step(today)
        case "closed":
            return line.entry.closed_at is not None
        case "all":
            return True
        case _:
            return line.entry.closed_at is None


def open_requirements(db: Session, seat: Seat) -> set[str]:
    """Ids of the requirements that have an open entry."""
    query = select(Entry.requirement).where(Entry.assessment_id == seat.assessment.id, Entry.closed_at.is_(None))
    return set(db.scalars(query))


def of_requirement(db: Session, seat: Seat, requirement: Requirement, today: date) -> tuple[int | None, bool]:
    """The number of the open entry for a requirement, or None; and whether one could be opened now."""
    mine = (Entry.assessment_id == seat.assessment.id, Entry.closed_at.is_(None))
    found = db.scalar(select(Entry.id).where(*mine, Entry.requirement == requirement.id))
    if found is not None:
        return found, False
    tally = tallies(db, seat.assessment.id, today, requirement.family).get(requirement.id)
    status = (tally.status if tally else None) or Status.NOT_MET
    judged = tally is not None and tally.status is not None
    return None, judged and why_not_on_poam(requirement, status) is None


def close_of(seat: Seat, today: date) -> Close | None:
    """How long the POA&M may stay open."""
    since = seat.assessment.conditional_on
    return Close(since, close_by(since), days_left(since, today)) if since else None


@dataclass(frozen=True, slots=True)
class PoamNumbers:
    """What the overview says of the POA&M: how many entries are open, and how many of these are overdue."""

    open: int
    late: int


def numbers(db: Session, number: int, today: date) -> PoamNumbers:
    """The numbers of an assessment's POA&M."""
    mine = select(func.count()).select_from(Entry).where(Entry.assessment_id == number, Entry.closed_at.is_(None))
    return PoamNumbers(db.scalar(mine) or 0, db.scalar(mine.where(Entry.due_on < today)) or 0)


def who(db: Session, entry: Entry) -> Mapping[str, str]:
    """The names of who opened and who closed an entry, by account id."""
    return account_names(db, {entry.opened_by, entry.closed_by})
