"""Refusals as answers: a small page for people, JSON for programs, an entry in the journal, never internals.

(OWASP ASVS 16.5.1, 16.5.3, 16.3.2.)
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException

from doorward.core.journal import REFUSED
from doorward.errors import (
    CsrfRefused,
    FactorDue,
    Forbidden,
    Invalid,
    Limited,
    NotFound,
    NotSignedIn,
    PasswordDue,
    Refused,
    ScopeMissing,
    SignInAgain,
    TokenRefused,
    TooLarge,
    Unavailable,
    WrongMethod,
    WrongType,
)
from doorward.store.limits import LimitReached
from doorward.web.held_forms import refusal_page
from doorward.web.here import Here, here
from doorward.web.next_page import safe_next

_log = logging.getLogger("doorward.answers")

_TITLES = {
    400: "That did not work",
    401: "Please sign in",
    403: "You may not do this",
    404: "Nothing here",
    405: "Not possible here",
    409: "Changed in the meantime",
    413: "Too large",
    415: "Wrong kind of content",
    421: "Wrong address",
    422: "Something needs attention",
    429: "Slow down a little",
    500: "Something went wrong",
    503: "Busy right now",
}
_FROM_HTTP: dict[int, type[Refused]] = {
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    405: WrongMethod,
    413: TooLarge,
    415: WrongType,
}


def wants_json() -> bool:
    """Is the caller a program? It says so: by its token, by what it accepts, or by asking under /api/."""
    if here().sends_token or request.path.startswith("/api/"):
        return True
    named = dict(request.accept_mimetypes)  # what only `*/*` covers is not asked for
    return named.get("application/json", 0) > named.get("text/html", 0)


def install(app: Flask) -> None:
    """Answer every refusal and every unexpected exception of the app's own code."""
    app.register_error_handler(Refused, lambda refusal: answer(here(), refusal))
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, lambda problem: answer_unexpected(here(), problem))


def answer(at: Here, refusal: Refused) -> Response:
    """The answer to a refused request; the refusals that matter for security are journaled."""
    as_json = wants_json()
    status = 403 if isinstance(refusal, CsrfRefused) and as_json else refusal.status
    if not as_json and request.method in ("GET", "HEAD") and _signing_in_helps(at, refusal):
        return _to_sign_in(at, refusal)
    if (status in (401, 403, 429) or isinstance(refusal, CsrfRefused)) and not isinstance(refusal, TokenRefused):
        journal_refusal(at, refusal)  # the check of tokens has written its own entry, which knows more
    response = _json(refusal, status) if as_json else _kept(at, refusal, status) or _page(refusal, status)
    if isinstance(refusal, LimitReached):
        at.standings.append(refusal.standing)
    if isinstance(refusal, Limited | Unavailable):
        response.headers["Retry-After"] = str(refusal.retry_after)
    if status == 401 or isinstance(refusal, ScopeMissing):
        response.headers["WWW-Authenticate"] = _challenge(refusal)
    return response


def _challenge(refusal: Refused) -> str:
    """What a program learns about its token (RFC 6750 section 3)."""
    words = ['Bearer realm="doorward"']
    if isinstance(refusal, TokenRefused | ScopeMissing):
        words.append(f'error="{refusal.code}"')
    if isinstance(refusal, ScopeMissing) and refusal.scopes:
        words.append(f'scope="{" ".join(refusal.scopes)}"')
    return ", ".join(words)


def answer_unexpected(at: Here, problem: Exception) -> Response:
    """500 with a number that finds the trace in the log, and nothing else."""
    _log.error("unexpected %s", type(problem).__name__, exc_info=problem, extra={"request": at.id})
    refusal = _Unexpected()
    if wants_json():
        return make_response(jsonify(error={"code": "internal", "message": refusal.message, "id": at.id}), 500)
    return _page(refusal, 500, incident=at.id)


class _Unexpected(Refused):
    code = "internal"
    status = 500
    default = "This is our fault, not yours. Nothing of what you sent was half done."


def _answer_http(problem: HTTPException) -> Any:
    if problem.response is not None or (problem.code or 500) < 400:
        return problem  # a redirect, or an answer that the app made itself
    status = problem.code or 500
    if status >= 500:
        return answer_unexpected(here(), getattr(problem, "original_exception", None) or problem)
    refusal = _FROM_HTTP.get(status, Refused)()
    refusal.status = status
    if status == 400:
        refusal.message = "The request could not be understood."
    response = answer(here(), refusal)
    for name, value in problem.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _signing_in_helps(at: Here, refusal: Refused) -> bool:
    # Whoever is signed in already would be sent back and forth, where an app answers 401 for "you may not".
    if isinstance(refusal, NotSignedIn):
        return not _known_caller(at).is_signed_in
    return isinstance(refusal, SignInAgain | PasswordDue | FactorDue)


def _to_sign_in(at: Here, refusal: Refused) -> Response:
    if isinstance(refusal, PasswordDue):
        return make_response(redirect("/account/password", 303))
    if isinstance(refusal, FactorDue):
        return make_response(redirect("/account/factors", 303))
    target = "/account/confirm" if isinstance(refusal, SignInAgain) else "/login"
    path = request.full_path.rstrip("?")
    at.is_private = True
    return make_response(redirect(f"{target}?next={quote(path, safe='/')}", 303))


def _json(refusal: Refused, status: int) -> Response:
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if isinstance(refusal, Invalid):
        error["fields"] = refusal.fields
    return make_response(jsonify(error=error), status)


def _page(refusal: Refused, status: int, incident: str | None = None) -> Response:
    try:
        page = render_template(
            "doorward/error.html",
            status=status,
            title=_TITLES.get(status, "That did not work"),
            message=refusal.message,
            incident=incident,
            retry_after=getattr(refusal, "retry_after", None),
            signin="/login" if status == 401 else _confirm_address() if isinstance(refusal, SignInAgain) else None,
        )
    except Exception as problem:  # the page of last resort needs nothing that could fail
        _log.error("the error page failed", exc_info=problem)
        page = f"{status} {HTTPStatus(status).phrase}"
    return make_response(page, status)


def _kept(at: Here, refusal: Refused, status: int) -> Response | None:
    """Where a fresh sign-in is missing, the form that was sent is kept and the password asked for right there."""
    page = refusal_page(at, _came_from()) if isinstance(refusal, SignInAgain) else None
    return None if page is None else make_response(page, status)


def _confirm_address() -> str:
    """Where one proves again who one is, and then goes on from the page on which the refused form stood."""
    return f"/account/confirm?next={quote(_came_from(), safe='/')}"


def _came_from() -> str:
    try:
        return safe_next(urlsplit(request.headers.get("Referer", "")).path)
    except ValueError:
        return "/"


def journal_refusal(at: Here, refusal: Refused) -> None:
    """Write the refusal down, but let nobody fill the journal: each address has a number of entries a minute."""
    if not at.door.limits.may_journal(at.door.limiter, at.client.address):
        _log.info("refused %s (not journaled: too many from one address)", refusal.code, extra={"request": at.id})
        return
    route = request.url_rule.rule if request.url_rule is not None else "(no route)"
    try:
        with at.door.store.transaction(_known_caller(at)) as tx:
            tx.journal(f"request.{refusal.code}", on=route, outcome=REFUSED, method=request.method)
    except Exception as problem:  # the refusal stands, journaled or not
        _log.error("a refusal could not be journaled", exc_info=problem, extra={"request": at.id})


def _known_caller(at: Here) -> Any:
    try:
        return at.caller
    except Exception:
        from doorward.core.access import Caller

        return Caller(address=at.client.address)
