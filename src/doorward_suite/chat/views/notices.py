"""What one is told of while looking elsewhere."""

from __future__ import annotations

from flask import Response

from doorward import Invalid, Refused, access, current_caller, limit, live_cursor, now, reading

from .. import live
from ..actions import quiet
from ..queries import rooms
from .base import blueprint, done, field, page


@blueprint.get("/chat/notices")
@access.starts_worker
def notices(wrong: Refused | None = None) -> Response:
    """Sound, notices of the browser, and when not to be disturbed."""
    caller, cursor = current_caller(), live_cursor()
    with reading() as db:
        mine = rooms.rooms_of(db, caller)
        until = rooms.quiet_until(db, caller.id, now())
    own = live.own_topic(caller.id)
    return page("notices", wrong, rooms=mine, quiet_until=until, choices=quiet.CHOICES, own=own, cursor=cursor)


@blueprint.post("/chat/notices")
@limit("240/hour")
def be_quiet() -> Response:
    try:
        quiet.be_quiet(current_caller(), field("minutes"))
    except Invalid as wrong:
        return notices(wrong)
    return done("notices")
