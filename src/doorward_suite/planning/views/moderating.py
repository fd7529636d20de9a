"""What organisers look at: what waits, was reported, says the same, or is hidden."""

from __future__ import annotations

from flask import Response

from doorward import Invalid, Refused, current_caller, reading

from .. import access as rules
from ..actions import moderating as actions
from ..queries import lists
from .base import blueprint, field, page, to


@blueprint.get("/planning/<int:number>/moderation")
def moderation(number: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
        queue = lists.queue(db, number)
    return page("moderation", wrong, seat=seat, queue=queue)


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/showing")
def show(number: int, contribution_id: int) -> Response:
    actions.show(current_caller(), number, contribution_id)
    return to("moderation", number=number)


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/hiding")
def hide(number: int, contribution_id: int) -> Response:
    try:
        actions.hide(current_caller(), number, contribution_id, field("reason"))
    except Invalid as wrong:
        return moderation(number, wrong)
    return to("moderation", number=number)


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/category")
def sort(number: int, contribution_id: int) -> Response:
    actions.sort(current_caller(), number, contribution_id, field("category"))
    return to("contribution", number=number, contribution_id=contribution_id)


@blueprint.post("/planning/<int:number>/contributions/<int:contribution_id>/grouping")
def group(number: int, contribution_id: int) -> Response:
    actions.group(current_caller(), number, contribution_id, together=field("together") == "yes")
    return to("moderation", number=number)


@blueprint.post("/planning/<int:number>/comments/<int:comment_id>/showing")
def show_comment(number: int, comment_id: int) -> Response:
    actions.set_comment(current_caller(), number, comment_id, shown=True)
    return to("moderation", number=number)


@blueprint.post("/planning/<int:number>/comments/<int:comment_id>/hiding")
def hide_comment(number: int, comment_id: int) -> Response:
    try:
        actions.set_comment(current_caller(), number, comment_id, shown=False, reason=field("reason"))
    except Invalid as wrong:
        return moderation(number, wrong)
    return to("moderation", number=number)
