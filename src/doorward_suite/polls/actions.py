"""Everything that changes a poll: the change, its entry in the journal, its events, in one transaction.

Changes go through `grouped`: votes come in crowds and share commits, and what else is published to a poll's streams
takes the same way, so that events leave in the order of their commits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import bindparam, delete, func, insert, select, update

from doorward import Caller, Conflict, Invalid, Transaction, grouped, new_code, one_line, problem_with

from . import access, live, queries
from .answering import counts_of, read_answer, text_in, words_of
from .defining import define
from .kinds import Definition, Draft
from .models import ANSWERS, CLOSED, DRAFT, OPEN, RESPONDENTS, TALLIES, TURN, WORDS, Answer, Poll, Question

T = TypeVar("T")

LONGEST_NAME = 120
MOST_QUESTIONS = 100
#: More values than any question takes are not even looked at.
MOST_GIVEN = 50

#: Who votes, for the store: nobody. A vote is not tied to an account even where the browser has one.
NOBODY = Caller()

_LOCKED = "People have answered this question already. Clear its answers before you change it."


def create_poll(actor: Caller, name: str) -> int:
    """Make a poll of the actor's own; gives its number."""
    checked, owner = _checked_name(name), access.owner_to_be(actor)

    def work(tx: Transaction) -> int:
        poll = Poll(code=_free_code(tx), name=checked, owner_id=owner, status="active", created_at=tx.now)
        tx.db.add(poll)
        tx.db.flush()
        tx.journal("poll.created", on=f"poll:{poll.id}")
        return poll.id

    return grouped(actor, work)


def rename_poll(actor: Caller, poll_id: int, name: str) -> None:
    checked = _checked_name(name)

    def work(tx: Transaction) -> None:
        poll = access.own_poll(tx.db, actor, poll_id)
        if poll.name == checked:
            return
        poll.name = checked
        tx.journal("poll.renamed", on=f"poll:{poll.id}")
        live.tell_name(tx, poll)

    grouped(actor, work)


def delete_poll(actor: Caller, poll_id: int) -> None:
    """Take a poll away: nobody can join, present or read it any more, and its streams end."""

    def work(tx: Transaction) -> None:
        poll = access.own_poll(tx.db, actor, poll_id)
        poll.deleted_at = tx.now
        tx.journal("poll.deleted", on=f"poll:{poll.id}")
        live.end_streams(tx, poll.id)

    grouped(actor, work)


def add_question(actor: Caller, poll_id: int, draft: Draft) -> int:
    """Put a question behind the others, as a draft; gives its number."""
    definition = define(draft)

    def work(tx: Transaction) -> int:
        poll = access.own_poll(tx.db, actor, poll_id)
        question = Question(poll_id=poll.id, position=_next_position(tx, poll.id), status=DRAFT, version=1, opening=0)
        question.definition = definition
        tx.db.add(question)
        tx.db.flush()
        _start_tallies(tx, question.id, definition.counters)
        tx.journal("question.added", on=_name(question), kind=question.kind)
        live.tell_question(tx, question)
        return question.id

    return grouped(actor, work)


def edit_question(actor: Caller, poll_id: int, question_id: int, draft: Draft) -> None:
    """Change what a question asks, as long as nobody has answered it. Its kind stays."""

    def change(tx: Transaction, question: Question) -> None:
        if queries.tallies_of_one(tx.db, question.id).respondents:
            raise Conflict(_LOCKED)
        definition = define(draft, before=question.definition)
        if definition.kind != question.kind:
            raise Invalid({"kind": "The kind of a question cannot be changed. Delete it and add another."})
        question.definition = definition
        _note(tx, question, "question.edited")
        _restart(tx, question)

    _on_question(actor, poll_id, question_id, change)


def open_question(actor: Caller, poll_id: int, question_id: int) -> None:
    """Let people answer. A question that is open stays open."""

    def change(tx: Transaction, question: Question) -> None:
        if question.status == OPEN:
            return
        question.status, question.opened_at, question.closed_at = OPEN, tx.now, None
        question.opening = _next_opening(tx, poll_id)
        _note(tx, question, "question.opened")

    _on_question(actor, poll_id, question_id, change)


def close_question(actor: Caller, poll_id: int, question_id: int) -> None:
    """Take no more answers. A question that is closed stays closed."""

    def change(tx: Transaction, question: Question) -> None:
        if question.status == CLOSED:
            return
        if question.status == DRAFT:
            raise Conflict("This question was never opened, so it cannot be closed.")
        question.status, question.closed_at = CLOSED, tx.now
        _note(tx, question, "question.closed")

    _on_question(actor, poll_id, question_id, change)


