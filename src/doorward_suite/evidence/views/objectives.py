"""Families, requirements and objectives: what they ask for, how far they are, and the next step."""

from __future__ import annotations

from flask import Response, request

from doorward import Conflict, Invalid, Refused, current_caller, limit, reading

from ..access import family_in, objective_in, requirement_in, seat_in
from ..actions import progress as actions
from ..actions import work
from ..catalogue import Catalogue, Requirement
from ..queries import history, library, objectives, plans, poam, shelf, standing, team
from ..queries.objectives import ObjectiveLine, Wanted
from ..search import found_in, index_words
from .base import blueprint, field, page, reading_page, to, today


@blueprint.get("/evidence/<int:number>/families/<code>")
@reading_page
def family(number: int, code: str) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        shown = family_in(seat, code)
        lines = standing.family_lines(db, shown, number, today())
        below = objectives.listed(db, seat, Wanted(family=shown.code), today())
    of: dict[str, list[ObjectiveLine]] = {one.id: [] for one in shown.requirements}
    for line in below:
        of[line.objective.requirement].append(line)
    return page("family", seat=seat, family=shown, lines=lines, of=of)


@blueprint.get("/evidence/<int:number>/requirements/<requirement_id>")
@reading_page
def requirement(number: int, requirement_id: str, wrong: Refused | None = None, about: str = "") -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        shown = requirement_in(seat, requirement_id)
        lines = objectives.of_requirement(db, seat, shown)
        ids = [line.progress.id for line in lines]
        said, evidence = history.of_objectives(db, ids), library.of_objectives(db, seat, ids)
        words = shelf.wording_for(db, seat.assessment.catalogue)
        people = team.people_in(db, number)
        on_poam, may_wait = poam.of_requirement(db, seat, shown, today())
    before, after = _neighbours(seat.catalogue, shown)
    return page(
        "requirement",
        wrong,
        seat=seat,
        requirement=shown,
        family=seat.catalogue.family(shown.family),
        lines=lines,
        said=said,
        evidence=evidence,
        words=words,
        names={one.account_id: one.name for one in people},
        workers=team.can_be_assigned(people),
        before=before,
        after=after,
        about=about,
        on_poam=on_poam,
        may_wait=may_wait,
        typed=request.form if wrong else {},
        today=today(),
    )


def _neighbours(catalogue: Catalogue, shown: Requirement) -> tuple[Requirement | None, Requirement | None]:
    place = catalogue.requirements.index(shown)
    before = catalogue.requirements[place - 1] if place else None
    return before, next(iter(catalogue.requirements[place + 1 :]), None)


@blueprint.post("/evidence/<int:number>/objectives/<objective_id>/steps")
@limit("1200/hour")
def take_step(number: int, objective_id: str) -> Response:
    try:
        partly = field("partly") == "1"
        actions.take_step(current_caller(), number, objective_id, field("step"), field("reason"), partly=partly)
    except (Invalid, Conflict) as wrong:
        return _again(number, objective_id, wrong)
    return _back_to(number, objective_id)


@blueprint.post("/evidence/<int:number>/objectives/<objective_id>/comments")
@limit("300/hour")
def comment(number: int, objective_id: str) -> Response:
    try:
        actions.comment(current_caller(), number, objective_id, field("text"))
    except Invalid as wrong:
        return _again(number, objective_id, wrong)
    return _back_to(number, objective_id)


def _again(number: int, objective_id: str, wrong: Refused) -> Response:
    """The page of the requirement once more, with what is to be mended at the objective it is about."""
    with reading() as db:
        found = objective_in(seat_in(db, current_caller(), number), objective_id)
    return requirement(number, found.requirement, wrong, found.id)


def _back_to(number: int, objective_id: str) -> Response:
    with reading() as db:
        found = objective_in(seat_in(db, current_caller(), number), objective_id)
    return to("requirement", number=number, requirement_id=found.requirement, _anchor=f"o-{found.letters or found.id}")


@blueprint.get("/evidence/<int:number>/objectives")
@reading_page
def worklist(number: int, wrong: Refused | None = None) -> Response:
    asked = request.args
    wanted = Wanted(
        family=asked.get("family", "")[:8],
        stage=asked.get("stage", "")[:12],
        finding=asked.get("finding", "")[:16],
        assignee=asked.get("assignee", "")[:32],
        late="late" in asked,
        bare="bare" in asked,
    )
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        lines = objectives.listed(db, seat, wanted, today())
        people = team.people_in(db, number)
    return page(
        "worklist",
        wrong,
        seat=seat,
        wanted=wanted,
        lines=lines,
        names={one.account_id: one.name for one in people},
        people=people,
        workers=team.can_be_assigned(people),
        chosen=set(request.form.getlist("objective")) if wrong else set(),
        typed=request.form if wrong else {},
        today=today(),
    )


@blueprint.post("/evidence/<int:number>/assignments")
@limit("600/hour")
def assign(number: int) -> Response:
    """Assign one objective or many; the form says who, and until when."""
    chosen = request.form.getlist("objective")[: objectives.MOST]
    try:
        work.assign(current_caller(), number, chosen, field("assignee"), field("due"))
    except (Invalid, Conflict) as wrong:
        return worklist(number, wrong)
    if field("back") == "requirement" and len(chosen) == 1:
        return _back_to(number, chosen[0])
    return to("worklist", number=number)


@blueprint.get("/evidence/<int:number>/search")
@reading_page
def search(number: int) -> Response:
    typed = request.args.get("q", "")[:200]
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        words = shelf.wording_for(db, seat.assessment.catalogue)
        evidence = library.listed(db, seat, library.Wanted(typed), today()) if index_words(typed) else None
        planned = plans.found_in_plans(db, seat, typed)
    found = found_in(seat.catalogue, words, typed)
    return page("search", seat=seat, typed=typed, found=found, evidence=evidence, planned=planned, today=today())
