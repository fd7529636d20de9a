"""What a route under `/api/` takes and answers, as decorators beside its rule; schemas are values.

    from doorward import access, api

    NEW = api.Fields("NewPoll", {"name": api.Line(120)})

    @app.post("/api/polls/")
    @access.scope("polls:write")
    @api.takes(NEW)
    @api.gives(POLL, status=201, at="/api/polls/{id}")
    def create(body): ...

This is the description at `/api/openapi.json`, and it is what is enforced: the gate refuses what is not as described
before the view runs, and an answer that is not as described does not leave.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Response, jsonify, make_response, request

from doorward.core.described import BODY, Answer, Described
from doorward.core.schemas import (
    AnyObject,
    ByKind,
    Choice,
    Fields,
    Flag,
    Keyed,
    Line,
    Listed,
    Maybe,
    Schema,
    Text,
    Time,
    Whole,
    found_wrong,
)
from doorward.errors import Refused, StartRefused
from doorward.web.here import here
from doorward.web.marks import marks_of, put_marks

__all__ = [
    "AnyObject",
    "ByKind",
    "Choice",
    "Fields",
    "Flag",
    "Keyed",
    "Line",
    "Listed",
    "Maybe",
    "Schema",
    "Text",
    "Time",
    "Whole",
    "asks",
    "gives",
    "refuses",
    "takes",
    "undescribed",
]

_log = logging.getLogger("doorward.api")

View = TypeVar("View", bound=Callable[..., Any])

#: The largest JSON body where a view says nothing else, in bytes.
LARGEST_BODY = 64 * 1024


def takes(schema: Schema, *, largest: int = LARGEST_BODY) -> Callable[[View], View]:
    """The JSON body of the request. The view gets it, checked, as the argument `body`.

    Arguments:
        schema: what it must be. Unknown fields are refused (OWASP ASVS 15.3.3).
        largest: its largest size, in bytes, unless `access.max_body` says another.
    """

    def decorate(view: View) -> View:
        marks = marks_of(view)
        cap = largest if marks.max_body is None else marks.max_body
        put_marks(view, replace(marks, max_body=cap, api=replace(marks.api or Described(), body=schema)))
        return view

    return decorate


def asks(**parameters: Schema) -> Callable[[View], View]:
    """Parameters of the path, which are refused with 404, and of the query, which may be left out.

    Arguments:
        parameters: each a `Whole`, `Text`, `Choice` or `Flag`. The view gets those that were sent as arguments.
    """
    for name, schema in parameters.items():
        if name == BODY or not isinstance(schema, Whole | Text | Choice | Flag):
            raise StartRefused(f"api.asks({name}=…): a parameter is a Whole, Text, Choice or Flag, and not named body")

    def change(described: Described) -> Described:
        return replace(described, asks={**described.asks, **parameters})

    return lambda view: _describe(view, change)


def refuses(*errors: type[Refused]) -> Callable[[View], View]:
    """Which refusals the view itself raises, such as `Conflict`. Those of the door need not be named."""
    statuses = frozenset(error.status for error in errors)

    def change(described: Described) -> Described:
        return replace(described, refuses=described.refuses | statuses)

    return lambda view: _describe(view, change)


def undescribed(reason: str) -> Callable[[View], View]:
    """Nothing is said of this route: it is not in the description, and the view must check what it takes by itself.

    Arguments:
        reason: why; `doorward routes` shows it.
    """
    if not reason:
        raise StartRefused("api.undescribed takes a reason")
    return lambda view: _describe(view, lambda described: replace(described, undescribed=reason))


def gives(schema: Schema | None, *, status: int = 200, at: str = "", ready: bool = False) -> Callable[[View], View]:
    """What the view answers: it returns plain values, and this makes the response of them.

    Arguments:
        schema: what the returned value must be; None for an answer without a body, 204.
        status: the HTTP status.
        at: the address of what was made, for the header Location, such as "/api/polls/{id}": fields of the answer and
            of the path stand in braces.
        ready: the view returns a response of its own, which is not checked.
    """
    answer = Answer(204 if schema is None else status, schema, at, ready)

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answered(*args: Any, **kwargs: Any) -> Any:
            try:
                value = view(*args, **kwargs)
            except Refused as refusal:
                _must_be_named(refusal)
                raise
            return value if answer.ready else _response(answer, value)

        return _describe(answered, lambda described: replace(described, answer=answer))  # type: ignore[return-value]

    return decorate


def _describe(view: View, change: Callable[[Described], Described]) -> View:
    marks = marks_of(view)
    put_marks(view, replace(marks, api=change(marks.api or Described())))
    return view


def _response(answer: Answer, value: Any) -> Response:
    if answer.schema is None:
        return make_response("", answer.status)
    wrong = found_wrong(answer.schema, value)
    if wrong:
        where = ", ".join(name or "(all of it)" for name in wrong)  # never the values themselves
        raise RuntimeError(f"the answer of {request.endpoint} is not as described: {where}")
    response = make_response(jsonify(value), answer.status)
    if answer.location:
        known = {**(request.view_args or {}), **value}
        response.headers["Location"] = answer.location.format_map({k: quote(str(v), "") for k, v in known.items()})
    return response


def _must_be_named(refusal: Refused) -> None:
    """A refusal that the description does not name: a developer learns it at once, a caller gets it all the same."""
    from doorward.web.openapi import statuses_of

    at = here()
    path = request.url_rule.rule if request.url_rule is not None else ""
    if at.demand is None or refusal.status in statuses_of(request.method, path, at.demand):
        return
    problem = f"{request.endpoint} answers {refusal.status} ({refusal.code}), which @api.refuses does not name"
    if not at.door.settings.production:
        raise RuntimeError(problem) from refusal
    _log.error("%s", problem)
