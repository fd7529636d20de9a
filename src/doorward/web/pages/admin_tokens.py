"""`/admin/tokens`: everybody's access tokens, for administrators. They can end one, and never see or make one."""

from __future__ import annotations

import math

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.core.names import name_key
from doorward.errors import NotFound
from doorward.store import tokens
from doorward.store.tokens import Filter
from doorward.web import access, token_actions
from doorward.web.here import here
from doorward.web.pages.tokens import sessions_shown, shown

_PER_PAGE = 50
_STATES = ("working", "ended")


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/admin/tokens", "all_tokens", everybodys, methods=["GET"])
    pages.add_url_rule("/admin/tokens/<int:number>", "any_token", one, methods=["GET"])
    pages.add_url_rule("/admin/tokens/<int:number>/revoke", "any_token_revoke", revoke, methods=["POST"])
    sessions = "/admin/tokens/<int:number>/sessions"
    pages.add_url_rule(f"{sessions}/end", "any_token_sessions_end", end_sessions, methods=["POST"])
    pages.add_url_rule(f"{sessions}/<int:session_id>/end", "any_token_session_end", end_session, methods=["POST"])


@access.role("admin")
def everybodys() -> str:
    at = here()
    owner, state = request.args.get("owner", "").strip()[:80], request.args.get("state", "")
    wanted = Filter(owner_key=name_key(owner), state=state if state in _STATES else "")
    with at.door.store.reading() as db:
        total = tokens.how_many(db, wanted, at.now)
        pages = max(1, math.ceil(total / _PER_PAGE))
        page = min(max(1, request.args.get("page", 1, type=int)), pages)
        found = tokens.page(db, wanted, at.now, (page - 1) * _PER_PAGE, _PER_PAGE)
    return render_template(
        "doorward/admin/tokens.html",
        rows=[shown(at, listed) for listed in found],
        total=total,
        page=page,
        pages=pages,
        owner=owner,
        state=wanted.state,
    )


@access.role("admin")
@access.fresh
def one(number: int) -> str:
    at = here()
    with at.door.store.reading() as db:
        listed = tokens.one(db, number)
        held = sessions_shown(db, number)
    if listed is None:
        raise NotFound
    return render_template("doorward/admin/token.html", row=shown(at, listed), held=held)


@access.role("admin")
@access.fresh
def revoke(number: int) -> ResponseReturnValue:
    at = here()
    name = token_actions.revoke(at.door.store, at.caller, number)
    flash(f"The token “{name}” is revoked. Nothing gets in with it any more.", "ok")
    return redirect("/admin/tokens", 303)


@access.role("admin")
@access.fresh
def end_session(number: int, session_id: int) -> ResponseReturnValue:
    at = here()
    token_actions.end_session(at.door.store, at.caller, number, session_id)
    flash("That session has ended. Whoever holds the token can sign in anew.", "ok")
    return redirect(f"/admin/tokens/{number}", 303)


@access.role("admin")
@access.fresh
def end_sessions(number: int) -> ResponseReturnValue:
    at = here()
    token_actions.end_sessions(at.door.store, at.caller, number)
    flash("Everybody who was in with this token is signed out. Whoever holds it can sign in anew.", "ok")
    return redirect(f"/admin/tokens/{number}", 303)
