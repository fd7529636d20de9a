"""The assessments somebody is in, and the dashboard of one."""

from __future__ import annotations

from flask import Response, flash, request

from doorward import Invalid, Refused, access, current_caller, limit, now, reading

from ..access import seat_in
from ..actions import assessments as actions
from ..catalogue import KEY
from ..queries import history, library, poam, shelf, standing, team
from .base import blueprint, field, page, reading_page, to, today


@blueprint.get("/evidence/")
@reading_page
def index(wrong: Refused | None = None) -> Response:
    caller = current_caller()
    with reading() as db:
        mine = team.assessments_of(db, caller)
        every = team.every_assessment(db) if caller.is_admin else []
        catalogues = shelf.catalogues(db) if caller.is_admin else []
    name = field("name") if wrong else f"CMMC level 2, {now().year}"
    return page("index", wrong, mine=mine, every=every, name=name, lead=field("lead"), catalogues=catalogues)


@blueprint.post("/evidence/")
@access.role("admin")
@limit("60/hour")
def create() -> Response:
    try:
        number = actions.create(current_caller(), field("name"), field("lead"), field("catalogue") or KEY)
    except Invalid as wrong:
        return index(wrong)
    with reading() as db:
        is_in = any(line.assessment.id == number for line in team.assessments_of(db, current_caller()))
    if is_in:
        return to("dashboard", number=number)
    flash("The assessment is there. Its lead finds it under Evidence.", "ok")
    return to("index")


@blueprint.post("/evidence/<int:number>/leads")
@access.role("admin")
@limit("120/hour")
def name_lead(number: int) -> Response:
    try:
        actions.name_lead(current_caller(), number, field("lead"))
    except Invalid as wrong:
        return index(wrong)
    flash("Done. They lead this assessment now.", "ok")
    return to("index")


@blueprint.get("/evidence/<int:number>")
@reading_page
def dashboard(number: int) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        whole = standing.overview(db, seat.catalogue, number, today())
        recent, numbers = history.recent(db, number), library.numbers(db, number, today())
        plan, close = poam.numbers(db, number, today()), poam.close_of(seat, today())
    return page("dashboard", seat=seat, whole=whole, recent=recent, numbers=numbers, plan=plan, close=close)


@blueprint.post("/evidence/<int:number>/name")
def rename(number: int) -> Response:
    from .team import people  # the form stands on that page

    try:
        actions.rename(
            current_caller(), number, field("name"), request.form.get("organisation"), request.form.get("marking")
        )
    except Invalid as wrong:
        return people(number, wrong)
    return to("people", number=number)
