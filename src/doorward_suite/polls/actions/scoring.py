"""The points of a question: put on its players when it is revealed, taken away when its answers go."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from doorward import Transaction

from .. import live, queries
from ..models import PLAYERS, SCORES, Question


def add_points(tx: Transaction, question: Question, sign: int) -> None:
    """Put the points of a revealed question on its players, or take them away again."""
    of_question = (SCORES.c.question_id == question.id, SCORES.c.respondent == PLAYERS.c.respondent)
    worth = select(SCORES.c.points).where(*of_question).scalar_subquery()
    playing = select(SCORES.c.respondent).where(SCORES.c.question_id == question.id)
    tx.db.execute(
        update(PLAYERS)
        .where(PLAYERS.c.poll_id == question.poll_id, PLAYERS.c.respondent.in_(playing))
        .values(points=PLAYERS.c.points + sign * worth)
    )
    live.tell_leaders(tx, question.poll_id, queries.leaders(tx.db, question.poll_id))


def forget_points(tx: Transaction, question: Question) -> None:
    """The answers of a question go: its points too, and it is not revealed any more."""
    if question.revealed:
        add_points(tx, question, -1)
        question.revealed = False
    tx.db.execute(delete(SCORES).where(SCORES.c.question_id == question.id))
