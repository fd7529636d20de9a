"""`/reset/<code>`: choose another password with a link that the host made."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import Invalid, NotFound
from doorward.store.models import Account
from doorward.web import access, recovery
from doorward.web.answers import wants_json
from doorward.web.change_password import judge_reused
from doorward.web.forms import posted_form
from doorward.web.guesses import look_up
from doorward.web.here import Here, here
from doorward.web.new_passwords import judge_new_password, profile_of, rules_to_show


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/reset/<code>", "reset", reset, methods=["GET", "POST"])


@access.public
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("setup")
def reset(code: str) -> ResponseReturnValue:
    at = here()
    at.is_private = True
    account = look_up(at, at.door.limits.setup, lambda: recovery.account_of(at.door.parts, code))
    if account is None:
        if wants_json():
            raise NotFound("This link is unknown, used or expired.")
        return render_template("doorward/reset_gone.html"), 404
    if request.method == "GET":
        return _form(at, code, account, {})
    try:
        _set(at, code, account)
    except Invalid as wrong:
        if wants_json():
            raise
        return _form(at, code, account, wrong.fields), wrong.status
    flash("Your password is changed. Sign in with the new one.", "ok")
    return redirect("/login", 303)


def _set(at: Here, code: str, account: Account) -> None:
    form = posted_form()
    password = form.get("password", "")
    problems = judge_new_password(at.door.parts, password, form.get("password_again", password), account.name)
    problems = problems or judge_reused(at, account, password)
    if problems:
        raise Invalid(problems)
    recovery.set_password(at.door.parts, at.caller, code, account.id, at.door.hashing.hash(password))


def _form(at: Here, code: str, account: Account, problems: dict[str, str]) -> str:
    return render_template(
        "doorward/reset.html",
        code=code,
        username=account.name,
        problems=problems,
        rules=rules_to_show(at.door.parts),
        min_length=profile_of(at.door.parts).shortest,
    )
