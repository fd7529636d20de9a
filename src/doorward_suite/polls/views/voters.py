"""Who votes: chosen, put on the roster, printed, replaced, revoked; and who has voted."""

from __future__ import annotations

from collections.abc import Sequence

import segno
from flask import Response, request, url_for

from doorward import Conflict, Invalid, Refused, current_caller, limit, page_address, reading, whole_number

from .. import access, actions, queries
from ..actions import Slip
from ..models import Poll
from ..queries import audience
from ..seats import in_groups
from .base import blueprint, field, page, to


@blueprint.get("/polls/<int:poll_id>/voters")
def voters(poll_id: int, wrong: Refused | None = None) -> Response:
    asked = whole_number(request.args.get("question"))
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
        there = queries.questions_of(db, poll.id)
        shown = next((one for one in there if one.id == asked), None)
        after = whole_number(request.args.get("after")) or 0
        people, further = audience.people_of(db, poll, shown, after=after)
    typed = {"voters": field("voters") or poll.voters, "named": bool(field("named")) if wrong else poll.named}
    lists = {"questions": there, "shown": shown, "people": people, "further": further, "names": field("names")}
    return page("voters", wrong, poll=poll, typed=typed, **lists)


@blueprint.post("/polls/<int:poll_id>/voters")
def set_voters(poll_id: int) -> Response:
    try:
        actions.set_voters(current_caller(), poll_id, field("voters"), bool(field("named")))
    except (Invalid, Conflict) as wrong:
        return voters(poll_id, wrong)
    return to("voters", poll_id=poll_id)


@blueprint.post("/polls/<int:poll_id>/roster")
@limit("120/hour")
def add_people(poll_id: int) -> Response:
    """The answer is the sheet itself: the codes are nowhere else, so that no other page can show them."""
    try:
        slips = actions.add_people(current_caller(), poll_id, field("names"))
    except (Invalid, Conflict) as wrong:
        return voters(poll_id, wrong)
    return _sheet(poll_id, slips)


@blueprint.post("/polls/<int:poll_id>/roster/<int:number>/code")
@limit("600/hour")
def replace_code(poll_id: int, number: int) -> Response:
    return _sheet(poll_id, [actions.replace_code(current_caller(), poll_id, number)])


@blueprint.post("/polls/<int:poll_id>/roster/<int:number>/revocation")
def revoke_seat(poll_id: int, number: int) -> Response:
    actions.revoke_seat(current_caller(), poll_id, number)
    return to("voters", poll_id=poll_id)


def _sheet(poll_id: int, slips: Sequence[Slip]) -> Response:
    with reading() as db:
        poll = access.own_poll(db, current_caller(), poll_id)
    address = page_address(url_for(".join", code=poll.code))
    cards = [(slip, in_groups(slip.code), _qr(poll, slip)) for slip in slips]
    return page("sheet", poll=poll, cards=cards, address=address)


def _qr(poll: Poll, slip: Slip) -> str:
    """The way in with the code behind the #, which browsers do not send: no log on the way has it."""
    address = page_address(url_for(".join", code=poll.code, _anchor=f"seat={slip.code}"))
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2, dark="#000", light="#fff")
