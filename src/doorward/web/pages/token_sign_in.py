"""`/login/token`: invited people who hold a token sign in here, and see here what it opens."""

from __future__ import annotations

from flask import Blueprint, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import Limited
from doorward.web import access
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.here import here
from doorward.web.next_page import safe_next
from doorward.web.token_sign_in import WrongToken, sign_in_with_token

_PATH = "/login/token"


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule(_PATH, "token_sign_in_form", form, methods=["GET"])
    pages.add_url_rule(_PATH, "token_sign_in", sign_in, methods=["POST"])


@access.public
def form() -> str:
    """The form; who is in already sees what for."""
    at = here()
    at.caller  # noqa: B018  (asking for the caller looks the session up)
    if at.participant is None:
        return _form(safe_next(request.args.get("next")))
    meanings = {scope.name: scope.meaning for scope in at.door.scopes}
    token = at.participant.token
    return render_template(
        "doorward/participant.html",
        name=token.name,
        scopes=[(scope, meanings.get(scope, "")) for scope in token.scopes.split()],
        expires=token.expires_at,
    )


@access.public
@access.max_body("sign_in_max_body")
@access.counts("sign_in_per_address")
def sign_in() -> ResponseReturnValue:
    typed = posted_form()
    wanted = safe_next(typed.get("next"))
    try:
        sign_in_with_token(here(), typed.get("token", ""))
    except WrongToken as wrong:
        if wants_json():
            raise
        return _form(wanted, wrong.message), wrong.status
    except Limited as limited:
        if wants_json():
            raise
        page = make_response(_form(wanted, locked=limited.retry_after), limited.status)
        page.headers["Retry-After"] = str(limited.retry_after)
        return page
    goes_to = _PATH if wanted == "/" else wanted
    return jsonify(signed_in=here().caller.name, next=goes_to) if wants_json() else redirect(goes_to, 303)


def _form(wanted: str, error: str | None = None, locked: int | None = None) -> str:
    shown = "" if wanted == "/" else wanted
    return render_template("doorward/token_login.html", next=shown, error=error, locked_seconds=locked)
