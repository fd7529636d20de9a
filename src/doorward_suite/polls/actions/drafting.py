"""Questions that the AI service drafts: asked for, written by a job, and kept until the presenter has read them.

Nothing here makes a question. Whoever takes one sends it as if they had typed it, by the form for that.
"""

from __future__ import annotations

import json

from sqlalchemy import delete, select

from doorward import (
    Caller,
    Conflict,
    Invalid,
    Job,
    Transaction,
    ask_ai,
    problem_with,
    reading,
    some_lines,
    transaction,
    whole_number,
)

from .. import access, suggesting
from ..kinds import IMAGE
from ..models import Suggestion
from ..queries import drafting as queries
from ..suggesting import DISTRACT, KINDS, LONGEST_WISH, MOST_NEW, NEW, REFINE

KIND = "polls.draft"
#: So many that were asked for before are kept for each person and poll.
_KEPT = 5
_USUAL_DISTRACTORS = 3


def ask_for_new(actor: Caller, poll_id: int, topic: str, kind: str, count: str, quiz: bool) -> None:
    """Ask for new questions about a topic.

    Errors:
        Invalid: no topic, kind or number. NotFound: not a poll of the actor's.
    """
    wish, number = some_lines(topic), whole_number(count) or 0
    problems = {
        "topic": problem_with(wish, LONGEST_WISH, what="The topic"),
        "kind": None if kind in KINDS else "Choose a kind of question.",
        "count": None if 1 <= number <= MOST_NEW else f"Ask for 1 to {MOST_NEW} questions.",
    }
    if wrong := {name: problem for name, problem in problems.items() if problem}:
        raise Invalid(wrong)
    with transaction(actor) as tx:
        poll = access.own_poll(tx.db, actor, poll_id)
        _ask(tx, actor, Suggestion(poll_id=poll.id, what=NEW, kind=kind, wish=wish, count=number, quiz=quiz))


def ask_about(actor: Caller, poll_id: int, question_id: int, what: str, wish: str) -> None:
    """Ask for a question in better words, or for wrong answers to it.

    Errors:
        Invalid: what is wished for. Conflict: a kind without wrong answers. NotFound: not a question of the actor's.
    """
    said = some_lines(wish)
    if said and (problem := problem_with(said, LONGEST_WISH, what="The wish")):
        raise Invalid({"wish": problem})
    if what not in (REFINE, DISTRACT):
        raise Invalid({"what": "Say refine or distract."})
    with transaction(actor) as tx:
        asked = access.own_question(tx.db, actor, poll_id, question_id)
        if asked.kind == IMAGE:
            raise Conflict("Questions with pictures are not sent to the AI service.")
        if what == DISTRACT and not suggesting.can_distract(asked.definition):
            raise Conflict("Only questions with options to choose from have wrong answers.")
        row = Suggestion(poll_id=poll_id, question_id=asked.id, what=what, kind=asked.kind, wish=said)
        row.count, row.quiz = _USUAL_DISTRACTORS, False
        _ask(tx, actor, row)


def _ask(tx: Transaction, actor: Caller, row: Suggestion) -> None:
    row.asked_by, row.given, row.job_id = actor.id, "", ""
    tx.db.add(row)
    tx.db.flush()
    row.job_id = tx.job(KIND, {"suggestion": row.id}, title="Questions from the AI service", owner=actor.id)
    mine = select(Suggestion.id).where(Suggestion.poll_id == row.poll_id, Suggestion.asked_by == actor.id)
    newest = list(tx.db.scalars(mine.order_by(Suggestion.id.desc()).limit(_KEPT)))
    tx.db.execute(
        delete(Suggestion).where(
            Suggestion.poll_id == row.poll_id, Suggestion.asked_by == actor.id, Suggestion.id < newest[-1]
        )
    )
    tx.journal("question.help_asked", on=f"poll:{row.poll_id}", what=row.what)


def draft(job: Job) -> None:
    """The job. Who asked must manage the poll still; what was asked about must still be there."""
    number = int(job.arguments["suggestion"])
    with reading() as db:
        row, asked = queries.asked_for(db, job.actor, number)
        what, kind, wish, count, quiz = row.what, row.kind, row.wish, row.count, row.quiz
    value = ask_ai(
        KIND,
        suggesting.task_for(what, kind, count, quiz),
        suggesting.data_for(what, wish, asked),
        suggesting.shape_for(what, kind, count, quiz, asked),
    )
    drafts = suggesting.read(what, value, kind, count, asked)
    with transaction(job.actor) as tx:
        row, _asked = queries.asked_for(tx.db, job.actor, number)
        row.given = json.dumps(suggesting.kept(drafts), ensure_ascii=False)


def forget_suggestions(tx: Transaction, account_id: str) -> None:
    """Somebody has left: what they asked for goes."""
    tx.db.execute(delete(Suggestion).where(Suggestion.asked_by == account_id))
