"""`/account/factors`: one's own second factors. Every page of it asks that one has just proved who one is."""

from __future__ import annotations

import io

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.core import totp
from doorward.core.passkeys import MOST
from doorward.errors import FactorDue, Invalid, NotFound
from doorward.web import access, enrolling
from doorward.web.agents import browser_name
from doorward.web.answers import wants_json
from doorward.web.challenges import place_here
from doorward.web.dues import is_factor_due
from doorward.web.factor_state import factor_state
from doorward.web.forms import posted_form
from doorward.web.here import Here, here

_PAGE = "/account/factors"


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule(_PAGE, "factors", overview, methods=["GET"])
    pages.add_url_rule(f"{_PAGE}/totp", "totp_form", totp_form, methods=["GET"])
    pages.add_url_rule(f"{_PAGE}/totp", "totp_offer", totp_offer, methods=["POST"])
    pages.add_url_rule(f"{_PAGE}/totp/qr.svg", "totp_qr", totp_qr, methods=["GET"])
    pages.add_url_rule(f"{_PAGE}/totp/confirm", "totp_confirm", totp_confirm, methods=["POST"])
    pages.add_url_rule(f"{_PAGE}/totp/remove", "totp_remove", totp_remove, methods=["POST"])
    pages.add_url_rule(f"{_PAGE}/codes", "recovery_codes", recovery_codes, methods=["POST"])


@access.member
@access.fresh
@access.even_when_due
def overview() -> str:
    at = here()
    due = at.session is not None and is_factor_due(at.session)
    return render_template(
        "doorward/factors.html",
        factors=factor_state(at),
        due=FactorDue.default if due else None,
        passkeys=place_here(at) is not None,
        most=MOST,
        suggestion=browser_name(request.headers.get("User-Agent", "")),
    )


@access.member
@access.fresh
@access.even_when_due
def totp_offer() -> ResponseReturnValue:
    enrolling.offer_totp(here())
    return redirect(f"{_PAGE}/totp", 303)


@access.member
@access.fresh
@access.even_when_due
def totp_form() -> ResponseReturnValue:
    return _totp_page({})


def _totp_page(problems: dict[str, str]) -> ResponseReturnValue:
    secret = enrolling.offered_secret(here())
    if secret is None:
        return redirect(_PAGE, 303)
    return render_template("doorward/totp.html", secret=_in_groups(secret), problems=problems)


def _in_groups(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


@access.member
@access.fresh
@access.even_when_due
def totp_qr() -> Response:
    """The QR code of the offered secret, for this browser only: it is private, so no cache keeps it."""
    at = here()
    secret = enrolling.offered_secret(at)
    if secret is None:
        raise NotFound
    import segno

    drawn = io.BytesIO()
    code = segno.make(totp.address(secret, at.caller.name, at.door.settings.site_name), error="m", micro=False)
    code.save(drawn, kind="svg", scale=5, border=3, dark="#000", light="#fff")
    return Response(drawn.getvalue(), content_type="image/svg+xml")


@access.member
@access.fresh
@access.even_when_due
def totp_confirm() -> ResponseReturnValue:
    at = here()
    try:
        codes = enrolling.confirm_totp(at, posted_form().get("code", ""))
    except Invalid as wrong:
        if wants_json():
            raise
        page = _totp_page(wrong.fields)
        return (page, wrong.status) if isinstance(page, str) else page
    return shown_once(at, codes, "Your authenticator app is set up.")


@access.member
@access.fresh
def totp_remove() -> ResponseReturnValue:
    enrolling.remove_totp(here())
    flash("The authenticator app is removed. Everywhere else you are signed out.", "ok")
    return redirect(_PAGE, 303)


@access.member
@access.fresh
def recovery_codes() -> ResponseReturnValue:
    at = here()
    return shown_once(at, enrolling.new_codes(at), "The codes you had before work no more.")


def shown_once(at: Here, codes: list[str], done: str) -> ResponseReturnValue:
    """The page with new recovery codes; they are nowhere else, so there is no way back to it."""
    if not codes:
        flash(done, "ok")
        return redirect(_PAGE, 303)
    return render_template("doorward/recovery_codes.html", codes=codes, done=done)
