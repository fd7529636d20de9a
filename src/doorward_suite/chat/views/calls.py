"""The page of a call, and what it asks while the call is on. Only that page may use camera and microphone."""

from __future__ import annotations

from flask import Response, jsonify

from doorward import NotFound, access, call_servers, calls_only_relayed, current_caller, limit, live_cursor, reading

from .. import live
from ..access import TALK, seat_in
from ..actions import calls
from ..queries import rooms
from ..queries.calls import MOST_IN_CALL, Talking
from .base import blueprint, field, page

_ROOM = "/chat/<int:room_id>/call"
_NO_CALLS = "There are no calls on this server."


@blueprint.get(_ROOM)
@access.uses("camera", "microphone", "display-capture")
def call(room_id: int) -> Response:
    """The call of a room, before one is in it."""
    caller, cursor = current_caller(), live_cursor()
    _must_have_calls()
    with reading() as db:
        seat = seat_in(db, caller, room_id, TALK)
        title = rooms.title_of(db, seat)
    topics = {"room": live.room_topic(seat.room), "me": live.own_topic(caller.id)}
    return page("call", seat=seat, title=title, topics=topics, cursor=cursor, me=caller, most=MOST_IN_CALL)


@blueprint.get(_ROOM + "/people")
def people_in_call(room_id: int) -> Response:
    """Who is in the call of a room, for the pages of its people."""
    _must_have_calls()
    return jsonify(_shown(calls.talking_in(current_caller(), room_id), room_id))


@blueprint.post(_ROOM)
@limit("300/hour")
def enter_call(room_id: int) -> Response:
    """Come in. The answer names the servers by which browsers find each other."""
    servers = _must_have_calls()
    talking = calls.enter(current_caller(), room_id, field("page"))
    return jsonify({**_shown(talking, room_id), "ice": _ice(servers)})


@blueprint.post(_ROOM + "/stay")
@access.passive
@limit("2000/hour")
def stay_in_call(room_id: int) -> Response:
    """Say that one is still there. The answer names the servers anew: what is given for a relay ends."""
    servers = _must_have_calls()
    talking = calls.stay(current_caller(), room_id, field("page"))
    return jsonify({**_shown(talking, room_id), "ice": _ice(servers)})


@blueprint.post(_ROOM + "/leave")
@limit("600/hour")
def leave_call(room_id: int) -> Response:
    calls.go(current_caller(), room_id, field("page"))
    return jsonify(done=True)


@blueprint.post(_ROOM + "/signal")
@limit("6000/hour")
def signal(room_id: int) -> Response:
    """Pass on what one browser has to say to another."""
    calls.pass_on(current_caller(), room_id, field("page"), field("to"), field("said"))
    return jsonify(done=True)


def _must_have_calls() -> list[dict[str, str]]:
    servers = call_servers()
    if servers is None:
        raise NotFound(_NO_CALLS)
    return servers


def _ice(servers: list[dict[str, str]]) -> dict[str, object]:
    """What a page configures its connections with."""
    return {"iceServers": servers, "iceTransportPolicy": "relay" if calls_only_relayed() else "all"}


def _shown(talking: Talking | None, room_id: int) -> dict[str, object]:
    return talking.as_json() if talking else {"room": room_id, "people": []}
