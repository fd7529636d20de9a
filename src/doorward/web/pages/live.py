"""`/live`: a browser opens its stream. The door decides here; the server then holds the connection."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask import Blueprint, Response, request

from doorward.core.access import Caller
from doorward.core.csrf import browser_says_foreign
from doorward.core.sessions import ends_at
from doorward.core.streams import ENVIRON_KEY, StreamOpener, StreamRequest
from doorward.core.transport import address_group
from doorward.errors import BadRequest, Forbidden, NotFound, Unavailable
from doorward.web import access
from doorward.web.checks.caller import lifetimes
from doorward.web.checks.participant import session_ends
from doorward.web.checks.token import whole_caller
from doorward.web.here import Here, here
from doorward.web.topics import right_to

_MOST_TOPICS = 20
_LONGEST_NAME = 120


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/live", "live", live, methods=["GET"])


@access.public
@access.passive
def live() -> Response:
    """Open a stream of the wanted topics that this caller may listen to.

    A topic one may not hear is left out like one that does not exist; if none is left, there is nothing here.
    Only pages of this site open streams (OWASP ASVS 4.4.2): a browser says whose page it was.
    """
    at = here()
    _refuse_foreign(at)
    wanted = _wanted()
    caller = _whole_caller(at)
    rights = {name: mark for name in wanted if (mark := right_to(caller, name)) is not None}
    allowed = tuple(rights)
    if not allowed:
        raise NotFound
    _opener(at).open(
        StreamRequest(
            topics=allowed,
            since={name: wanted[name] for name in allowed if wanted[name]},
            listener=caller.visitor or secrets.token_hex(8),
            account_id=caller.account_id,
            session_id=caller.session_id,
            secret_id=at.token.secret_id if at.token is not None else None,
            address=address_group(at.client.address),
            expires_at=_expires_at(at),
            marks={name: mark for name, mark in rights.items() if mark},
        )
    )
    at.is_private = True
    return Response(status=200, content_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})


def _refuse_foreign(at: Here) -> None:
    """No check of the gate looks at where a GET comes from; but who holds a stream open holds a place."""
    if browser_says_foreign(request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin"), at.origin):
        raise Forbidden("Live pages are opened by pages of this site only.")


def _wanted() -> dict[str, str]:
    """Topics with their cursors. A browser that reconnects by itself names one cursor for all in Last-Event-ID."""
    names = request.args.getlist("topic")
    if not names or len(names) > _MOST_TOPICS or any(len(name) > _LONGEST_NAME for name in names):
        raise BadRequest(f"Name 1 to {_MOST_TOPICS} topics.")
    last = request.headers.get("Last-Event-ID", "")[:60]
    cursors = request.args.getlist("since")
    cursors += [""] * (len(names) - len(cursors))
    return {name: last or cursor[:60] for name, cursor in zip(names, cursors, strict=False)}


def _opener(at: Here) -> StreamOpener:
    opener: StreamOpener | None = at.environ.get(ENVIRON_KEY)
    if opener is None:
        raise Unavailable("This server does not hold live streams. Start it with `doorward serve`.", retry_after=60)
    return opener


def _whole_caller(at: Here) -> Caller:
    """Here each topic decides by itself what a token's holder brings along."""
    caller = at.caller
    return caller if at.token is None else whole_caller(at, at.token, caller.session_id)


def _expires_at(at: Here) -> datetime | None:
    ends = [
        ends_at(at.session.life, lifetimes(at, at.session.roles)) if at.session is not None else None,
        session_ends(at, at.participant) if at.participant is not None else None,
        at.token.expires_at if at.token is not None else None,
    ]
    return min((end for end in ends if end is not None), default=None)
