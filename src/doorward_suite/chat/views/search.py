"""Looking for messages."""

from __future__ import annotations

from flask import Response, request

from doorward import current_caller, limit, reading, whole_number

from .. import search as looking
from ..access import LARGEST, seat_in
from ..queries import rooms
from ..queries.finding import find
from .base import blueprint, page


@blueprint.get("/chat/search")
@limit("1200/hour")
def search() -> Response:
    """What was found in all rooms that one may read, or in one of them."""
    typed = request.args.get("q", "")[: looking.LONGEST]
    room_id = whole_number(request.args.get("room")) or 0
    asked = looking.read(typed)
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id) if room_id else None
        title = rooms.title_of(db, seat) if seat else ""
        before = whole_number(request.args.get("before")) or LARGEST
        found = find(db, current_caller(), asked, before=before, room_id=room_id)
        titles = rooms.titles_of(db, [room for _line, room in found.lines], current_caller().id)
    return page("search", typed=typed, asked=asked, found=found, titles=titles, room_id=room_id, title=title)
