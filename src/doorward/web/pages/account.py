"""`/account`: one's own sessions and password."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import Invalid, NotFound
from doorward.store import accounts, emails, journal, sessions
from doorward.web import access
from doorward.web.account_events import in_words
from doorward.web.agents import browser_name
from doorward.web.answers import wants_json
from doorward.web.change_password import change_password
from doorward.web.confirm_page import confirm_page
from doorward.web.confirming import asks_for_code, confirm, must_be_fresh_with_factor
from doorward.web.dues import password_due
from doorward.web.factor_state import factor_state
from doorward.web.forms import posted_form
from doorward.web.held_forms import held_form
from doorward.web.here import here
from doorward.web.new_passwords import rules_to_show, shortest
from doorward.web.next_page import safe_next
from doorward.web.oidc.linking import has_password, identity_states
from doorward.web.pages.passkeys import claim_in
from doorward.web.signing_in import LockedOut, WrongCredentials


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/account", "account", overview, methods=["GET"])
    pages.add_url_rule("/account/password", "password_form", password_form, methods=["GET"])
    pages.add_url_rule("/account/password", "password", password, methods=["POST"])
    pages.add_url_rule("/account/confirm", "confirm_form", confirm_form, methods=["GET"])
    pages.add_url_rule("/account/confirm", "confirm", confirm_password, methods=["POST"])
    pages.add_url_rule("/account/here", "here", page_is_open, methods=["POST"])
    pages.add_url_rule("/account/sessions/<int:session_id>/end", "end_session", end_session, methods=["POST"])
    pages.add_url_rule("/account/sessions/end-others", "end_others", end_others, methods=["POST"])


@access.member
def overview() -> ResponseReturnValue:
    at = here()
    with at.door.store.reading() as db:
        account = accounts.by_id(db, at.caller.id)
        rows, email = sessions.of_account(db, at.caller.id), emails.verified(db, at.caller.id)
        events = [in_words(entry) for entry in journal.about(db, f"account:{at.caller.id}")]
    if account is None:
        raise NotFound
    shown = [
        {
            "id": row.id,
            "browser": browser_name(row.agent),
            "address": row.address,
            "started": row.created_at,
            "seen": row.seen_at,
            "current": row.id == at.caller.session_id,
        }
        for row in rows
    ]
    person = {
        "name": account.name,
        "roles": sorted(at.caller.roles),
        "email": email,
        "created": account.created_at,
        "password_changed": account.password_changed_at,
        "has_password": accounts.has_password(account),
    }
    return render_template(
        "doorward/account.html",
        account=person,
        sessions=shown,
        events=events,
        factors=factor_state(at),
        identities=identity_states(at),
    )


@access.member
@access.even_when_due
def password_form() -> str:
    must_be_fresh_with_factor(here())
    return _password_page({})


@access.member
@access.even_when_due
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("sign_in_per_address", "sign_in_failures")
def password() -> ResponseReturnValue:
    at, form = here(), posted_form()
    try:
        change_password(
            at,
            form.get("current_password", ""),
            form.get("password", ""),
            form.get("password_again", form.get("password", "")),
        )
    except Invalid as wrong:
        if wants_json():
            raise
        return _password_page(wrong.fields), wrong.status
    flash("Your password is changed. All your other sessions have ended.", "ok")
    return redirect("/account", 303)


def _password_page(problems: dict[str, str]) -> str:
    at = here()
    second_factor = asks_for_code(at)
    return render_template(
        "doorward/password.html",
        problems=problems,
        rules=rules_to_show(at.door.parts, second_factor=second_factor),
        min_length=shortest(at.door.parts, second_factor=second_factor),
        username=at.caller.name,
        has_password=has_password(at),
        due=password_due(at, at.session) if at.session is not None else None,
    )


@access.member
@access.even_when_due
def confirm_form() -> str:
    return confirm_page(here(), safe_next(request.args.get("next")))


@access.member
@access.even_when_due
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("sign_in_per_address", "sign_in_failures")
def confirm_password() -> ResponseReturnValue:
    form = posted_form()
    wanted = safe_next(form.get("next"))
    try:
        confirm(here(), form.get("password", ""), form.get("code", ""), claim_in(form))
    except (WrongCredentials, LockedOut) as wrong:
        if wants_json():
            raise
        later = {"Retry-After": str(wrong.retry_after)} if isinstance(wrong, LockedOut) else {}
        return confirm_page(here(), wanted, wrong.message, form.get("held")), wrong.status, later
    kept = held_form(here(), form.get("held", ""))
    if kept is None:
        return redirect(wanted, 303)
    return render_template("doorward/held.html", path=kept.path, fields=kept.fields, next=wanted)


@access.public
@access.passive
def page_is_open() -> ResponseReturnValue:
    """A page says that it is still open: for sessions that end with their last tab, of members and participants."""
    at = here()
    at.caller  # noqa: B018  (asking for the caller looks the session up)
    held = at.session or at.participant
    if held is not None:
        session_id = held.id
        at.door.store.grouped(at.caller, lambda tx: sessions.note_open_page(tx, session_id))
    return "", 204


@access.member
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of one's own sessions. Anybody else's does not exist."""
    at = here()
    with at.door.store.transaction(at.caller) as tx:
        own = {row.id for row in sessions.of_account(tx.db, at.caller.id)}
        if session_id not in own:
            raise NotFound
        sessions.end(tx, session_id)
        tx.journal("session.ended", on=f"account:{at.caller.id}", session=session_id)
    flash("That session has ended.", "ok")
    return redirect("/account", 303)


@access.member
def end_others() -> ResponseReturnValue:
    at = here()
    with at.door.store.transaction(at.caller) as tx:
        count = sessions.end_all(tx, at.caller.id, but=at.caller.session_id)
        tx.journal("session.others_ended", on=f"account:{at.caller.id}", count=count)
    flash("All your other sessions have ended.", "ok")
    return redirect("/account", 303)
