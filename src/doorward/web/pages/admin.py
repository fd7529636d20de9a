"""`/admin` and `/admin/journal`. For the role `admin` only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.core.journal import OUTCOMES, Sealed
from doorward.store import accounts, journal
from doorward.store.journal import PAGE, Filter
from doorward.web import access
from doorward.web.here import here
from doorward.web.journal_state import chain_state

_ACCOUNT = "account:"
_FIELDS = ("who", "event", "outcome", "from", "to")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NO_DATE = "There is no such day. Write it as 2026-11-21."


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/admin", "admin", start, methods=["GET"])
    pages.add_url_rule("/admin/journal", "journal", read_journal, methods=["GET"])
    pages.add_url_rule("/admin/journal/export", "journal_export", export_journal, methods=["GET"])


@access.role("admin")
def start() -> ResponseReturnValue:
    return redirect("/admin/people", 303)


@access.role("admin")
@access.slow
def read_journal() -> ResponseReturnValue:
    at = here()
    problems = _problems()
    wanted, shown = _filter(problems), {name: request.args.get(name, "")[:80] for name in _FIELDS}
    with at.door.store.reading() as db:
        entries = journal.page(db, _by_name(db, wanted), PAGE + 1)
        events = journal.event_names(db)
        names = accounts.names_of(db, _accounts_in(entries[:PAGE]))
    chain = chain_state(at.door.parts, at.now)
    older = f"?{urlencode({**shown, 'before': entries[PAGE - 1].seq})}" if len(entries) > PAGE else None
    page = render_template(
        "doorward/admin/journal.html",
        entries=[_shown(sealed, names) for sealed in entries[:PAGE]],
        filters=shown,
        problems=problems,
        events=events,
        outcomes=OUTCOMES,
        older=older,
        newer=f"?{urlencode(shown)}" if wanted.before is not None else None,
        export_href="/admin/journal/export",
        chain=chain,
    )
    return page, 400 if problems else 200


def _problems() -> dict[str, str]:
    """What is wrong with the days that were asked for: one that is not there would silently find nothing."""
    return {name: _NO_DATE for name in ("from", "to") if not _is_day(request.args.get(name, ""))}


def _is_day(text: str) -> bool:
    try:
        return not text or bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _filter(problems: dict[str, str]) -> Filter:
    given = {name: "" if name in problems else request.args.get(name, "") for name in _FIELDS}
    return Filter(
        who=given["who"].strip()[:80],
        event=given["event"].strip()[:80],
        outcome=given["outcome"] if given["outcome"] in OUTCOMES else "",
        since=given["from"],
        until=given["to"],
        before=request.args.get("before", type=int),
    )


def _by_name(db: Any, wanted: Filter) -> Filter:
    """A person filters by name; the journal is indexed by the account's id."""
    from dataclasses import replace

    from doorward.core.names import name_key

    if not wanted.who:
        return wanted
    account = accounts.by_name_key(db, name_key(wanted.who))
    return replace(wanted, who=account.id) if account is not None else wanted


def _accounts_in(entries: list[Sealed]) -> set[str]:
    """The ids of the accounts to which something was done."""
    return {one.entry.on.removeprefix(_ACCOUNT) for one in entries if one.entry.on.startswith(_ACCOUNT)}


def _shown(sealed: Sealed, names: dict[str, str]) -> dict[str, Any]:
    entry = sealed.entry
    account_id = entry.on.removeprefix(_ACCOUNT) if entry.on.startswith(_ACCOUNT) else ""
    return {
        "seq": sealed.seq,
        "at": datetime.fromisoformat(entry.at),
        "who": entry.who_name or entry.who,
        "event": entry.event,
        "on": names.get(account_id, entry.on),
        "on_href": f"/admin/people/{account_id}" if account_id in names else None,
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
