"""What is asked: added, changed, opened, closed, cleared, put in order, copied, taken away."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, func, select

from doorward import Caller, Conflict, Invalid, Transaction, grouped

from .. import access, live, queries
from ..defining import define
from ..kinds import Definition, Draft
from ..models import CLOSED, DRAFT, OPEN, TEMPLATE, Answer, Poll, Question, Turnout
from . import pictures
from .counting import restart, start_tallies
from .scoring import forget_points

MOST_QUESTIONS = 100

_LOCKED = "People have answered this question already. Clear its answers before you change it."
_REVEALED = "Everybody has seen the right answer. Clear the answers before you ask it again."
_ARCHIVED = "This poll is in the archive. Take it out before you open a question."


def add_question(actor: Caller, poll_id: int, draft: Draft) -> int:
    """Put a question behind the others, as a draft; gives its number."""
    definition = define(draft)

    def work(tx: Transaction) -> int:
        poll = access.own_poll(tx.db, actor, poll_id)
        return put(tx, poll, definition, "question.added").id

    return grouped(actor, work)


def edit_question(actor: Caller, poll_id: int, question_id: int, draft: Draft) -> None:
    """Change what a question asks, as long as nobody has answered it. Its kind stays."""

    def change(tx: Transaction, question: Question) -> None:
        if queries.tallies_of_one(tx.db, question.id).respondents:
            raise Conflict(_LOCKED)
        definition = define(draft, before=question.definition)
        if definition.kind != question.kind:
            raise Invalid({"kind": "The kind of a question cannot be changed. Delete it and add another."})
        question.definition = pictures.take(tx, question.id, definition)
        question.revealed = False
        note(tx, question, "question.edited")
        restart(tx, question)

    on_question(actor, poll_id, question_id, change)


def open_question(actor: Caller, poll_id: int, question_id: int) -> None:
    """Let people answer. A question that is open stays open."""

    def change(tx: Transaction, question: Question) -> None:
        if question.status_at(tx.now) != OPEN:
            open_now(tx, actor, question)
            note(tx, question, "question.opened")

    on_question(actor, poll_id, question_id, change)


def open_now(tx: Transaction, actor: Caller, question: Question) -> None:
    """Open a question that is locked; telling of it is left to the caller."""
    poll = access.own_poll(tx.db, actor, question.poll_id)
    if poll.archived_at is not None:
        raise Conflict(_ARCHIVED)
    if poll.status == TEMPLATE:
        raise Conflict(access.ONLY_A_TEMPLATE)
    if question.revealed:
        raise Conflict(_REVEALED)
    # In a quiz speed counts from the first opening: who answers after a second one was not faster.
    if not question.definition.right or question.opened_at is None:
        question.opened_at = tx.now
    question.status, question.closed_at, question.closes_at = OPEN, None, None
    question.opening = _next_opening(tx, question.poll_id)


def close_question(actor: Caller, poll_id: int, question_id: int) -> None:
    """Take no more answers. A question that is closed stays closed."""

    def change(tx: Transaction, question: Question) -> None:
        if question.status == CLOSED:
            return
        if question.status == DRAFT:
            raise Conflict("This question was never opened, so it cannot be closed.")
        question.status, question.closed_at = CLOSED, tx.now
        note(tx, question, "question.closed")

    on_question(actor, poll_id, question_id, change)


def clear_answers(actor: Caller, poll_id: int, question_id: int) -> None:
    """Throw the answers of a question away, on purpose: afterwards it can be edited again."""

    def change(tx: Transaction, question: Question) -> None:
        cleared = queries.tallies_of_one(tx.db, question.id).respondents
        forget_points(tx, question)
        question.opened_at = tx.now if question.status == OPEN else None
        tx.db.execute(delete(Answer).where(Answer.question_id == question.id))
        tx.db.execute(delete(Turnout).where(Turnout.question_id == question.id))
        note(tx, question, "question.cleared", answers=cleared)
        live.tell_cleared(tx, question)
        restart(tx, question)

    on_question(actor, poll_id, question_id, change)


def delete_question(actor: Caller, poll_id: int, question_id: int) -> None:
    """Take a question away, with its answers and tallies."""

    def change(tx: Transaction, question: Question) -> None:
        lost = queries.tallies_of_one(tx.db, question.id).respondents
        forget_points(tx, question)
        pictures.drop_of_question(tx, question.id)
        tx.db.delete(question)
        tx.journal("question.deleted", on=name(question), answers=lost)
        live.tell_gone(tx, poll_id, question.id)

    on_question(actor, poll_id, question_id, change)


def place_question(actor: Caller, poll_id: int, question_id: int, place: int) -> None:
    """Put a question somewhere else in the order.

    Arguments:
        place: where it shall stand, 1 for the first; beyond the last is the last.
    """

    def work(tx: Transaction) -> None:
        there = list(access.questions_to_arrange(tx.db, actor, poll_id))
        moved = next((one for one in there if one.id == question_id), None)
        if moved is None:
            raise access.no_such_question()
        there.remove(moved)
        there.insert(max(place, 1) - 1, moved)
        changed = [(number, one) for number, one in enumerate(there, start=1) if one.position != number]
        for number, one in changed:
            one.position = number
            one.version += 1
            live.tell_question(tx, one)
        if changed:
            tx.journal("question.moved", on=name(moved), place=moved.position)

    grouped(actor, work)


def copy_question(actor: Caller, poll_id: int, question_id: int, to_poll_id: int) -> int:
    """Put a copy of a question behind the others, as a draft without answers, in this poll or another of the actor's.

    Results:
        The number of the copy.
    """

    def work(tx: Transaction) -> int:
        asked = access.own_question(tx.db, actor, poll_id, question_id)
        poll = access.own_poll(tx.db, actor, to_poll_id)
        return put(tx, poll, asked.definition, "question.copied", pictures.share).id

    return grouped(actor, work)


def put(
    tx: Transaction,
    poll: Poll,
    definition: Definition,
    event: str,
    with_pictures: Callable[[Transaction, int, Definition], Definition] = pictures.take,
) -> Question:
    """A new question behind the others, as a draft.

    Arguments:
        with_pictures: how it comes to the pictures that the definition names: `pictures.take` or `pictures.share`.
    """
    question = Question(poll_id=poll.id, position=next_position(tx, poll.id), status=DRAFT, version=1, opening=0)
    question.definition = definition
    tx.db.add(question)
    tx.db.flush()
    if definition.pictures:
        question.definition = with_pictures(tx, question.id, definition)
    start_tallies(tx, question.id, definition.counters)
    tx.journal(event, on=name(question), kind=question.kind)
    live.tell_question(tx, question)
    return question


def on_question(actor: Caller, poll_id: int, question_id: int, change: Callable[[Transaction, Question], None]) -> None:
    """Change one question of the actor's, alone with it."""
    grouped(actor, lambda tx: change(tx, access.question_to_change(tx.db, actor, poll_id, question_id)))


def note(tx: Transaction, question: Question, event: str, **details: int) -> None:
    """A change that people see: a newer version, an entry, an event."""
    question.version += 1
    tx.journal(event, on=name(question), outcome="ok", **details)
    live.tell_question(tx, question)


def name(question: Question) -> str:
    return f"poll:{question.poll_id}/question:{question.id}"


def next_position(tx: Transaction, poll_id: int) -> int:
    there, last = tx.db.execute(
        select(func.count(), func.max(Question.position)).where(Question.poll_id == poll_id)
    ).one()
    if there >= MOST_QUESTIONS:
        raise Conflict(f"A poll has at most {MOST_QUESTIONS} questions.")
    return (last or 0) + 1


def _next_opening(tx: Transaction, poll_id: int) -> int:
    return 1 + (tx.db.scalar(select(func.max(Question.opening)).where(Question.poll_id == poll_id)) or 0)
