"""The plan of action and milestones: an entry is opened, changed, gets milestones, and is closed or withdrawn."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from doorward import Caller, Conflict, Invalid, Transaction, problem_with, some_lines, transaction

from .. import access
from ..access import MANAGE, PLAN, Seat
from ..collecting import read_day
from ..models import Entry, Milestone
from ..planning import DONE, LONGEST_TEXT, MOST_STEPS, WITHDRAWN, Plan, TypedEntry, judged_plan, judged_step
from ..poam_rules import why_not_on_poam
from ..queries import poam as reads
from ..queries import team
from ..sprs import Status

_IS_CLOSED = "This entry is closed. What was written in it stays as it is."
_IS_THERE = "This requirement is on the POA&M already."


def open_entry(actor: Caller, number: int, requirement: str, typed: TypedEntry) -> int:
    """Put a requirement that is not met on the POA&M; gives the number of the entry.

    Errors:
        NotFound, Forbidden: as of `access.seat_in`. Conflict: the requirement is met, or may not wait (32 CFR
        170.21(a)), or is on it already. Invalid: what was typed, by field.
    """
    try:
        with transaction(actor) as tx:
            seat = access.seat_in(tx.db, actor, number, PLAN)
            known = access.requirement_in(seat, requirement)
            status = reads.statuses_of(tx.db, seat, tx.now.date())[known.id]
            if problem := why_not_on_poam(known, status):
                raise Conflict(problem)
            if known.id in reads.open_requirements(tx.db, seat):
                raise Conflict(_IS_THERE)
            plan = _judged(tx, seat, typed)
            entry = Entry(
                assessment_id=number,
                requirement=known.id,
                opened_by=actor.id,
                opened_at=tx.now,
                changed_at=tx.now,
                due_on=plan.due,
                weakness=plan.weakness,
            )
            _write(entry, plan)
            tx.db.add(entry)
            tx.db.flush()
            tx.journal("poam.opened", on=name_of(entry), requirement=known.id, due=plan.due.isoformat())
            return entry.id
    except IntegrityError as twice:  # somebody else was faster by a moment
        raise Conflict(_IS_THERE) from twice


def change_entry(actor: Caller, number: int, entry_id: int, typed: TypedEntry) -> None:
    """Write an open entry anew."""
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, PLAN)
        entry = _open(tx, seat, entry_id)
        plan = _judged(tx, seat, typed)
        last = tx.db.scalar(select(func.max(Milestone.due_on)).where(Milestone.entry_id == entry.id))
        if last is not None and last > plan.due:
            raise Invalid({"due": f"A milestone is due on {last.isoformat()}. Change that first."})
        if (entry.due_on, entry.owner_id) != (plan.due, plan.owner):
            entry.reminded_at = None
        _write(entry, plan)
        entry.changed_at = tx.now
        tx.journal("poam.changed", on=name_of(entry), due=plan.due.isoformat())


def _judged(tx: Transaction, seat: Seat, typed: TypedEntry) -> Plan:
    plan = judged_plan(typed, seat.assessment.conditional_on)
    if plan.owner:
        people = team.can_be_assigned(team.people_in(tx.db, seat.assessment.id))
        if plan.owner not in {one.account_id for one in people}:
            raise Invalid({"owner": "Choose somebody of the team who collects or reviews."})
    return plan


def _write(entry: Entry, plan: Plan) -> None:
    entry.weakness, entry.level, entry.risk = plan.weakness, plan.level, plan.risk
    entry.remediation, entry.owner_id, entry.due_on = plan.remediation, plan.owner, plan.due


def close_entry(actor: Caller, number: int, entry_id: int, said: str = "") -> None:
    """Close an entry: what it is for is done.

    Errors:
        Conflict: the requirement is not met yet, so there is something left to be done.
    """
    closing = _checked(said) if said.strip() else ""
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, PLAN)
        entry = _open(tx, seat, entry_id)
        status = reads.statuses_of(tx.db, seat, tx.now.date()).get(entry.requirement, Status.NOT_MET)
        if status not in (Status.MET, Status.NOT_APPLICABLE):
            raise Conflict(
                f"{entry.requirement} is not met yet. It is closed once reviews have found all its objectives met."
            )
        _end(tx, entry, DONE, closing)
        tx.journal("poam.closed", on=name_of(entry), requirement=entry.requirement)


def withdraw_entry(actor: Caller, number: int, entry_id: int, said: str) -> None:
    """Take an entry off the POA&M that should not be on it. It stays to be read, with the reason; only a lead does."""
    closing = _checked(said)
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, MANAGE)
        entry = _open(tx, seat, entry_id)
        _end(tx, entry, WITHDRAWN, closing)
        tx.journal("poam.withdrawn", on=name_of(entry), requirement=entry.requirement)


def _end(tx: Transaction, entry: Entry, outcome: str, closing: str) -> None:
    entry.outcome, entry.closing = outcome, closing
    entry.closed_by, entry.closed_at, entry.changed_at = tx.actor.id, tx.now, tx.now


def _checked(said: str) -> str:
    text = some_lines(said)
    if problem := problem_with(text, LONGEST_TEXT, what="The reason"):
        raise Invalid({"closing": problem})
    return text


def add_milestone(actor: Caller, number: int, entry_id: int, text: str, due: str) -> int:
    """Put a step on the way of an open entry; gives its number."""
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, PLAN)
        entry = _open(tx, seat, entry_id)
        said, day = judged_step(text, due, entry.due_on)
        count = tx.db.scalar(select(func.count()).select_from(Milestone).where(Milestone.entry_id == entry.id)) or 0
        if count >= MOST_STEPS:
            raise Conflict(f"An entry has at most {MOST_STEPS} milestones.")
        step = Milestone(entry_id=entry.id, text=said, due_on=day)
        tx.db.add(step)
        tx.db.flush()
        entry.changed_at = tx.now
        tx.journal("poam.milestone_added", on=name_of(entry), milestone=step.id, due=day.isoformat())
        return step.id


def settle_milestone(actor: Caller, number: int, entry_id: int, step_id: int, change: str) -> None:
    """Say that a milestone is done (`done`), that it is not (`open`), or take it away (`remove`)."""
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, PLAN)
        entry = _open(tx, seat, entry_id)
        step = access.milestone_in(tx.db, entry, step_id)
        match change:
            case "done" if step.done_at is None:
                step.done_at, step.done_by = tx.now, actor.id
            case "open":
                step.done_at, step.done_by = None, ""
            case "remove":
                tx.db.delete(step)
            case "done":
                return
            case _:
                raise Invalid({"change": "There is no such change."})
        entry.changed_at = tx.now
        tx.journal(f"poam.milestone_{change}", on=name_of(entry), milestone=step_id)


def set_conditional(actor: Caller, number: int, typed: str) -> date | None:
    """Say since when the assessment has a conditional CMMC status; empty for none. From it the 180 days are counted."""
    day = read_day(typed)
    if day is None and typed.strip():
        raise Invalid({"conditional_on": "Write the day as 2026-12-31."})
    with transaction(actor) as tx:
        seat = access.seat_in(tx.db, actor, number, MANAGE)
        if day is not None and (day - tx.now.date()).days > 1:
            raise Invalid({"conditional_on": "This day is still to come."})
        if seat.assessment.conditional_on != day:
            seat.assessment.conditional_on = day
            tx.journal("assessment.conditional", on=f"assessment:{number}", since=day.isoformat() if day else "")
        return day


def _open(tx: Transaction, seat: Seat, entry_id: int) -> Entry:
    entry = access.entry_in(tx.db, seat, entry_id, lock=True)
    if entry.closed_at is not None:
        raise Conflict(_IS_CLOSED)
    return entry


def name_of(entry: Entry) -> str:
    """An entry of the POA&M as the journal names it."""
    return f"assessment:{entry.assessment_id}/poam:{entry.id}"