def clear_answers(actor: Caller, poll_id: int, question_id: int) -> None:
    """Throw the answers of a question away, on purpose: afterwards it can be edited again."""

    def change(tx: Transaction, question: Question) -> None:
        cleared = queries.tallies_of_one(tx.db, question.id).respondents
        tx.db.execute(delete(Answer).where(Answer.question_id == question.id))
        _note(tx, question, "question.cleared", answers=cleared)
        live.tell_cleared(tx, question)
        _restart(tx, question)

    _on_question(actor, poll_id, question_id, change)


def delete_question(actor: Caller, poll_id: int, question_id: int) -> None:
    """Take a question away, with its answers and tallies."""

    def change(tx: Transaction, question: Question) -> None:
        lost = queries.tallies_of_one(tx.db, question.id).respondents
        tx.db.delete(question)
        tx.journal("question.deleted", on=_name(question), answers=lost)
        live.tell_gone(tx, poll_id, question.id)

    _on_question(actor, poll_id, question_id, change)


def close_polls_of(tx: Transaction, owner_id: str) -> None:
    """The owner has left, and their polls stay: nobody presents them any more, so that nothing takes answers."""
    still_open = select(Question).join(Poll, Question.poll_id == Poll.id)
    still_open = still_open.where(Poll.owner_id == owner_id, Question.status == OPEN).with_for_update(of=Question)
    for question in tx.db.scalars(still_open.execution_options(populate_existing=True)).all():
        question.status, question.closed_at = CLOSED, tx.now
        _note(tx, question, "question.closed")


def erase_polls_of(tx: Transaction, owner_id: str) -> None:
    """The owner has left, and their polls go, those deleted before too: questions, answers, tallies and names.

    Of each poll the number and the code stay, so that an old slide never leads into somebody else's poll.
    """
    for poll in tx.db.scalars(select(Poll).where(Poll.owner_id == owner_id).with_for_update()).all():
        tx.db.execute(delete(Question).where(Question.poll_id == poll.id))
        poll.name, poll.owner_id, poll.deleted_at = "", "", poll.deleted_at or tx.now
        tx.journal("poll.erased", on=f"poll:{poll.id}")
        live.end_streams(tx, poll.id)


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
            _tell_tally(tx, poll_id, question_id, question.definition, tallies)

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


def _start_tallies(tx: Transaction, question_id: int, keys: Sequence[str]) -> None:
    """Give a question its tallies, all at nought. Those it had are replaced; its turn goes on."""
    turn = queries.tallies_of_one(tx.db, question_id).turn
    tx.db.execute(delete(TALLIES).where(TALLIES.c.question_id == question_id))
    tx.db.execute(delete(WORDS).where(WORDS.c.question_id == question_id))
    counts = {TURN: turn + 1, RESPONDENTS: 0, **dict.fromkeys(keys, 0)}
    tx.db.execute(insert(TALLIES), [{"question_id": question_id, "key": key, "count": n} for key, n in counts.items()])


def _tell_tally(tx: Transaction, poll_id: int, question_id: int, asked: Definition, tallies: live.Tallies) -> None:
    live.tell_tally(tx, poll_id, queries.numbers(tx.db, question_id, asked, tallies))


def _restart(tx: Transaction, question: Question) -> None:
    """The numbers begin anew, and the screens with them."""
    _start_tallies(tx, question.id, question.definition.counters)
    numbers = queries.tallies_of_one(tx.db, question.id)
    _tell_tally(tx, question.poll_id, question.id, question.definition, numbers)


def _on_question(
    actor: Caller, poll_id: int, question_id: int, change: Callable[[Transaction, Question], None]
) -> None:
    """Change one question of the actor's, alone with it."""
    grouped(actor, lambda tx: change(tx, access.question_to_change(tx.db, actor, poll_id, question_id)))


def _note(tx: Transaction, question: Question, event: str, **details: int) -> None:
    """A change that people see: a newer version, an entry, an event."""
    question.version += 1
    tx.journal(event, on=_name(question), outcome="ok", **details)
    live.tell_question(tx, question)


def _name(question: Question) -> str:
    return f"poll:{question.poll_id}/question:{question.id}"


def _next_position(tx: Transaction, poll_id: int) -> int:
    there, last = tx.db.execute(
        select(func.count(), func.max(Question.position)).where(Question.poll_id == poll_id)
    ).one()
    if there >= MOST_QUESTIONS:
        raise Conflict(f"A poll has at most {MOST_QUESTIONS} questions.")
    return (last or 0) + 1


def _next_opening(tx: Transaction, poll_id: int) -> int:
    return 1 + (tx.db.scalar(select(func.max(Question.opening)).where(Question.poll_id == poll_id)) or 0)


def _checked_name(name: str) -> str:
    line = one_line(name)
    if problem := problem_with(line, LONGEST_NAME, what="The name"):
        raise Invalid({"name": problem})
    return line


def _free_code(tx: Transaction) -> str:
    # Of millions of codes the second try is rare; what slips in between, the unique constraint catches.
    while True:
        code = new_code()
        if tx.db.scalar(select(Poll.id).where(Poll.code == code)) is None:
            return code
