"""The API on work: steps, comments and assignments, by the actions that the pages have."""

from __future__ import annotations

from doorward import Conflict, api, current_caller, limit

from ..actions import progress, work
from . import shapes
from .base import OBJECTIVE, ONE, WRITE, Json
from .standing import objective_now


@WRITE
@OBJECTIVE
@limit("1200/hour")
@api.takes(shapes.STEP)
@api.refuses(Conflict)
@api.gives(shapes.OBJECTIVE)
def take_step(number: int, objective_id: str, body: Json) -> Json:
    """Take an objective a step further, or back. `steps` of the objective says which are possible for you now."""
    said, partly = body.get("reason", ""), body.get("partly", False)
    progress.take_step(current_caller(), number, objective_id, body["step"], said, partly=partly)
    return objective_now(number, objective_id)


@WRITE
@OBJECTIVE
@limit("300/hour")
@api.takes(shapes.COMMENT)
@api.gives(shapes.COMMENTED, status=201)
def comment(number: int, objective_id: str, body: Json) -> Json:
    """Say something about an objective. Whoever of the team is named with an @ is told."""
    return {"id": progress.comment(current_caller(), number, objective_id, body["text"])}


@WRITE
@ONE
@limit("600/hour")
@api.takes(shapes.ASSIGNMENT)
@api.gives(shapes.ASSIGNED)
def assign(number: int, body: Json) -> Json:
    """Assign objectives to somebody of the team until a day, or to nobody: all of them, or none."""
    due = body.get("due_on") or ""
    changed = work.assign(current_caller(), number, body["objectives"], body["assignee"] or "", due)
    return {"changed": changed}
