"""`/admin/…`: people, the journal, the state of the door. For the role `admin` only."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.core.access import Caller
from doorward.core.journal import OUTCOMES, Sealed
from doorward.store import accounts, factors, journal
from doorward.store.journal import PAGE, Filter
from doorward.store.store import Store
from doorward.web import access, people
from doorward.web.here import here
from doorward.web.journal_state import chain_state

_PEOPLE_PER_PAGE = 50
_MOST_WAITING_SHOWN = 50
_RESET = "The second factors of {} are reset: the password alone opens the account until a new one is set up."


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/admin", "admin", start, methods=["GET"])
    pages.add_url_rule("/admin/people", "people", list_people, methods=["GET"])
    for name, act, done in (
        ("approve", people.approve, "{} is approved and may sign in now."),
        ("refuse", people.refuse, "{} is refused. The account is gone and its name is free."),
        ("block", people.block, "{} is blocked and signed out everywhere."),
        ("unblock", people.unblock, "{} may sign in again."),
        ("end-sessions", people.end_sessions, "{} is signed out everywhere."),
    ):
        view = access.role("admin")(_act_on_person(act, done))
        pages.add_url_rule(f"/admin/people/<account_id>/{name}", f"people_{name}", view, methods=["POST"])
    reset = access.role("admin")(access.fresh(_act_on_person(people.reset_factors, _RESET)))
    pages.add_url_rule("/admin/people/<account_id>/reset-factors", "people_reset-factors", reset, methods=["POST"])
    pages.add_url_rule("/admin/journal", "journal", read_journal, methods=["GET"])
    pages.add_url_rule("/admin/journal/export", "journal_export", export_journal, methods=["GET"])


@access.role("admin")
def start() -> ResponseReturnValue:
    return redirect("/admin/people", 303)


@access.role("admin")
def list_people() -> str:
    at = here()
    search = request.args.get("q", "").strip().casefold()[:80]
    with at.door.store.reading() as db:
        total = accounts.how_many(db, search)
        pages = max(1, math.ceil(total / _PEOPLE_PER_PAGE))
        page = min(max(1, request.args.get("page", 1, type=int)), pages)
        found = accounts.people(db, search, (page - 1) * _PEOPLE_PER_PAGE, _PEOPLE_PER_PAGE)
        waiting = accounts.waiting(db, _MOST_WAITING_SHOWN) if page == 1 and not search else []
        waiting_in_all = accounts.how_many_wait(db)
        protected = factors.who_has_second(db, [account.id for account in found])
    rows = [
        {
            "id": account.id,
            "name": account.name,
            "roles": sorted(accounts.split_roles(account.roles)),
            "status": account.status,
            "created": account.created_at,
            "seen": account.seen_at,
            "is_self": account.id == at.caller.id,
            "has_factor": account.id in protected,
        }
        for account in found
    ]
    return render_template(
        "doorward/admin/people.html",
        people=rows,
        waiting=[{"id": one.id, "name": one.name, "created": one.created_at} for one in waiting],
        waiting_in_all=waiting_in_all,
        q=search,
        page=page,
        pages=pages,
        total=total,
    )


def _act_on_person(act: Callable[[Store, Caller, str], str], done: str) -> Callable[..., ResponseReturnValue]:
    def view(account_id: str) -> ResponseReturnValue:
        at = here()
        flash(done.format(act(at.door.store, at.caller, account_id)), "ok")
        return redirect("/admin/people", 303)

    return view


@access.role("admin")
@access.slow
def read_journal() -> str:
    at = here()
    wanted, shown = _filter(), {name: request.args.get(name, "") for name in ("who", "event", "outcome", "from", "to")}
    with at.door.store.reading() as db:
        entries = journal.page(db, _by_name(db, wanted), PAGE + 1)
        events = journal.event_names(db)
    chain = chain_state(at.door.parts, at.now)
    older = f"?{urlencode({**shown, 'before': entries[PAGE - 1].seq})}" if len(entries) > PAGE else None
    return render_template(
        "doorward/admin/journal.html",
        entries=[_shown(sealed) for sealed in entries[:PAGE]],
        filters=shown,
        events=events,
        outcomes=OUTCOMES,
        older=older,
        newer=f"?{urlencode(shown)}" if wanted.before is not None else None,
        export_href="/admin/journal/export",
        chain=chain,
    )


def _filter() -> Filter:
    given = request.args
    return Filter(
        who=given.get("who", "").strip()[:80],
        event=given.get("event", "").strip()[:80],
        outcome=given.get("outcome", "") if given.get("outcome") in OUTCOMES else "",
        since=given.get("from", "")[:30],
        until=given.get("to", "")[:30],
        before=given.get("before", type=int),
    )


def _by_name(db: Any, wanted: Filter) -> Filter:
    """A person filters by name; the journal is indexed by the account's id."""
    from dataclasses import replace

    from doorward.core.names import name_key

    if not wanted.who:
        return wanted
    account = accounts.by_name_key(db, name_key(wanted.who))
    return replace(wanted, who=account.id) if account is not None else wanted


def _shown(sealed: Sealed) -> dict[str, Any]:
    entry = sealed.entry
    return {
        "seq": sealed.seq,
        "at": datetime.fromisoformat(entry.at),
        "who": entry.who_name or entry.who,
        "event": entry.event,
        "on": entry.on,
        "address": entry.address,
        "outcome": entry.outcome,
        "details": json.loads(entry.details),
    }


@access.role("admin")
@access.fresh
@access.slow
def export_journal() -> Response:
    """The whole journal as JSON Lines. Streamed, so that its length does not matter."""
    at = here()
    store = at.door.store
    with store.transaction(at.caller) as tx:
        tx.journal("journal.exported")

    def lines() -> Iterator[str]:
        with store.reading() as db:
            for sealed in journal.walk(db):
                yield sealed.as_json() + "\n"

    response = Response(lines(), content_type="application/jsonl; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="journal.jsonl"'
    return response
