"""The gate: what every request passes before any line of the app, in this order and no other.

    transport   is it for a host of ours?                    before anything is built from the host
    size        is the body small enough?                    before anything parses it
    address     does this address flood us?                  before anything costs a query
    closed      is this part of the house open at all?       before anything tells that it is there
    encoding    is it text?                                  before anything reads its fields
    token       does the token hold, if one was sent?        a bad one is refused everywhere, also where all may enter
    csrf        did a page of ours send it?                  needs the session or visit, so it looks up the caller
    rule        may this caller enter?                       nobody enters where no rule is known
    limits      does the visitor do this too often?          counts only those who may do it at all
    files       does a form bring files along?               they reach the disk only from whoever may send them
    described   is it what the API's description says?       last: nobody's body is parsed who may not send it

The client's real address is settled even before, by the middleware, and the caller is looked up by the first
check that asks. The gate takes the place of Flask's `preprocess_request`, so that it answers before any
`before_request` function and any `url_value_preprocessor`, whenever they were registered. An address without a
route gets the router's answer at once: a hook that answered for it would be a route without a rule. Whatever
raises unexpectedly in here is refused, not let through.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from doorward.errors import BadRequest, Refused, TooLarge
from doorward.web import upload_form
from doorward.web.answers import answer, answer_unexpected
from doorward.web.checks import closed, csrf, described, encoding, limits, rule, size, token, transport
from doorward.web.here import Here, here

_log = logging.getLogger("doorward.gate")

ORDER: tuple[Callable[[Here], None], ...] = (
    transport.check,
    size.check,
    limits.check_address,
    closed.check,
    encoding.check,
    token.check,
    csrf.check,
    rule.check,
    limits.check_route,
    upload_form.take_in,
    described.check,
)
_OF_THE_ROUTER = (NotFound, MethodNotAllowed, RequestRedirect)
#: For addresses that lead nowhere: there is no rule to check, and nothing to forge.
ORDER_WITHOUT_ROUTE = (transport.check, size.check, limits.check_address, closed.check, encoding.check)


def install(app: Flask) -> None:
    """Put the gate before everything that the app does with a request."""
    behind = app.preprocess_request

    def preprocess_request() -> ResponseReturnValue | None:
        refused = pass_through()
        return refused if refused is not None else behind()

    app.preprocess_request = preprocess_request  # type: ignore[method-assign]


def pass_through() -> Response | None:
    """Check the running request. None lets it in; otherwise the answer of the refusal.

    Errors:
        HTTPException: the router's answer to an address that leads nowhere.
    """
    at = here()
    try:
        _check(at)
    except Refused as refusal:
        return answer(at, refusal)
    except RequestEntityTooLarge:
        return answer(at, TooLarge())
    except HTTPException as problem:
        if problem is request.routing_exception:
            raise  # Flask hands it to the app's own page for it, if there is one
        return answer(at, BadRequest())
    except Exception as problem:
        return answer_unexpected(at, problem)
    return None


def _check(at: Here) -> None:
    if request.endpoint is None:
        _check_without_route(at)
        return
    guarded = at.door.census.find(request.endpoint)
    at.demand = guarded.demand(request.method) if guarded else None
    at.environ["doorward.endpoint"] = request.endpoint
    for check in ORDER:
        check(at)


def _check_without_route(at: Here) -> None:
    for check in ORDER_WITHOUT_ROUTE:
        check(at)
    # A URL converter runs before the gate. Only the router's own answers count, not one that it brought along.
    found = request.routing_exception
    if found is None or type(found) not in _OF_THE_ROUTER or found.response is not None:
        raise BadRequest
    raise found
