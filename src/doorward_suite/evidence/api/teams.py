"""The API on what stands around an assessment: beginning one, by which standard, and who is in its team."""

from __future__ import annotations

from doorward import Conflict, Invalid, api, current_caller, limit, reading
from doorward import access as door

from ..actions import assessments as actions
from ..actions import team as members
from ..catalogue import KEY
from ..queries import shelf
from . import shapes, told
from .base import MANAGE, ONE, READ, Json
from .standing import people_now


@door.role("admin")
@READ
@api.gives(shapes.STANDARDS)
def standards() -> Json:
    """The catalogues that an assessment here can be by, the built-in one first. For administrators of the server."""
    with reading() as db:
        return {"standards": [{"key": key, "name": name} for key, name in shelf.catalogues(db)]}


@door.role("admin")
@MANAGE
@limit("60/hour")
@api.takes(shapes.NEW_ASSESSMENT)
@api.gives(shapes.BEGUN, status=201)
def begin(body: Json) -> Json:
    """Begin an assessment. For administrators of the server; only whoever leads it has a place in it yet."""
    standard = body.get("standard", KEY)
    try:
        return {"id": actions.create(current_caller(), body["name"], body.get("lead", ""), standard)}
    except Invalid as wrong:
        raise Invalid({told.FIELDS.get(name, name): why for name, why in wrong.fields.items()}) from wrong


@MANAGE
@ONE
@limit("120/hour")
@api.takes(shapes.NEW_MEMBER)
@api.refuses(Conflict)
@api.gives(shapes.PEOPLE)
def seat_member(number: int, body: Json) -> Json:
    """Give somebody with an account a place in the team, or another role. For leads; an assessment keeps one."""
    members.add_member(current_caller(), number, body["name"], body["role"])
    return people_now(number)


@MANAGE
@api.asks(number=shapes.NUMBER, account_id=shapes.ACCOUNT)
@limit("120/hour")
@api.refuses(Conflict)
@api.gives(None)
def remove_member(number: int, account_id: str) -> None:
    """Take somebody's place away. What they did stays, and what was theirs to do is nobody's. For leads."""
    members.remove_member(current_caller(), number, account_id)
