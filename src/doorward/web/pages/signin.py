"""`/login` and `/logout`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from doorward.errors import Limited, NotFound
from doorward.web import access, emails, mail_recovery, registration, single_password
from doorward.web.answers import wants_json
from doorward.web.challenges import place_here
from doorward.web.forms import posted_form
from doorward.web.here import here
from doorward.web.next_page import safe_next
from doorward.web.oidc import leaving
from doorward.web.pages import second_step
from doorward.web.pages.passkeys import claim_in
from doorward.web.passkey_step import sign_in_with_passkey
from doorward.web.passkeys import Claim, WrongPasskey
from doorward.web.signing_in import NotVerified, WrongCredentials, sign_in, sign_out


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/login", "login_form", login_form, methods=["GET"])
    pages.add_url_rule("/login", "login", login, methods=["POST"])
    pages.add_url_rule("/login/passkey", "login_passkey", login_passkey, methods=["POST"])
    pages.add_url_rule("/logout", "logout", logout, methods=["POST"])
    pages.add_url_rule("/logout", "logout_page", logout_page, methods=["GET"])


@access.public
@access.even_when_due
def login_form() -> ResponseReturnValue:
    """The form; who is signed in already goes straight on."""
    wanted = safe_next(request.args.get("next"))
    if here().caller.is_signed_in:
        return redirect(wanted, 303)
    return _form(next=wanted)


@access.public
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("sign_in_per_address", "sign_in_failures")
def login() -> ResponseReturnValue:
    form = posted_form()
    name, password, keep = form.get("username", ""), form.get("password", ""), bool(form.get("keep"))
    if here().door.settings.admin_password is not None:
        return _signed_in(form, lambda: single_password.sign_in(here(), password, keep=keep))
    return _signed_in(form, lambda: sign_in(here(), name, password, keep=keep))


@access.public
@access.even_when_due
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("sign_in_per_address", "sign_in_failures")
def login_passkey() -> ResponseReturnValue:
    form = posted_form()
    claim, keep = claim_in(form) or Claim("", ""), bool(form.get("keep"))
    return _signed_in(form, lambda: sign_in_with_passkey(here(), claim, keep=keep))


def _signed_in(form: MultiDict[str, str], try_it: Callable[[], bool]) -> ResponseReturnValue:
    """The answer to a form of the sign-in page: on to where one wanted to go, to the second step, or the form again."""
    name, wanted, keep = form.get("username", ""), safe_next(form.get("next")), bool(form.get("keep"))
    try:
        complete = try_it()
    except NotVerified as unverified:
        if wants_json():
            raise
        return _to_verify(unverified)
    except (WrongCredentials, WrongPasskey) as wrong:
        if wants_json():
            raise
        return _form(next=wanted, error=wrong.message, username=name, keep=keep), wrong.status
    except Limited as limited:
        if wants_json():
            raise
        page = make_response(_form(next=wanted, username=name, keep=keep, locked=limited.retry_after), limited.status)
        page.headers["Retry-After"] = str(limited.retry_after)
        return page
    if not complete:
        return _second_step(wanted)
    return jsonify(signed_in=here().caller.name, next=wanted) if wants_json() else redirect(wanted, 303)


def _to_verify(unverified: NotVerified) -> ResponseReturnValue:
    """Who registered and has no code any more, or sits at another browser now, gets a new one."""
    try:
        emails.ask_again(here(), unverified.account_id)
    except (Limited, NotFound) as wrong:
        error = wrong.message if isinstance(wrong, Limited) else unverified.message
        return _form(next="/", error=error), wrong.status
    return redirect("/register/verify", 303)


def _second_step(wanted: str) -> ResponseReturnValue:
    address = f"{second_step.PATH}?{urlencode({'next': wanted})}" if wanted != "/" else second_step.PATH
    return jsonify(signed_in=None, next=address) if wants_json() else redirect(address, 303)


def _form(
    *, next: str, error: str | None = None, username: str = "", keep: bool = False, locked: int | None = None
) -> str:
    return render_template(
        "doorward/login.html",
        may_recover=mail_recovery.is_open(here().door.settings),
        may_register=registration.is_open(here().door.settings),
        passkeys=place_here(here()) is not None,
        next="" if next == "/" else next,
        error=error,
        username=username[:200],
        keep=keep,
        locked_seconds=locked,
        providers=here().door.parts.providers.listed,
    )


@access.public
@access.even_when_due
def logout() -> ResponseReturnValue:
    opened_by = leaving.opener_here(here())
    sign_out(here())
    if wants_json():
        return jsonify(signed_out=True)
    return redirect(f"/logout?{urlencode({'by': opened_by.key})}" if opened_by is not None else "/logout", 303)


@access.public
@access.even_when_due
def logout_page() -> ResponseReturnValue:
    """What one sees after signing out. Looking at it changes nothing: only the form signs out."""
    if here().caller.is_signed_in:
        return redirect("/account", 303)
    provider = leaving.way_out(here(), request.args.get("by", ""))
    return render_template("doorward/signed_out.html", provider=provider)
