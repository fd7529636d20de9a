"""What came of a poll: the page, all answers in words, files."""

from __future__ import annotations

from flask import Response, request

from doorward import current_caller, reading, whole_number

from .. import access, exports, queries
from ..bars import slides
from ..kinds import NAMES
from ..told import told_of_results
from .base import blueprint, page


@blueprint.get("/polls/<int:poll_id>/results")
def results(poll_id: int) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        snapshot = queries.presenter_snapshot(db, poll)
    return page("results", poll=poll, slides=slides(snapshot), kinds=NAMES, told=told_of_results(poll))


@blueprint.get("/polls/<int:poll_id>/questions/<int:question_id>/answers")
def answers(poll_id: int, question_id: int) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        asked = access.own_question(db, current_caller(), poll_id, question_id)
        part = queries.short_answers(db, asked.id, before=whole_number(request.args.get("before")))
        count = queries.tallies_of(db, [asked.id])[asked.id].respondents
    return page("answers", poll=poll, question=asked, page=part, count=count)


@blueprint.get("/polls/<int:poll_id>/results.csv")
def export(poll_id: int) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        snapshot = queries.presenter_snapshot(db, poll)
        short = [one.id for one in queries.questions_of(db, poll.id) if one.definition.has_texts]
        text = exports.results_csv(snapshot, {number: queries.every_short_answer(db, number) for number in short})
    response = Response(text, content_type="text/csv; charset=utf-8; header=present")
    response.headers.set("Content-Disposition", "attachment", filename=exports.file_name(poll.name))
    return response
