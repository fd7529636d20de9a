"""Polls themselves: the list, the page of one, the archive."""

from __future__ import annotations

from flask import Response

from doorward import Invalid, Refused, ai_offered, current_caller, limit, reading

from .. import access, actions, queries
from ..kinds import NAMES
from ..models import TEMPLATE
from .addresses import join_address, only_here
from .base import blueprint, field, page, to


@blueprint.get("/polls/")
def index(wrong: Refused | None = None) -> Response:
    with reading() as db:
        lines = queries.polls_of(db, current_caller())
    return page("index", wrong, lines=lines, name=field("name"))


@blueprint.post("/polls/")
@limit("120/hour")
def create_poll() -> Response:
    try:
        poll_id = actions.create_poll(current_caller(), field("name"))
    except Invalid as wrong:
        return index(wrong)
    return to("edit", poll_id=poll_id)


@blueprint.get("/polls/<int:poll_id>")
def edit(poll_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        there = queries.questions_of(db, poll.id)
        tallies = queries.tallies_of(db, [question.id for question in there])
        others = [line.poll for line in queries.polls_page(db, current_caller(), before=None, count=100)[0]]
        others += [line.poll for line in queries.templates_of(db, current_caller())]
    questions = [(one, tallies[one.id].respondents) for one in there]
    name = field("name") if wrong else poll.name
    join = join_address(poll)
    way_in = {"join": join, "only_here": only_here(join)}
    shown = {"questions": questions, "others": others, "is_template": poll.status == TEMPLATE, "ai": ai_offered()}
    return page("edit", wrong, poll=poll, name=name, kinds=NAMES, **shown, **way_in)


@blueprint.post("/polls/<int:poll_id>/name")
def rename_poll(poll_id: int) -> Response:
    try:
        actions.rename_poll(current_caller(), poll_id, field("name"))
    except Invalid as wrong:
        return edit(poll_id, wrong)
    return to("edit", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/deletion")
def delete_poll(poll_id: int) -> Response:
    actions.delete_poll(current_caller(), poll_id)
    return to("index")


@blueprint.get("/polls/put-away")
def put_away() -> Response:
    with reading() as db:
        polls = queries.put_away(db, current_caller())
    return page("put_away", polls=polls)


@blueprint.post("/polls/<int:poll_id>/archiving")
def archive_poll(poll_id: int) -> Response:
    actions.archive_poll(current_caller(), poll_id)
    return to("put_away")


@blueprint.post("/polls/<int:poll_id>/restoring")
def restore_poll(poll_id: int) -> Response:
    actions.restore_poll(current_caller(), poll_id)
    return to("edit", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/erasure")
def erase_poll(poll_id: int) -> Response:
    actions.erase_poll(current_caller(), poll_id)
    return to("put_away")


@blueprint.get("/polls/templates")
def templates() -> Response:
    with reading() as db:
        lines = queries.templates_of(db, current_caller())
    return page("templates", lines=lines)


@blueprint.post("/polls/<int:poll_id>/copies/template")
@limit("120/hour")
def keep_as_template(poll_id: int) -> Response:
    return to("edit", poll_id=actions.keep_as_template(current_caller(), poll_id))


@blueprint.post("/polls/<int:poll_id>/copies")
@limit("120/hour")
def copy_poll(poll_id: int) -> Response:
    return to("edit", poll_id=actions.copy_poll(current_caller(), poll_id))
