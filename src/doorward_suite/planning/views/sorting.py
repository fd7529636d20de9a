"""Rules that propose categories, and what organisers say to it."""

from __future__ import annotations

from flask import Response, flash

from doorward import Invalid, Refused, current_caller, limit, reading

from .. import access as rules
from ..actions import sorting as actions
from ..queries import lists
from .base import blueprint, field, page, to


@blueprint.get("/planning/<int:number>/sorting")
def sorting(number: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
        known = lists.rules_of(db, number)
        proposed = lists.proposed(db, number)
    typed = {name: field(name) for name in ("words", "rule_category")} if wrong else {}
    return page("sorting", wrong, seat=seat, rules=known, proposed=proposed, typed=typed)


@blueprint.post("/planning/<int:number>/rules")
@limit("300/hour")
def add_rule(number: int) -> Response:
    try:
        found = actions.add_rule(current_caller(), number, field("words"), field("rule_category"))
    except Invalid as wrong:
        return sorting(number, wrong)
    flash(f"The rule proposes its category for {found} contribution{'' if found == 1 else 's'}.", "ok")
    return to("sorting", number=number)


@blueprint.post("/planning/<int:number>/rules/<int:rule_id>/removal")
def remove_rule(number: int, rule_id: int) -> Response:
    actions.remove_rule(current_caller(), number, rule_id)
    return to("sorting", number=number)


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/proposal")
def decide(number: int, contribution_id: int) -> Response:
    actions.decide(current_caller(), number, contribution_id, accept=field("accept") == "yes")
    return to("sorting", number=number)
