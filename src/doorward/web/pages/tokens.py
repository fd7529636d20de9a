"""`/account/tokens`: one's own access tokens. Making, rotating and revoking asks for a fresh sign-in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from doorward.core.token_life import DAYS, DEFAULT_DAYS, DEFAULT_OVERLAP, NEVER, OVERLAPS
from doorward.errors import Invalid, NotFound
from doorward.store import participants, tokens
from doorward.store.tokens import Listed
from doorward.web import access, token_actions
from doorward.web.agents import browser_name
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.helpers import page_address
from doorward.web.here import Here, here
from doorward.web.token_actions import Made

LIVES = [*((str(days), f"{days} days") for days in DAYS), (NEVER, "no end: until it is revoked")]
_OVERLAP_WORDS = {0: "not at all", 1: "for an hour", 24: "for a day", 168: "for a week"}
_OVERLAPS = [(str(hours), _OVERLAP_WORDS[hours]) for hours in OVERLAPS]


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/account/tokens", "tokens", own, methods=["GET"])
    pages.add_url_rule("/account/tokens/new", "token_form", form, methods=["GET"])
    pages.add_url_rule("/account/tokens/new", "token_create", create, methods=["POST"])
    pages.add_url_rule("/account/tokens/<int:number>", "token", one, methods=["GET"])
    pages.add_url_rule("/account/tokens/<int:number>/rotate", "token_rotate", rotate, methods=["POST"])
    pages.add_url_rule("/account/tokens/<int:number>/revoke", "token_revoke", revoke, methods=["POST"])
    sessions = "/account/tokens/<int:number>/sessions"
    pages.add_url_rule(f"{sessions}/end", "token_sessions_end", end_sessions, methods=["POST"])
    pages.add_url_rule(f"{sessions}/<int:session_id>/end", "token_session_end", end_session, methods=["POST"])


@access.member
def own() -> str:
    at = here()
    with at.door.store.reading() as db:
        rows = [shown(at, listed) for listed in tokens.of_owner(db, at.caller.id)]
    return render_template("doorward/tokens.html", rows=rows, any_scopes=bool(at.door.scopes))


@access.member
@access.fresh
def form() -> str:
    return _form({}, MultiDict())


def _form(problems: dict[str, str], typed: MultiDict[str, str]) -> str:
    return render_template(
        "doorward/token_new.html",
        scopes=here().door.scopes,
        lives=LIVES,
        problems=problems,
        typed={
            "name": typed.get("name", ""),
            "scopes": typed.getlist("scope"),
            "days": typed.get("days", str(DEFAULT_DAYS)),
            "for_person": bool(typed.get("for_person")),
        },
    )


@access.member
@access.fresh
def create() -> ResponseReturnValue:
    at, typed = here(), posted_form()
    try:
        new = token_actions.judged(
            at.caller.id,
            typed.get("name", ""),
            typed.getlist("scope"),
            [scope.name for scope in at.door.scopes],
            typed.get("days", ""),
            for_person=bool(typed.get("for_person")),
        )
    except Invalid as wrong:
        if wants_json():
            raise
        return _form(wrong.fields, typed), wrong.status
    _count_one_more(at)
    return _shown_once(token_actions.create(at.door.store, at.caller, new))


def _count_one_more(at: Here) -> None:
    """A stolen session shall not leave a hundred tokens behind."""
    taken = at.door.limiter.take(at.door.limits.token_generation, at.caller.id)
    at.standings.append(taken.standing)


def _shown_once(made: Made) -> ResponseReturnValue:
    here().is_private = True
    if wants_json():
        return jsonify(id=made.token_id, name=made.name, token=made.secret), 201
    return render_template("doorward/token_secret.html", made=made, sign_in=page_address("/login/token"))


@access.member
@access.fresh
def one(number: int) -> str:
    return _page(here(), number, {})


def _page(at: Here, number: int, problems: dict[str, str]) -> str:
    with at.door.store.reading() as db:
        listed = tokens.one(db, number)
        held = sessions_shown(db, number)
    if listed is None or listed.owner.id != at.caller.id:
        raise NotFound
    return render_template(
        "doorward/token.html",
        row=shown(at, listed),
        held=held,
        newest=listed.secret.id,
        lives=LIVES,
        overlaps=_OVERLAPS,
        chosen={"days": str(DEFAULT_DAYS), "overlap": str(DEFAULT_OVERLAP)},
        problems=problems,
    )


@access.member
@access.fresh
def rotate(number: int) -> ResponseReturnValue:
    at, typed = here(), posted_form()
    try:
        life, overlap = token_actions.judged_rotation(typed.get("days", ""), typed.get("overlap", ""))
    except Invalid as wrong:
        if wants_json():
            raise
        return _page(at, number, wrong.fields), wrong.status
    _count_one_more(at)
    newest = request.form.get("newest", type=int)
    made = token_actions.rotate(at.door.store, at.caller, number, life, overlap, owner_id=at.caller.id, newest=newest)
    return _shown_once(made)


@access.member
@access.fresh
def revoke(number: int) -> ResponseReturnValue:
    at = here()
    name = token_actions.revoke(at.door.store, at.caller, number, owner_id=at.caller.id)
    flash(f"The token “{name}” is revoked. Nothing gets in with it any more.", "ok")
    return redirect("/account/tokens", 303)


@access.member
@access.fresh
def end_session(number: int, session_id: int) -> ResponseReturnValue:
    at = here()
    token_actions.end_session(at.door.store, at.caller, number, session_id, owner_id=at.caller.id)
    flash("That session has ended. Whoever holds the token can sign in anew.", "ok")
    return redirect(f"/account/tokens/{number}", 303)


@access.member
@access.fresh
def end_sessions(number: int) -> ResponseReturnValue:
    at = here()
    token_actions.end_sessions(at.door.store, at.caller, number, owner_id=at.caller.id)
    flash("Everybody who was in with this token is signed out. Whoever holds it can sign in anew.", "ok")
    return redirect(f"/account/tokens/{number}", 303)


def sessions_shown(db: Any, number: int) -> list[dict[str, Any]]:
    """Who is in with a token, as the pages show it."""
    rows = participants.of_token(db, number) if 0 < number < 2**63 else []
    return [
        {"id": row.id, "browser": browser_name(row.agent), "address": row.address, "seen": row.seen_at} for row in rows
    ]


def shown(at: Here, listed: Listed) -> dict[str, Any]:
    """A token as the pages show it."""
    token, why = listed.token, listed.why_dead(at.now)
    meanings = {scope.name: scope.meaning for scope in at.door.scopes}
    return {
        "id": token.id,
        "name": token.name,
        "owner": listed.owner.name,
        "scopes": [(scope, meanings.get(scope, "")) for scope in token.scopes.split()],
        "for_person": token.for_person,
        "created": token.created_at,
        "expires": listed.secret.expires_at,
        "ended": token.revoked_at,
        "used": token.used_at,
        "used_from": token.used_from,
        "state": why or "works",
        "works": not why,
        "revoked": token.revoked_at is not None,
    }
