"""`/register`: make an account without an invitation, where the setting `registration_open` allows it."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import Invalid, Limited, NotFound
from doorward.store.accounts import ACTIVE, UNVERIFIED
from doorward.web import access, emails, registration
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.here import Here, here
from doorward.web.new_passwords import profile_of, rules_to_show


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/register", "register_form", register_form, methods=["GET"])
    pages.add_url_rule("/register", "register", register, methods=["POST"])


@access.public
def register_form() -> ResponseReturnValue:
    """The form; who is signed in already has an account."""
    at = _where_open()
    return redirect("/account", 303) if at.caller.is_signed_in else _form(at, {})


@access.public
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("registration")
def register() -> ResponseReturnValue:
    at, form = _where_open(), posted_form()
    if at.caller.is_signed_in:
        return redirect("/account", 303)
    password = form.get("password", "")
    try:
        again, email = form.get("password_again", password), form.get("email", "")
        status = registration.register(at, form.get("username", ""), password, again, email)
    except Invalid as wrong:
        if wants_json():
            raise
        return _form(at, wrong.fields), wrong.status
    except Limited as limited:
        if wants_json():
            raise
        return _later(at, limited)
    if status == ACTIVE:
        return redirect("/", 303)
    if status == UNVERIFIED:
        return redirect("/register/verify", 303)
    flash(registration.WAITS, "ok")
    return redirect("/login", 303)


def _where_open() -> Here:
    at = here()
    if not registration.is_open(at.door.settings):
        raise NotFound
    return at


def _later(at: Here, limited: Limited) -> ResponseReturnValue:
    page = make_response(_form(at, {}, limited.retry_after), limited.status)
    page.headers["Retry-After"] = str(limited.retry_after)
    return page


def _form(at: Here, problems: dict[str, str], wait_seconds: int | None = None) -> str:
    return render_template(
        "doorward/register.html",
        problems=problems,
        username=request.form.get("username", "")[:200],
        email=request.form.get("email", "")[:254],
        email_asked=emails.is_asked_for(at.door.settings),
        email_needed=emails.is_needed(at.door.settings),
        domains=at.door.settings.registration_domains,
        rules=rules_to_show(at.door.parts),
        min_length=profile_of(at.door.parts).shortest,
        needs_approval=registration.needs_approval(at.door.settings),
        wait_seconds=wait_seconds,
    )
