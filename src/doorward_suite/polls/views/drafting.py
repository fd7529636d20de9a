"""The page on which an AI service drafts questions; without a provider in the settings there is none."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, request

from doorward import Invalid, NotFound, Refused, ai_host, current_caller, limit, own_job, reading, whole_number
from doorward import access as door

from .. import access, actions, suggesting
from ..kinds import NAMES
from ..models import Suggestion
from ..queries import drafting as queries
from .base import blueprint, field, page, to


@blueprint.get("/polls/<int:poll_id>/drafting")
@door.needs_setting("ai_provider")
def drafting(poll_id: int, wrong: Refused | None = None) -> Response:
    number = whole_number(field("question") if wrong else request.args.get("question"))
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        asked = access.own_question(db, current_caller(), poll_id, number) if number else None
        last, suggested = queries.newest(db, poll.id, current_caller().id)
        drafts = [(one, asdict(one)) for one in suggested.drafts] if suggested else []
        distracts = asked is not None and suggesting.can_distract(asked.definition)
    job = _job(last.job_id) if last is not None else None
    typed = {name: field(name) for name in ("topic", "kind", "count", "quiz", "wish")} if wrong else _typed(last, job)
    return page(
        "drafting", wrong, poll=poll, asked=asked, distracts=distracts, job=job, suggested=suggested,
        drafts=drafts, typed=typed, kinds=[(kind, NAMES[kind]) for kind in suggesting.KINDS], ai=ai_host(),
        longest=suggesting.LONGEST_WISH, most=suggesting.MOST_NEW,
    )  # fmt: skip


def _typed(last: Suggestion | None, job: Any) -> dict[str, Any]:
    """What did not work is there to be sent again."""
    if last is None or job is None or not job.is_over:
        return {}
    quiz = "1" if last.quiz else ""
    return {"topic": last.wish, "wish": last.wish, "kind": last.kind, "count": str(last.count), "quiz": quiz}


def _job(job_id: str) -> Any:
    """The job of what was asked for last, while it is known and unless it has ended well."""
    try:
        found = own_job(job_id) if job_id else None
    except NotFound:
        return None
    return found if found is not None and found.state != "done" else None


@blueprint.post("/polls/<int:poll_id>/drafting")
@door.needs_setting("ai_provider")
@limit("60/hour")
def ask_for_drafts(poll_id: int) -> Response:
    """New questions; or, where the form names one, that question in better words, or wrong answers to it."""
    number = whole_number(field("question"))
    try:
        if number:
            actions.ask_about(current_caller(), poll_id, number, field("what"), field("wish"))
        else:
            quiz = bool(field("quiz"))
            actions.ask_for_new(current_caller(), poll_id, field("topic"), field("kind"), field("count"), quiz)
    except Invalid as wrong:
        return drafting(poll_id, wrong)
    return to("drafting", poll_id=poll_id, question=number or None)
