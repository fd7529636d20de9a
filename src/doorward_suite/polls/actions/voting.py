"""Votes: each changes the tallies in its own transaction, and costs the same however many came before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, update

from doorward import Caller, Transaction, grouped

from .. import access, queries
from ..answering import counts_of, read_answer, text_in, words_of
from ..models import ANSWERS, RESPONDENTS, TALLIES, TURN, WORDS
from .counting import tell_tally

#: More values than any question takes are not even looked at.
MOST_GIVEN = 50

#: Who votes, for the store: nobody. A vote is not tied to an account even where the browser has one.
NOBODY = Caller()


def vote(poll_id: int, question_id: int, pseudonym: str, given: Sequence[str]) -> None:
    """Answer a question, or change the answer. The same answer again changes nothing.

    Arguments:
        poll_id, question_id: what is answered.
        pseudonym: the respondent's name in this poll, from `Respondent.pseudonym`.
        given: as `answering.read_answer` takes it.

    Errors:
        NotFound: no such question here. Conflict: it is closed. Invalid: not an answer to it.
    """

    def work(tx: Transaction) -> None:
        question = access.open_question(tx.db, poll_id, question_id)
        answer = read_answer(question.definition, given)
        before = queries.stored_answer(tx.db, question_id, pseudonym)
        if answer != before:
            _count(tx, question, before, answer)
            tallies = queries.tallies_of_one(tx.db, question_id)
            turn = tallies.turn if text_in(answer) is not None else None
            row = {"of": question_id, "by": pseudonym, "value": answer, "turn": turn}
            tx.db.connection().execute(_first if before is None else _changed, row)
            tell_tally(tx, poll_id, question_id, question.definition, tallies)

    grouped(NOBODY, work)


_first = insert(ANSWERS).values(
    question_id=bindparam("of"), respondent=bindparam("by"), value=bindparam("value"), turn=bindparam("turn")
)
_changed = (
    update(ANSWERS)
    .where(ANSWERS.c.question_id == bindparam("of"), ANSWERS.c.respondent == bindparam("by"))
    .values(value=bindparam("value"), turn=bindparam("turn"))
)
_add = (
    update(TALLIES)
    .where(TALLIES.c.question_id == bindparam("of"), TALLIES.c.key == bindparam("which"))
    .values(count=TALLIES.c.count + bindparam("by"))
)


_add_word = (
    update(WORDS)
    .where(WORDS.c.question_id == bindparam("of"), WORDS.c.word == bindparam("which"))
    .values(count=WORDS.c.count + bindparam("by"))
)
_first_word = insert(WORDS).values(
    question_id=bindparam("of"), word=bindparam("which"), written=bindparam("written"), count=1
)
_last_word = delete(WORDS).where(
    WORDS.c.question_id == bindparam("of"), WORDS.c.word == bindparam("which"), WORDS.c.count < 1
)


def _count(tx: Transaction, question: access.OpenQuestion, before: str | None, after: str) -> None:
    """Move a respondent's vote from what it was to what it is: minus the old, plus the new."""
    asked = question.definition
    by = {TURN: 1, RESPONDENTS: int(before is None)}
    for key, count in counts_of(asked, before).items():
        by[key] = by.get(key, 0) - count
    for key, count in counts_of(asked, after).items():
        by[key] = by.get(key, 0) + count
    rows = [{"of": question.id, "which": key, "by": by[key]} for key in by if by[key]]
    tx.db.connection().execute(_add, rows)
    if asked.has_words:
        _count_words(tx, question.id, words_of(asked, before), words_of(asked, after))


def _count_words(tx: Transaction, question_id: int, before: dict[str, str], after: dict[str, str]) -> None:
    connection = tx.db.connection()
    for word in sorted(before.keys() - after.keys()):
        connection.execute(_add_word, {"of": question_id, "which": word, "by": -1})
        connection.execute(_last_word, {"of": question_id, "which": word})
    for word in sorted(after.keys() - before.keys()):
        if not connection.execute(_add_word, {"of": question_id, "which": word, "by": 1}).rowcount:
            connection.execute(_first_word, {"of": question_id, "which": word, "written": after[word]})
