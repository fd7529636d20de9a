"""The API of polls, under `/api/polls/`: the same access and actions as the pages have, in JSON."""

from __future__ import annotations

from typing import Any

from doorward import Conflict, Forbidden, api, current_caller, limit, now, reading, remember
from doorward import access as door

from . import access, actions, api_managing, live, queries, respondents, shapes
from .kinds import Draft
from .models import EVERYBODY

Json = dict[str, Any]

_LARGEST_VOTE = 16 * 1024
_READ, _WRITE = door.scope("polls:read"), door.scope("polls:write")
_POLL, _QUESTION = api.asks(poll_id=api.Whole(1)), api.asks(poll_id=api.Whole(1), question_id=api.Whole(1))
_PAGE = api.asks(before=api.Whole(1), count=api.Whole(1, shapes.LARGEST_PAGE))


def add_to(pages: Any) -> None:
    """Put these addresses beside the pages, on their blueprint."""
    api_managing.add_to(pages)
    one, question = "/api/polls/<int:poll_id>", "/api/polls/<int:poll_id>/questions/<int:question_id>"
    joined = "/api/polls/join/<code>"
    for path, view, method in (
        ("/api/polls/", polls, "GET"),
        ("/api/polls/", create, "POST"),
        (one, results, "GET"),
        (one, rename, "PATCH"),
        (one, remove, "DELETE"),
        (f"{one}/questions", add_question, "POST"),
        (question, question_itself, "GET"),
        (question, edit_question, "PUT"),
        (question, remove_question, "DELETE"),
        (f"{question}/status", set_status, "PUT"),
        (f"{question}/answers", answers, "GET"),
        (f"{question}/answers", clear_answers, "DELETE"),
        (joined, ballot, "GET"),
        (f"{joined}/votes", vote, "POST"),
    ):
        pages.add_url_rule(path, f"api_{view.__name__}", view, methods=[method])


@_READ
@_PAGE
@api.gives(shapes.LINES)
def polls(before: int | None = None, count: int = queries.PAGE) -> Json:
    """Your polls, the newest first."""
    with reading() as db:
        lines, further = queries.polls_page(db, current_caller(), before=before, count=count)
    return {"polls": [line.as_json() for line in lines], "next": further}


@_WRITE
@limit("120/hour")
@api.takes(shapes.NAME)
@api.gives(shapes.POLL, status=201, at="/api/polls/{id}")
def create(body: Json) -> Json:
    """Make a poll."""
    return _poll(actions.create_poll(current_caller(), body["name"]))


def _poll(poll_id: int) -> Json:
    with reading() as db:
        return queries.poll_data(access.own_poll(db, current_caller(), poll_id))


@_READ
@_POLL
@api.gives(shapes.RESULTS)
def results(poll_id: int) -> Json:
    """A poll of yours with its questions and results."""
    with reading() as db:
        return queries.presenter_snapshot(db, access.own_poll(db, current_caller(), poll_id))


@_WRITE
@_POLL
@api.takes(shapes.NAME)
@api.gives(shapes.POLL)
def rename(poll_id: int, body: Json) -> Json:
    """Give a poll another name."""
    actions.rename_poll(current_caller(), poll_id, body["name"])
    return _poll(poll_id)


@_WRITE
@_POLL
@api.gives(None)
def remove(poll_id: int) -> None:
    """Delete a poll: nobody can join or read it any more."""
    actions.delete_poll(current_caller(), poll_id)


@_WRITE
@_POLL
@limit("600/hour")
@api.takes(shapes.NEW_QUESTION)
@api.refuses(Conflict)
@api.gives(shapes.QUESTION, status=201, at="/api/polls/{poll_id}/questions/{id}")
def add_question(poll_id: int, body: Json) -> Json:
    """Add a question, as a draft that nobody sees until it is opened."""
    return _question(poll_id, actions.add_question(current_caller(), poll_id, _draft(body)))


@_READ
@_QUESTION
@api.gives(shapes.QUESTION)
def question_itself(poll_id: int, question_id: int) -> Json:
    """A question of a poll of yours."""
    return _question(poll_id, question_id)


