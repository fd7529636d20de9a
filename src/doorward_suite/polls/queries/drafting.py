"""What the AI service was asked for, and what it suggests, for the page of who asked."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from doorward import Caller, NotFound

from .. import access
from ..kinds import Definition, Draft
from ..models import Suggestion
from ..suggesting import as_drafts


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was suggested last.

    Arguments:
        question_id: which question it would change; None for new ones.
        what: what was asked for.
        wish: in which words.
        drafts: the questions.
    """

    question_id: int | None
    what: str
    wish: str
    drafts: list[Draft]


def asked_for(db: Session, actor: Caller, number: int) -> tuple[Suggestion, Definition | None]:
    """What the actor asked for in a poll that they manage still, and the question that it is about.

    Errors:
        NotFound: it is gone, or the poll or question is.
    """
    row = db.get(Suggestion, number)
    if row is None or row.asked_by != actor.id:
        raise NotFound("This was asked for anew meanwhile.")
    access.own_poll(db, actor, row.poll_id)
    if row.question_id is None:
        return row, None
    return row, access.own_question(db, actor, row.poll_id, row.question_id).definition


def newest(db: Session, poll_id: int, account_id: str) -> tuple[Suggestion | None, Suggested | None]:
    """What somebody asked for last in a poll, and what was suggested last: that may be of an earlier time."""
    mine = select(Suggestion).where(Suggestion.poll_id == poll_id, Suggestion.asked_by == account_id)
    rows = db.scalars(mine.order_by(Suggestion.id.desc())).all()
    there = next((one for one in rows if one.given), None)
    found = Suggested(there.question_id, there.what, there.wish, as_drafts(json.loads(there.given))) if there else None
    return (rows[0] if rows else None), found
