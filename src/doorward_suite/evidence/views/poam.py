"""The plan of action and milestones: its list, one entry, and the list as a file."""

from __future__ import annotations

from flask import Response, flash, request

from doorward import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    access,
    current_caller,
    limit,
    now,
    reading,
)

from ..access import PLAN, entry_in, requirement_in, seat_in
from ..actions import poam as actions
from ..planning import LEVELS, TypedEntry
from ..queries import poam as reads
from ..queries import team
from ..queries.reporting import report_of
from ..report_tables import poam_csv, poam_xlsx
from .base import as_file, blueprint, field, page, reading_page, to, today

_TYPED = ("weakness", "level", "risk", "remediation", "owner", "due")
_TO_MEND = (Invalid, Conflict)


@blueprint.get("/evidence/<int:number>/poam")
@reading_page
def poam(number: int, wrong: Refused | None = None) -> Response:
    shows, family = request.args.get("shows", "")[:8], request.args.get("family", "")[:8]
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        whole = reads.whole_poam(db, seat, today(), shows, family)
    typed = field("conditional_on") if wrong else str(seat.assessment.conditional_on or "")
    return page(
        "poam",
        wrong,
        seat=seat,
        whole=whole,
        shows=reads.SHOWS,
        wanted=(shows, family),
        conditional_on=typed,
        today=today(),
    )


@blueprint.get("/evidence/<int:number>/poam/new")
def new_entry(number: int, wrong: Refused | None = None) -> Response:
    asked = (request.form if wrong else request.args).get("requirement", "")[:40]
    with reading() as db:
        seat = seat_in(db, current_caller(), number, PLAN)
        chosen = seat.catalogue.requirement(asked)
        whole = reads.whole_poam(db, seat, today())
        people = team.can_be_assigned(team.people_in(db, number))
    typed = {name: field(name) for name in _TYPED} if wrong else {}
    return page(
        "poam_entry",
        wrong,
        seat=seat,
        line=None,
        chosen=chosen,
        without=whole.without,
        close=whole.close,
        typed=typed,
        levels=LEVELS,
        workers=people,
        today=today(),
    )


@blueprint.post("/evidence/<int:number>/poam")
@limit("600/hour")
def open_entry(number: int) -> Response:
    try:
        entry_id = actions.open_entry(current_caller(), number, _requirement(number), _typed())
    except _TO_MEND as wrong:
        return new_entry(number, wrong)
    flash("It is on the POA&M. Add the milestones.", "ok")
    return to("poam_entry", number=number, entry_id=entry_id)


def _requirement(number: int) -> str:
    """The requirement that the form names; what is no number of the standard is said at its field."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number, PLAN)
    try:
        return requirement_in(seat, field("requirement")).id
    except NotFound as missing:
        raise Invalid({"requirement": "Write the number of a requirement, such as 3.1.3."}) from missing


def _typed() -> TypedEntry:
    return TypedEntry(**{name: field(name) for name in _TYPED})


@blueprint.get("/evidence/<int:number>/poam/<int:entry_id>")
@reading_page
def poam_entry(number: int, entry_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        entry = entry_in(db, seat, entry_id)
        line = reads.lines_of(db, seat, [entry], reads.statuses_of(db, seat, today()))[0]
        people = team.can_be_assigned(team.people_in(db, number))
        names = reads.who(db, entry)
        close = reads.close_of(seat, today())
    form = {name: field(name) for name in (*_TYPED, "step", "step_due", "closing")} if wrong else {}
    return page(
        "poam_entry",
        wrong,
        seat=seat,
        line=line,
        chosen=line.requirement,
        without=[],
        close=close,
        typed=form if wrong and "weakness" in request.form else _as_it_is(line),
        form=form,
        names=names,
        levels=LEVELS,
        workers=people,
        today=today(),
    )


def _as_it_is(line: reads.EntryLine) -> dict[str, str]:
    entry = line.entry
    said = {"weakness": entry.weakness, "level": entry.level, "risk": entry.risk, "remediation": entry.remediation}
    return {**said, "owner": entry.owner_id, "due": entry.due_on.isoformat()}


@blueprint.post("/evidence/<int:number>/poam/<int:entry_id>")
@limit("1200/hour")
def change_entry(number: int, entry_id: int) -> Response:
    try:
        actions.change_entry(current_caller(), number, entry_id, _typed())
    except _TO_MEND as wrong:
        return poam_entry(number, entry_id, wrong)
    flash("Saved.", "ok")
    return to("poam_entry", number=number, entry_id=entry_id)


@blueprint.post("/evidence/<int:number>/poam/<int:entry_id>/closing")
@limit("600/hour")
def close_entry(number: int, entry_id: int) -> Response:
    """Close the entry, or withdraw it: the form says which."""
    work = actions.withdraw_entry if field("change") == "withdraw" else actions.close_entry
    try:
        work(current_caller(), number, entry_id, field("closing"))
    except _TO_MEND as wrong:
        return poam_entry(number, entry_id, wrong)
    flash("The entry is closed. It stays to be read.", "ok")
    return to("poam_entry", number=number, entry_id=entry_id)


@blueprint.post("/evidence/<int:number>/poam/<int:entry_id>/milestones")
@limit("1200/hour")
def add_milestone(number: int, entry_id: int) -> Response:
    try:
        step_id = actions.add_milestone(current_caller(), number, entry_id, field("step"), field("step_due"))
    except _TO_MEND as wrong:
        return poam_entry(number, entry_id, wrong)
    return to("poam_entry", number=number, entry_id=entry_id, _anchor=f"m-{step_id}")


@blueprint.post("/evidence/<int:number>/poam/<int:entry_id>/milestones/<int:step_id>")
@limit("1200/hour")
def settle_milestone(number: int, entry_id: int, step_id: int) -> Response:
    """Say that a milestone is done, or not, or take it away: the form says which."""
    try:
        actions.settle_milestone(current_caller(), number, entry_id, step_id, field("change"))
    except _TO_MEND as wrong:
        return poam_entry(number, entry_id, wrong)
    return to("poam_entry", number=number, entry_id=entry_id, _anchor="milestones")


@blueprint.post("/evidence/<int:number>/poam/conditional")
@limit("120/hour")
def set_conditional(number: int) -> Response:
    """Since when there is a conditional status: from it the 180 days are counted."""
    try:
        actions.set_conditional(current_caller(), number, field("conditional_on"))
    except Invalid as wrong:
        return poam(number, wrong)
    return to("poam", number=number)


@blueprint.get("/evidence/<int:number>/poam/files/<kind>")
@reading_page
@access.slow
@limit("300/hour")
def poam_file(number: int, kind: str) -> Response:
    """The POA&M as `csv` or `xlsx`."""
    if kind not in ("csv", "xlsx"):
        raise NotFound("There is no such kind of file.")
    caller = current_caller()
    with reading() as db:
        made = report_of(db, seat_in(db, caller, number), now(), caller.name)
    return as_file(poam_csv(made) if kind == "csv" else poam_xlsx(made), kind, f"POAM_{number}_{made.made_at:%Y-%m-%d}")
