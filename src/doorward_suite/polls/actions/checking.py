"""The AI check of what an audience proposes: switched on by the presenter, done by a job, and never in anybody's way.

Where it is on, each proposal waits until it was looked at. What is flagged, and what cannot be checked, goes on waiting
for the presenter.
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Select, select, update

from doorward import AiFailed, Caller, Job, Limited, NotFound, Transaction, ask_ai, grouped, reading

from .. import access, checking, live
from ..checking import AT_ONCE, DUE, FINE, UNSURE
from ..models import SHOWN, WAITING, Proposal

KIND = "polls.check"
_log = logging.getLogger("doorward.polls")


def let_check(actor: Caller, poll_id: int, on: bool) -> None:
    """Let the AI service look at proposals before they are shown, or no longer. What waits goes on waiting."""

    def work(tx: Transaction) -> None:
        poll = access.poll_to_present(tx.db, actor, poll_id)
        if poll.checked is not on:
            poll.checked = on
            tx.journal("poll.check_on" if on else "poll.check_off", on=f"poll:{poll.id}")

    grouped(actor, work)


def ask_for(tx: Transaction, made: Proposal) -> None:
    """Have a new proposal looked at. Where others are due already, the job for these looks at it too.

    The poll is held, so that of two who propose at once one sees the other.
    """
    others = _due(made.poll_id).where(Proposal.id != made.id)
    if tx.db.scalar(others.limit(1)) is None:
        tx.job(KIND, {"poll": made.poll_id})
    made.verdict = DUE


def _due(poll_id: int) -> Select[Any]:
    query = select(Proposal.id).where(Proposal.poll_id == poll_id, Proposal.status == WAITING)
    return query.where(Proposal.verdict == DUE).order_by(Proposal.id)


def check(job: Job) -> None:
    """The job: look at all that is due, so many at a time, until nothing is."""
    poll_id = int(job.arguments["poll"])
    try:
        while _check_some(poll_id):
            pass
    except (AiFailed, Limited, NotFound) as problem:
        _log.warning("proposals of poll %s wait for the presenter: %s", poll_id, problem.message)
        _give_up(poll_id)
    except Exception:
        _give_up(poll_id)
        raise


def _check_some(poll_id: int) -> bool:
    with reading() as db:
        query = select(Proposal.id, Proposal.text).where(
            Proposal.id.in_(_due(poll_id).limit(AT_ONCE).scalar_subquery())
        )
        due = [(number, text) for number, text in db.execute(query.order_by(Proposal.id))]
    if not due:
        return False
    texts = [text for _number, text in due]
    value = ask_ai(KIND, checking.TASK, checking.data_for(texts), checking.GIVES, counts_for=f"polls:{poll_id}")
    found = dict(zip((number for number, _text in due), checking.verdicts(len(due), value), strict=True))

    def work(tx: Transaction) -> None:
        # What the presenter has decided meanwhile is decided.
        waiting = select(Proposal).where(Proposal.id.in_(found), Proposal.status == WAITING).order_by(Proposal.id)
        there = tx.db.scalars(waiting.with_for_update().execution_options(populate_existing=True)).all()
        for one in there:
            one.verdict = found[one.id]
            if one.verdict == FINE:
                one.status = SHOWN
                live.tell_proposal(tx, one, WAITING)
        flagged = sum(one.verdict != FINE for one in there)
        tx.journal("poll.checked", on=f"poll:{poll_id}", proposals=len(there), flagged=flagged)

    grouped(Caller(), work)
    return True


def _give_up(poll_id: int) -> None:
    """Whatever is due waits for the presenter; what comes later is tried anew."""

    def work(tx: Transaction) -> None:
        due = (Proposal.poll_id == poll_id, Proposal.status == WAITING, Proposal.verdict == DUE)
        tx.db.execute(update(Proposal).where(*due).values(verdict=UNSURE))

    grouped(Caller(), work)
