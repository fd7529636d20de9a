"""`/api/openapi.json`, the description of the API; and `/api/account`: who am I, and how far do I reach?"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Blueprint, Response, request

from doorward.web import access, api
from doorward.web.here import Here, here
from doorward.web.openapi import describe

#: The kit's own scope, with what it means.
SCOPES = {"account:read": "See whose token this is, and how far it reaches"}

_NAMES = api.Listed(api.Line(100), 1000)
_ACCOUNT = api.Fields("Account", {"id": api.Line(40), "name": api.Line(200), "roles": _NAMES})
_TOKEN = api.Fields(
    "Token",
    {"id": api.Whole(), "name": api.Line(200), "expires_at": api.Maybe(api.Time("When it ends; null is never."))},
)
_CALLER = api.Fields(
    "Caller",
    {"account": api.Maybe(_ACCOUNT), "token": api.Maybe(_TOKEN), "scopes": api.Maybe(_NAMES)},
)


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/api/openapi.json", "api_description", description, methods=["GET"])
    pages.add_url_rule("/api/account", "api_account", account, methods=["GET"])


@access.public
@access.passive
@api.gives(api.AnyObject(), ready=True)
def description() -> Response:
    """This description of the API, OpenAPI 3.1.

    For everybody: it is made of the source, and holds nothing of anybody's.
    """
    text, tag = _document(here())
    response = Response(text, content_type="application/json")
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"  # kept, and asked for again: an update of the server changes it
    response.make_conditional(request)
    return response


def _document(at: Here) -> tuple[str, str]:
    """The text and its tag, made once for each transport."""
    kept: dict[bool, tuple[str, str]] = at.door.kept_descriptions
    if at.secure not in kept:
        settings = at.door.settings
        document = describe(
            at.door.census,
            at.door.scopes,
            settings.site_name,
            secure=at.secure,
            admin_enabled=settings.admin_enabled,
        )
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        kept[at.secure] = text, hashlib.sha256(text.encode()).hexdigest()[:32]
    return kept[at.secure]


@access.scope(*SCOPES)
@api.gives(_CALLER)
def account() -> dict[str, Any]:
    """Who am I, and how far do I reach?

    `scopes` is null for a session, which reaches as far as its account; `account` is null for a participant.
    """
    at = here()
    caller, token = at.caller, at.token
    known = {"id": caller.id, "name": caller.name, "roles": sorted(caller.roles)} if caller.is_signed_in else None
    ends = token.expires_at.isoformat() if token is not None and token.expires_at is not None else None
    return {
        "account": known,
        "token": {"id": token.token_id, "name": token.name, "expires_at": ends} if token is not None else None,
        "scopes": sorted(caller.scopes) if caller.scopes is not None else None,
    }
