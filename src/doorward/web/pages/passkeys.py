"""Passkeys: what the page's script asks for (`…/options`), and the forms that it fills in and sends.

The script asks for a challenge, hands it to the browser, and puts the answer into a hidden field of an ordinary form:
so whatever comes back is a page, and CSRF, limits and errors are those of every form.
"""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from doorward.errors import Conflict, Invalid
from doorward.web import access, passkeys
from doorward.web.answers import wants_json
from doorward.web.challenges import CONFIRM, SECOND_STEP, SIGN_IN
from doorward.web.forms import posted_form
from doorward.web.here import here
from doorward.web.limit import limit
from doorward.web.pages.factors import shown_once
from doorward.web.passkeys import Claim
from doorward.web.second_step import sign_in_under_way

_PAGE = "/account/factors"
_OFTEN = "60/minute"


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/login/passkey/options", "passkey_sign_in", sign_in_options, methods=["POST"])
    pages.add_url_rule("/login/factor/options", "passkey_second_step", second_step_options, methods=["POST"])
    pages.add_url_rule("/account/confirm/options", "passkey_confirm", confirm_options, methods=["POST"])
    pages.add_url_rule(f"{_PAGE}/passkeys/options", "passkey_options", registration_options, methods=["POST"])
    pages.add_url_rule(f"{_PAGE}/passkeys", "passkey_register", register, methods=["POST"])
    pages.add_url_rule(f"{_PAGE}/passkeys/<int:passkey_id>/remove", "passkey_remove", remove, methods=["POST"])


def claim_in(form: MultiDict[str, str]) -> Claim | None:
    """The answer of a passkey in a posted form; None where the form was sent without one."""
    answer = form.get("credential", "")
    return Claim(ticket=form.get("ticket", ""), answer=answer) if answer else None


@access.public
@access.even_when_due
@limit(_OFTEN)
def sign_in_options() -> ResponseReturnValue:
    return jsonify(passkeys.use_options(here(), SIGN_IN))


@access.public
@access.even_when_due
@limit(_OFTEN)
def second_step_options() -> ResponseReturnValue:
    """For the account whose password was right in this browser, and for nobody else."""
    at = here()
    _, account = sign_in_under_way(at)
    return jsonify(passkeys.use_options(at, SECOND_STEP, account.id))


@access.member
@access.even_when_due
@limit(_OFTEN)
def confirm_options() -> ResponseReturnValue:
    at = here()
    return jsonify(passkeys.use_options(at, CONFIRM, at.caller.id))


@access.member
@access.fresh
@access.even_when_due
@limit(_OFTEN)
def registration_options() -> ResponseReturnValue:
    return jsonify(passkeys.registration_options(here()))


@access.member
@access.fresh
@access.even_when_due
def register() -> ResponseReturnValue:
    at, form = here(), posted_form()
    claim = claim_in(form) or Claim("", "")
    try:
        codes = passkeys.register(at, claim, form.get("name", ""))
    except (Invalid, Conflict) as problem:
        if wants_json():
            raise
        flash(problem.message, "bad")
        return redirect(_PAGE, 303)
    return shown_once(at, codes, "Your passkey is set up.")


@access.member
@access.fresh
def remove(passkey_id: int) -> ResponseReturnValue:
    name = passkeys.remove(here(), passkey_id)
    flash(f"The passkey “{name}” is removed. Everywhere else you are signed out.", "ok")
    return redirect(_PAGE, 303)
