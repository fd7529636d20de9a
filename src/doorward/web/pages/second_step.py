"""`/login/factor`: the second step of signing in, for accounts that have a second factor."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from doorward.errors import Limited
from doorward.web import access, pending
from doorward.web.answers import wants_json
from doorward.web.factor_state import factor_state
from doorward.web.forms import posted_form
from doorward.web.here import Here, here
from doorward.web.next_page import safe_next
from doorward.web.pages.passkeys import claim_in
from doorward.web.passkey_step import answer_with_passkey
from doorward.web.passkeys import WrongPasskey
from doorward.web.pending import StepExpired
from doorward.web.second_step import answer_with_code, sign_in_under_way
from doorward.web.signing_in import WrongCredentials
from doorward.web.typed_codes import WrongCode

PATH = "/login/factor"


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule(PATH, "second_step_form", second_step_form, methods=["GET"])
    pages.add_url_rule(PATH, "second_step", second_step, methods=["POST"])


@access.public
@access.even_when_due
def second_step_form() -> ResponseReturnValue:
    try:
        return _form(here(), safe_next(request.args.get("next")))
    except StepExpired:
        return redirect("/login", 303)


@access.public
@access.even_when_due
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("sign_in_failures")
def second_step() -> ResponseReturnValue:
    at, form = here(), posted_form()
    wanted = safe_next(form.get("next"))
    try:
        _answer(at, form)
    except (StepExpired, WrongCredentials) as over:
        return _begin_again(at, over)
    except (WrongCode, WrongPasskey) as wrong:
        if wants_json():
            raise
        return _form(at, wanted, error=wrong.message), wrong.status
    except Limited as limited:
        if wants_json():
            raise
        page = make_response(_form(at, wanted, locked=limited.retry_after), limited.status)
        page.headers["Retry-After"] = str(limited.retry_after)
        return page
    return jsonify(signed_in=at.caller.name, next=wanted) if wants_json() else redirect(wanted, 303)


def _answer(at: Here, form: MultiDict[str, str]) -> None:
    claim = claim_in(form)
    if claim is not None:
        answer_with_passkey(at, claim)
    else:
        answer_with_code(at, form.get("code", ""))


def _begin_again(at: Here, over: StepExpired | WrongCredentials) -> ResponseReturnValue:
    """The first step does not hold any more: it took too long, or the account was changed in the meantime."""
    pending.forget(at)
    if wants_json():
        raise over
    flash(StepExpired.default, "warn")
    return redirect("/login", 303)


def _form(at: Here, wanted: str, error: str | None = None, locked: int | None = None) -> str:
    _, account = sign_in_under_way(at)
    return render_template(
        "doorward/second_step.html",
        factors=factor_state(at, account.id),
        next="" if wanted == "/" else wanted,
        error=error,
        locked_seconds=locked,
    )
