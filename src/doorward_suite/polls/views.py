"""The pages and addresses of polls. A few lines each: who may enter stands above, what happens stands in `actions`."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for

from doorward import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    current_caller,
    limit,
    live_cursor,
    live_listeners,
    page_address,
    reading,
    remember,
    static_files,
    wants_json,
    whole_number,
)
from doorward import access as door

from . import access, actions, api, exports, live, queries, respondents
from .ballot import ballot
from .bars import slides
from .kinds import NAMES, OTHER, Draft, draft_of
from .models import Poll
from .qr import qr_svg

blueprint = Blueprint("polls", __name__, template_folder="templates")
door.default(blueprint, door.member)
api.add_to(blueprint)
static_files(blueprint, Path(__file__).parent / "static")

_LARGEST_VOTE = 16 * 1024
_LONGEST_CODE = 20


@blueprint.get("/polls/")
def index(wrong: Refused | None = None) -> Response:
    with reading() as db:
        lines = queries.polls_of(db, current_caller())
    return _page("index", wrong, lines=lines, name=_field("name"))


@blueprint.post("/polls/")
@limit("120/hour")
def create_poll() -> Response:
    try:
        poll_id = actions.create_poll(current_caller(), _field("name"))
    except Invalid as wrong:
        return index(wrong)
    return _to("edit", poll_id=poll_id)


@blueprint.get("/polls/<int:poll_id>")
def edit(poll_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        there = queries.questions_of(db, poll.id)
        tallies = queries.tallies_of(db, [question.id for question in there])
        others = [line.poll for line in queries.polls_page(db, current_caller(), before=None, count=100)[0]]
    questions = [(one, tallies[one.id].respondents) for one in there]
    name = _field("name") if wrong else poll.name
    join = _join_address(poll)
    way_in = {"join": join, "only_here": _only_here(join)}
    return _page("edit", wrong, poll=poll, questions=questions, name=name, kinds=NAMES, others=others, **way_in)


@blueprint.post("/polls/<int:poll_id>/name")
def rename_poll(poll_id: int) -> Response:
    try:
        actions.rename_poll(current_caller(), poll_id, _field("name"))
    except Invalid as wrong:
        return edit(poll_id, wrong)
    return _to("edit", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/deletion")
def delete_poll(poll_id: int) -> Response:
    actions.delete_poll(current_caller(), poll_id)
    return _to("index")


@blueprint.get("/polls/put-away")
def put_away() -> Response:
    with reading() as db:
        polls = queries.put_away(db, current_caller())
    return _page("put_away", polls=polls)


@blueprint.post("/polls/<int:poll_id>/archiving")
def archive_poll(poll_id: int) -> Response:
    actions.archive_poll(current_caller(), poll_id)
    return _to("put_away")


@blueprint.post("/polls/<int:poll_id>/restoring")
def restore_poll(poll_id: int) -> Response:
    actions.restore_poll(current_caller(), poll_id)
    return _to("edit", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/erasure")
def erase_poll(poll_id: int) -> Response:
    actions.erase_poll(current_caller(), poll_id)
    return _to("put_away")


@blueprint.post("/polls/<int:poll_id>/copies")
@limit("120/hour")
def copy_poll(poll_id: int) -> Response:
    return _to("edit", poll_id=actions.copy_poll(current_caller(), poll_id))


@blueprint.get("/polls/<int:poll_id>/questions/new")
def new_question(poll_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
    draft = _draft() if wrong else Draft(kind=request.args.get("kind", ""))
    if draft.kind not in NAMES:
        raise NotFound("There is no such kind of question.")
    return _page("question", wrong, poll=poll, question_id=None, answers=0, draft=draft, kinds=NAMES)


@blueprint.post("/polls/<int:poll_id>/questions")
@limit("600/hour")
def add_question(poll_id: int) -> Response:
    try:
        actions.add_question(current_caller(), poll_id, _draft())
    except Invalid as wrong:
        return new_question(poll_id, wrong)
    return _to("edit", poll_id=poll_id)


@blueprint.get("/polls/<int:poll_id>/questions/<int:question_id>")
def question(poll_id: int, question_id: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        asked = access.own_question(db, current_caller(), poll_id, question_id)
        answers = queries.tallies_of(db, [asked.id])[asked.id].respondents
    draft = _draft() if wrong else draft_of(asked.definition)
    return _page("question", wrong, poll=poll, question_id=asked.id, answers=answers, draft=draft, kinds=NAMES)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>")
def edit_question(poll_id: int, question_id: int) -> Response:
    try:
        actions.edit_question(current_caller(), poll_id, question_id, _draft())
    except (Invalid, Conflict) as wrong:
        return question(poll_id, question_id, wrong)
    return _to("edit", poll_id=poll_id)


def _draft() -> Draft:
    return Draft(**{field.name: _field(field.name) for field in fields(Draft)})


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/status")
def set_status(poll_id: int, question_id: int) -> Response:
    """Open or close a question: the form says which, so that a second click does not undo the first."""
    change = {"open": actions.open_question, "closed": actions.close_question}.get(_field("status"))
    if change is None:
        raise Invalid({"status": "Say open or closed."})
    change(current_caller(), poll_id, question_id)
    return _done(poll_id, question_id)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/place")
def place_question(poll_id: int, question_id: int) -> Response:
    """Put a question somewhere else in the order: the form says where, so that a second click changes nothing."""
    place = whole_number(_field("place"))
    if place is None:
        raise Invalid({"place": "Say the place as a number, 1 for the first."})
    actions.place_question(current_caller(), poll_id, question_id, place)
    return _done(poll_id, question_id)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/copies")
@limit("600/hour")
def copy_question(poll_id: int, question_id: int) -> Response:
    to = whole_number(_field("to")) or poll_id
    actions.copy_question(current_caller(), poll_id, question_id, to)
    return _to("edit", poll_id=to)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/clearing")
def clear_answers(poll_id: int, question_id: int) -> Response:
    actions.clear_answers(current_caller(), poll_id, question_id)
    return _done(poll_id, question_id)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/deletion")
def delete_question(poll_id: int, question_id: int) -> Response:
    actions.delete_question(current_caller(), poll_id, question_id)
    return _done(poll_id, question_id)


def _done(poll_id: int, question_id: int) -> Response:
    """Back to where the button stood; nothing to read for a script, which hears of it by its stream."""
    if wants_json():
        return Response(status=204)
    if _field("back") == "present":
        return _to("present", poll_id=poll_id, question=question_id)
    return _to("edit", poll_id=poll_id)


@blueprint.get("/polls/<int:poll_id>/present")
def present(poll_id: int) -> Response:
    screen = _screen(poll_id)
    shown = whole_number(request.args.get("question"))
    return _page("present", screen=screen, slides=slides(screen), shown=shown, where=_short(screen["join"]))


@blueprint.get("/polls/<int:poll_id>/present.json")
@door.passive
def present_json(poll_id: int) -> Response:
    return jsonify(_screen(poll_id))


def _screen(poll_id: int) -> dict[str, Any]:
    """The big screen's snapshot, with the cursor from before it was read."""
    cursor = live_cursor()
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        snapshot = queries.presenter_snapshot(db, poll)
    people = live_listeners(live.audience(poll_id))
    return {**snapshot, "cursor": cursor, "people": people, "join": _join_address(poll)}


