"""Tokens of participants, for organisers: sheets, single tokens, what is old."""

from __future__ import annotations

from flask import Response, flash, request

from doorward import (
    IssuedToken,
    NotFound,
    Refused,
    current_caller,
    issued_tokens,
    now,
    own_job,
    page_address,
    reading,
    whole_number,
)

from .. import access as rules
from ..actions import sheets as actions
from ..queries import lists
from .base import blueprint, field, page, to

_PAGE = 100


@blueprint.get("/planning/<int:number>/tokens")
def tokens(number: int, wrong: Refused | None = None) -> Response:
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
        kinds = rules.kinds_of(db, seat.consultation)
        lines = lists.sheets_of(db, number)
        left = actions.sheets_left(db, current_caller(), now())
    old = {line.sheet.id for line in lines if actions.is_old(line.sheet, now())}
    job = next((found for line in lines[:3] if (found := _job(line.sheet.job_id)) is not None), None)
    typed = {name: field(name) for name in ("kind", "count", "days")} if wrong else {}
    return page(
        "tokens", wrong, seat=seat, kinds=kinds, lines=lines, left=left, old=old, job=job, typed=typed, today=now()
    )


def _job(job_id: str) -> object | None:
    """The job of a sheet, where it is the caller's own and still known."""
    try:
        return own_job(job_id) if job_id else None
    except NotFound:
        return None


@blueprint.post("/planning/<int:number>/tokens")
def make_sheet(number: int) -> Response:
    kind, count, days = (whole_number(field(name)) or 0 for name in ("kind", "count", "days"))
    try:
        actions.ask_for(current_caller(), number, kind, count, days, page_address("/planning/enter"))
    except Refused as wrong:
        if wrong.status in (403, 404):
            raise
        return tokens(number, wrong)
    return to("tokens", number=number)


@blueprint.get("/planning/<int:number>/tokens/<int:sheet_id>")
def sheet(number: int, sheet_id: int, made: IssuedToken | None = None) -> Response:
    after = whole_number(request.args.get("after")) or 0
    with reading() as db:
        seat = rules.organiser_in(db, current_caller(), number)
        there = rules.sheet_in(db, seat, sheet_id)
        kind = rules.kind_in(db, seat.consultation, there.kind_id)
        states = issued_tokens(db, there.token_kind, after=after, count=_PAGE + 1)
    further = states[_PAGE - 1].token_id if len(states) > _PAGE else None
    enter = page_address("/planning/enter")
    return page(
        "sheet", seat=seat, sheet=there, kind=kind, states=states[:_PAGE], further=further, made=made, enter=enter
    )


@blueprint.post("/planning/<int:number>/tokens/<int:sheet_id>/revocation")
def revoke_sheet(number: int, sheet_id: int) -> Response:
    ended = actions.revoke_sheet(current_caller(), number, sheet_id)
    flash(f"{ended} tokens have ended.", "ok")
    return to("tokens", number=number)


@blueprint.post("/planning/<int:number>/tokens/<int:sheet_id>/<int:token_id>/revocation")
def revoke_one(number: int, sheet_id: int, token_id: int) -> Response:
    actions.revoke_one(current_caller(), number, sheet_id, token_id)
    flash("The token has ended.", "ok")
    return to("sheet", number=number, sheet_id=sheet_id)


@blueprint.post("/planning/<int:number>/tokens/<int:sheet_id>/<int:token_id>/replacement")
def replace_one(number: int, sheet_id: int, token_id: int) -> Response:
    return sheet(number, sheet_id, actions.replace_one(current_caller(), number, sheet_id, token_id))
