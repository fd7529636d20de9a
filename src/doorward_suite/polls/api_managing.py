"""The API of polls, continued: order, copies, the archive, quizzes, timers, and who votes."""

from __future__ import annotations

from typing import Any

from doorward import Conflict, api, current_caller, limit, now, reading
from doorward import access as door

from . import access, actions, live, queries, shapes
from .queries import audience

Json = dict[str, Any]

_READ, _WRITE = door.scope("polls:read"), door.scope("polls:write")
_POLL, _QUESTION = api.asks(poll_id=api.Whole(1)), api.asks(poll_id=api.Whole(1), question_id=api.Whole(1))
_PERSON = api.asks(poll_id=api.Whole(1), number=api.Whole(1))


def add_to(pages: Any) -> None:
    """Put these addresses on the blueprint."""
    one, question = "/api/polls/<int:poll_id>", "/api/polls/<int:poll_id>/questions/<int:question_id>"
    person = f"{one}/roster/<int:number>"
    for path, view, method in (
        (f"{one}/copies", copy, "POST"),
        ("/api/polls/templates", templates, "GET"),
        (f"{one}/copies/template", keep_as_template, "POST"),
        (f"{one}/archived", set_archived, "PUT"),
        (f"{one}/restoration", restore, "POST"),
        (f"{one}/erasure", erase, "POST"),
        (f"{question}/place", place, "PUT"),
        (f"{question}/copies", copy_question, "POST"),
        (f"{question}/timer", time, "PUT"),
        (f"{question}/revelation", reveal, "POST"),
        (f"{one}/voters", set_voters, "PUT"),
        (f"{one}/people", people, "GET"),
        (f"{one}/roster", add_people, "POST"),
        (f"{person}/code", replace_code, "POST"),
        (person, revoke, "DELETE"),
    ):
        pages.add_url_rule(path, f"api_managing_{view.__name__}", view, methods=[method])


def _poll(poll_id: int) -> Json:
    with reading() as db:
        return queries.poll_data(access.own_poll(db, current_caller(), poll_id))


def _question(poll_id: int, question_id: int) -> Json:
    with reading() as db:
        return live.question_data(access.own_question(db, current_caller(), poll_id, question_id), now(), whole=True)


@_WRITE
@_POLL
@limit("120/hour")
@api.gives(shapes.POLL, status=201, at="/api/polls/{id}")
def copy(poll_id: int) -> Json:
    """Make a poll with the same questions, as drafts, and no answers."""
    return _poll(actions.copy_poll(current_caller(), poll_id))


@_READ
@api.gives(shapes.TEMPLATES)
def templates() -> Json:
    """Your templates, the newest first. Copying one makes a poll from it."""
    with reading() as db:
        return {"templates": [_template(line) for line in queries.templates_of(db, current_caller())]}


@_WRITE
@_POLL
@limit("120/hour")
@api.gives(shapes.TEMPLATE, status=201, at="/api/polls/{id}")
def keep_as_template(poll_id: int) -> Json:
    """Keep a poll's questions as a template. Nobody can join it, and no question of it can be opened."""
    kept = actions.keep_as_template(current_caller(), poll_id)
    with reading() as db:
        return _template(next(one for one in queries.templates_of(db, current_caller()) if one.poll.id == kept))


def _template(line: queries.PollLine) -> Json:
    return {"id": line.poll.id, "name": line.poll.name, "questions": line.questions}


@_WRITE
@_POLL
@api.takes(shapes.ARCHIVED)
@api.gives(shapes.POLL)
def set_archived(poll_id: int, body: Json) -> Json:
    """Put a poll into the archive, or take it out."""
    with reading() as db:
        archived = access.own_poll(db, current_caller(), poll_id).archived_at is not None
    if body["archived"] is not archived:
        (actions.archive_poll if body["archived"] else actions.restore_poll)(current_caller(), poll_id)
    return _poll(poll_id)


@_WRITE
@_POLL
@api.gives(shapes.POLL)
def restore(poll_id: int) -> Json:
    """Take a poll back that was deleted and not erased."""
    actions.restore_poll(current_caller(), poll_id)
    return _poll(poll_id)


