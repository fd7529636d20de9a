"""`/setup/<code>`: the first administrator. The code works once, and only while there is no administrator.

The token from the environment (`bootstrap_token`) works in its place, and as often.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.core.access import ADMIN
from doorward.errors import Invalid, NotFound
from doorward.store import accounts, bootstrap, codes
from doorward.store.transaction import Transaction
from doorward.web import access
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.guesses import look_up
from doorward.web.here import Here, here
from doorward.web.new_passwords import new_account, profile_of, rules_to_show
from doorward.web.signing_in import start_session


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/setup/<code>", "setup", setup, methods=["GET", "POST"])


@access.public
@access.slow
@access.max_body("sign_in_max_body")
@access.counts("setup")
def setup(code: str) -> ResponseReturnValue:
    at = here()
    at.is_private = True
    if not look_up(at, at.door.limits.setup, lambda: _would_work(at, code)):
        return _gone()
    if request.method == "GET":
        return _form(at, code, {})
    try:
        _make_administrator(at, code)
    except Invalid as wrong:
        if wants_json():
            raise
        return _form(at, code, wrong.fields), wrong.status
    return redirect("/", 303)


def _would_work(at: Here, code: str) -> bool:
    with at.door.store.reading() as db:
        if accounts.has_administrator(db):
            return False
        return codes.holds(db, codes.SETUP, code, at.now) or bootstrap.holds(db, at.door.settings.bootstrap_token, code)


def _make_administrator(at: Here, code: str) -> None:
    form = posted_form()
    new = new_account(
        at.door.parts,
        form.get("username", ""),
        form.get("password", ""),
        form.get("password_again", form.get("password", "")),
        frozenset({ADMIN}),
    )
    with at.door.store.transaction(at.caller) as tx:
        by = _use(at, tx, code)
        if accounts.has_administrator(tx.db) or by is None:
            raise NotFound
        account = accounts.add(tx, new)
        tx.journal("account.created", on=f"account:{account.id}", name=account.name, roles=ADMIN, by=by)
        start_session(at, tx, account, keep=False)


def _use(at: Here, tx: Transaction, code: str) -> str | None:
    """Use up what the link carries. What it was; None if it does not work any more."""
    if codes.use(tx, codes.SETUP, code):
        return "setup code"
    return "bootstrap token" if bootstrap.use(tx, at.door.settings.bootstrap_token, code) else None


def _form(at: Here, code: str, problems: dict[str, str]) -> str:
    return render_template(
        "doorward/setup.html",
        code=code,
        problems=problems,
        username=request.form.get("username", ""),
        rules=rules_to_show(at.door.parts),
        min_length=profile_of(at.door.parts).shortest,
    )


def _gone() -> ResponseReturnValue:
    if wants_json():
        raise NotFound("This set-up code is unknown or was used.")
    return render_template("doorward/setup_gone.html"), 404
