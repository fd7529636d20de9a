"""Whole polls for programs: given out as JSON, and taken in."""

from __future__ import annotations

from typing import Any

from flask import Response, stream_with_context

from doorward import Conflict, api, current_caller, limit, reading
from doorward import access as door

from .. import access, actions, moving, queries, shapes
from .base import blueprint

_LARGEST = 40 * 1024 * 1024


@blueprint.get("/api/polls/<int:poll_id>/whole")
@door.scope("polls:read")
@api.asks(poll_id=api.Whole(1))
@api.gives(shapes.WHOLE, ready=True)
def api_whole(poll_id: int) -> Response:
    """A poll as another installation takes it in: its questions, and its answers as those of nobody. It streams."""
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        asked = [(one.id, one.status, one.definition) for one in queries.questions_of(db, poll.id)]
    written = moving.written(poll.name, asked, queries.all_answers, queries.picture)
    return Response(stream_with_context(written), content_type="application/json")


@blueprint.post("/api/polls/whole")
@door.scope("polls:write")
@limit("60/hour")
@api.takes(shapes.WHOLE, largest=_LARGEST)
@api.refuses(Conflict)
@api.gives(shapes.POLL, status=201, at="/api/polls/{id}")
def api_take_in(body: dict[str, Any]) -> dict[str, Any]:
    """Make a poll of one that was given out, here or elsewhere. Where one place is wrong, nothing is made.

    Questions with answers come closed, the others as drafts. A set of questions made by a program comes in so, too.
    """
    poll_id = actions.load(current_caller(), body)
    with reading() as db:
        return queries.poll_data(access.own_poll(db, current_caller(), poll_id))
