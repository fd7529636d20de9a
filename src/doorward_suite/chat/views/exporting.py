"""Exports: asking for one, and how far it is. The file itself is under one's account, for a day."""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for

from doorward import NotFound, access, current_caller, limit, own_job, reading

from ..access import seat_in
from ..actions import exporting
from ..queries import rooms
from .base import blueprint, field, page


@blueprint.get("/chat/export")
def export_all() -> Response:
    return page("export", room_id=0, title="", job=_job())


@blueprint.get("/chat/<int:room_id>/export")
def export(room_id: int) -> Response:
    with reading() as db:
        title = rooms.title_of(db, seat_in(db, current_caller(), room_id))
    return page("export", room_id=room_id, title=title, job=_job())


@blueprint.post("/chat/export")
@access.fresh
@limit("6/hour")
def ask_for_all() -> Response:
    job = exporting.ask_for(current_caller(), with_files=field("files") == "1")
    return make_response(redirect(url_for("chat.export_all", job=job), 303))


@blueprint.post("/chat/<int:room_id>/export")
@access.fresh
@limit("20/hour")
def ask_for_export(room_id: int) -> Response:
    job = exporting.ask_for(current_caller(), room_id, with_files=field("files") == "1")
    return make_response(redirect(url_for("chat.export", room_id=room_id, job=job), 303))


def _job() -> object:
    """The job that the address names, if it is the caller's own."""
    asked = request.args.get("job", "")[:40]
    try:
        return own_job(asked) if asked else None
    except NotFound:
        return None
