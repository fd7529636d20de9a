"""The sealed package: asking for it, how far it is, and those that were made with the hash by which they are known."""

from __future__ import annotations

from flask import Response, request

from doorward import NotFound, account_names, current_caller, limit, own_job, reading

from ..access import seat_in
from ..actions import packages as actions
from ..queries.handing_over import packages_of
from .base import blueprint, page, reading_page, to


@blueprint.get("/evidence/<int:number>/packages")
@reading_page
def packages(number: int) -> Response:
    with reading() as db:
        seat = seat_in(db, current_caller(), number)
        made = packages_of(db, seat)
        names = account_names(db, {one.made_by for one in made})
    return page("packages", seat=seat, made=made, names=names, job=_job())


def _job() -> object:
    """The job that the address names, if it is the caller's own."""
    asked = request.args.get("job", "")[:40]
    try:
        return own_job(asked) if asked else None
    except NotFound:
        return None


@blueprint.post("/evidence/<int:number>/packages")
@limit("20/hour")
def ask_for_package(number: int) -> Response:
    return to("packages", number=number, job=actions.ask_for(current_caller(), number))
