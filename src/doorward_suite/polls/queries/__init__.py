"""What pages, streams and exports read. Every query here goes through an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from doorward import Caller, now, open_file, reading

from .. import access, live
from ..answering import given_again, text_in
from ..kinds import Definition
from ..live import Tallies
from ..models import (
    ACTIVE,
    ANSWERS,
    CLOSED,
    OPEN,
    RESPONDENTS,
    TALLIES,
    TEMPLATE,
    TURN,
    WORDS,
    Answer,
    Blocked,
    Picture,
    Player,
    Poll,
    Question,
    Score,
    Seat,
    Suggestion,
)
from ..respondents import Coming

PAGE = 50
#: How many people of a roster one page shows.
PEOPLE = 200
#: How many texts of one question the report has.
IN_REPORT = 200
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class PollLine:
    """A poll in the list of its owner."""

    poll: Poll
    questions: int
    open: int

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.poll.id,
            "name": self.poll.name,
            "code": self.poll.code,
            "created_at": self.poll.created_at.isoformat(),
            "questions": self.questions,
            "open": self.open,
        }


def polls_of(db: Session, actor: Caller) -> list[PollLine]:
    """The actor's polls, the newest first."""
    return _lines(db, db.scalars(_own(actor)).all())


def polls_page(db: Session, actor: Caller, *, before: int | None, count: int) -> tuple[list[PollLine], int | None]:
    """A page of the actor's polls, the newest first, and where the older ones begin.

    Arguments:
        before: only polls with a smaller number, from the page before.
        count: the most polls of a page.
    """
    query = _own(actor) if before is None else _own(actor).where(Poll.id < before)
    polls = db.scalars(query.limit(count + 1)).all()
    return _lines(db, polls[:count]), polls[count - 1].id if len(polls) > count else None


def templates_of(db: Session, actor: Caller) -> list[PollLine]:
    """The actor's templates, the newest first."""
    return _lines(db, db.scalars(_own(actor, TEMPLATE)).all())


def put_away(db: Session, actor: Caller) -> list[Poll]:
    """The actor's polls that are in the archive or deleted, the newest first."""
    away = or_(Poll.deleted_at.is_not(None), Poll.archived_at.is_not(None))
    return [*db.scalars(select(Poll).where(Poll.owner_id == actor.id, away).order_by(Poll.id.desc()))]


def _own(actor: Caller, kind: str = ACTIVE) -> Select[Poll]:
    here = select(Poll).where(Poll.owner_id == actor.id, Poll.deleted_at.is_(None), Poll.archived_at.is_(None))
    here = here.where(Poll.status == kind)
    return here.order_by(Poll.id.desc())


def _lines(db: Session, polls: Sequence[Poll]) -> list[PollLine]:
    counts: dict[int, dict[str, int]] = {poll.id: {} for poll in polls}
    by_status = (
        select(Question.poll_id, Question.status, func.count())
        .where(Question.poll_id.in_(counts))
        .group_by(Question.poll_id, Question.status)
    )
    for poll_id, status, count in db.execute(by_status):
        counts[poll_id][status] = count
    return [PollLine(poll, sum(counts[poll.id].values()), counts[poll.id].get(OPEN, 0)) for poll in polls]


