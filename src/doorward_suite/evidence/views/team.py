"""Who is in the team: members, guests, and the page of one person."""

from __future__ import annotations

from flask import Response, flash

from doorward import Invalid, Refused, current_caller, limit, page_address, reading, whole_number

from ..access import MANAGE, member_in, seat_in
from ..actions import team as actions
from ..queries import history, objectives, team
from .base import blueprint, field, page, reading_page, to, today


@blueprint.get("/evidence/<int:number>/people")
@reading_page
def people(number: int, wrong: Refused | None = None, guest_token: str | None = None) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        there = team.people_in(db, number)
        guests = team.guests_in(db, number, actions.guests_of(number)) if seat.may(MANAGE) else []
    typed = {name: field(name) for name in ("member", "role", "guest", "days")} if wrong else {}
    sign_in = page_address("/login/token")
    return page(
        "people", wrong, seat=seat, people=there, guests=guests, typed=typed, guest_token=guest_token, sign_in=sign_in
    )


@blueprint.post("/evidence/<int:number>/people")
@limit("120/hour")
def add_member(number: int) -> Response:
    try:
        actions.add_member(current_caller(), number, field("member"), field("role"))
    except Refused as wrong:
        if wrong.status in (404, 403):
            raise
        return people(number, wrong)
    return to("people", number=number)


@blueprint.get("/evidence/<int:number>/people/<account_id>")
@reading_page
def person(number: int, account_id: str) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        member = member_in(db, seat, account_id)
        name = next(one.name for one in team.people_in(db, number) if one.account_id == account_id)
        lines = objectives.assigned_to(db, seat, account_id)
        mentions = history.mentions_of(db, number, account_id)
    return page("person", seat=seat, member=member, name=name, lines=lines, mentions=mentions, today=today())


@blueprint.post("/evidence/<int:number>/people/<account_id>/removal")
def remove_member(number: int, account_id: str) -> Response:
    actions.remove_member(current_caller(), number, account_id)
    if account_id == current_caller().id:
        return to("index")
    return to("people", number=number)


@blueprint.post("/evidence/<int:number>/guests")
@limit("60/hour")
def invite_guest(number: int) -> Response:
    try:
        guest = actions.invite_guest(current_caller(), number, field("guest"), whole_number(field("days")) or 0)
    except Invalid as wrong:
        return people(number, wrong)
    return people(number, guest_token=guest.secret)


@blueprint.post("/evidence/<int:number>/guests/<int:token_id>/removal")
def remove_guest(number: int, token_id: int) -> Response:
    actions.remove_guest(current_caller(), number, token_id)
    flash("They are out, and their token works no more.", "ok")
    return to("people", number=number)
