"""The API of planning for organisers' programs, continued: consultations, tokens and moderation, by the pages' actions.

A program never gets a participant's token: it asks for a sheet, and the account that it belongs to fetches the sheet.
"""

from __future__ import annotations

from typing import Any

from doorward import Conflict, Limited, api, current_caller, limit, now, page_address, reading
from doorward import access as door

from . import access, shapes
from .actions import consultations, moderating, sheets
from .models import SHOWN, Sheet
from .phases import PHASES
from .queries import lists

Json = dict[str, Any]

_READ, _MANAGE, _MODERATE = door.scope(access.READ), door.scope(access.MANAGE), door.scope(access.MODERATE)
_NUMBER = api.asks(number=api.Whole(1))
_ONE = api.asks(number=api.Whole(1), contribution_id=api.Whole(1))


def add_to(pages: Any) -> None:
    """Put these addresses on the blueprint."""
    one = "/api/planning/<int:number>"
    contribution = f"{one}/contributions/<int:contribution_id>"
    for path, view, method in (
        ("/api/planning/", begin, "POST"),
        (one, settle, "PUT"),
        (one, delete, "DELETE"),
        (f"{one}/kinds", add_kind, "POST"),
        (f"{one}/kinds/<int:kind_id>", remove_kind, "DELETE"),
        (f"{one}/questions", ask, "POST"),
        (f"{one}/questions/<int:question_id>", drop_question, "DELETE"),
        (f"{one}/tokens", sheets_of, "GET"),
        (f"{one}/tokens", make_sheet, "POST"),
        (f"{one}/tokens/<int:sheet_id>", revoke_sheet, "DELETE"),
        (f"{one}/tokens/<int:sheet_id>/<int:token_id>", revoke_one, "DELETE"),
        (f"{contribution}/state", set_state, "PUT"),
        (f"{contribution}/category", sort, "PUT"),
        (f"{contribution}/grouping", group, "PUT"),
        (f"{one}/comments/<int:comment_id>/state", set_comment, "PUT"),
    ):
        pages.add_url_rule(path, f"api_writing_{view.__name__}", view, methods=[method])


@_MANAGE
@limit("300/hour")
@api.takes(shapes.BEGUN)
@api.gives(shapes.MADE, status=201, at="/api/planning/{id}")
def begin(body: Json) -> Json:
    """Begin a consultation, which collects from today. Its owner must be an organiser."""
    return {"id": consultations.begin(current_caller(), body["title"])}


@_MANAGE
@_NUMBER
@limit("600/hour")
@api.takes(shapes.SETTLED)
@api.gives(shapes.MADE)
def settle(number: int, body: Json) -> Json:
    """Say what a consultation is, all of it."""
    form = {name: body[name] for name in ("title", "about", "summary")}
    form |= {phase: body["begins"].get(phase) or "" for phase in PHASES}
    form |= {name: "1" if body[name] else "" for name in ("moderated", "open_link", "published")}
    form |= {"categories": "\n".join(body["categories"]), "dots": str(body["dots"])}
    consultations.settle(current_caller(), number, form)
    return {"id": number}


@_MANAGE
@_NUMBER
@api.gives(None)
def delete(number: int) -> None:
    """Delete a consultation: nobody reads it any more, and every token of it ends."""
    consultations.delete(current_caller(), number)


@_MANAGE
@_NUMBER
@limit("300/hour")
@api.takes(shapes.KIND)
@api.gives(shapes.MADE, status=201)
def add_kind(number: int, body: Json) -> Json:
    """Add a kind of participant."""
    return {"id": consultations.add_kind(current_caller(), number, body["name"])}


@_MANAGE
@api.asks(number=api.Whole(1), kind_id=api.Whole(1))
@api.refuses(Conflict)
@api.gives(None)
def remove_kind(number: int, kind_id: int) -> None:
    """Take a kind away that nobody is of."""
    consultations.remove_kind(current_caller(), number, kind_id)


