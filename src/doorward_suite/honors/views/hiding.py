"""Asking to be hidden, for everybody; and deciding on it, for publishers.

The form has a token against forged requests, so that the visitor who opens it gets a cookie; the pages of the
roll give none.
"""

from __future__ import annotations

from flask import Response, render_template, request

from doorward import Invalid, Refused, current_caller, limit, reading, wants_json, whole_number
from doorward import access as door

from .. import access
from ..actions import asking
from ..queries import requests
from .base import GENEROUS, blueprint, for_all, page, shared, to
from .base import translated as _

_publisher = door.role("admin", access.PUBLISHER)


@for_all("/people/<int:person_id>/hiding")
@door.public
@door.publishes(access.PUBLISHED)
@limit(GENEROUS, per="address")
def hiding(person_id: int, wrong: Refused | None = None) -> Response:
    if wrong is not None and wants_json():
        raise wrong
    with reading() as db:
        person = access.listed_person(db, person_id)
    problems = wrong.fields if isinstance(wrong, Invalid) else {"": wrong.message} if wrong else {}
    text = render_template(
        "honors/hiding.html", person=person, problems=_said(problems), typed=request.form, **shared()
    )
    return Response(text, wrong.status if wrong else 200)


def _said(problems: dict[str, str]) -> dict[str, str]:
    return {name: _(sentence) for name, sentence in problems.items()}


@for_all("/people/<int:person_id>/hiding", "POST")
@door.public
@limit("60/hour", per="address")
def ask_to_hide(person_id: int) -> Response:
    """Sixty in an hour: a class behind one address, and no flood for whoever reads them."""
    given = request.form
    try:
        asking.ask(current_caller(), person_id, given.get("who", ""), given.get("words", ""), given.get("contact", ""))
    except Invalid as wrong:
        answer: Response = hiding(person_id, wrong)
        return answer
    return to("hiding_asked")


@for_all("/hiding")
@door.public
@limit(GENEROUS, per="address")
def hiding_asked() -> Response:
    return Response(render_template("honors/hiding_asked.html", **shared()))


@blueprint.get("/honors/admin/requests")
def hide_requests(wrong: Refused | None = None) -> Response:
    above = min(whole_number(request.args.get("above")) or 0, access.LARGEST)
    with reading() as db:
        waiting, further = requests.waiting(db, above)
    may_publish = bool(current_caller().roles & {"admin", access.PUBLISHER})
    return page("admin/requests.html", wrong, waiting=waiting, further=further, may_publish=may_publish)


@blueprint.post("/honors/admin/requests/<int:number>/decision")
@_publisher
@limit("1200/hour")
def decide_hiding(number: int) -> Response:
    """The form says which, so that a second click decides nothing else."""
    hide = {"hide": True, "show": False}.get(request.form.get("decision", ""))
    if hide is None:
        raise Invalid({"decision": "Say whether the person is hidden."})
    asking.decide(current_caller(), number, hide=hide)
    return to("hide_requests")
