"""What is asked: made, changed, opened, closed, put in order, copied, cleared, taken away."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask import Response, request

from doorward import Conflict, Invalid, NotFound, Refused, current_caller, limit, reading, wants_json, whole_number

from .. import access, actions, queries
from ..files import PICTURES, about
from ..kinds import NAMES, Draft, draft_of
from ..models import Poll
from . import pictures
from .base import blueprint, field, page, to


@blueprint.get("/polls/<int:poll_id>/questions/new")
def new_question(poll_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
    draft = _draft() if wrong else Draft(kind=request.args.get("kind", ""))
    if draft.kind not in NAMES:
        raise NotFound("There is no such kind of question.")
    return _form(poll, wrong, draft, question_id=None, answers=0, names=())


def _form(poll: Poll, wrong: Refused | None, draft: Draft, **about_it: Any) -> Response:
    """The form of a question, as it is or as it was typed."""
    rows = pictures.rows(draft, typed=wrong is not None)
    shown = {"rows": rows, "intake": PICTURES, "about": about(poll.id)}
    return page("question", wrong, poll=poll, draft=draft, kinds=NAMES, **shown, **about_it)


@blueprint.post("/polls/<int:poll_id>/questions")
@limit("600/hour")
def add_question(poll_id: int) -> Response:
    try:
        actions.add_question(current_caller(), poll_id, _draft())
    except Invalid as wrong:
        return new_question(poll_id, wrong)
    return to("edit", poll_id=poll_id)


@blueprint.get("/polls/<int:poll_id>/questions/<int:question_id>")
def question(poll_id: int, question_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        asked = access.own_question(db, current_caller(), poll_id, question_id)
        answers = queries.tallies_of(db, [asked.id])[asked.id].respondents
    draft = _draft() if wrong else draft_of(asked.definition)
    return _form(poll, wrong, draft, question_id=asked.id, answers=answers, names=asked.definition.pictures)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>")
def edit_question(poll_id: int, question_id: int) -> Response:
    try:
        actions.edit_question(current_caller(), poll_id, question_id, _draft())
    except (Invalid, Conflict) as wrong:
        return question(poll_id, question_id, wrong)
    return to("edit", poll_id=poll_id)


def _draft() -> Draft:
    return Draft(**{one.name: field(one.name) for one in fields(Draft)})


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/status")
def set_status(poll_id: int, question_id: int) -> Response:
    """Open or close a question: the form says which, so that a second click does not undo the first."""
    change = {"open": actions.open_question, "closed": actions.close_question}.get(field("status"))
    if change is None:
        raise Invalid({"status": "Say open or closed."})
    change(current_caller(), poll_id, question_id)
    return done(poll_id, question_id)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/place")
def place_question(poll_id: int, question_id: int) -> Response:
    """Put a question somewhere else in the order: the form says where, so that a second click changes nothing."""
    place = whole_number(field("place"))
    if place is None:
        raise Invalid({"place": "Say the place as a number, 1 for the first."})
    actions.place_question(current_caller(), poll_id, question_id, place)
    return done(poll_id, question_id)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/copies")
@limit("600/hour")
def copy_question(poll_id: int, question_id: int) -> Response:
    target = whole_number(field("to")) or poll_id
    actions.copy_question(current_caller(), poll_id, question_id, target)
    return to("edit", poll_id=target)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/clearing")
def clear_answers(poll_id: int, question_id: int) -> Response:
    actions.clear_answers(current_caller(), poll_id, question_id)
    return done(poll_id, question_id)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/deletion")
def delete_question(poll_id: int, question_id: int) -> Response:
    actions.delete_question(current_caller(), poll_id, question_id)
    return done(poll_id, question_id)


def done(poll_id: int, question_id: int) -> Response:
    """Back to where the button stood; nothing to read for a script, which hears of it by its stream."""
    if wants_json():
        return Response(status=204)
    if field("back") == "present":
        return to("present", poll_id=poll_id, question=question_id)
    return to("edit", poll_id=poll_id)
