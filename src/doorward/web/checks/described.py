"""Last: is the request as the API's description says? What is not described is refused before the view runs.

(OWASP ASVS 2.2.1, 2.2.2, 4.1.1, 15.3.3.)
"""

from __future__ import annotations

from typing import Any

from flask import request

from doorward.core.described import BODY, Described
from doorward.core.json_text import read_json
from doorward.core.schemas import Flag, Schema, Whole, found_wrong
from doorward.errors import BadRequest, Invalid, NotFound, WrongType
from doorward.web.here import Here

_MOST_DIGITS = 20
_LONGEST_NAME = 60


def check(at: Here) -> None:
    """Check path, query and body of a described route, and hand what was sent to the view as arguments.

    Errors:
        NotFound: a parameter of the path is none. WrongType: the body is no JSON. BadRequest: it cannot be read.
        Invalid: a parameter or field is wrong; each is named.
    """
    described = at.demand.api if at.demand is not None else None
    if described is None or described.undescribed or request.method == "OPTIONS":
        return
    given: dict[str, Any] = request.view_args or {}
    for name, value in given.items():
        if name in described.asks and found_wrong(described.asks[name], value):
            raise NotFound
    taken = _query({name: schema for name, schema in described.asks.items() if name not in given})
    request.view_args = {**given, **taken, **_body(described)}


def _query(asked: dict[str, Schema]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, values in request.args.lists():
        if name not in asked:
            wrong[name[:_LONGEST_NAME]] = "There is no such parameter here."
        elif len(values) > 1:
            wrong[name] = "Give this once."
        else:
            found[name] = _typed(asked[name], values[0])
            if problems := found_wrong(asked[name], found[name]):
                wrong[name] = problems[""]
    if wrong:
        raise Invalid(dict([*wrong.items()][:20]))
    return found


def _typed(schema: Schema, text: str) -> Any:
    """The value that a text of the query means; the text itself where it means none, which the schema then refuses."""
    if isinstance(schema, Flag):
        return {"true": True, "false": False}.get(text, text)
    digits = text.removeprefix("-")
    if isinstance(schema, Whole) and digits.isascii() and digits.isdecimal() and len(digits) < _MOST_DIGITS:
        return int(text)
    return text


def _body(described: Described) -> dict[str, Any]:
    raw = request.get_data(cache=True)
    if described.body is None:
        if raw or request.form or request.files:  # what a check before this one has parsed is gone from the bytes
            raise BadRequest("This takes no body.")
        return {}
    _must_be_json()
    try:
        value = read_json(raw)
    except ValueError as problem:
        raise BadRequest(str(problem)) from None
    wrong = found_wrong(described.body, value)
    if wrong:
        raise Invalid(wrong)
    return {BODY: value}


def _must_be_json() -> None:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset not in ("utf-8", "utf8"):
        raise WrongType("Send the body as application/json.")
