"""Phones: the code, the ballot, the vote."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify, request

from doorward import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    current_caller,
    limit,
    live_cursor,
    reading,
    remember,
    wants_json,
    whole_number,
)
from doorward import access as door

from .. import access, actions, queries, respondents
from ..ballot import ballot, player_line, verdict
from ..kinds import OTHER
from ..models import EVERYBODY, ROSTER, Poll
from ..told import told
from .base import blueprint, field, page, to

_LARGEST_VOTE = 16 * 1024
_LONGEST_CODE = 20


@blueprint.get("/polls/join")
@door.public
@limit("60000/minute", per="address")
def enter_code(wrong: Refused | None = None, typed: str = "") -> Response:
    """Where the code is typed. A form with GET: the code is no secret, and the address can be shared."""
    code = request.args.get("code", "")
    if wrong is None and code:
        return to("join", code=code[:_LONGEST_CODE])
    return page("enter", wrong, typed=typed)


@blueprint.get("/polls/join/<code>")
@door.public
@door.publishes(access.PUBLISHED)
@limit("60000/minute", per="address")
def join(code: str) -> Response:
    who, cursor = respondents.coming(current_caller()), live_cursor()
    try:
        with reading() as db:
            poll = access.poll_with_code(db, code)
            phone = queries.phone_snapshot(db, poll, who, cursor)
    except NotFound as wrong:
        return enter_code(wrong, code[:_LONGEST_CODE])
    return _let_in(poll) or _ballot(poll, phone, whole_number(request.args.get("question")))


def _let_in(poll: Poll, wrong: Refused | None = None, typed: str = "") -> Response | None:
    """Where not everybody votes: what whoever has no seat is shown in the place of the questions."""
    if poll.voters == EVERYBODY:
        return None
    who = respondents.coming(current_caller())
    try:
        with reading() as db:
            access.may_see(db, poll, who or respondents.Coming(respondents.new_respondent(), current_caller().id))
    except Forbidden as missing:
        refused = missing if who and poll.id in who.claims else None
        shown = page("seat", wrong or refused, poll=poll, missing=missing, typed=typed, told=told(poll))
        shown.status_code = wrong.status if wrong else 200
        return shown
    return None


@blueprint.post("/polls/join/<code>/seat")
@door.public
@limit("30/minute", per="visitor")
@limit("6000/minute", per="address")
def take_seat(code: str) -> Response:
    """Come in with the code of a roster. It works once; from then on the cookie of this browser is the seat."""
    with reading() as db:
        poll = access.poll_with_code(db, code)
    if poll.voters != ROSTER:
        raise Conflict("This poll asks nobody for a code of their own.")
    try:
        claim = actions.take_seat(poll.id, field("seat"))
    except Invalid as wrong:
        return _let_in(poll, wrong, field("seat")[:_LONGEST_CODE]) or to("join", code=poll.code)
    respondent = respondents.known_respondent() or respondents.new_respondent()
    answer = to("join", code=poll.code)
    cookie = respondent.having_joined(poll.id, claim).as_cookie()
    remember(answer, respondents.COOKIE, cookie, days=respondents.DAYS)
    return answer


@blueprint.get("/polls/join/<code>/state.json")
@door.public
@door.publishes(access.PUBLISHED)
@door.passive
@limit("60000/minute", per="address")
def join_state(code: str) -> Response:
    who, cursor = respondents.coming(current_caller()), live_cursor()
    with reading() as db:
        poll = access.poll_with_code(db, code)
        access.may_see(db, poll, who)
        phone = queries.phone_snapshot(db, poll, who, cursor)
    return _joined(jsonify(phone), poll)


@blueprint.post("/polls/join/<code>/votes")
@door.public
@door.max_body(_LARGEST_VOTE)
@limit("60/minute", per="visitor")
def vote(code: str) -> Response:
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        abort(415)
    with reading() as db:
        poll = access.poll_with_code(db, code)
    question_id = whole_number(field("question")) or 0
    try:
        _vote(poll, question_id)
    except (Invalid, Conflict) as wrong:
        return _let_in(poll) or _ballot(poll, _phone(poll), question_id, wrong)
    if wants_json():
        return jsonify(saved=True)
    return to("join", code=poll.code, question=question_id, _anchor="save-state")


def _vote(poll: Poll, question_id: int) -> None:
    voter = respondents.voter(current_caller())
    given = [text for text in request.form.getlist("answer")[: actions.MOST_GIVEN] if text]
    if OTHER in given:
        given.append(field("other"))
    if poll.voters == EVERYBODY:
        actions.vote(poll.id, question_id, voter.pseudonym(poll.id), given)
    else:
        actions.vote(poll.id, question_id, access.name_on_ballot(poll, voter), given, voter)


def _ballot(poll: Poll, phone: dict[str, Any], wanted: int | None, wrong: Refused | None = None) -> Response:
    shown = ballot(phone, wanted)
    said = verdict(shown.asked, phone["player"]) if shown.asked and shown.asked["revealed"] else ""
    lines = {"told": told(poll), "proposals": poll.proposals, "verdict": said, "player_line": player_line}
    return _joined(page("join", wrong, phone=phone, ballot=shown, **lines), poll)


def _phone(poll: Poll) -> dict[str, Any]:
    who, cursor = respondents.coming(current_caller()), live_cursor()
    with reading() as db:
        return queries.phone_snapshot(db, poll, who, cursor)


def _joined(response: Response, poll: Poll) -> Response:
    """Note in the browser's cookie that it has joined, so that it may listen and vote. Renewed with every visit."""
    respondent = respondents.known_respondent() or respondents.new_respondent()
    cookie = respondent.having_joined(poll.id).as_cookie()
    remember(response, respondents.COOKIE, cookie, days=respondents.DAYS)
    return response
