"""`/admin/invitations` makes links for new people; `/join/<code>` is where they lead."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from doorward.core.access import ADMIN
from doorward.core.roles import MEMBER_ROLE, judge_given, stored
from doorward.core.tokens import new_one_time_code
from doorward.errors import Invalid, NotFound
from doorward.store import accounts, invitations
from doorward.store.invitation_models import Invitation
from doorward.web import access
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.guesses import look_up
from doorward.web.helpers import page_address
from doorward.web.here import Here, here
from doorward.web.new_passwords import new_account, profile_of, rules_to_show
from doorward.web.signing_in import start_session

LIVES = {"1": "a day", "7": "a week", "30": "a month"}
MOST_USES = 500
_LONGEST_NOTE = 120


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/admin/invitations", "invitations", overview, methods=["GET"])
    pages.add_url_rule("/admin/invitations", "invite", invite, methods=["POST"])
    pages.add_url_rule("/admin/invitations/<int:number>/take-back", "take_back", take_back, methods=["POST"])
    pages.add_url_rule("/join/<code>", "join", join, methods=["GET", "POST"])


@access.role("admin")
def overview() -> str:
    return _overview({})


def _overview(problems: dict[str, str], made: str | None = None) -> str:
    at = here()
    with at.door.store.reading() as db:
        rows = [_shown(at, one) for one in invitations.latest(db)]
    return render_template(
        "doorward/admin/invitations.html",
        rows=rows,
        lives=list(LIVES.items()),
        roles=role_choices(at),
        typed=request.form,
        problems=problems,
        made=made,
        qr=_qr(made) if made else None,
    )


def role_choices(at: Here) -> list[tuple[str, str]]:
    """The roles that an invitation may give, the harmless first."""
    names = [role.name for role in at.door.roles]
    return [(name, name) for name in sorted(names, key=lambda name: (name == ADMIN, name != MEMBER_ROLE))]


def _shown(at: Here, one: Invitation) -> dict[str, object]:
    works = one.uses_left > 0 and at.now < one.expires_at
    return {
        "id": one.id,
        "note": one.note,
        "role": one.roles or "member",
        "expires": one.expires_at,
        "left": one.uses_left,
        "used": one.used,
        "state": "works" if works else "used up" if one.uses_left <= 0 else "expired",
        "works": works,
    }


def _qr(address: str) -> str:
    """The link as a picture, as a data address: it is on this one page only, and stored nowhere."""
    import segno

    return segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=2, dark="#000", light="#fff")


@access.role("admin")
@access.fresh
def invite() -> ResponseReturnValue:
    """Make an invitation. Its link is on the answer to this form, and never again."""
    at, form = here(), posted_form()
    try:
        roles, days, uses, note = _wanted(form, [role.name for role in at.door.roles])
    except Invalid as wrong:
        if wants_json():
            raise
        return _overview(wrong.fields), wrong.status
    code = new_one_time_code()
    with at.door.store.transaction(at.caller) as tx:
        made = invitations.add(tx, code, roles=roles, life=timedelta(days=days), uses=uses, note=note)
        tx.journal(
            "invitation.made", on=f"invitation:{made.id}", roles=sorted(roles) or ["member"], uses=uses, days=days
        )
    return _overview({}, page_address(f"/join/{code}")), 201


def _wanted(form: MultiDict[str, str], listed: list[str]) -> tuple[frozenset[str], int, int, str]:
    """Role, days, uses and note, as typed and found possible."""
    role, days, uses = form.get("role", ""), form.get("days", ""), form.get("uses", "")
    note = form.get("note", "").strip()
    problems = {}
    if problem := judge_given([role], listed):
        problems["role"] = problem
    if days not in LIVES:
        problems["days"] = "Choose how long it works."
    if not (uses.isascii() and uses.isdecimal() and 1 <= int(uses) <= MOST_USES):
        problems["uses"] = f"Write a number from 1 to {MOST_USES}."
    elif role == "admin" and int(uses) != 1:
        problems["uses"] = "An invitation for an administrator works once."
    if len(note) > _LONGEST_NOTE:
        problems["note"] = f"Use at most {_LONGEST_NOTE} characters."
    if problems:
        raise Invalid(problems)
    return stored([role]), int(days), int(uses), note


@access.role("admin")
def take_back(number: int) -> ResponseReturnValue:
    at = here()
    with at.door.store.transaction(at.caller) as tx:
        if not invitations.take_back(tx, number):
            raise NotFound
        tx.journal("invitation.taken_back", on=f"invitation:{number}")
    flash("That invitation no longer works.", "ok")
    return redirect("/admin/invitations", 303)


@access.public
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("registration")
def join(code: str) -> ResponseReturnValue:
    """Make one's own account."""
    at = here()
    at.is_private = True
    if look_up(at, at.door.limits.registration, lambda: _invitation(at, code)) is None:
        if wants_json():
            raise NotFound("This invitation is unknown, used up or expired.")
        return render_template("doorward/join_gone.html"), 404
    if request.method == "GET":
        return _form(at, code, {})
    try:
        _make_account(at, code)
    except Invalid as wrong:
        if wants_json():
            raise
        return _form(at, code, wrong.fields), wrong.status
    return redirect("/", 303)


def _invitation(at: Here, code: str) -> Invitation | None:
    with at.door.store.reading() as db:
        return invitations.find(db, code, at.now)


def _make_account(at: Here, code: str) -> None:
    form = posted_form()
    password = form.get("password", "")
    again = form.get("password_again", password)
    new = new_account(at.door.parts, form.get("username", ""), password, again, frozenset())
    with at.door.store.transaction(at.caller) as tx:
        invitation = invitations.use(tx, code)
        if invitation is None:
            raise NotFound
        account = accounts.add(tx, new)
        # An app may have left since the invitation was made: a role that is listed no more is given to nobody.
        roles = accounts.split_roles(invitation.roles) & {role.name for role in at.door.roles}
        account.roles = accounts.join_roles(roles)
        tx.journal(
            "account.created",
            on=f"account:{account.id}",
            name=account.name,
            roles=account.roles or "member",
            by=f"invitation:{invitation.id}",
        )
        start_session(at, tx, account, keep=False)


def _form(at: Here, code: str, problems: dict[str, str]) -> str:
    return render_template(
        "doorward/join.html",
        code=code,
        problems=problems,
        username=request.form.get("username", ""),
        rules=rules_to_show(at.door.parts),
        min_length=profile_of(at.door.parts).shortest,
        providers=[one for one in at.door.parts.providers.listed if one.lets_in_invited],
    )
