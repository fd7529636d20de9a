"""Joining and leaving rooms, bringing people in, moderating."""

from __future__ import annotations

from flask import Response

from doorward import Conflict, Invalid, current_caller, limit

from ..actions import people as actions
from .base import blueprint, done, field
from .rooms import settings


@blueprint.post("/chat/<int:room_id>/joining")
@limit("120/hour")
def join(room_id: int) -> Response:
    actions.join(current_caller(), room_id)
    return done("room", room_id=room_id)


@blueprint.post("/chat/<int:room_id>/leaving")
@limit("120/hour")
def leave(room_id: int) -> Response:
    actions.leave(current_caller(), room_id)
    return done("index")


@blueprint.post("/chat/<int:room_id>/people")
@limit("240/hour")
def invite(room_id: int) -> Response:
    try:
        actions.invite(current_caller(), room_id, field("person"))
    except (Invalid, Conflict) as wrong:
        return settings(room_id, wrong)
    return done("settings", room_id=room_id)


@blueprint.post("/chat/<int:room_id>/people/<account_id>/role")
@limit("240/hour")
def set_role(room_id: int, account_id: str) -> Response:
    try:
        actions.set_role(current_caller(), room_id, account_id, field("role"))
    except (Invalid, Conflict) as wrong:
        return settings(room_id, wrong)
    return done("settings", room_id=room_id)


@blueprint.post("/chat/<int:room_id>/people/<account_id>/removal")
@limit("240/hour")
def remove(room_id: int, account_id: str) -> Response:
    try:
        actions.remove(current_caller(), room_id, account_id)
    except Conflict as wrong:
        return settings(room_id, wrong)
    return done("settings", room_id=room_id)
