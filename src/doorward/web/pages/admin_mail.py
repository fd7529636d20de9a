"""`/admin/mail`: what waits to be sent, what was, and what could not be. No code is ever shown here.

An administrator who could read the codes of others could take over their accounts without anybody noticing.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from doorward.errors import Conflict
from doorward.store import mails
from doorward.store.mail_jobs import JOB
from doorward.store.mail_models import OutboxMail
from doorward.web import access
from doorward.web.here import Here, here
from doorward.web.mailing import is_sent, sender_of

_ON_A_PAGE = 50
_MOST_PAGES = 1000
_KINDS = {
    "verify": "Code to verify an address",
    "recover": "Code to choose a new password",
    "told": "Something happened",
    "farewell": "An account was deleted",
}


def add_to(pages: Blueprint) -> None:
    pages.add_url_rule("/admin/mail", "mail", overview, methods=["GET"])
    pages.add_url_rule("/admin/mail/<int:number>/again", "mail_again", again, methods=["POST"])


@access.role("admin")
def overview() -> str:
    at = here()
    state = request.args.get("state", "")
    page = min(max(request.args.get("page", 1, type=int), 1), _MOST_PAGES)
    with at.door.store.reading() as db:
        counts = mails.how_many(db)
        if state not in mails.STATES:  # what went wrong first
            state = next((one for one in (mails.FAILED, mails.WAITING) if counts[one]), mails.SENT)
        pages = max(1, -(-counts[state] // _ON_A_PAGE))
        page = min(page, pages)
        rows = [_shown(at, one) for one in mails.page(db, state, (page - 1) * _ON_A_PAGE, _ON_A_PAGE)]
    return render_template(
        "doorward/admin/mail.html",
        rows=rows,
        state=state,
        counts=counts,
        page=page,
        pages=pages,
        sent=is_sent(at.door.settings),
        sender=sender_of(at.door.settings),
    )


def _shown(at: Here, mail: OutboxMail) -> dict[str, object]:
    may_again = mail.state == mails.FAILED and mail.sealed is not None
    return {
        "id": mail.id,
        "about": _KINDS.get(mail.kind, mail.kind),
        "to": mail.recipient,
        "subject": mail.subject,
        "made": mail.created_at,
        "done": mail.done_at,
        "next": mail.next_at if mail.state == mails.WAITING else None,
        "attempts": mail.attempts,
        "problem": mail.problem,
        "outline": mail.outline,
        "again": may_again and (mail.expires_at is None or at.now < mail.expires_at),
    }


@access.role("admin")
def again(number: int) -> ResponseReturnValue:
    """Let a mail that failed be tried again now."""
    with here().door.store.transaction(here().caller) as tx:
        if not mails.try_again(tx, number):
            raise Conflict("This mail is not there any more, or its code has run out.")
        tx.job(JOB)
        tx.journal("mail.tried_again", on=f"mail:{number}")
    flash("It is tried again now.", "ok")
    return redirect("/admin/mail?state=waiting", 303)
