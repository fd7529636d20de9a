"""Leaving: `/account/export` gives a person what is stored about them, `/account/delete` closes their account."""

from __future__ import annotations

from flask import Blueprint, jsonify, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from doorward.core.access import Rule, judge
from doorward.errors import Conflict, Invalid, NotFound
from doorward.store import accounts, emails, leaving
from doorward.store.leaving import HARD, SOFT
from doorward.web import access, telling
from doorward.web.answers import wants_json
from doorward.web.confirming import confirm
from doorward.web.exporting import ask_for_export, latest_export
from doorward.web.factor_state import factor_state
from doorward.web.forms import posted_form
from doorward.web.here import Here, here
from doorward.web.jobs import shown
from doorward.web.limit import limit
from doorward.web.oidc.linking import has_password
from doorward.web.pages.passkeys import claim_in
from doorward.web.signing_in import LockedOut, WrongCredentials, forget_browser
from doorward.web.single_password import BUILT_IN

_BUILT_IN = "This account belongs to the setting admin_password. Whoever runs the server removes it there."
_LAST = "You are the last administrator. Make somebody else one first: without any, nobody could look after this site."
_HOW = "Say whether what you made stays or goes."


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/account/export", "export_form", export_form, methods=["GET"])
    pages.add_url_rule("/account/export", "export", export, methods=["POST"])
    pages.add_url_rule("/account/delete", "delete_form", delete_form, methods=["GET"])
    pages.add_url_rule("/account/delete", "delete", delete, methods=["POST"])


@access.member
@access.fresh
def export_form() -> str:
    last = latest_export()
    return render_template("doorward/export_ask.html", last=shown(last) if last is not None else None)


@access.member
@access.fresh
@limit("10/hour")
def export() -> ResponseReturnValue:
    address = f"/account/jobs/{ask_for_export()}"
    return (jsonify(job=address), 202) if wants_json() else redirect(address, 303)


@access.member
def delete_form() -> ResponseReturnValue:
    if not has_password(here()):
        _must_be_fresh(here())
    return _page()


@access.member
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("sign_in_per_address", "sign_in_failures")
def delete() -> ResponseReturnValue:
    """Ask once more who is there, then close the account. From that commit on nothing of it opens anything."""
    at, form = here(), posted_form()
    how = form.get("how", "")
    try:
        _refuse_what_cannot_go(at)
        if how not in (SOFT, HARD):
            raise Invalid({"how": _HOW})
        if has_password(at):
            confirm(at, form.get("password", ""), form.get("code", ""), claim_in(form))
        else:
            _must_be_fresh(at)
    except (WrongCredentials, LockedOut, Invalid, Conflict) as wrong:
        if wants_json():
            raise
        page = make_response(_page(wrong, how), wrong.status)
        if isinstance(wrong, LockedOut):
            page.headers["Retry-After"] = str(wrong.retry_after)
        return page
    _leave(at, how)
    return jsonify(deleted=True) if wants_json() else render_template("doorward/left.html", hard=how == HARD)


def _leave(at: Here, how: str) -> None:
    store = at.door.store
    with store.transaction(at.caller) as tx:
        account = accounts.held(tx, at.caller.id)
        if account is None or account.status != accounts.ACTIVE:
            raise NotFound
        name, address = account.name, emails.verified(tx.db, account.id)
        results = leaving.close(tx, account, how)
        telling.say_farewell(at, tx, address, name)
    store.drop_results(results)
    forget_browser(at)


def _refuse_what_cannot_go(at: Here) -> None:
    """Before the password is asked for: an answer that one may know, as it is on the page.

    Errors:
        Conflict: it is the built-in account, or the last administrator's.
    """
    if (reason := _why_not(at)) is not None:
        raise Conflict(reason)


def _why_not(at: Here) -> str | None:
    if at.caller.id == BUILT_IN:
        return _BUILT_IN
    with at.door.store.reading() as db:
        return _LAST if accounts.is_last_administrator(db, at.caller.id) else None


def _must_be_fresh(at: Here) -> None:
    """Who has no password proves who they are as they signed in: by the page that asks for that, just now.

    Errors:
        SignInAgain: it was not just now.
    """
    refusal = judge(Rule(fresh=True), at.caller, at.now, at.door.settings.fresh_for)
    if refusal is not None:
        raise refusal


def _page(wrong: WrongCredentials | LockedOut | Invalid | Conflict | None = None, how: str = "") -> str:
    at = here()
    return render_template(
        "doorward/delete.html",
        why_not=_why_not(at),
        apps=at.door.leaving,
        has_password=has_password(at),
        how=how,
        problems=wrong.fields if isinstance(wrong, Invalid) else {},
        error=wrong.message if isinstance(wrong, WrongCredentials | LockedOut) else None,
        factors=factor_state(at),
    )
