"""`/recover`: choose another password with a code that is sent to one's e-mail address."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import Invalid, Limited, NotFound
from doorward.store.mail_codes import RECOVER
from doorward.web import access, mail_recovery
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.here import Here, here
from doorward.web.mail_codes import WrongMailCode, form_code, is_asked, use_typed
from doorward.web.mailing import is_sent
from doorward.web.new_passwords import profile_of, rules_to_show
from doorward.web.pages.mail_links import link_page


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/recover", "recover_form", recover_form, methods=["GET"])
    pages.add_url_rule("/recover", "recover", recover, methods=["POST"])
    pages.add_url_rule("/recover/code", "recover_code_form", code_form, methods=["GET"])
    pages.add_url_rule("/recover/code", "recover_code", type_code, methods=["POST"])
    pages.add_url_rule("/recover/link/<link>", "recover_link", open_link, methods=["GET", "POST"])
    pages.add_url_rule("/recover/password", "recover_password_form", password_form, methods=["GET"])
    pages.add_url_rule("/recover/password", "recover_password", choose_password, methods=["POST"])


def _where_open() -> Here:
    at = here()
    at.is_private = True
    if not mail_recovery.is_open(at.door.settings):
        raise NotFound
    return at


@access.public
def recover_form() -> ResponseReturnValue:
    at = _where_open()
    return redirect("/account", 303) if at.caller.is_signed_in else _ask_page({})


@access.public
@access.counts("mail_codes")
def recover() -> ResponseReturnValue:
    """Ask for a code. The answer is the same for every address."""
    at = _where_open()
    if at.caller.is_signed_in:
        return redirect("/account", 303)
    try:
        mail_recovery.ask_code(at, posted_form().get("email", ""))
    except Invalid as wrong:
        if wants_json():
            raise
        return _ask_page(wrong.fields), wrong.status
    except Limited as limited:
        if wants_json():
            raise
        page = make_response(_ask_page({}, limited.retry_after), limited.status)
        page.headers["Retry-After"] = str(limited.retry_after)
        return page
    return redirect("/recover/code", 303)


def _ask_page(problems: dict[str, str], wait_seconds: int | None = None) -> str:
    return render_template(
        "doorward/recover.html",
        problems=problems,
        email=request.form.get("email", "")[:254],
        wait_seconds=wait_seconds,
        sent=is_sent(here().door.settings),
    )


@access.public
def code_form() -> ResponseReturnValue:
    at = _where_open()
    return _code_page() if is_asked(at, RECOVER) else redirect("/recover", 303)


@access.public
def type_code() -> ResponseReturnValue:
    at = _where_open()
    posted_form()
    try:
        use_typed(at, RECOVER, form_code())
    except WrongMailCode as wrong:
        if wants_json():
            raise
        return _code_page(wrong.message), wrong.status
    return redirect("/recover/password", 303)


def _code_page(error: str | None = None) -> str:
    return render_template("doorward/recover_code.html", error=error, sent=is_sent(here().door.settings))


@access.public
@access.counts("setup")
def open_link(link: str) -> ResponseReturnValue:
    at = _where_open()
    return link_page(at, RECOVER, link, "/recover/link", lambda _: redirect("/recover/password", 303))


@access.public
def password_form() -> ResponseReturnValue:
    at = _where_open()
    found = mail_recovery.account_here(at)
    return redirect("/recover", 303) if found is None else _password_page(at, found[0].name, {})


@access.public
@access.slow
@access.max_body("sign_in_max_body")
def choose_password() -> ResponseReturnValue:
    at, form = _where_open(), posted_form()
    password = form.get("password", "")
    found = mail_recovery.account_here(at)
    try:
        mail_recovery.set_password(at, password, form.get("password_again", password))
    except Invalid as wrong:
        if wants_json() or found is None:
            raise
        return _password_page(at, found[0].name, wrong.fields), wrong.status
    except WrongMailCode:
        if wants_json():
            raise
        flash("That took too long. Ask for another code.", "warn")
        return redirect("/recover", 303)
    flash("Your password is changed. Sign in with the new one.", "ok")
    return redirect("/login", 303)


def _password_page(at: Here, name: str, problems: dict[str, str]) -> str:
    return render_template(
        "doorward/recover_password.html",
        username=name,
        problems=problems,
        rules=rules_to_show(at.door.parts),
        min_length=profile_of(at.door.parts).shortest,
    )
