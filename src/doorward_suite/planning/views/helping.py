"""The page on which an AI service helps organisers; without a provider in the settings there is none."""

from __future__ import annotations

from typing import Any

from flask import Response

from doorward import Conflict, Invalid, NotFound, Refused, access, current_caller, limit, own_job, reading

from .. import access as rules
from ..actions import helping as actions
from ..asking import MOST_SORTED, MOST_SUMMED
from ..queries import helping as queries
from .base import blueprint, field, page, to


@blueprint.get("/planning/<int:number>/helping")
@access.needs_setting("ai_provider")
def helping(number: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
        sorted_, summed = (queries.newest(db, number, what) for what in (actions.SORT, actions.SUM))
        waiting, shown = (queries.how_many(db, number, what) for what in (actions.SORT, actions.SUM))
    typed = {name: field(name) for name in ("category", "summary")} if wrong else {}
    return page(
        "helping", wrong, seat=seat, sorted=sorted_, summed=summed, sort_job=_job(sorted_.job_id),
        sum_job=_job(summed.job_id), waiting=waiting, shown=shown, typed=typed, most=(MOST_SORTED, MOST_SUMMED),
    )  # fmt: skip


def _job(job_id: str) -> Any:
    """The job of what was asked for last, where it is the caller's own and still known."""
    try:
        return own_job(job_id) if job_id else None
    except NotFound:
        return None


def _ask(number: int, what: str) -> Response:
    try:
        actions.ask_for(current_caller(), number, what, field("category"))
    except (Invalid, Conflict) as wrong:
        return helping(number, wrong)
    return to("helping", number=number)


@blueprint.post("/planning/<int:number>/helping/sorting")
@access.needs_setting("ai_provider")
@limit("30/hour")
def ask_to_sort(number: int) -> Response:
    return _ask(number, actions.SORT)


@blueprint.post("/planning/<int:number>/helping/summary")
@access.needs_setting("ai_provider")
@limit("30/hour")
def ask_to_sum_up(number: int) -> Response:
    return _ask(number, actions.SUM)


@blueprint.post("/planning/<int:number>/summary")
@access.needs_setting("ai_provider")
def accept_summary(number: int) -> Response:
    """What the organiser has read, and may have changed, becomes the summary above the results."""
    try:
        actions.accept_summary(current_caller(), number, field("summary"))
    except Invalid as wrong:
        return helping(number, wrong)
    return to("results", number=number)
