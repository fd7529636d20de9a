"""The limit on a route, as a decorator: `@limit("60/minute")`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flask import current_app

from doorward.core.access import RouteLimit
from doorward.core.limits import parse_rate
from doorward.errors import StartRefused
from doorward.web.checks.limits import key_of
from doorward.web.here import here
from doorward.web.marks import marks_of, put_marks

View = TypeVar("View", bound=Callable[..., Any])


def limit(rate: str, *, per: str = "visitor") -> Callable[[View], View]:
    """Let each visitor, or each address, do this only so often. Several may stand on one view.

    Arguments:
        rate: `amount/window`, such as "60/minute" or "5/15minutes".
        per: "visitor" counts per account, token or browser, so that a classroom behind one address is not
            punished (law 8); "address" counts per address, IPv6 by /64.
    """
    if per not in ("visitor", "address"):
        raise StartRefused(f'limit(per={per!r}): use "visitor" or "address"')
    parse_rate(rate)  # a wrong rate stops the start, not the request
    declared = RouteLimit(rate, per)

    def decorate(view: View) -> View:
        marks = marks_of(view)
        put_marks(view, replace(marks, limits=(*marks.limits, declared)))
        return view

    return decorate


def also_counts(endpoint: str, times: int) -> None:
    """Let what this request brings count as so many requests of another route of the app, by the same visitor.

    For a route that takes several at once of what another takes alone: then nobody does more by it in an hour.

    Arguments:
        endpoint: the other route, whose limits these are.
        times: how many there are, from 1.

    Errors:
        Limited: they are too many by now; none was counted.
        LookupError: there is no such route, or it has no limit.
    """
    view = current_app.view_functions[endpoint]
    declared = marks_of(view).limits
    if not declared:
        raise LookupError(f"{endpoint} has no limit to count for")
    at = here()
    for one in declared:
        limit, key = at.door.limits.of_route(endpoint, one), key_of(at, one.per)
        at.standings.append(at.door.limiter.take(limit, key, times).standing)
