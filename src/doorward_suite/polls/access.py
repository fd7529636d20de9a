"""Whose poll it is. The only place that fetches a record for somebody: what you may not see does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from doorward import Caller, Conflict, Forbidden, NotFound, read_code

from .kinds import Definition
from .models import (
    ACCOUNTS,
    CLOSED,
    EVERYBODY,
    OPEN,
    POLLS,
    QUESTIONS,
    ROSTER,
    Picture,
    Poll,
    Question,
    Seat,
    definition_of,
)
from .respondents import Coming
from .seats import open_name, person_of, person_with, secret_name

#: The largest number that a database keeps: beyond it nothing is there.
_LARGEST = 2**63 - 1

#: What is public about a poll.
PUBLISHED = "the questions of a poll, to whoever has its code"
NO_SUCH_CODE = "There is no poll with this code. Check the six characters on the screen."
_NO_SUCH_QUESTION = "There is no such question in this poll."
ONLY_A_TEMPLATE = "This is a template: nobody can join it. Start a session from it, and present that."
_NO_SUCH_PICTURE = "There is no such picture."
NEEDS_CODE = "This poll takes one vote from each person with a code. Type the code that you were given."
NEEDS_ACCOUNT = "This poll takes one vote from each person with an account here. Sign in to take part."
CODE_ENDED = "The code with which you came no longer works. Ask whoever gave it to you for a new one."
NO_LONGER_OPEN = "This question is closed: answers can no longer be given or changed."


def own_poll(db: Session, actor: Caller, poll_id: int) -> Poll:
    """The poll, for its owner or an administrator. Anybody else: NotFound, as if it were not there."""
    poll = db.get(Poll, poll_id) if 0 < poll_id <= _LARGEST else None
    if poll is None or poll.deleted_at is not None or not _manages(actor, poll):
        raise NotFound("There is no such poll, or it is not yours.")
    return poll


def _manages(actor: Caller, poll: Poll) -> bool:
    return actor.is_admin or (actor.is_signed_in and actor.id == poll.owner_id)


def poll_to_present(db: Session, actor: Caller, poll_id: int) -> Poll:
    """Like `own_poll`, and nobody else changes what its screens show until this transaction is over."""
    poll = own_poll(db, actor, poll_id)
    query = select(Poll).where(Poll.id == poll.id).with_for_update()
    return db.scalars(query.execution_options(populate_existing=True)).one()


def owner_to_be(actor: Caller) -> str:
    """Whose polls the actor's are. A participant has no account, so that nobody would own what they make."""
    if not actor.is_signed_in:
        raise Forbidden("Only somebody with an account can have polls.")
    return actor.id


def poll_put_away(db: Session, actor: Caller, poll_id: int) -> Poll:
    """A poll of the actor's that may be in the archive or deleted, but is not erased."""
    poll = db.get(Poll, poll_id) if 0 < poll_id <= _LARGEST else None
    gone = poll is None or not poll.owner_id or not _manages(actor, poll)
    if poll is None or gone:
        raise NotFound("There is no such poll among those that you put away.")
    return poll


def questions_to_arrange(db: Session, actor: Caller, poll_id: int) -> Sequence[Question]:
    """All questions of a poll of the actor's in their order; votes for them wait until this transaction is over."""
    poll = own_poll(db, actor, poll_id)
    query = select(Question).where(Question.poll_id == poll.id).order_by(Question.id).with_for_update()
    there = db.scalars(query.execution_options(populate_existing=True)).all()
    return sorted(there, key=lambda question: (question.position, question.id))


def no_such_question() -> NotFound:
    return NotFound(_NO_SUCH_QUESTION)


def own_question(db: Session, actor: Caller, poll_id: int, question_id: int) -> Question:
    """A question of a poll that the actor manages."""
    return _of_poll(own_poll(db, actor, poll_id), _question(db, question_id))


def question_to_change(db: Session, actor: Caller, poll_id: int, question_id: int) -> Question:
    """Like `own_question`, and votes for it wait until this transaction is over."""
    return _of_poll(own_poll(db, actor, poll_id), _question(db, question_id, lock=True))


def _of_poll(poll: Poll, question: Question | None) -> Question:
    if question is None or question.poll_id != poll.id:
        raise NotFound(_NO_SUCH_QUESTION)
    return question


# Every phone's request asks this: built once, since building a query costs more than running it.
_with_code = select(Poll).where(Poll.code == bindparam("code"), Poll.deleted_at.is_(None))


