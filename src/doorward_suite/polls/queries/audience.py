"""Who has a seat in a poll and has voted, and what an audience proposes: for the pages of those who manage it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..answering import given_again
from ..checking import words_for
from ..likeness import much_alike
from ..models import SHOWN, WAITING, Answer, Poll, Proposal, Question, Seat, Support, Turnout
from ..seats import has_voted, open_name, person_of, person_with

#: How many people of a roster, and how many proposals, one page shows.
PEOPLE = 200


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a seat, as the presenter sees them.

    Arguments:
        voted: on how many questions.
        answer: in a poll that is named, what they answered to the question that was asked for.
    """

    seat: Seat
    voted: int
    voted_here: bool
    answer: str = ""

    @property
    def state(self) -> str:
        if self.seat.revoked_at is not None:
            return "revoked"
        return "in" if self.seat.taken else "not in yet"


def people_of(db: Session, poll: Poll, question: Question | None, *, after: int = 0) -> tuple[list[Person], int | None]:
    """A page of the people with a seat in a poll, by number, and after which number the next begins.

    Arguments:
        question: also say who voted on it; and, in a poll that is named, what.
    """
    query = select(Seat).where(Seat.poll_id == poll.id, Seat.number > after).order_by(Seat.number).limit(PEOPLE + 1)
    seats = db.scalars(query).all()
    of_poll = select(Turnout).join(Question, Question.id == Turnout.question_id).where(Question.poll_id == poll.id)
    turnouts = {one.question_id: one.seats for one in db.scalars(of_poll)}
    here = turnouts.get(question.id, b"") if question else b""
    said = _answers_by_seat(db, poll, question, seats[:PEOPLE]) if question and poll.named else {}
    people = [
        Person(
            seat,
            sum(has_voted(bits, seat.number) for bits in turnouts.values()),
            has_voted(here, seat.number),
            said.get(seat.number, ""),
        )
        for seat in seats[:PEOPLE]
    ]
    return people, seats[PEOPLE - 1].number if len(seats) > PEOPLE else None


def _answers_by_seat(db: Session, poll: Poll, question: Question, seats: Sequence[Seat]) -> dict[int, str]:
    persons = {one.number: person_of(one.account_id) if one.account_id else person_with(one.number) for one in seats}
    names = {open_name(poll.id, person): number for number, person in persons.items()}
    query = select(Answer.respondent, Answer.value).where(
        Answer.question_id == question.id, Answer.respondent.in_(names)
    )
    labels = {option.key: option.label for option in question.definition.options}
    return {
        names[name]: ", ".join(labels.get(one, one) for one in given_again(question.definition, value))
        for name, value in db.execute(query)
    }


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as a page shows it.

    Arguments:
        mine: whether whoever looks wants it.
        like: the numbers of those that ask much the same.
        note: what the AI check says of it; for the presenter alone.
    """

    id: int
    text: str
    votes: int
    status: str
    mine: bool = False
    like: tuple[int, ...] = ()
    note: str = ""


def proposals_of(db: Session, poll_id: int, supporter: str) -> list[Proposed]:
    """What an audience has proposed and may vote for, the most wanted first."""
    found = _most_wanted(db, poll_id, SHOWN)
    ids = [one.id for one in found]
    own = select(Support.proposal_id).where(Support.proposal_id.in_(ids), Support.supporter == supporter)
    mine = set(db.scalars(own)) if ids else set()
    return [Proposed(one.id, one.text, one.votes, one.status, mine=one.id in mine) for one in found]


def proposals_to_judge(db: Session, poll_id: int) -> tuple[list[Proposed], list[Proposed]]:
    """What waits for the presenter, and what is shown, each with those that are much like it."""
    waiting, shown = _most_wanted(db, poll_id, WAITING), _most_wanted(db, poll_id, SHOWN)
    pairs = much_alike([(one.id, one.text) for one in (*shown, *waiting)])
    like: dict[int, list[int]] = {}
    for one, other in pairs:
        like.setdefault(one, []).append(other)
        like.setdefault(other, []).append(one)
    return tuple(  # type: ignore[return-value]
        [
            Proposed(
                one.id, one.text, one.votes, one.status, like=tuple(like.get(one.id, ())), note=words_for(one.verdict)
            )
            for one in some
        ]
        for some in (waiting, shown)
    )


def _most_wanted(db: Session, poll_id: int, status: str) -> Sequence[Proposal]:
    query = select(Proposal).where(Proposal.poll_id == poll_id, Proposal.status == status)
    return db.scalars(query.order_by(Proposal.votes.desc(), Proposal.id).limit(PEOPLE)).all()
