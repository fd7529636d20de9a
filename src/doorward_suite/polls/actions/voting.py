"""Votes: each changes the tallies in its own transaction, and costs the same however many came before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, update

from doorward import Caller, Conflict, Transaction, grouped

from .. import access, queries
from ..answering import counts_of, read_answer, text_in, words_of
from ..models import ANSWERS, EVERYBODY, RESPONDENTS, SCORES, TALLIES, TURN, WORDS, Turnout
from ..quiz import points_for
from ..respondents import Coming
from ..seats import has_voted, with_vote
from .counting import tell_tally
from .roster import seat_to_vote

#: More values than any question takes are not even looked at.
MOST_GIVEN = 50

#: Who votes, for the store: nobody. A vote is not tied to an account even where the browser has one.
NOBODY = Caller()


_CAST = (
    "Your vote on this question was cast from another browser, or with a code that was replaced since. It counts, and "
    "cannot be changed from here: nothing is kept that says which answer is yours."
)


def vote(poll_id: int, question_id: int, pseudonym: str, given: Sequence[str], coming: Coming | None = None) -> None:
    """Answer a question, or change the answer. The same answer again changes nothing.

    Arguments:
        poll_id, question_id: what is answered.
        pseudonym: the respondent's name in this poll: from `Respondent.pseudonym` where everybody votes, else from
            `access.name_on_ballot`.
        given: as `answering.read_answer` takes it.
        coming: who votes, for polls where not everybody does.

    Errors:
        NotFound: no such question here. Conflict: it is closed, or this seat's vote was cast elsewhere. Invalid: not an
        answer to it. Forbidden: the poll wants a code or an account.
    """

    def work(tx: Transaction) -> None:
        seat = seat_to_vote(tx, poll_id, coming) if coming is not None else None
        question = access.open_question(tx.db, poll_id, question_id, tx.now)
        answer = read_answer(question.definition, given)
        if (question.voters == EVERYBODY) is not (seat is None):
            raise Conflict("Who may vote here has just been changed. Reload the page.")
        before = queries.stored_answer(tx.db, question_id, pseudonym)
        if answer != before:
            if seat is not None:
                _mark(tx, question_id, seat, first=before is None)
            _count(tx, question, before, answer)
            tallies = queries.tallies_of_one(tx.db, question_id)
            turn = tallies.turn if text_in(answer) is not None else None
            row = {"of": question_id, "by": pseudonym, "value": answer, "turn": turn}
            tx.db.connection().execute(_first if before is None else _changed, row)
            if question.definition.right:
                _score(tx, question, pseudonym, answer)
            tell_tally(tx, poll_id, question_id, question.definition, tallies)

    grouped(NOBODY, work)


def _score(tx: Transaction, question: access.OpenQuestion, pseudonym: str, answer: str) -> None:
    """Keep what an answer is worth. It is told to nobody before the right one is revealed."""
    seconds = (tx.now - question.opened_at).total_seconds() if question.opened_at else 0.0
    allowed = None
    if question.closes_at and question.opened_at:
        allowed = (question.closes_at - question.opened_at).total_seconds()
    row = {"of": question.id, "by": pseudonym, "worth": points_for(question.definition, answer, seconds, allowed)}
    connection = tx.db.connection()
    if not connection.execute(_worth_now, row).rowcount:
        connection.execute(_worth, row)


def _mark(tx: Transaction, question_id: int, seat: int, *, first: bool) -> None:
    """Note that this seat has voted: in one value for all of them, so that no row is written for one voter alone."""
    turnout = tx.db.get(Turnout, question_id, populate_existing=True)
    if turnout is None:
        tx.db.add(Turnout(question_id=question_id, seats=with_vote(b"", seat)))
    elif not has_voted(turnout.seats, seat):
        turnout.seats = with_vote(turnout.seats, seat)
    elif first:
        raise Conflict(_CAST)


_first = insert(ANSWERS).values(
    question_id=bindparam("of"), respondent=bindparam("by"), value=bindparam("value"), turn=bindparam("turn")
)
_changed = (
    update(ANSWERS)
    .where(ANSWERS.c.question_id == bindparam("of"), ANSWERS.c.respondent == bindparam("by"))
    .values(value=bindparam("value"), turn=bindparam("turn"))
)
_worth = insert(SCORES).values(question_id=bindparam("of"), respondent=bindparam("by"), points=bindparam("worth"))
_worth_now = (
    update(SCORES)
    .where(SCORES.c.question_id == bindparam("of"), SCORES.c.respondent == bindparam("by"))
    .values(points=bindparam("worth"))
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
