"""Quizzes: the answer is revealed; nicknames, the leaderboard's people, and the operator's list of words."""

from __future__ import annotations

from flask import Response

from doorward import Invalid, NotFound, Refused, current_caller, limit, reading
from doorward import access as door

from .. import access, actions, queries, respondents
from ..models import EVERYBODY, Poll
from .base import blueprint, field, page, to
from .questions import done


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/revelation")
def reveal(poll_id: int, question_id: int) -> Response:
    actions.reveal(current_caller(), poll_id, question_id)
    return done(poll_id, question_id)


@blueprint.get("/polls/<int:poll_id>/players")
def players(poll_id: int) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        there = queries.players_of(db, poll.id)
    return page("players", poll=poll, players=there)


@blueprint.post("/polls/<int:poll_id>/players")
def moderate(poll_id: int) -> Response:
    """Take a nickname down, or put it back: the form says which."""
    hidden = {"hidden": True, "shown": False}.get(field("nickname_is"))
    if hidden is None:
        raise Invalid({"nickname_is": "Say hidden or shown."})
    actions.moderate(current_caller(), poll_id, field("nickname"), hidden=hidden)
    return to("players", poll_id=poll_id)


@blueprint.get("/polls/join/<code>/nickname")
@door.public
@door.publishes(access.PUBLISHED)
@limit("60000/minute", per="address")
def nickname(code: str, wrong: Refused | None = None) -> Response:
    poll, pseudonym = _player(code)
    with reading() as db:
        shown = queries.audience_snapshot(db, poll, pseudonym)["player"]
    if shown is None:
        raise NotFound("This poll is no quiz.")
    return page("nickname", wrong, poll=poll, player=shown, typed=field("nickname"))


@blueprint.post("/polls/join/<code>/nickname")
@door.public
@limit("20/minute", per="visitor")
def set_nickname(code: str) -> Response:
    poll, pseudonym = _player(code)
    try:
        actions.set_nickname(poll.id, pseudonym, field("nickname"))
    except Invalid as wrong:
        return nickname(code, wrong)
    return to("join", code=poll.code)


def _player(code: str) -> tuple[Poll, str]:
    """The poll, and under which name whoever comes answers in it.

    Errors:
        Forbidden: their browser has no cookie of it, or they may not take part.
    """
    with reading() as db:
        poll = access.poll_with_code(db, code)
        who = respondents.voter(current_caller())
        access.may_see(db, poll, who)
    name = who.pseudonym(poll.id) if poll.voters == EVERYBODY else access.name_on_ballot(poll, who)
    return poll, name


@blueprint.get("/polls/words")
@door.role("admin")
def words(wrong: Refused | None = None) -> Response:
    with reading() as db:
        kept = queries.listed_words(db)
    return page("words", wrong, words=field("words") if wrong else kept)


@blueprint.post("/polls/words")
@door.role("admin")
def set_words() -> Response:
    try:
        actions.set_listed_words(current_caller(), field("words"))
    except Invalid as wrong:
        return words(wrong)
    return to("words")