@blueprint.get("/polls/<int:poll_id>/qr.svg")
def qr(poll_id: int) -> Response:
    """The way in as a QR code: the address under which people reach this server."""
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
    return Response(qr_svg(_join_address(poll)), content_type="image/svg+xml")


def _join_address(poll: Poll) -> str:
    return page_address(url_for(".join", code=poll.code))


def _only_here(address: str) -> bool:
    """Whether an address leads each machine to itself, so that no phone gets in by it."""
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d+){3}", host) is not None


def _short(address: str) -> str:
    """What people type: without the code, which stands beside it, and without a scheme that browsers guess.

    With a port browsers guess HTTP, and a server that speaks TLS there could only hang up: then the scheme is said.
    """
    guessed = urlsplit(address).scheme == "http" or urlsplit(address).port is None
    return (address.split("://", 1)[-1] if guessed else address).rsplit("/", 1)[0]


@blueprint.get("/polls/<int:poll_id>/results")
def results(poll_id: int) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        snapshot = queries.presenter_snapshot(db, poll)
    return _page("results", poll=poll, slides=slides(snapshot), kinds=NAMES)


@blueprint.get("/polls/<int:poll_id>/questions/<int:question_id>/answers")
def answers(poll_id: int, question_id: int) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        asked = access.own_question(db, current_caller(), poll_id, question_id)
        page = queries.short_answers(db, asked.id, before=whole_number(request.args.get("before")))
        count = queries.tallies_of(db, [asked.id])[asked.id].respondents
    return _page("answers", poll=poll, question=asked, page=page, count=count)


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


