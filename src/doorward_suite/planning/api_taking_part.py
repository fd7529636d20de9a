"""The API of planning for participants: a participant's token does by program what it does on the pages."""

from __future__ import annotations

from typing import Any

from doorward import Conflict, api, current_caller, limit, reading
from doorward import access as door

from . import access, shapes
from .actions import contributions
from .actions.contributions import Draft
from .queries import lists

Json = dict[str, Any]

_TAKE_PART = door.scope(access.TAKE_PART)
_NUMBER = api.asks(number=api.Whole(1))
_ONE = api.asks(number=api.Whole(1), contribution_id=api.Whole(1))


def add_to(pages: Any) -> None:
    """Put these addresses on the blueprint."""
    contribution = "/api/planning/<int:number>/contributions/<int:contribution_id>"
    for path, view, method in (
        ("/api/planning/<int:number>/contributions", contribute, "POST"),
        (f"{contribution}/comments", comment, "POST"),
        (f"{contribution}/support", support, "PUT"),
        (f"{contribution}/dots", put_dots, "PUT"),
        (f"{contribution}/reports", report, "POST"),
    ):
        pages.add_url_rule(path, f"api_taking_part_{view.__name__}", view, methods=[method])


@_TAKE_PART
@_NUMBER
@limit("60/hour")
@api.takes(shapes.DRAFT)
@api.refuses(Conflict)
@api.gives(shapes.MADE, status=201)
def contribute(number: int, body: Json) -> Json:
    """Contribute something to a consultation in which you take part."""
    place, at = body.get("place"), body.get("coordinates")
    draft = Draft(
        text=body["text"],
        category=body["category"],
        question=body.get("question"),
        place=(place["across"], place["down"]) if place else None,
        at=(at["lon"], at["lat"]) if at else None,
    )
    return {"id": contributions.contribute(current_caller(), number, draft)}


@_TAKE_PART
@_ONE
@limit("120/hour")
@api.takes(shapes.COMMENT)
@api.refuses(Conflict)
@api.gives(None)
def comment(number: int, contribution_id: int, body: Json) -> None:
    """Say something about a contribution."""
    contributions.comment(current_caller(), number, contribution_id, body["text"])


@_TAKE_PART
@_ONE
@limit("600/hour")
@api.takes(shapes.SUPPORT)
@api.refuses(Conflict)
@api.gives(None)
def support(number: int, contribution_id: int, body: Json) -> None:
    """Support a contribution, or no more."""
    contributions.support(current_caller(), number, contribution_id, on=body["supported"])


@_TAKE_PART
@_ONE
@limit("600/hour")
@api.takes(shapes.DOTS)
@api.refuses(Conflict)
@api.gives(shapes.LEFT)
def put_dots(number: int, contribution_id: int, body: Json) -> Json:
    """Put so many of your dots on a contribution."""
    contributions.put_dots(current_caller(), number, contribution_id, body["count"])
    with reading() as db:
        seat = access.seat_in(db, current_caller(), number)
        return {"left": seat.consultation.dots - lists.dots_put(db, number, seat.holder)}


@_TAKE_PART
@_ONE
@limit("60/hour")
@api.takes(shapes.REPORT)
@api.refuses(Conflict)
@api.gives(None)
def report(number: int, contribution_id: int, body: Json) -> None:
    """Tell the organisers that a contribution should be looked at."""
    contributions.report(current_caller(), number, contribution_id, body["words"])
