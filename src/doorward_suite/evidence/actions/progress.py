"""Taking an objective a step further, and saying something about it."""

from __future__ import annotations

import re

from sqlalchemy import insert

from doorward import Caller, Invalid, Transaction, grouped, problem_with, some_lines

from .. import access
from ..access import Seat
from ..models import Mention, Note, Progress
from ..queries import team
from ..queries.standing import standing_of
from ..stages import COLLECTED, COLLECTING, LONGEST_REASON, STEPS, Step, judge
from .telling import tell_named

COMMENT = "comment"
LONGEST_COMMENT = 4000
_MOST_MENTIONS = 20
#: A name as accounts have it, after an @ that does not stand within a word, as in a mail address.
_MENTIONED = re.compile(r"(?<![\w.@-])@(\w[\w.-]{0,38}\w)")


def take_step(
    actor: Caller, number: int, objective: str, step_name: str, reason: str = "", *, partly: bool = False
) -> None:
    """Take an objective from one stage to another.

    Arguments:
        objective: its id.
        step_name: one of `stages.STEPS`.
        reason: why; some steps ask for it.
        partly: with the finding "not met", that the requirement is met in part, where the standard knows that.

    Errors:
        NotFound, Forbidden: as of `access.seat_in`. Conflict, Invalid: as of `stages.judge`.
    """
    step = STEPS.get(step_name)
    if step is None:
        raise Invalid({"step": "There is no such step."})
    said = _checked(reason, LONGEST_REASON, "reason") if reason.strip() else ""

    def work(tx: Transaction) -> None:
        seat = access.seat_in(tx.db, actor, number, access.REVIEW if step.reviews else access.COLLECT)
        progress = access.progress_of(tx.db, seat, objective, lock=True)
        judge(step, standing_of(tx.db, progress), seat.account_id, said)
        if partly and not _can_be_partial(seat, progress):
            raise Invalid({"partly": "The standard knows no part of this requirement: it is met or not met."})
        _move(tx, progress, step, said, partly=partly)
        note(tx, progress, step.name, said)
        tx.journal(f"objective.{step.name}", on=name_of(progress))

    grouped(actor, work)


def _can_be_partial(seat: Seat, progress: Progress) -> bool:
    return access.requirement_in(seat, progress.requirement).can_be_partial


def _move(tx: Transaction, progress: Progress, step: Step, reason: str, *, partly: bool) -> None:
    who = tx.actor.id
    progress.stage, progress.finding = step.target, step.finding
    progress.partly = partly and step.name == "not_met"
    progress.reason = reason if step.finding else ""
    if step.target == COLLECTED:
        progress.collected_by, progress.collected_at = who, tx.now
    elif step.target == COLLECTING and not step.reviews:
        progress.collected_by, progress.collected_at = "", None
    progress.reviewed_by, progress.reviewed_at = (who, tx.now) if step.finding else ("", None)


def comment(actor: Caller, number: int, objective: str, text: str) -> int:
    """Say something about an objective; whoever of the team is named with an @ is told. Gives its number."""
    said = _checked(text, LONGEST_COMMENT, "text")

    def work(tx: Transaction) -> int:
        seat = access.seat_in(tx.db, actor, number, access.COMMENT)
        progress = access.progress_of(tx.db, seat, objective)
        made = note(tx, progress, COMMENT, said)
        tell_named(tx, seat.assessment, progress, _mention(tx, made, said))
        tx.journal("objective.commented", on=name_of(progress))
        return made.id

    return grouped(actor, work)


def note(tx: Transaction, progress: Progress, kind: str, text: str = "", about: str = "") -> Note:
    """A line in the history of an objective.

    Arguments:
        kind: what was done: a step, or one of those that `queries.history.DONE` has words for.
        text: what was said about it.
        about: `account:…` or `item:…`, what it was done with.
    """
    made = Note(
        assessment_id=progress.assessment_id,
        progress_id=progress.id,
        at=tx.now,
        author_id=tx.actor.id,
        kind=kind,
        about=about,
        text=text,
    )
    tx.db.add(made)
    tx.db.flush()
    return made


def name_of(progress: Progress) -> str:
    """An objective as the journal names it."""
    return f"assessment:{progress.assessment_id}/objective:{progress.objective}"


def _mention(tx: Transaction, made: Note, text: str) -> list[str]:
    """Note who is named: members of this assessment only. Whoever else has such a name is not asked for."""
    names = {name.casefold() for name in _MENTIONED.findall(text)}
    if not names:
        return []
    people = team.people_in(tx.db, made.assessment_id)
    named = [one.account_id for one in people if one.name.casefold() in names][:_MOST_MENTIONS]
    rows = [{"account_id": one, "assessment_id": made.assessment_id, "note_id": made.id} for one in named]
    if rows:
        tx.db.execute(insert(Mention), rows)
    return named


def _checked(text: str, longest: int, field: str) -> str:
    said = some_lines(text)
    if problem := problem_with(said, longest, what="What you wrote"):
        raise Invalid({field: problem})
    return said
