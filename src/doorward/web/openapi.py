"""The description of the API, OpenAPI 3.1, made of the census: what is enforced is what is described."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doorward.core.access import ADMIN, Demand
from doorward.core.csrf import is_unsafe
from doorward.core.described import API, Answer, Described
from doorward.core.schemas import LARGEST, Fields, Keyed, Line, Schema, Text, Whole
from doorward.web.census import Census, Guarded, Route
from doorward.web.checks.csrf import HEADER
from doorward.web.cookies import SESSION, cookie_name
from doorward.web.scopes import Scope

_PARAMETER = re.compile(r"<(?:(?P<kind>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_LONGEST_SEGMENT = 200
_LONGEST_SENTENCE = 4000

_SENTENCE = Text(_LONGEST_SENTENCE, meaning="A sentence for people.")
_CODE = Line(60, "A stable word for programs.")
_ERROR = Fields("Error", {"error": Fields("Problem", {"code": _CODE, "message": _SENTENCE})})
_FIELD_ERROR = Fields(
    "FieldError",
    {"error": Fields("FieldProblems", {"code": _CODE, "message": _SENTENCE, "fields": Keyed(_SENTENCE)})},
)
_OUR_FAULT = Fields(
    "OurFault",
    {"error": Fields("Incident", {"code": _CODE, "message": _SENTENCE, "id": Line(40, "Finds the trace in the log.")})},
)

#: Every answer of the door that is a refusal: a name, what it means, its schema, its headers.
_REFUSALS: Mapping[int, tuple[str, str, Fields, tuple[str, ...]]] = {
    400: ("BadRequest", "The request, or its JSON, cannot be understood.", _ERROR, ()),
    401: ("NotSignedIn", "Neither a session nor a token that works was sent.", _ERROR, ("WWW-Authenticate",)),
    403: (
        "Forbidden",
        "The caller may not do this, the token lacks a scope, or the CSRF token is missing.",
        _ERROR,
        (),
    ),
    404: ("NotFound", "It is not there, or not for you.", _ERROR, ()),
    405: ("WrongMethod", "The address does not accept this method.", _ERROR, ("Allow",)),
    409: ("Conflict", "It is not in a state in which this can be done.", _ERROR, ()),
    413: ("TooLarge", "The body is too large.", _ERROR, ()),
    415: ("WrongType", "The body is not application/json.", _ERROR, ()),
    421: ("WrongHost", "This server does not answer for that host.", _ERROR, ()),
    422: ("Invalid", "Some fields or parameters are wrong; each is named.", _FIELD_ERROR, ()),
    429: ("Limited", "Too many requests.", _ERROR, ("Retry-After",)),
    500: ("Unexpected", "A fault of the server. Nothing was half done.", _OUR_FAULT, ()),
    503: ("Unavailable", "The server is busy. Nothing was changed.", _ERROR, ("Retry-After",)),
}
_HEADERS: Mapping[str, dict[str, Any]] = {
    "WWW-Authenticate": {"type": "string"},
    "Allow": {"type": "string"},
    "Retry-After": {"type": "integer", "minimum": 1},
    "Location": {"type": "string"},
    "ETag": {"type": "string"},
}
#: A token that does not work is refused everywhere, and so is a parameter of the query that nobody described.
_ALWAYS = (400, 401, 405, 413, 421, 422, 429, 500, 503)


def statuses_of(method: str, path: str, demand: Demand) -> frozenset[int]:
    """Every status of a refusal that this route may answer with: those of the door, and those that the view names."""
    described = demand.api or Described()
    found = {*_ALWAYS, *described.refuses}
    if not demand.rule.public or is_unsafe(method):
        found.add(403)
    if described.body is not None:
        found.add(415)
    if "<" in path or any(ADMIN in group for group in demand.rule.roles):
        found.add(404)
    return frozenset(found)


def describe(
    census: Census, scopes: Sequence[Scope], title: str, *, secure: bool, admin_enabled: bool
) -> dict[str, Any]:
    """The document.

    Arguments:
        census: where the routes stand.
        scopes: what the scopes mean.
        title: the name of the site.
        secure: whether it is asked for over TLS, which decides the session cookie's name.
        admin_enabled: without administration its routes answer 404, and are not told of.
    """
    named: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in _routes(census, admin_enabled):
        operation = _operation(route, census.find(route.endpoint), named)
        paths.setdefault(_PARAMETER.sub(r"{\g<name>}", route.path), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": _about(scopes)},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": named,
            "responses": {name: _refusal(status, named) for status, (name, *_) in _REFUSALS.items()},
            "securitySchemes": _schemes(secure),
        },
    }


def _routes(census: Census, admin_enabled: bool) -> Iterator[Route]:
    for route in census.routes():
        described = route.demand.api
        if not route.path.startswith(API) or described is None or described.undescribed:
            continue
        if admin_enabled or not any(ADMIN in group for group in route.demand.rule.roles):
            yield route


def _operation(route: Route, guarded: Guarded | None, named: dict[str, Any]) -> dict[str, Any]:
    described = route.demand.api or Described()
    answer = described.answer or Answer(204, None)
    refusals = {str(status): _refers(status) for status in sorted(statuses_of(route.method, route.path, route.demand))}
    summary, _, more = (getattr(guarded.view if guarded else None, "__doc__", None) or "").partition("\n")
    found: dict[str, Any] = {
        "operationId": f"{route.endpoint}.{route.method.lower()}",
        "tags": [route.path.removeprefix(API).split("/")[0].removesuffix(".json")],
        "summary": summary.strip(),
        "description": " ".join([*more.split(), f"Who may: {route.demand.rule}."]),
        "parameters": [*_parameters(route.path, described, named)],
        "responses": {str(answer.status): _answer(answer, named), **refusals},
        "security": _security(route),
    }
    if described.body is not None:
        found["requestBody"] = {"required": True, "content": _json(described.body.describe(named))}
    return found


def _parameters(path: str, described: Described, named: dict[str, Any]) -> Iterator[dict[str, Any]]:
    in_path = {found["name"]: _usual(found["kind"]) for found in _PARAMETER.finditer(path)}
    for name, usual in in_path.items():
        schema = described.asks.get(name, usual).describe(named)
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for name, asked in described.asks.items():
        if name not in in_path:
            yield {"name": name, "in": "query", "required": False, "schema": asked.describe(named)}


def _usual(kind: str | None) -> Schema:
    """What a parameter of the path is where nobody says more."""
    return Whole(0, LARGEST) if kind == "int" else Text(_LONGEST_SEGMENT, 1, "^[^/\\u0000]+$")


def _answer(answer: Answer, named: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"description": "Done." if answer.schema is None else "As asked."}
    if answer.schema is not None:
        found["content"] = _json(answer.schema.describe(named))
    if answer.location:
        found["headers"] = _headers(("Location",))
    return found


def _security(route: Route) -> list[dict[str, list[str]]]:
    """A session, whose changes need the CSRF token; or, where the route names scopes, a token. One of them suffices."""
    rule = route.demand.rule
    session: dict[str, list[str]] = {"session": []}
    if is_unsafe(route.method):
        session["csrf"] = []
    if rule.public:
        return [session] if is_unsafe(route.method) else []
    token = [{"token": sorted(rule.scopes)}] if rule.scopes and not rule.fresh else []
    return [*token, session]


def _refusal(status: int, named: dict[str, Any]) -> dict[str, Any]:
    _, meaning, schema, headers = _REFUSALS[status]
    found: dict[str, Any] = {"description": meaning, "content": _json(schema.describe(named))}
    return {**found, "headers": _headers(headers)} if headers else found


def _refers(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{_REFUSALS[status][0]}"}


def _headers(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"required": True, "schema": _HEADERS[name]} for name in names}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _schemes(secure: bool) -> dict[str, Any]:
    return {
        "token": {"type": "http", "scheme": "bearer", "description": "An access token, `dw_…`, with the scopes named."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(SESSION, secure),
            "description": "The session of somebody who signed in at /login.",
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": HEADER,
            "description": 'The content of <meta name="csrf-token"> of any page, for whatever changes something.',
        },
    }


def _about(scopes: Sequence[Scope]) -> str:
    lines = [
        "A program sends a token; a page of this site sends its session cookie and, to change something, the CSRF "
        "token. Fields and parameters that are not described are refused.",
        "",
        *(f"- `{scope.name}`: {scope.meaning or 'no meaning given'}" for scope in scopes),
    ]
    return "\n".join(lines).strip()