@_WRITE
@_POLL
@api.refuses(Conflict)
@api.gives(None)
def erase(poll_id: int) -> None:
    """Erase a deleted poll for good, with its questions and every answer."""
    actions.erase_poll(current_caller(), poll_id)


@_WRITE
@_QUESTION
@api.takes(shapes.PLACE)
@api.gives(shapes.QUESTION)
def place(poll_id: int, question_id: int, body: Json) -> Json:
    """Put a question somewhere else in the order; beyond the last is the last."""
    actions.place_question(current_caller(), poll_id, question_id, body["place"])
    return _question(poll_id, question_id)


@_WRITE
@_QUESTION
@limit("600/hour")
@api.takes(shapes.COPY_TO)
@api.refuses(Conflict)
@api.gives(shapes.COPIED, status=201, at="/api/polls/{poll}/questions/{id}")
def copy_question(poll_id: int, question_id: int, body: Json) -> Json:
    """Copy a question to a poll of yours, as a draft without answers."""
    made = actions.copy_question(current_caller(), poll_id, question_id, body["poll"])
    return {**_question(body["poll"], made), "poll": body["poll"]}


@_WRITE
@_QUESTION
@api.takes(shapes.TIMER)
@api.refuses(Conflict)
@api.gives(shapes.QUESTION)
def time(poll_id: int, question_id: int, body: Json) -> Json:
    """Let people answer for so many seconds, by the server's clock; 0 takes a timer away."""
    actions.start_timer(current_caller(), poll_id, question_id, body["seconds"])
    return _question(poll_id, question_id)


@_WRITE
@_QUESTION
@api.refuses(Conflict)
@api.gives(shapes.QUESTION)
def reveal(poll_id: int, question_id: int) -> Json:
    """Close a question of a quiz, show what was right, and add its points to whoever plays."""
    actions.reveal(current_caller(), poll_id, question_id)
    return _question(poll_id, question_id)


@_WRITE
@_POLL
@api.takes(shapes.VOTERS)
@api.refuses(Conflict)
@api.gives(shapes.VOTERS)
def set_voters(poll_id: int, body: Json) -> Json:
    """Say who votes, while no question is open or answered."""
    actions.set_voters(current_caller(), poll_id, body["voters"], body["named"])
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        return {"voters": poll.voters, "named": poll.named}


@_READ
@api.asks(poll_id=api.Whole(1), after=api.Whole(0))
@api.gives(shapes.PEOPLE)
def people(poll_id: int, after: int = 0) -> Json:
    """The people with a seat in a poll, and on how many questions each has voted. What they voted is not here."""
    with reading() as db:
        found, further = audience.people_of(db, access.own_poll(db, current_caller(), poll_id), None, after=after)
    told = [{"number": one.seat.number, "name": one.seat.name, "state": one.state, "voted": one.voted} for one in found]
    return {"people": told, "next": further}


@_WRITE
@_POLL
@limit("120/hour")
@api.takes(shapes.NAMES_OF_PEOPLE)
@api.refuses(Conflict)
@api.gives(shapes.SLIPS)
def add_people(poll_id: int, body: Json) -> Json:
    """Put people on the roster. Their codes are told in this answer, and never again."""
    slips = actions.add_people(current_caller(), poll_id, "\n".join(body["names"]))
    return {"slips": [_slip(one) for one in slips]}


def _slip(slip: actions.Slip) -> Json:
    return {"number": slip.number, "name": slip.name, "code": slip.code}


@_WRITE
@_PERSON
@limit("600/hour")
@api.refuses(Conflict)
@api.gives(shapes.SLIP)
def replace_code(poll_id: int, number: int) -> Json:
    """Give one person another code. The one before, and the phone that came by it, are out at once."""
    return _slip(actions.replace_code(current_caller(), poll_id, number))


@_WRITE
@_PERSON
@api.gives(None)
def revoke(poll_id: int, number: int) -> None:
    """Take somebody's right to vote away. What they have voted stays."""
    actions.revoke_seat(current_caller(), poll_id, number)
