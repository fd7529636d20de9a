"""`/admin/security`: the state of the door, and of whom a second factor is required."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from doorward.store import factors, kit_settings, violations
from doorward.web import access
from doorward.web.forms import posted_form
from doorward.web.here import here
from doorward.web.pages.checks import last_check, last_proof
from doorward.web.proofs import latest_proof
from doorward.web.requiring import may_require, require_second_factor
from doorward.web.security_facts import facts


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/admin/security", "security", security, methods=["GET"])
    pages.add_url_rule("/admin/security/factors", "security_factors", require_factors, methods=["POST"])


@access.role("admin")
def security() -> str:
    at = here()
    with at.door.store.reading() as db:
        found = violations.latest(db)
        required, allowed = kit_settings.second_factor_of(db), may_require(at, factors.codes_left(db, at.caller.id))
    rows = [
        {
            "seen": row.last_at,
            "count": row.count,
            "directive": row.directive,
            "blocked": row.blocked,
            "page": row.page,
        }
        for row in found
    ]
    return render_template(
        "doorward/admin/security.html",
        facts=facts(at),
        check=last_check(at),
        can_check=at.door.checker is not None,
        proof=last_proof(at),
        own_proof=latest_proof(at),
        can_prove=at.door.prover is not None,
        violations=rows,
        required=required,
        may_require=allowed,
    )


@access.role("admin")
@access.fresh
def require_factors() -> ResponseReturnValue:
    require_second_factor(here(), posted_form().get("of", ""))
    flash("Saved. It counts from the next request on.", "ok")
    return redirect("/admin/security", 303)
