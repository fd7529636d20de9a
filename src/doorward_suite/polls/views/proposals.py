"""Questions from the audience: the phone's page, and the presenter's."""

from __future__ import annotations

from typing import Any

from flask import Response

from doorward import (
    Conflict,
    Invalid,
    NotFound,
    Refused,
    ai_host,
    ai_offered,
    current_caller,
    limit,
    live_cursor,
    reading,
    whole_number,
)
from doorward import access as door

from .. import access, actions, live, respondents
from ..actions import LONGEST, MOST_EACH
from ..models import EVERYBODY, WAITING, Poll
from ..queries import audience
from .base import blueprint, field, page, to


@blueprint.get("/polls/join/<code>/proposals")
@door.public
@door.publishes(access.PUBLISHED)
@limit("60000/minute", per="address")
def proposals(code: str, wrong: Refused | None = None, waits: bool = False) -> Response:
    cursor = live_cursor()
    poll, name = _proposer(code)
    with reading() as db:
        there = audience.proposals_of(db, poll.id, name)
    about: dict[str, Any] = {"typed": field("text") if wrong else "", "most": MOST_EACH, "longest": LONGEST}
    about |= {"topic": live.audience(poll.id), "cursor": cursor}
    return page("propose", wrong, poll=poll, there=there, waits=waits, **about)


@blueprint.post("/polls/join/<code>/proposals")
@door.public
@limit("20/minute", per="visitor")
def propose(code: str) -> Response:
    poll, name = _proposer(code)
    try:
        became = actions.propose(poll.id, name, field("text"), can_check=ai_offered())
    except (Invalid, Conflict) as wrong:
        return proposals(code, wrong)
    return proposals(code, waits=True) if became == WAITING else to("proposals", code=poll.code)


@blueprint.post("/polls/join/<code>/proposals/<int:proposal_id>/support")
@door.public
@limit("60/minute", per="visitor")
def support(code: str, proposal_id: int) -> Response:
    """Want it, or no longer: the form says which."""
    poll, name = _proposer(code)
    actions.support(poll.id, proposal_id, name, field("wanted") == "1")
    return to("proposals", code=poll.code)


def _proposer(code: str) -> tuple[Poll, str]:
    """The poll, and under which name whoever comes proposes in it.

    Errors:
        Forbidden: their browser has no cookie of it, or they may not take part. Conflict: it takes no proposals.
    """
    with reading() as db:
        poll = access.poll_with_code(db, code)
        who = respondents.voter(current_caller())
        access.may_see(db, poll, who)
    if not poll.proposals:
        raise Conflict("This poll takes no proposals.")
    return poll, respondents.proposer(poll.id, poll.voters != EVERYBODY, who)


@blueprint.get("/polls/<int:poll_id>/proposals")
def judge(poll_id: int) -> Response:
    cursor = live_cursor()
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        waiting, shown = audience.proposals_to_judge(db, poll.id)
    moving: dict[str, Any] = {"topic": live.presenter(poll.id), "cursor": cursor, "ai": ai_host()}
    return page("proposals", poll=poll, waiting=waiting, shown=shown, by_id={one.id: one for one in shown}, **moving)


@blueprint.post("/polls/<int:poll_id>/proposals")
def let_propose(poll_id: int) -> Response:
    actions.let_propose(current_caller(), poll_id, field("proposals") == "1")
    return to("judge", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/proposals/checking")
def let_check(poll_id: int) -> Response:
    """Switched on only where there is somebody to check; off always, so that nobody is left with what waits."""
    on = field("checked") == "1"
    if on and not ai_offered():
        raise NotFound
    actions.let_check(current_caller(), poll_id, on)
    return to("judge", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/proposals/<int:proposal_id>/status")
def decide(poll_id: int, proposal_id: int) -> Response:
    actions.decide(current_caller(), poll_id, proposal_id, field("status"))
    return to("judge", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/proposals/<int:proposal_id>/question")
def take_up(poll_id: int, proposal_id: int) -> Response:
    question_id = actions.take_up(current_caller(), poll_id, proposal_id)
    return to("question", poll_id=poll_id, question_id=question_id)


@blueprint.post("/polls/<int:poll_id>/proposals/<int:proposal_id>/merging")
def merge(poll_id: int, proposal_id: int) -> Response:
    actions.merge(current_caller(), poll_id, proposal_id, whole_number(field("into")) or 0)
    return to("judge", poll_id=poll_id)
