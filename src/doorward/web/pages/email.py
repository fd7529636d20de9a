"""`/account/email`: one's e-mail address. `/register/verify` and `/verify/<link>`: showing that it is one's own."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import Conflict, Invalid, Limited, NotFound
from doorward.store import mail_codes
from doorward.store.accounts import ACTIVE, WAITING
from doorward.store.mail_codes import VERIFY
from doorward.store.mail_models import MailCode
from doorward.web import access, emails, registration
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.here import Here, here
from doorward.web.mail_codes import WrongMailCode, browser_of, form_code, is_asked, use_typed
from doorward.web.mailing import is_sent
from doorward.web.pages.mail_links import link_page


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/account/email", "email", overview, methods=["GET"])
    pages.add_url_rule("/account/email", "ask_email", ask, methods=["POST"])
    pages.add_url_rule("/account/email/code", "email_code", type_code, methods=["POST"])
    pages.add_url_rule("/account/email/again", "email_again", again, methods=["POST"])
    pages.add_url_rule("/account/email/cancel", "email_cancel", cancel, methods=["POST"])
    pages.add_url_rule("/account/email/remove", "email_remove", remove, methods=["POST"])
    pages.add_url_rule("/register/verify", "verify_form", verify_form, methods=["GET"])
    pages.add_url_rule("/register/verify", "verify", verify, methods=["POST"])
    pages.add_url_rule("/register/verify/again", "verify_again", verify_again, methods=["POST"])
    pages.add_url_rule("/verify/<link>", "verify_link", open_link, methods=["GET", "POST"])


# -- of who is signed in --------------------------------------------------------------------------------------


@access.member
def overview() -> str:
    return _overview({})


def _overview(problems: dict[str, str]) -> str:
    at = here()
    record = emails.state(at)
    return render_template(
        "doorward/email.html",
        address=record.address if record else None,
        verified=record.verified_at if record else None,
        wanted=record.wanted if record else None,
        asked=record is not None and record.wanted is not None and is_asked(at, VERIFY),
        typed=request.form.get("email", "")[:254],
        problems=problems,
        sent=is_sent(at.door.settings),
    )


@access.member
@access.fresh
@access.counts("mail_codes")
def ask() -> ResponseReturnValue:
    try:
        emails.ask_for(here(), posted_form().get("email", ""))
    except Invalid as wrong:
        if wants_json():
            raise
        return _overview(wrong.fields), wrong.status
    return redirect("/account/email", 303)


@access.member
@access.counts("mail_codes")
def again() -> ResponseReturnValue:
    at = here()
    emails.ask_again(at, at.caller.id)
    flash("Another code is on its way. Only the newest one works.", "ok")
    return redirect("/account/email", 303)


@access.member
def type_code() -> ResponseReturnValue:
    at = here()
    posted_form()
    try:
        _confirm(at, use_typed(at, VERIFY, form_code()))
    except WrongMailCode as wrong:
        if wants_json():
            raise
        return _overview({"code": wrong.message}), wrong.status
    except Conflict as wrong:
        if wants_json():
            raise
        return _overview({"email": wrong.message}), wrong.status
    return redirect("/account/email", 303)


def _confirm(at: Here, proved: MailCode) -> None:
    if proved.account_id != at.caller.id:
        raise WrongMailCode
    with at.door.store.transaction(at.caller) as tx:
        emails.confirm(at, tx, proved)
    flash("This is your address from now on.", "ok")


@access.member
def cancel() -> ResponseReturnValue:
    emails.stop_wanting(here())
    return redirect("/account/email", 303)


@access.member
@access.fresh
def remove() -> ResponseReturnValue:
    emails.remove(here())
    flash("Your address is removed.", "ok")
    return redirect("/account/email", 303)


# -- of who has just registered -------------------------------------------------------------------------------


def _waiting_here(at: Here) -> MailCode:
    """The code that this browser waits for. Raises NotFound where nobody registers with an address, or waits."""
    at.is_private = True
    if not emails.is_needed(at.door.settings):
        raise NotFound
    with at.door.store.reading() as db:
        found = mail_codes.asked(db, VERIFY, browser_of(at), at.now)
    if found is None:
        raise NotFound("Nothing waits to be verified in this browser. Sign in: if something does, you are led here.")
    return found


@access.public
def verify_form() -> ResponseReturnValue:
    _waiting_here(here())
    return _verify_page()


@access.public
def verify() -> ResponseReturnValue:
    at = here()
    _waiting_here(at)
    try:
        return _registered(at, use_typed(at, VERIFY, form_code()))
    except (WrongMailCode, Conflict) as wrong:
        if wants_json():
            raise
        return _verify_page(wrong.message), wrong.status


@access.public
@access.counts("mail_codes")
def verify_again() -> ResponseReturnValue:
    at = here()
    try:
        emails.ask_again(at, _waiting_here(at).account_id or "")
    except Limited as limited:
        if wants_json():
            raise
        return _verify_page(limited.message), limited.status, {"Retry-After": str(limited.retry_after)}
    flash("Another code is on its way. Only the newest one works.", "ok")
    return redirect("/register/verify", 303)


def _verify_page(error: str | None = None) -> str:
    return render_template("doorward/verify.html", error=error, sent=is_sent(here().door.settings))


def _registered(at: Here, proved: MailCode) -> ResponseReturnValue:
    status = registration.verified(at, proved)
    if status == ACTIVE:
        return redirect("/", 303)
    flash(registration.WAITS if status == WAITING else "Your address is verified. Sign in.", "ok")
    return redirect("/login", 303)


@access.public
@access.counts("setup")
def open_link(link: str) -> ResponseReturnValue:
    at = here()

    def used(proved: MailCode) -> ResponseReturnValue:
        if at.caller.is_signed_in:
            _confirm(at, proved)
            return redirect("/account/email", 303)
        return _registered(at, proved)

    return link_page(at, VERIFY, link, "/verify", used)