def poll_with_code(db: Session, code: str) -> Poll:
    """The poll that a participant means, from the code as typed: small letters, spaces and hyphens do not matter."""
    plain = read_code(code)
    poll = db.scalar(_with_code, {"code": plain}) if plain else None
    if poll is None or poll.archived_at is not None:
        raise NotFound(NO_SUCH_CODE)
    return poll


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that takes answers now."""

    id: int
    poll_id: int
    definition: Definition
    voters: str = EVERYBODY
    named: bool = False
    opened_at: datetime | None = None
    closes_at: datetime | None = None


# On PostgreSQL the votes of one question go one after the other, as they do on SQLite: its tallies are one place.
_taking_answers = (
    select(
        *(
            QUESTIONS.c[name]
            for name in ("poll_id", "status", "kind", "title", "options", "settings", "opened_at", "closes_at")
        ),
        POLLS.c.voters,
        POLLS.c.named,
    )
    .join(POLLS, POLLS.c.id == QUESTIONS.c.poll_id)
    .where(QUESTIONS.c.id == bindparam("question"), POLLS.c.deleted_at.is_(None))
    .with_for_update(of=QUESTIONS)
)


def open_question(db: Session, poll_id: int, question_id: int, now: datetime) -> OpenQuestion:
    """A question for an answer, locked until the answer is in.

    Arguments:
        now: by the server's clock; what a phone's clock says does not matter.

    Errors:
        NotFound: no such question in this poll; or a draft, which nobody outside may know of.
        Conflict: it was closed, or its time is over.
    """
    found = db.connection().execute(_taking_answers, {"question": min(question_id, _LARGEST)}).one_or_none()
    if found is None or found.poll_id != poll_id or found.status not in (OPEN, CLOSED):
        raise NotFound(_NO_SUCH_QUESTION)
    if found.status == CLOSED or (found.closes_at is not None and found.closes_at <= now):
        raise Conflict(NO_LONGER_OPEN)
    definition = definition_of(found.kind, found.title, found.options, found.settings)
    return OpenQuestion(question_id, poll_id, definition, found.voters, found.named, found.opened_at, found.closes_at)


def seat_here(db: Session, poll: Poll, coming: Coming) -> Seat | None:
    """The seat of whoever comes, in a poll where not everybody votes.

    Results:
        None where an account has no seat yet: its first vote makes one.

    Errors:
        Forbidden: the poll wants a code or an account, and this is neither, or one that has ended.
    """
    if poll.voters == ACCOUNTS:
        if not coming.account_id:
            raise Forbidden(NEEDS_ACCOUNT)
        of_account = select(Seat).where(Seat.poll_id == poll.id, Seat.account_id == coming.account_id)
        seat = db.scalar(of_account)
        if seat is not None and seat.revoked_at is not None:
            raise Forbidden("Whoever asks has ended your part in this poll.")
        return seat
    claim = coming.claims.get(poll.id)
    if claim is None:
        raise Forbidden(NEEDS_CODE)
    seat = db.get(Seat, (poll.id, claim.number))
    if seat is None or seat.revoked_at is not None or seat.era != claim.era:
        raise Forbidden(CODE_ENDED)
    return seat


def name_on_ballot(poll: Poll, coming: Coming) -> str:
    """Under which name somebody with a seat answers: a secret of their browser, unless the poll is named."""
    claim = coming.claims.get(poll.id)
    if poll.voters == ACCOUNTS or claim is None:
        person, era = person_of(coming.account_id), 0
    else:
        person, era = person_with(claim.number), claim.era
    return open_name(poll.id, person) if poll.named else secret_name(poll.id, person, era, coming.key)


def name_here(db: Session, poll: Poll, coming: Coming | None) -> str | None:
    """Under which name whoever comes has answered in a poll; None where they have not joined it, or may not."""
    if coming is None:
        return None
    if poll.voters == EVERYBODY:
        return coming.pseudonym(poll.id)
    try:
        seat = seat_here(db, poll, coming)
    except Forbidden:
        return None
    return name_on_ballot(poll, coming) if seat else None


def may_see(db: Session, poll: Poll, coming: Coming | None) -> None:
    """May whoever comes see what is asked? Where not everybody votes: who has a seat, or an account.

    Errors:
        Forbidden: with what is missing.
    """
    if poll.voters != EVERYBODY:
        if coming is None:
            raise Forbidden(NEEDS_CODE if poll.voters == ROSTER else NEEDS_ACCOUNT)
        seat_here(db, poll, coming)


def own_seat(db: Session, actor: Caller, poll_id: int, number: int) -> Seat:
    """A person on the roster of a poll that the actor manages; locked."""
    poll = own_poll(db, actor, poll_id)
    query = select(Seat).where(Seat.poll_id == poll.id, Seat.number == min(number, 2**31 - 1)).with_for_update()
    seat = db.scalar(query.execution_options(populate_existing=True))
    if seat is None:
        raise NotFound("There is no such person on the roster of this poll.")
    return seat


def picture_to_see(db: Session, actor: Caller, coming: Coming | None, name: str) -> str:
    """The file of a picture, for who manages the poll always, for who has joined while phones show its question.

    Errors:
        NotFound: there is none, or not for them; nobody can tell which.
    """
    shown_in = select(Picture.file_id, Question.status, Poll).join(Question, Question.id == Picture.question_id)
    shown_in = shown_in.join(Poll, Poll.id == Question.poll_id).where(Picture.name == name, Poll.deleted_at.is_(None))
    found = db.execute(shown_in).one_or_none()
    if found is None:
        raise NotFound(_NO_SUCH_PICTURE)
    file_id, status, poll = found
    if not _manages(actor, poll):
        joined = coming is not None and poll.id in coming.respondent.joined
        if not joined or poll.archived_at is not None or status not in (OPEN, CLOSED):
            raise NotFound(_NO_SUCH_PICTURE)
        try:
            may_see(db, poll, coming)
        except Forbidden:
            raise NotFound(_NO_SUCH_PICTURE) from None
    return str(file_id)


def _question(db: Session, question_id: int, *, lock: bool = False) -> Question | None:
    if not 0 < question_id <= _LARGEST:
        return None
    query = select(Question).where(Question.id == question_id)
    query = query.with_for_update() if lock else query
    return db.scalar(query.execution_options(populate_existing=True))
