"""What a room keeps: what would go, shown before it is set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Response, request

from doorward import Invalid, Refused, access, current_caller, limit, now, reading

from ..access import KEEP, seat_in
from ..actions import keeping as actions
from ..queries import keeping as queries
from ..queries import rooms
from .base import blueprint, done, page

_NAMES = ("days", "mib", "files_mib")


@blueprint.get("/chat/<int:room_id>/keeping")
@access.slow
@limit("120/hour")
def keeping(room_id: int) -> Response:
    return _shown(room_id, request.args)


def _shown(room_id: int, asked: Mapping[str, str], wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), room_id, KEEP)
        title, limits = rooms.title_of(db, seat), actions.limits_of(seat.room)
        typed = {name: asked.get(name, str(getattr(limits, name)))[:20] for name in _NAMES}
        try:
            limits = actions.judged(typed)
        except Invalid as problem:
            wrong = wrong or problem
        going, heavy = None, {}
        if wrong is None:
            going = queries.going(db, room_id, now() - timedelta(days=limits.days)) if limits.days else None
            heavy["messages and files"] = queries.shares(db, seat.room, limits.mib, of_files=False)
            heavy["files"] = queries.shares(db, seat.room, limits.files_mib, of_files=True)
    context = {"limits": limits, "typed": typed, "going": going, "heavy": heavy}
    return page("keeping", wrong, seat=seat, title=title, **context)


@blueprint.post("/chat/<int:room_id>/keeping")
@limit("60/hour")
def set_keeping(room_id: int) -> Response:
    try:
        actions.set_limits(current_caller(), room_id, actions.judged(request.form))
    except Invalid as wrong:
        return _shown(room_id, request.form, wrong)
    return done("settings", room_id=room_id)