@blueprint.get("/polls/join")
@door.public
@limit("60000/minute", per="address")
def enter_code(wrong: Refused | None = None, typed: str = "") -> Response:
    """Where the code is typed. A form with GET: the code is no secret, and the address can be shared."""
    code = request.args.get("code", "")
    if wrong is None and code:
        return _to("join", code=code[:_LONGEST_CODE])
    return _page("enter", wrong, typed=typed)


@blueprint.get("/polls/join/<code>")
@door.public
@door.publishes(access.PUBLISHED)
@limit("60000/minute", per="address")
def join(code: str) -> Response:
    try:
        with reading() as db:
            poll = access.poll_with_code(db, code)
    except NotFound as wrong:
        return enter_code(wrong, code[:_LONGEST_CODE])
    return _ballot(poll, whole_number(request.args.get("question")))


@blueprint.get("/polls/join/<code>/state.json")
@door.public
@door.publishes(access.PUBLISHED)
@door.passive
@limit("60000/minute", per="address")
def join_state(code: str) -> Response:
    with reading() as db:
        poll = access.poll_with_code(db, code)
    return _joined(jsonify(_phone(poll)), poll)


@blueprint.post("/polls/join/<code>/votes")
@door.public
@door.max_body(_LARGEST_VOTE)
@limit("60/minute", per="visitor")
def vote(code: str) -> Response:
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        abort(415)
    with reading() as db:
        poll = access.poll_with_code(db, code)
    question_id = whole_number(_field("question")) or 0
    try:
        _vote(poll, question_id)
    except (Invalid, Conflict) as wrong:
        return _ballot(poll, question_id, wrong)
    if wants_json():
        return jsonify(saved=True)
    return _to("join", code=poll.code, question=question_id, _anchor="save-state")


def _vote(poll: Poll, question_id: int) -> None:
    pseudonym = respondents.voter().pseudonym(poll.id)
    given = [text for text in request.form.getlist("answer")[: actions.MOST_GIVEN] if text]
    if OTHER in given:
        given.append(_field("other"))
    actions.vote(poll.id, question_id, pseudonym, given)


def _ballot(poll: Poll, wanted: int | None, wrong: Refused | None = None) -> Response:
    phone = _phone(poll)
    return _joined(_page("join", wrong, phone=phone, ballot=ballot(phone, wanted)), poll)


def _phone(poll: Poll) -> dict[str, Any]:
    """A phone's snapshot, with the cursor from before it was read."""
    respondent = respondents.known_respondent()
    cursor = live_cursor()
    with reading() as db:
        snapshot = queries.audience_snapshot(db, poll, respondent.pseudonym(poll.id) if respondent else None)
    return {**snapshot, "cursor": cursor, "topic": live.audience(poll.id)}


def _joined(response: Response, poll: Poll) -> Response:
    """Note in the browser's cookie that it has joined, so that it may listen and vote. Renewed with every visit."""
    respondent = respondents.known_respondent() or respondents.new_respondent()
    cookie = respondent.having_joined(poll.id).as_cookie()
    remember(response, respondents.COOKIE, cookie, days=respondents.DAYS)
    return response


def _page(template: str, wrong: Refused | None = None, **context: Any) -> Response:
    """A page; or, after a refusal, the same page with what is to be mended. A program gets the refusal itself."""
    if wrong is not None and wants_json():
        raise wrong
    problems = wrong.fields if isinstance(wrong, Invalid) else {"": wrong.message} if wrong else {}
    page = render_template(f"polls/{template}.html", problems=problems, wrong=wrong, **context)
    return make_response(page, wrong.status if wrong else 200)


def _to(name: str, **values: Any) -> Response:
    return make_response(redirect(url_for(f"polls.{name}", **values), 303))


def _field(name: str) -> str:
    return request.form.get(name, "")
