"""Fifth: did a page of ours send this? The browser's headers first, then always the token (law 5)."""

from __future__ import annotations

from datetime import timedelta

from flask import request

from doorward.core.csrf import browser_says_foreign, is_unsafe, make_token, token_holds
from doorward.errors import CsrfRefused
from doorward.web import upload_form
from doorward.web.cookies import SESSION, cookie_header
from doorward.web.here import Here, here
from doorward.web.visits import new_visit

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"


def check(at: Here) -> None:
    """Refuse what another site may have sent, and what does not carry this session's token."""
    if not is_unsafe(request.method):
        return
    if _is_program(at):
        upload_form.begin(at)
        return
    reason = browser_says_foreign(request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin"), at.origin)
    if reason is not None:
        raise CsrfRefused
    # Before anything reads the form, which parses the body. Of one that brings files, only what stands before them.
    upload_form.begin(at)
    if at.demand is not None and at.demand.csrf_exempt:
        return
    if not token_holds(_sent_token(at), _proofs(at)):
        raise CsrfRefused


def _is_program(at: Here) -> bool:
    """A browser sends no token by itself, so that nothing is forged; the check before this one saw that it holds."""
    return at.sends_token and at.caller.token_id is not None


def _sent_token(at: Here) -> str | None:
    # The header first: reading the form parses the body.
    return request.headers.get(HEADER) or request.form.get(FIELD)


def _proofs(at: Here) -> list[bytes]:
    at.caller  # noqa: B018  (looking up the caller tells whether the cookie is one of ours)
    if at.identifier is None:
        return []
    return at.door.keys.mac_all("csrf", at.identifier.encode())


def csrf_token() -> str:
    """The token for a form of this page. A visitor without a cookie gets one, since the token is tied to it."""
    at = here()
    at.caller  # noqa: B018
    if at.sends_token:
        return ""  # a program needs none, and gets no cookie
    if at.identifier is None:
        at.identifier = new_visit(at)
        at.set_cookies.append(cookie_header(at, SESSION, at.identifier, timedelta(days=365)))
    at.is_private = True  # a page with a token is for one browser only
    return make_token(at.door.keys.mac("csrf", at.identifier.encode()))
