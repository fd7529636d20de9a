"""The last check at `/admin/security`: what it found, the button that checks now, and what each finding means."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from doorward.core.checks import Explained
from doorward.errors import NotFound, Refused
from doorward.store import check_runs
from doorward.web import access
from doorward.web.here import Here, here
from doorward.web.limit import limit
from doorward.web.proofs import ask_for_proof

_log = logging.getLogger("doorward.checks")

_STATES = {"high": "bad", "medium": "bad", "low": "warn", "note": "info"}
_NOTE = "note"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of finding in the last run: how often, and its first places."""

    id: str
    severity: str
    state: str
    what: str
    places: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The last run for the page: when, how many of each severity, what matters, and for a proof, what was tried."""

    at: datetime
    counts: tuple[tuple[str, int, str], ...]
    rows: tuple[Row, ...]
    notes: int
    numbers: Mapping[str, int]


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/admin/security/check", "security_check", check_now, methods=["POST"])
    pages.add_url_rule("/admin/security/proof", "security_proof", prove_now, methods=["POST"])
    pages.add_url_rule("/admin/security/findings/<finding_id>", "security_finding", finding)


@access.role("admin")
@access.slow
@limit("10/minute")
def check_now() -> ResponseReturnValue:
    at = here()
    checker = at.door.checker
    if checker is None:
        flash("This server cannot check itself. On the host, run: doorward check", "bad")
        return redirect("/admin/security#check", 303)
    try:
        checker.run(at.caller)
    except Refused:
        raise
    except Exception:
        _log.exception("the check could not run")
        flash("The check could not run; the log on the host says why. What is shown is of the run before.", "bad")
    else:
        flash("Checked just now.", "ok")
    return redirect("/admin/security#check", 303)


@access.role("admin")
@access.fresh
@limit("20/hour")
def prove_now() -> ResponseReturnValue:
    """A proof takes minutes: a job does it, whose page shows how far it is, and which has the report."""
    return redirect(f"/account/jobs/{ask_for_proof()}", 303)


@access.role("admin")
def finding(finding_id: str) -> str:
    at = here()
    with at.door.store.reading() as db:
        runs = [run for kind in (check_runs.CHECK, check_runs.PROVE) if (run := check_runs.last(db, kind)) is not None]
    found = [one for run in runs for one in run.findings if one.get("id") == finding_id]
    explained = at.door.checker.explain(finding_id) if at.door.checker is not None else None
    if explained is None and found:
        explained = _of_itself(found[0])
    if explained is None:
        raise NotFound
    return render_template(
        "doorward/admin/finding.html",
        kind=explained,
        state=_STATES.get(explained.severity, "info"),
        places=[(one.get("what", ""), one.get("where", "")) for one in found],
    )


def _of_itself(found: dict[str, Any]) -> Explained:
    """What a finding says of its kind, where nobody here knows the kind."""
    return Explained(
        id=str(found.get("id", "")),
        title=str(found.get("what", "")),
        severity=str(found.get("severity", _NOTE)),
        why=str(found.get("why", "")),
        mend=str(found.get("mend", "")),
        asvs=tuple(map(str, found.get("asvs", ()))),
    )


def last_check(at: Here) -> Shown | None:
    """The last run of `doorward check`; None if there was none."""
    return _last(at, check_runs.CHECK)


def last_proof(at: Here) -> Shown | None:
    """The last run of `doorward prove` that was kept; None if there was none."""
    return _last(at, check_runs.PROVE)


def _last(at: Here, kind: str) -> Shown | None:
    with at.door.store.reading() as db:
        run = check_runs.last(db, kind)
    if run is None:
        return None
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in run.findings:
        if one["severity"] != _NOTE:
            groups.setdefault((one["severity"], one["id"]), []).append(one)
    counts = run.summary.get("counts", {})
    return Shown(
        at=run.at,
        counts=tuple((name, int(counts.get(name, 0)), _STATES[name]) for name in _STATES if name != _NOTE),
        rows=tuple(_row(severity, finding_id, several) for (severity, finding_id), several in groups.items()),
        notes=int(counts.get(_NOTE, 0)),
        numbers={name: int(run.summary.get(name, 0)) for name in ("attacks", "held", "covered", "uncovered")},
    )


def _row(severity: str, finding_id: str, several: list[dict[str, Any]]) -> Row:
    places = tuple(one["where"] for one in several if one["where"])
    return Row(finding_id, severity, _STATES[severity], several[0]["what"], places[:3], max(0, len(several) - 3))
