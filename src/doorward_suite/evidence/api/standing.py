"""The API on how an assessment stands: assessments, families, requirements, objectives, and who is in the team."""

from __future__ import annotations

from doorward import account_names, api, current_caller, reading

from ..access import family_in, objective_in, progress_of, requirement_in, seat_in
from ..queries import history, library, objectives, shelf, standing, team
from ..queries.objectives import ObjectiveLine, Wanted
from . import shapes, told
from .base import FAMILY, OBJECTIVE, ONE, READ, REQUIREMENT, Json, today


@READ
@api.gives(shapes.ASSESSMENTS)
def assessments() -> Json:
    """The assessments that you are in, the newest first."""
    with reading() as db:
        mine = team.assessments_of(db, current_caller())
    return {"assessments": [told.assessment(line.assessment, line.role) for line in mine]}


@READ
@ONE
@api.gives(shapes.OVERVIEW)
def overview(number: int) -> Json:
    """How an assessment stands: the score, every family, and how much evidence there is."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        whole = standing.overview(db, seat.catalogue, number, today())
        numbers = library.numbers(db, number, today())
    scored = whole.score
    return {
        "assessment": told.assessment(seat.assessment, seat.role),
        "score": {
            "value": scored.value if seat.catalogue.is_scored else None,
            "points": scored.points,
            "lowest": scored.lowest,
            "highest": scored.highest,
            "missing": list(scored.missing),
        },
        "tally": whole.tally.as_json(),
        "families": [
            {
                "code": line.family.code,
                "name": line.family.name,
                "requirements": len(line.family.requirements),
                "tally": line.tally.as_json(),
                "met": line.met,
                "points_lost": line.lost,
            }
            for line in whole.families
        ],
        "evidence": {
            "pieces": numbers.pieces,
            "bytes": numbers.size,
            "alarms": numbers.alarms,
            "expired": numbers.expired,
            "expiring": numbers.expiring,
        },
    }


@READ
@FAMILY
@api.gives(shapes.FAMILY)
def family(number: int, code: str) -> Json:
    """A family with the status of each of its requirements."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        shown = family_in(seat, code)
        lines = standing.family_lines(db, shown, number, today())
    return {
        "code": shown.code,
        "name": shown.name,
        "tally": standing.together(line.tally for line in lines).as_json(),
        "requirements": [told.requirement(line) for line in lines],
    }


@READ
@REQUIREMENT
@api.gives(shapes.REQUIREMENT)
def requirement(number: int, requirement_id: str) -> Json:
    """A requirement with its status and its objectives."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        shown = requirement_in(seat, requirement_id)
        belongs = family_in(seat, shown.family)
        line = next(one for one in standing.family_lines(db, belongs, number, today()) if one.requirement == shown)
        below = objectives.of_requirement(db, seat, shown)
        names = account_names(db, told.people_of(below))
        said = shelf.wording_for(db, seat.assessment.catalogue).requirements.get(shown.id)
    return {
        **told.requirement(line),
        "wording": said.text if said else "",
        "objectives": [told.objective(one, names) for one in below],
    }


@READ
@ONE
@api.asks(
    family=shapes.CODE,
    stage=shapes.STAGE,
    finding=shapes.FINDING,
    assignee=shapes.ASSIGNEE,
    late=api.Flag("Only those that are overdue."),
    bare=api.Flag("Only those without evidence."),
)
@api.gives(shapes.OBJECTIVES)
def objective_list(number: int, **wanted: str | bool) -> Json:
    """The objectives that are asked for, in the order of the standard; all of them where nothing is said."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        lines = objectives.listed(db, seat, Wanted(**wanted), today())  # type: ignore[arg-type]
        names = account_names(db, told.people_of(lines))
    return {"objectives": [told.objective(one, names) for one in lines]}


@READ
@OBJECTIVE
@api.gives(shapes.OBJECTIVE)
def objective(number: int, objective_id: str) -> Json:
    """An objective: how far it is, the steps that you could take, its newest evidence, and what was said and done."""
    return objective_now(number, objective_id)


def objective_now(number: int, objective_id: str) -> Json:
    """The same, for what has just changed it."""
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        known, row = objective_in(seat, objective_id), progress_of(db, seat, objective_id)
        line = ObjectiveLine(known, row, objectives.offered(seat, standing.standing_of(db, row)))
        said = history.of_objectives(db, [row.id])[row.id]
        shown = library.of_objectives(db, seat, [row.id])[row.id]
        names = account_names(db, told.people_of([line]))
        wording = shelf.wording_for(db, seat.assessment.catalogue).objectives.get(known.id, "")
    return {
        **told.objective(line, names),
        "wording": wording,
        "steps": [step.name for step in line.steps],
        "history": [told.history(one) for one in said],
        "latest_evidence": [{"id": one.item.id, "title": one.item.title} for one in shown],
    }


@READ
@ONE
@api.gives(shapes.PEOPLE)
def people(number: int) -> Json:
    """Who is in the team, by name. Guests are not in it."""
    return people_now(number)


def people_now(number: int) -> Json:
    """The same, for what has just changed it."""
    with reading() as db:
        seat_in(db, current_caller(), number)
        there = team.people_in(db, number)
    return {"people": [{"id": one.account_id, "name": one.name, "role": one.role} for one in there]}