@_WRITE
@_QUESTION
@api.takes(shapes.NEW_QUESTION)
@api.refuses(Conflict)
@api.gives(shapes.QUESTION)
def edit_question(poll_id: int, question_id: int, body: Json) -> Json:
    """Change what a question asks, as long as nobody has answered it. Its kind stays."""
    actions.edit_question(current_caller(), poll_id, question_id, _draft(body))
    return _question(poll_id, question_id)


def _draft(body: Json) -> Draft:
    """A question as the form would have it."""
    lines = {name: "\n".join(body.get(name, ())) for name in ("options", "pictures", "right")}
    texts = {name: str(value) for name, value in body.items() if name not in (*lines, "other")}
    return Draft(**texts, **lines, other="1" if body.get("other") else "")


def _question(poll_id: int, question_id: int) -> Json:
    with reading() as db:
        return live.question_data(access.own_question(db, current_caller(), poll_id, question_id), now(), whole=True)


@_WRITE
@_QUESTION
@api.gives(None)
def remove_question(poll_id: int, question_id: int) -> None:
    """Delete a question, with its answers."""
    actions.delete_question(current_caller(), poll_id, question_id)


@_WRITE
@_QUESTION
@api.takes(shapes.STATUS)
@api.refuses(Conflict)
@api.gives(shapes.QUESTION)
def set_status(poll_id: int, question_id: int, body: Json) -> Json:
    """Open a question for answers, or close it."""
    change = actions.open_question if body["status"] == "open" else actions.close_question
    change(current_caller(), poll_id, question_id)
    return _question(poll_id, question_id)


@_READ
@_QUESTION
@_PAGE
@api.gives(shapes.SAID_PAGE)
def answers(poll_id: int, question_id: int, before: int | None = None, count: int = queries.PAGE) -> Json:
    """The short answers to a question, the newest first. Whose they are, nobody knows."""
    with reading() as db:
        asked = access.own_question(db, current_caller(), poll_id, question_id)
        page = queries.short_answers(db, asked.id, before=before, count=count)
    return {"answers": [{"turn": said.turn, "text": said.text} for said in page.said], "next": page.before}


@_WRITE
@_QUESTION
@api.gives(None)
def clear_answers(poll_id: int, question_id: int) -> None:
    """Throw the answers of a question away; afterwards it can be edited again."""
    actions.clear_answers(current_caller(), poll_id, question_id)


@door.public
@door.publishes(access.PUBLISHED)
@limit("60000/minute", per="address")
@api.asks(code=api.Line(20))
@api.refuses(Forbidden)
@api.gives(shapes.BALLOT)
def ballot(code: str) -> Json:
    """The poll with this code, as a phone has it: its questions that are or were open, and what this browser answered.

    Gives the browser the cookie by which it is held to one vote.
    """
    with reading() as db:
        poll = access.poll_with_code(db, code)
        known, who = respondents.known_respondent(), respondents.coming(current_caller())
        access.may_see(db, poll, who)
        snapshot = queries.audience_snapshot(db, poll, access.name_here(db, poll, who))
    cookie = (known or respondents.new_respondent()).having_joined(poll.id).as_cookie()
    remember(None, respondents.COOKIE, cookie, days=respondents.DAYS)
    given = {number: {"answer": one} for number, one in snapshot["answers"].items()}
    return {**snapshot, "answers": given}


@door.public
@door.max_body(_LARGEST_VOTE)
@limit("60/minute", per="visitor")
@api.asks(code=api.Line(20))
@api.takes(shapes.VOTE)
@api.refuses(Forbidden, Conflict)
@api.gives(shapes.SAVED)
def vote(code: str, body: Json) -> Json:
    """Answer a question, or change the answer.

    By the cookie of a browser that has joined, and never by a token: a token is somebody's, and answers are nobody's.
    """
    with reading() as db:
        poll = access.poll_with_code(db, code)
    voter = respondents.voter(current_caller())
    if poll.voters == EVERYBODY:
        actions.vote(poll.id, body["question"], voter.pseudonym(poll.id), body["answer"])
    else:
        actions.vote(poll.id, body["question"], access.name_on_ballot(poll, voter), body["answer"], voter)
    return {"saved": True}
