"""Signing in by a provider: the buttons' forms, the address one comes back to, and the choice of a name."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import Invalid, Limited
from doorward.web import access
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.here import Here, here
from doorward.web.limit import limit
from doorward.web.next_page import safe_next
from doorward.web.oidc import arriving, flow, leaving, linking
from doorward.web.oidc.flow import CONFIRM, JOIN, LINK, SIGN_IN, Begun
from doorward.web.oidc.problems import FlowLost, ProviderDown, ProviderProblem

_OFTEN = "30/minute"
_WAITS = "Your account is made. It waits for approval: sign in once the person who runs this site has approved it."


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/login/oidc/<key>", "oidc_sign_in", sign_in, methods=["POST"])
    pages.add_url_rule("/login/oidc/<key>/callback", "oidc_callback", callback, methods=["GET"])
    pages.add_url_rule("/login/oidc/<key>/sign-out", "oidc_sign_out", signed_out_there, methods=["POST"])
    pages.add_url_rule("/join/<code>/oidc/<key>", "oidc_join", join, methods=["POST"])
    pages.add_url_rule(arriving.CHOOSE_NAME, "oidc_name_form", name_form, methods=["GET"])
    pages.add_url_rule(arriving.CHOOSE_NAME, "oidc_name", choose_name, methods=["POST"])
    pages.add_url_rule("/account/confirm/oidc/<key>", "oidc_confirm", confirm, methods=["POST"])
    pages.add_url_rule("/account/identities/<key>", "oidc_link", link, methods=["POST"])
    pages.add_url_rule("/account/identities/<int:number>/remove", "oidc_unlink", unlink, methods=["POST"])


@access.public
@access.even_when_due
@access.slow
@limit(_OFTEN)
def sign_in(key: str) -> ResponseReturnValue:
    return _leave(key, Begun(purpose=SIGN_IN, wanted=safe_next(posted_form().get("next"))))


@access.public
@access.slow
@limit(_OFTEN)
def join(code: str, key: str) -> ResponseReturnValue:
    """The invitation is looked at when the account is made; who guesses codes here learns nothing."""
    return _leave(key, Begun(purpose=JOIN, invitation=code[:100]))


@access.member
@access.even_when_due
@access.slow
@limit(_OFTEN)
def confirm(key: str) -> ResponseReturnValue:
    at = here()
    return _leave(key, Begun(purpose=CONFIRM, wanted=safe_next(posted_form().get("next")), account_id=at.caller.id))


@access.member
@access.fresh
@access.slow
@limit(_OFTEN)
def link(key: str) -> ResponseReturnValue:
    return _leave(key, Begun(purpose=LINK, wanted="/account", account_id=here().caller.id))


@access.member
@access.fresh
def unlink(number: int) -> ResponseReturnValue:
    name = linking.unlink(here(), number)
    flash(f"{name} no longer opens your account. Everywhere else you are signed out.", "ok")
    return redirect("/account", 303)


def _leave(key: str, begun: Begun) -> ResponseReturnValue:
    """A page that goes on to the provider by itself.

    A redirect would not do: browsers hold a form's redirects to `form-action`, so that the policy of the sign-in page
    would have to name every provider. This way no policy is loosened.
    """
    at = here()
    provider = at.door.parts.providers.named(key)
    try:
        address = flow.begin(at, provider, begun)
    except ProviderDown as down:
        return _problem(down)
    return jsonify(next=address) if wants_json() else _moving_on(address, f"On to {provider.name}")


def _moving_on(address: str, title: str) -> str:
    here().is_private = True
    return render_template("doorward/moving_on.html", address=address.replace("'", "%27"), title=title)


@access.public
@access.even_when_due
@access.slow
@limit(_OFTEN)
def callback(key: str) -> ResponseReturnValue:
    """The browser comes back with the provider's answer."""
    at = here()
    provider = at.door.parts.providers.named(key)
    if _came_without_cookies(at):
        return _moving_on(request.full_path, f"Back from {provider.name}")
    try:
        begun, proved = flow.finish(at, provider, request.args)
        return redirect(_carry_out(at, begun, proved), 303)
    except (ProviderProblem, ProviderDown) as problem:
        return _problem(problem)


def _came_without_cookies(at: Here) -> bool:
    """Did a provider's page lead here, while browsers send our cookies only from our own pages?

    The page that then moves on is one of ours, so the same address is asked for once more, with them.
    """
    strict = at.secure and at.door.settings.cookie_samesite == "strict"
    return strict and request.headers.get("Sec-Fetch-Site") == "cross-site"


def _carry_out(at: Here, begun: Begun, proved: flow.Proved) -> str:
    """Do what the person set out for. Where to go now."""
    if begun.purpose == LINK:
        linking.link(at, begun, proved)
        flash(f"{proved.provider.name} opens your account from now on.", "ok")
        return "/account"
    if begun.purpose == CONFIRM:
        complete = linking.confirm(at, begun, proved)
        return begun.wanted if complete else f"/account/confirm?{urlencode({'next': begun.wanted})}"
    return arriving.arrive(at, begun, proved)


@access.public
@access.even_when_due
@access.slow
@access.csrf_exempt("the provider itself sends this, and signs it; no browser has a part in it")
@limit("600/minute", per="address")
def signed_out_there(key: str) -> ResponseReturnValue:
    """Somebody has signed out at the provider: their sessions here that it opened end (OIDC Back-Channel Logout)."""
    at = here()
    at.is_private = True
    leaving.signed_out_there(at, at.door.parts.providers.named(key), posted_form().get("logout_token", ""))
    return "", 200


def _problem(problem: ProviderProblem | ProviderDown) -> ResponseReturnValue:
    """A page that says what to do; programs get JSON as everywhere."""
    at = here()
    if wants_json():
        raise problem
    signed_in = at.caller.is_signed_in
    page = make_response(
        render_template("doorward/provider_problem.html", title=problem.title, message=problem.message, back=signed_in),
        problem.status,
    )
    if isinstance(problem, ProviderDown):
        page.headers["Retry-After"] = str(problem.retry_after)
    return page


@access.public
def name_form() -> ResponseReturnValue:
    """For somebody whom the provider knows and we do not: which name shall it be?"""
    at = here()
    try:
        newcomer = arriving.newcomer_here(at)
    except FlowLost:
        return redirect("/login", 303)
    return _name_page(newcomer, arriving.suggested_name(at, newcomer), {})


@access.public
@access.max_body("sign_in_max_body")
@access.counts("registration")
def choose_name() -> ResponseReturnValue:
    at = here()
    typed = posted_form().get("username", "")
    try:
        goes_to = arriving.make_account(at, typed)
    except Invalid as wrong:
        if wants_json():
            raise
        return _name_page(arriving.newcomer_here(at), typed[:200], wrong.fields), wrong.status
    except FlowLost as lost:
        return _problem(lost)
    except Limited as limited:
        if wants_json():
            raise
        page = make_response(_name_page(arriving.newcomer_here(at), typed[:200], {}, limited.retry_after), 429)
        page.headers["Retry-After"] = str(limited.retry_after)
        return page
    if goes_to is None:
        flash(_WAITS, "ok")
    return redirect(goes_to or "/login", 303)


def _name_page(newcomer: arriving.Newcomer, name: str, problems: dict[str, str], wait: int | None = None) -> str:
    return render_template(
        "doorward/newcomer.html",
        provider=newcomer.proved.provider.name,
        username=name,
        problems=problems,
        needs_approval=newcomer.needs_approval,
        wait_seconds=wait,
    )
