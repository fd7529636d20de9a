"""The numbers of a question: begun, begun anew, and told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert

from doorward import Transaction

from .. import live, queries
from ..kinds import Definition
from ..models import RESPONDENTS, TALLIES, TURN, WORDS, Question


def start_tallies(tx: Transaction, question_id: int, keys: Sequence[str]) -> None:
    """Give a question its tallies, all at nought. Those it had are replaced; its turn goes on."""
    turn = queries.tallies_of_one(tx.db, question_id).turn
    tx.db.execute(delete(TALLIES).where(TALLIES.c.question_id == question_id))
    tx.db.execute(delete(WORDS).where(WORDS.c.question_id == question_id))
    counts = {TURN: turn + 1, RESPONDENTS: 0, **dict.fromkeys(keys, 0)}
    tx.db.execute(insert(TALLIES), [{"question_id": question_id, "key": key, "count": n} for key, n in counts.items()])


def tell_tally(tx: Transaction, poll_id: int, question_id: int, asked: Definition, tallies: live.Tallies) -> None:
    live.tell_tally(tx, poll_id, queries.numbers(tx.db, question_id, asked, tallies))


def restart(tx: Transaction, question: Question) -> None:
    """The numbers begin anew, and the screens with them."""
    start_tallies(tx, question.id, question.definition.counters)
    numbers = queries.tallies_of_one(tx.db, question.id)
    tell_tally(tx, question.poll_id, question.id, question.definition, numbers)