def everything_of(db: Session, owner_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every poll that an account has made, those it deleted too, with what was answered; one after the other."""
    for poll_id in db.scalars(select(Poll.id).where(Poll.owner_id == owner_id).order_by(Poll.id)).all():
        poll = db.get_one(Poll, poll_id)
        there = questions_of(db, poll_id)
        found = tallies_of(db, [question.id for question in there])
        yield (
            f"poll-{poll_id}",
            {
                "id": poll_id,
                "name": poll.name,
                "code": poll.code,
                "created_at": poll.created_at.isoformat(),
                "deleted_at": poll.deleted_at.isoformat() if poll.deleted_at else None,
                "questions": [live.question_data(question, now()) for question in there],
                "tallies": [numbers(db, one.id, one.definition, found[one.id]) for one in there],
                "short_answers": {
                    str(question.id): list(every_short_answer(db, question.id))
                    for question in there
                    if question.definition.has_texts
                },
            },
        )
        db.expunge_all()
    seats = db.scalars(select(Seat).where(Seat.account_id == owner_id).order_by(Seat.poll_id)).all()
    wishes = db.scalars(select(Suggestion.wish).where(Suggestion.asked_by == owner_id)).all()
    if wishes:
        yield "asked-of-the-ai-service", {"wishes": list(wishes)}
    if seats:
        yield "votes", {"seats": [{"poll": one.poll_id, "name": one.name} for one in seats]}


# Built once: every phone's request asks these, and building a query costs more than running it.
_questions = select(Question).where(Question.poll_id == bindparam("poll")).order_by(Question.position, Question.id)


def questions_of(db: Session, poll_id: int) -> Sequence[Question]:
    """All questions of a poll in their order."""
    return db.scalars(_questions, {"poll": poll_id}).all()


_numbers = select(TALLIES.c.key, TALLIES.c.count).where(TALLIES.c.question_id == bindparam("question"))
_mine = select(ANSWERS.c.value).where(
    ANSWERS.c.question_id == bindparam("question"), ANSWERS.c.respondent == bindparam("respondent")
)


def tallies_of(db: Session, question_ids: Iterable[int]) -> Mapping[int, Tallies]:
    """The numbers of these questions, as they were kept; nothing here counts answers."""
    found = {question_id: Tallies() for question_id in question_ids}
    rows = select(TALLIES.c.question_id, TALLIES.c.key, TALLIES.c.count).where(TALLIES.c.question_id.in_(found))
    for question_id, key, count in db.execute(rows):
        _put(found[question_id], key, count)
    return found


def tallies_of_one(db: Session, question_id: int) -> Tallies:
    """The numbers of one question."""
    found = Tallies()
    for key, count in db.connection().execute(_numbers, {"question": question_id}):
        _put(found, key, count)
    return found


def _put(tallies: Tallies, key: str, count: int) -> None:
    if key == TURN:
        tallies.turn = count
    elif key == RESPONDENTS:
        tallies.respondents = count
    else:
        tallies.counts[key] = count


def stored_answer(db: Session, question_id: int, pseudonym: str) -> str | None:
    """What a respondent answered, as stored; None where nothing."""
    found = db.connection().execute(_mine, {"question": question_id, "respondent": pseudonym})
    value: str | None = found.scalar_one_or_none()
    return value


@dataclass(frozen=True, slots=True)
class SaidPage:
    """Short answers, the newest first, and where the older ones begin."""

    said: list[live.Said]
    before: int | None


def short_answers(db: Session, question_id: int, *, before: int | None = None, count: int = PAGE) -> SaidPage:
    """A page of a question's short answers.

    Arguments:
        before: only answers with a smaller turn, from the page before.
        count: the most answers of a page.
    """
    query = select(Answer.turn, Answer.value).where(Answer.question_id == question_id, Answer.turn.is_not(None))
    if before is not None:
        query = query.where(Answer.turn < before)
    rows = db.execute(query.order_by(Answer.turn.desc()).limit(count + 1)).all()
    said = [live.Said(turn or 0, text_in(value) or "") for turn, value in rows[:count]]
    return SaidPage(said, said[-1].turn if len(rows) > count else None)


def every_short_answer(db: Session, question_id: int) -> Iterator[str]:
    """All short answers of a question, in the order in which they came."""
    query = select(Answer.value).where(Answer.question_id == question_id, Answer.turn.is_not(None))
    for value in db.scalars(query.order_by(Answer.turn).execution_options(yield_per=500)):
        yield text_in(value) or ""


def all_short_answers(question_id: int) -> Iterator[str]:
    """The same, a page at a time, each read anew: for files that take as long as whoever takes them."""
    last = 0
    while True:
        with reading() as db:
            query = select(Answer.turn, Answer.value).where(Answer.question_id == question_id, Answer.turn > last)
            page = db.execute(query.order_by(Answer.turn).limit(_AT_ONCE)).all()
        if not page:
            return
        yield from (text_in(value) or "" for _turn, value in page)
        last = page[-1][0] or 0


def all_answers(question_id: int) -> Iterator[str]:
    """All stored answers of a question, in the order of names that say nothing; a page at a time."""
    last = ""
    while True:
        with reading() as db:
            query = select(Answer.respondent, Answer.value).where(
                Answer.question_id == question_id, Answer.respondent > last
            )
            page = db.execute(query.order_by(Answer.respondent).limit(_AT_ONCE)).all()
        if not page:
            return
        yield from (value for _name, value in page)
        last = page[-1][0]


def picture(name: str) -> bytes:
    """The bytes of a picture, read anew: for files that take as long as whoever takes them. Nothing if it is gone."""
    with reading() as db:
        file_id = db.scalar(select(Picture.file_id).where(Picture.name == name))
    if file_id is None:
        return b""
    with open_file(file_id) as file:
        return file.read()


_most_said = (
    select(WORDS.c.written, WORDS.c.count)
    .where(WORDS.c.question_id == bindparam("question"))
    .order_by(WORDS.c.count.desc(), WORDS.c.word.desc())
    .limit(live.MOST_SHOWN)
)


def most_said(db: Session, question_id: int) -> list[live.Heard]:
    """The words of a cloud that most people said, the most frequent first."""
    return [live.Heard(*row) for row in db.connection().execute(_most_said, {"question": question_id})]


def numbers(db: Session, question_id: int, asked: Definition, tallies: Tallies) -> dict[str, Any]:
    """What the big screen shows of a question's answers: its tallies, and the newest texts and words if it has such."""
    latest = short_answers(db, question_id, count=live.LATEST).said if asked.has_texts else []
    words = most_said(db, question_id) if asked.has_words else []
    return live.tally_data(question_id, tallies, latest, words)


def leaders(db: Session, poll_id: int) -> list[live.Leader]:
    """Who has the most points, without those whose nickname was taken down."""
    best = (
        select(Player.nickname, Player.points)
        .where(Player.poll_id == poll_id, Player.hidden.is_(False))
        .order_by(Player.points.desc(), Player.nickname_key)
        .limit(live.LEADERS)
    )
    return [live.Leader(*row) for row in db.execute(best)]


def players_of(db: Session, poll_id: int) -> Sequence[Player]:
    """Those who play, the best first; the first few hundred."""
    best = select(Player).where(Player.poll_id == poll_id).order_by(Player.points.desc(), Player.nickname_key)
    return db.scalars(best.limit(PEOPLE)).all()


def listed_words(db: Session) -> str:
    """The operator's list of words, one a line."""
    row = db.get(Blocked, 1)
    return row.words if row else ""


def player_data(db: Session, poll: Poll, shown: Sequence[Question], pseudonym: str | None) -> dict[str, Any] | None:
    """What a phone is told of its own game; None where nobody plays. Points only of what was revealed."""
    if not any(one.definition.right for one in shown):
        return None
    player = db.get(Player, (poll.id, pseudonym)) if pseudonym else None
    revealed = [one.id for one in shown if one.revealed]
    own = select(Score.question_id, Score.points).where(
        Score.question_id.in_(revealed), Score.respondent == (pseudonym or "")
    )
    points = {str(number): worth for number, worth in db.execute(own)} if revealed else {}
    return {
        "nickname": player.nickname if player else "",
        "hidden": bool(player and player.hidden),
        "total": player.points if player else sum(points.values()),
        "points": points,
    }


def poll_data(poll: Poll) -> dict[str, Any]:
    """What is said of a poll itself."""
    return {"id": poll.id, "name": poll.name, "code": poll.code}


def presenter_snapshot(db: Session, poll: Poll, at: datetime | None = None) -> dict[str, Any]:
    """Everything the big screen shows: each question with its numbers.

    Arguments:
        at: the time of the transaction in which this is read; by default now.
    """
    at = at or now()
    questions = questions_of(db, poll.id)
    found = tallies_of(db, [question.id for question in questions])
    return {
        "poll": poll_data(poll),
        "questions": [live.question_data(question, at) for question in questions],
        "tallies": [numbers(db, one.id, one.definition, found[one.id]) for one in questions],
        "leaders": live.leaders_data(leaders(db, poll.id)),
    }


def audience_snapshot(db: Session, poll: Poll, pseudonym: str | None) -> dict[str, Any]:
    """Everything a phone shows: the questions that are or were open, and what this respondent answered."""
    shown = [one for one in questions_of(db, poll.id) if one.status in (OPEN, CLOSED)]
    return {
        "poll": poll_data(poll),
        "questions": [live.question_data(question, now()) for question in shown],
        "answers": _answers_of(db, shown, pseudonym),
        "player": player_data(db, poll, shown, pseudonym),
    }


def phone_snapshot(db: Session, poll: Poll, who: Coming | None, cursor: str) -> dict[str, Any]:
    """What the page of one phone is made of: `audience_snapshot`, and where its stream goes on.

    Arguments:
        who: whoever comes; without a seat, where one is wanted, they have answered nothing.
        cursor: of the streams, from before this was read: what happens meanwhile comes as an event.
    """
    snapshot = audience_snapshot(db, poll, access.name_here(db, poll, who))
    return {**snapshot, "cursor": cursor, "topic": live.audience(poll.id)}


def _answers_of(db: Session, shown: Sequence[Question], pseudonym: str | None) -> dict[str, list[str]]:
    """What a respondent sent to these questions, each as it was sent."""
    if pseudonym is None:
        return {}
    asked = {question.id: question.definition for question in shown}
    query = select(Answer.question_id, Answer.value).where(
        Answer.question_id.in_(asked), Answer.respondent == pseudonym
    )
    return {str(number): given_again(asked[number], value) for number, value in db.execute(query)}
