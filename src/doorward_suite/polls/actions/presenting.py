"""What the big screen shows, and the clock that runs on a question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from doorward import Caller, Conflict, Invalid, Transaction, grouped

from .. import access, live, queries
from ..models import OPEN, Question
from ..stage import TIMES, Stage, changed, stage_of
from .questions import note, on_question, open_now


def set_stage(actor: Caller, poll_id: int, wanted: Mapping[str, str]) -> Stage:
    """Change what every screen of a poll shows.

    Arguments:
        wanted: as `stage.changed` takes it.

    Results:
        What is shown now.
    """

    def work(tx: Transaction) -> Stage:
        poll = access.poll_to_present(tx.db, actor, poll_id)
        before = stage_of(poll.stage)
        after = changed(before, wanted)
        if after.showing is not None and after.showing != before.showing:
            access.own_question(tx.db, actor, poll_id, after.showing)
        if after.frozen and not before.frozen:
            poll.frozen = json.dumps(queries.presenter_snapshot(tx.db, poll, tx.now)["tallies"], ensure_ascii=False)
        elif not after.frozen:
            poll.frozen = None
        poll.stage = json.dumps(after.as_json())
        tx.journal("poll.stage_set", on=f"poll:{poll.id}", **dict(wanted))
        live.tell_stage(tx, poll_id, after)
        return after

    return grouped(actor, work)


def start_timer(actor: Caller, poll_id: int, question_id: int, seconds: int) -> None:
    """Let people answer for so many seconds more, by the server's clock; a question that is not open is opened.

    Arguments:
        seconds: 0 takes a timer away.
    """
    if seconds and seconds not in TIMES:
        raise Invalid({"seconds": f"A timer runs from {TIMES[0]} seconds to an hour."})

    def change(tx: Transaction, question: Question) -> None:
        if not seconds and question.status_at(tx.now) != OPEN:
            raise Conflict("No time runs on a question that is closed.")
        if question.status_at(tx.now) != OPEN:
            open_now(tx, actor, question)
        question.closes_at = tx.now + timedelta(seconds=seconds) if seconds else None
        note(tx, question, "question.timed", seconds=seconds)

    on_question(actor, poll_id, question_id, change)
