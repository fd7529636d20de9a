"""What came of a poll: the page, all answers in words, a report to print, files; and a poll that comes as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from flask import Response, request, stream_with_context

from doorward import Invalid, NotFound, Refused, current_caller, limit, now, reading, sent_files, whole_number
from doorward import access as door

from .. import access, actions, exports, moving, queries
from ..bars import slides
from ..files import MOVES
from ..kinds import NAMES
from ..told import told_of_results
from .base import blueprint, page, to

_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@blueprint.get("/polls/<int:poll_id>/results")
def results(poll_id: int) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        snapshot = queries.presenter_snapshot(db, poll)
    return page("results", poll=poll, slides=slides(snapshot), kinds=NAMES, told=told_of_results(poll))


@blueprint.get("/polls/<int:poll_id>/report")
def report(poll_id: int) -> Response:
    """All results on one page, for paper: charts, the tables behind them, texts."""
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        snapshot = queries.presenter_snapshot(db, poll)
        times = _times(db, poll_id)
        texts = {
            number: queries.short_answers(db, number, count=queries.IN_REPORT).said
            for number in _with_texts(db, poll_id)
        }
    about: dict[str, Any] = {"times": times, "texts": texts, "told": told_of_results(poll), "made": now()}
    return page("report", poll=poll, slides=slides(snapshot), kinds=NAMES, **about)


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
    return _table(poll_id, "csv")


@blueprint.get("/polls/<int:poll_id>/results.xlsx")
def export_xlsx(poll_id: int) -> Response:
    return _table(poll_id, "xlsx")


def _table(poll_id: int, kind: str) -> Response:
    """All questions, or the one that `question` names."""
    one = whole_number(request.args.get("question"))
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        snapshot = queries.presenter_snapshot(db, poll)
        times, with_texts = _times(db, poll_id), set(_with_texts(db, poll_id))
    if one is not None:
        snapshot = exports.of_one(snapshot, one)
        if not snapshot["questions"]:
            raise NotFound("There is no such question in this poll.")

    def texts(question_id: int) -> Iterable[str]:
        return queries.all_short_answers(question_id) if question_id in with_texts else ()

    made: Any = {"csv": exports.results_csv, "xlsx": exports.results_xlsx}[kind](snapshot, texts, times)
    return _file(stream_with_context(made), kind, exports.file_name(poll.name, f"results.{kind}"))


@blueprint.get("/polls/<int:poll_id>/poll.json")
def export_json(poll_id: int) -> Response:
    """The poll as it can come into another installation: its questions, and its answers as those of nobody."""
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        asked = [(one.id, one.status, one.definition) for one in queries.questions_of(db, poll.id)]
    written = moving.written(poll.name, asked, queries.all_answers, queries.picture)
    pieces: Iterator[str] = stream_with_context(written)
    return _file(pieces, "json", exports.file_name(poll.name, "poll.json"))


@blueprint.get("/polls/load")
def load_page(wrong: Refused | None = None) -> Response:
    return page("load", wrong, intake=MOVES)


@blueprint.post("/polls/load")
@door.takes(MOVES)
@limit("60/hour")
def load() -> Response:
    """Take a poll in that another installation gave out; where one place is wrong, nothing is made."""
    try:
        poll_id = actions.load_sent(current_caller(), sent_files(MOVES, "file"))
    except Invalid as wrong:
        return load_page(wrong)
    return to("edit", poll_id=poll_id)


def _file(content: Any, kind: str, name: str) -> Response:
    response = Response(content, content_type=_TYPES[kind])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _with_texts(db: Any, poll_id: int) -> list[int]:
    return [one.id for one in queries.questions_of(db, poll_id) if one.definition.has_texts]


def _times(db: Any, poll_id: int) -> dict[int, tuple[datetime | None, datetime | None]]:
    return {one.id: (one.opened_at, one.closed_at) for one in queries.questions_of(db, poll_id)}
