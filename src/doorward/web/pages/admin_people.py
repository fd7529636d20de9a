"""`/admin/people`: find somebody, see what they are, and change it. For administrators only; each change asks again."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.core.access import ADMIN, Caller
from doorward.core.names import name_key
from doorward.errors import Invalid, NotFound
from doorward.store import accounts, factors, journal, sessions
from doorward.store import people as directory
from doorward.store.accounts import DELETED, WAITING
from doorward.store.models import Account
from doorward.store.people import Filter
from doorward.store.store import Store
from doorward.web import access, people
from doorward.web.account_events import in_words
from doorward.web.agents import browser_name
from doorward.web.answers import wants_json
from doorward.web.forms import posted_form
from doorward.web.here import Here, here

_PER_PAGE = 50
_MOST_WAITING_SHOWN = 50
_STATUSES = ("active", "blocked", "waiting", "unverified")
_RESET = "The second factors of {} are reset: the password alone opens the account until a new one is set up."
_LIST = "/admin/people"

#: What an administrator does with one button: the act, what is said afterwards, and whether the person is still there.
_ACTS: dict[str, tuple[Callable[[Store, Caller, str], str], str, bool]] = {
    "approve": (people.approve, "{} is approved and may sign in now.", False),
    "refuse": (people.refuse, "{} is refused. The account is gone and its name is free.", False),
    "block": (people.block, "{} is blocked and signed out everywhere.", True),
    "unblock": (people.unblock, "{} may sign in again.", True),
    "end-sessions": (people.end_sessions, "{} is signed out everywhere.", True),
    "reset-factors": (people.reset_factors, _RESET, True),
    "delete": (people.delete, "{} is deleted. What they made stays.", False),
    "erase": (partial(people.delete, hard=True), "{} is deleted, and what they made goes within minutes.", False),
}


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule(_LIST, "people", list_people, methods=["GET"])
    pages.add_url_rule(f"{_LIST}/<account_id>", "person", one, methods=["GET"])
    pages.add_url_rule(f"{_LIST}/<account_id>/roles", "people_roles", set_roles, methods=["POST"])
    for name, (act, done, stays) in _ACTS.items():
        view = access.role("admin")(access.fresh(_act_on_person(act, done, stays=stays)))
        pages.add_url_rule(f"{_LIST}/<account_id>/{name}", f"people_{name}", view, methods=["POST"])


@access.role("admin")
def list_people() -> str:
    at = here()
    wanted, shown = _filter(at)
    with at.door.store.reading() as db:
        total = directory.how_many(db, wanted)
        pages = max(1, math.ceil(total / _PER_PAGE))
        page = min(max(1, request.args.get("page", 1, type=int)), pages)
        found = directory.page(db, wanted, (page - 1) * _PER_PAGE, _PER_PAGE)
        is_start = page == 1 and not any(shown.values())
        waiting = accounts.waiting(db, _MOST_WAITING_SHOWN) if is_start else []
        waiting_in_all = accounts.how_many_wait(db)
        protected = factors.who_has_second(db, [account.id for account in found])
    return render_template(
        "doorward/admin/people.html",
        people=[_row(at, account, account.id in protected) for account in found],
        waiting=[_row(at, account, False) for account in waiting],
        waiting_in_all=waiting_in_all,
        q=shown["q"],
        filters=shown,
        roles=[role.name for role in at.door.roles],
        page=page,
        pages=pages,
        total=total,
        base=f"{_LIST}?{urlencode({**{name: value for name, value in shown.items() if value}, 'page': ''})}",
    )


def _filter(at: Here) -> tuple[Filter, dict[str, str]]:
    """What is looked for, and how the form shows it. What is no choice of the form does not filter."""
    asked = request.args
    choices = {"status": _STATUSES, "role": [role.name for role in at.door.roles], "factor": ("yes", "no")}
    chosen = {name: asked.get(name, "") if asked.get(name) in known else "" for name, known in choices.items()}
    q = asked.get("q", "").strip()[:80]
    return Filter(search=name_key(q), **chosen), {"q": q, **chosen}


def _row(at: Here, account: Account, has_factor: bool) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "roles": sorted(accounts.split_roles(account.roles)),
        "status": account.status,
        "created": account.created_at,
        "seen": account.seen_at,
        "is_self": account.id == at.caller.id,
        "has_factor": has_factor,
    }


@access.role("admin")
def one(account_id: str) -> str:
    return _person_page(here(), account_id, {})


def _person_page(at: Here, account_id: str, problems: dict[str, str], chosen: frozenset[str] | None = None) -> str:
    with at.door.store.reading() as db:
        account = accounts.by_id(db, account_id)
        if account is None or account.status == DELETED:
            raise NotFound("Nobody has this account any more.")
        open_in = sessions.of_account(db, account.id)
        events = [in_words(entry) for entry in journal.about(db, f"account:{account.id}")]
        row = _row(at, account, factors.has_second(db, account.id))
        is_last = accounts.is_last_administrator(db, account.id)
    has = accounts.split_roles(account.roles)
    listed = [role for role in at.door.roles if role.name != "member"]
    return render_template(
        "doorward/admin/person.html",
        person={**row, "is_admin": ADMIN in has, "waits": account.status == WAITING, "is_last_admin": is_last},
        sessions=[{"browser": browser_name(s.agent), "address": s.address, "seen": s.seen_at} for s in open_in[:20]],
        sessions_in_all=len(open_in),
        events=events,
        roles=[(role.name, role.meaning, role.name in (has if chosen is None else chosen)) for role in listed],
        gone_roles=sorted(has - {role.name for role in listed}),
        problems=problems,
    )


@access.role("admin")
@access.fresh
def set_roles(account_id: str) -> ResponseReturnValue:
    at = here()
    wanted = frozenset(posted_form().getlist("role"))
    try:
        name = people.set_roles(at.door.store, at.caller, account_id, wanted, [role.name for role in at.door.roles])
    except Invalid as wrong:
        if wants_json():
            raise
        return _person_page(at, account_id, wrong.fields, wanted), wrong.status
    flash(
        f"{name} has the roles: {', '.join(sorted(wanted)) or 'member'}. They are signed out, and sign in anew.", "ok"
    )
    return redirect(f"{_LIST}/{account_id}", 303)


def _act_on_person(act: Callable[[Store, Caller, str], str], done: str, *, stays: bool) -> Callable[..., Any]:
    def view(account_id: str) -> ResponseReturnValue:
        at = here()
        flash(done.format(act(at.door.store, at.caller, account_id)), "ok")
        return redirect(f"{_LIST}/{account_id}" if stays else _LIST, 303)

    return view
