"""How long a room keeps its messages: what would go, shown before it is set."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

from doorward import Invalid, Refused, current_caller, limit, now, reading

from ..access import KEEP, seat_in
from ..actions import keeping as actions
from ..queries import keeping as queries
from ..queries import rooms
from .base import blueprint, done, field, page


@blueprint.get("/chat/<int:room_id>/keeping")
@limit("240/hour")
def keeping(room_id: int) -> Response:
    return _shown(room_id, request.args.get("days", ""))


def _shown(room_id: int, typed: str, wrong: Refused | None = None) -> Response:
    going, days = None, 0
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id, KEEP)
        title = rooms.title_of(db, seat)
        try:
            days = actions.judged_days(typed or str(seat.room.keep_days))
        except Invalid as problem:
            wrong = wrong or problem
        if days and wrong is None:
            going = queries.going(db, room_id, now() - timedelta(days=days))
    return page("keeping", wrong, seat=seat, title=title, days=days, typed=typed, going=going)


@blueprint.post("/chat/<int:room_id>/keeping")
@limit("60/hour")
def set_keeping(room_id: int) -> Response:
    try:
        actions.set_days(current_caller(), room_id, actions.judged_days(field("days")))
    except Invalid as wrong:
        return _shown(room_id, field("days"), wrong)
    return done("settings", room_id=room_id)
