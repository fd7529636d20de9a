"""The big screen, a second one without buttons, the remote on a phone: all show what the poll's stage says."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, jsonify, request

from doorward import Conflict, current_caller, live_cursor, live_listeners, now, reading, wants_json, whole_number
from doorward import access as door

from .. import access, actions, live, queries
from ..bars import Slide, slides
from ..kinds import NAMES
from ..models import TEMPLATE
from ..qr import qr_svg
from ..stage import LAYOUTS, LOBBY, stage_of
from .addresses import join_address, short_address
from .base import blueprint, field, page, to
from .questions import done


@blueprint.get("/polls/<int:poll_id>/present")
def present(poll_id: int) -> Response:
    return _present(poll_id, "present")


@blueprint.get("/polls/<int:poll_id>/screen")
def screen(poll_id: int) -> Response:
    """A second screen: the same, with nothing to click."""
    return _present(poll_id, "screen")


@blueprint.get("/polls/<int:poll_id>/remote")
def remote(poll_id: int) -> Response:
    """The presenter's phone: the same buttons, and the numbers small."""
    return _present(poll_id, "remote")


def _present(poll_id: int, role: str) -> Response:
    shown = _screen(poll_id)
    there = slides(shown)
    asked = whole_number(request.args.get("question"))
    at = next((one.number for one in there if one.question["id"] == (asked or shown["stage"]["showing"])), 0)
    around: dict[str, Any] = {
        "current": _at(there, at),
        "previous": _at(there, at - 1),
        "next": _at(there, at + 1),
        "at": at,
    }
    where = short_address(shown["join"])
    return page("present", screen=shown, slides=there, where=where, role=role, layouts=LAYOUTS, kinds=NAMES, **around)


def _at(there: list[Slide], number: int) -> Slide | None:
    return there[number - 1] if 0 < number <= len(there) else None


@blueprint.get("/polls/<int:poll_id>/present.json")
@door.passive
def present_json(poll_id: int) -> Response:
    return jsonify(_screen(poll_id))


@blueprint.post("/polls/<int:poll_id>/stage")
def set_stage(poll_id: int) -> Response:
    """What every screen shows: the form says how it shall be, so that a second click does not undo the first."""
    names = ("showing", "layout", "hidden", "qr", "frozen")
    shown = actions.set_stage(current_caller(), poll_id, {name: field(name) for name in names if name in request.form})
    if wants_json():
        return jsonify(shown.as_json())
    return to({"screen": "screen", "remote": "remote"}.get(field("back"), "present"), poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/questions/<int:question_id>/timer")
def start_timer(poll_id: int, question_id: int) -> Response:
    seconds = whole_number(field("seconds"))
    actions.start_timer(current_caller(), poll_id, question_id, -1 if seconds is None else seconds)
    return done(poll_id, question_id)


def _screen(poll_id: int) -> dict[str, Any]:
    """The big screen's snapshot, with the cursor from before it was read. Frozen numbers are those of the freezing."""
    cursor = live_cursor()
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        if poll.status == TEMPLATE:
            raise Conflict(access.ONLY_A_TEMPLATE)
        snapshot = queries.presenter_snapshot(db, poll)
    if poll.frozen:
        held = {one["question"]: one for one in json.loads(poll.frozen)}
        snapshot["tallies"] = [held.get(one["question"], one) for one in snapshot["tallies"]]
    people = live_listeners(live.audience(poll_id))
    about = {"stage": stage_of(poll.stage).as_json(), "now": now().isoformat(), "lobby": LOBBY}
    return {**snapshot, **about, "cursor": cursor, "people": people, "join": join_address(poll)}


@blueprint.get("/polls/<int:poll_id>/qr.svg")
def qr(poll_id: int) -> Response:
    """The way in as a QR code: the address under which people reach this server."""
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
    return Response(qr_svg(join_address(poll)), content_type="image/svg+xml")