@_MANAGE
@_NUMBER
@limit("300/hour")
@api.takes(shapes.QUESTION)
@api.gives(shapes.MADE, status=201)
def ask(number: int, body: Json) -> Json:
    """Add a question that contributions may answer."""
    return {"id": consultations.ask(current_caller(), number, body["text"])}


@_MANAGE
@api.asks(number=api.Whole(1), question_id=api.Whole(1))
@api.gives(None)
def drop_question(number: int, question_id: int) -> None:
    """Take a question away."""
    consultations.drop_question(current_caller(), number, question_id)


@_READ
@_NUMBER
@api.gives(shapes.SHEETS)
def sheets_of(number: int) -> Json:
    """The sheets of tokens, the newest first. The tokens themselves nobody is told again."""
    with reading() as db:
        access.organiser_in(db, current_caller(), number)
        return {"sheets": [_sheet(line.sheet) for line in lists.sheets_of(db, number)]}


def _sheet(one: Sheet) -> Json:
    return {
        "id": one.id,
        "kind": one.kind_id,
        "count": one.count,
        "by_link": one.by_link,
        "made_at": one.made_at.isoformat(),
        "ends_at": one.ends_at.isoformat(),
        "revoked": one.revoked_at is not None,
        "old": sheets.is_old(one, now()),
    }


@_MANAGE
@_NUMBER
@api.takes(shapes.WANTED_SHEET)
@api.refuses(Limited)
@api.gives(shapes.ASKED, status=202)
def make_sheet(number: int, body: Json) -> Json:
    """Ask for a sheet of tokens. The account that this token belongs to fetches it, in a browser, within a day."""
    enter = page_address("/planning/enter")
    return {"job": sheets.ask_for(current_caller(), number, body["kind"], body["count"], body["days"], enter)}


@_MANAGE
@api.asks(number=api.Whole(1), sheet_id=api.Whole(1))
@api.gives(shapes.ENDED)
def revoke_sheet(number: int, sheet_id: int) -> Json:
    """End all tokens of a sheet, with the sessions of who holds them."""
    return {"count": sheets.revoke_sheet(current_caller(), number, sheet_id)}


@_MANAGE
@api.asks(number=api.Whole(1), sheet_id=api.Whole(1), token_id=api.Whole(1))
@api.gives(None)
def revoke_one(number: int, sheet_id: int, token_id: int) -> None:
    """End one token, with the sessions of who holds it."""
    sheets.revoke_one(current_caller(), number, sheet_id, token_id)


@_MODERATE
@_ONE
@api.takes(shapes.STATE)
@api.gives(None)
def set_state(number: int, contribution_id: int, body: Json) -> None:
    """Show a contribution, or hide it with a reason."""
    if body["state"] == SHOWN:
        moderating.show(current_caller(), number, contribution_id)
    else:
        moderating.hide(current_caller(), number, contribution_id, body.get("reason", ""))


@_MODERATE
@_ONE
@api.takes(shapes.CATEGORY)
@api.gives(None)
def sort(number: int, contribution_id: int, body: Json) -> None:
    """Put a contribution into another category."""
    moderating.sort(current_caller(), number, contribution_id, body["category"])


@_MODERATE
@_ONE
@api.takes(shapes.TOGETHER)
@api.refuses(Conflict)
@api.gives(None)
def group(number: int, contribution_id: int, body: Json) -> None:
    """Say whether a contribution says the same as the one that was found beside it."""
    moderating.group(current_caller(), number, contribution_id, together=body["together"])


@_MODERATE
@api.asks(number=api.Whole(1), comment_id=api.Whole(1))
@api.takes(shapes.STATE)
@api.gives(None)
def set_comment(number: int, comment_id: int, body: Json) -> None:
    """Show a comment, or hide it with a reason."""
    shown = body["state"] == SHOWN
    moderating.set_comment(current_caller(), number, comment_id, shown=shown, reason=body.get("reason", ""))
