"""The ways in: with a token, or by the link of a consultation that lets everybody register."""

from __future__ import annotations

from flask import Response

from doorward import Refused, access, current_caller, limit, page_address, reading, whole_number

from .. import access as rules
from ..actions import sheets as actions
from .base import GENEROUS, blueprint, field, page, taking_part, to


@blueprint.get("/planning/enter")
@access.public
@limit(GENEROUS, per="address")
def enter() -> Response:
    """Where a QR code leads: the token stands behind the `#`, which browsers send to nobody, and goes into the form."""
    return page("enter")


@blueprint.get("/planning/mine")
@taking_part
def mine() -> Response:
    """On to the consultation that a token is for."""
    with reading() as db:
        number = rules.of_token(db, current_caller())
    return to("index") if number is None else to("consultation", number=number)


@blueprint.get("/planning/join/<code>")
@access.public
@access.publishes(rules.BY_LINK)
@limit(GENEROUS, per="address")
def join(code: str, wrong: Refused | None = None) -> Response:
    with reading() as db:
        consultation = rules.with_link(db, code)
        kinds = rules.kinds_of(db, consultation)
    return page("join", wrong, consultation=consultation, kinds=kinds, code=code)


@blueprint.post("/planning/join/<code>")
@access.public
@limit("300/hour", per="visitor")
@limit("3000/hour", per="address")
def register(code: str) -> Response:
    try:
        made = actions.register(current_caller(), code, whole_number(field("kind")) or 0)
    except Refused as wrong:
        if wrong.status == 404:
            raise
        return join(code, wrong)
    with reading() as db:
        consultation = rules.with_link(db, code)
    if made is None:
        return to("consultation", number=consultation.id)
    return page("registered", consultation=consultation, made=made, enter=page_address("/planning/enter"))
