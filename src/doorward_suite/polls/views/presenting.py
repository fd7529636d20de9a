"""The big screen."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from doorward import access as door
from doorward import current_caller, live_cursor, live_listeners, reading, whole_number

from .. import access, live, queries
from ..bars import slides
from ..qr import qr_svg
from .addresses import join_address, short_address
from .base import blueprint, page


@blueprint.get("/polls/<int:poll_id>/present")
def present(poll_id: int) -> Response:
    screen = _screen(poll_id)
    shown = whole_number(request.args.get("question"))
    return page("present", screen=screen, slides=slides(screen), shown=shown, where=short_address(screen["join"]))


@blueprint.get("/polls/<int:poll_id>/present.json")
@door.passive
def present_json(poll_id: int) -> Response:
    return jsonify(_screen(poll_id))


def _screen(poll_id: int) -> dict[str, Any]:
    """The big screen's snapshot, with the cursor from before it was read."""
    cursor = live_cursor()
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        snapshot = queries.presenter_snapshot(db, poll)
    people = live_listeners(live.audience(poll_id))
    return {**snapshot, "cursor": cursor, "people": people, "join": join_address(poll)}


@blueprint.get("/polls/<int:poll_id>/qr.svg")
def qr(poll_id: int) -> Response:
    """The way in as a QR code: the address under which people reach this server."""
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
    return Response(qr_svg(join_address(poll)), content_type="image/svg+xml")
