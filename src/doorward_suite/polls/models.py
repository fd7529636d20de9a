"""The records of polls: a poll, its questions, the answers, and the tallies that are kept beside them.

Anonymous means that no row here leads to a person:
- An answer knows its respondent only as an HMAC over the poll and the random value in the browser's cookie. Without
  the server's key it cannot be computed, and it is another one in every poll, so that two polls cannot be joined.
- An answer has no time and no number of its own: beside a log of addresses and seconds, either would say whose it is.
  Only texts that the screen shows newest first keep the order in which they came; the screen shows it anyhow.
- Votes are not in the journal.

Where only who is on the roster votes, or only who has an account, the poll has a seat for each person. Which seats have
voted is one value for each question, rewritten whole with every vote; the answers stand apart, each under a name that
only the voter's browser brings. Nothing that the two share, neither a key nor an order nor a transaction's number, says
which answer is whose; unless the poll was set to be named, and told so.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from doorward import BigNumber, Record

from .kinds import Definition, Option

DRAFT = "draft"
OPEN = "open"
CLOSED = "closed"

#: What a poll is: a session with an audience, or a set of questions that is kept to begin sessions with.
ACTIVE, TEMPLATE = "active", "template"

#: Who votes: whoever comes, whoever was given a code, whoever has an account here.
EVERYBODY = "everybody"
ROSTER = "roster"
ACCOUNTS = "accounts"
WAYS_TO_VOTE = (EVERYBODY, ROSTER, ACCOUNTS)

#: Keys of tallies that are not options; an option's key is a letter or a digit first.
RESPONDENTS = "*"
TURN = "#"


class Poll(Record):
    """A session with an audience: a name, a code to join by, questions.

    The owner is not a foreign key: accounts belong to the kit, and removing a person does not remove their results.
    A deleted poll keeps its code, so that an old slide never leads into somebody else's poll. Nobody can type
    the code of a template, so that nobody joins it.
    """

    __tablename__ = "polls"
    __table_args__ = (Index("polls_of", "owner_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    owner_id: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16), default=ACTIVE)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    stage: Mapped[str] = mapped_column(Text, default="{}")
    frozen: Mapped[str | None] = mapped_column(Text)
    proposals: Mapped[bool] = mapped_column(Boolean, default=False)
    checked: Mapped[bool] = mapped_column(Boolean, default=False)
    voters: Mapped[str] = mapped_column(String(12), default=EVERYBODY)
    named: Mapped[bool] = mapped_column(Boolean, default=False)


class Seat(Record):
    """The right of one person to vote in a poll, once on each question. Its number is never given out again.

    By the roster it has a code, kept as a keyed hash; `era` grows when the code is replaced, so that a browser that
    came by an older one is out. `taken` says whether a browser came, and not when. An account's seat has its id.
    """

    __tablename__ = "polls_seats"
    __table_args__ = (
        UniqueConstraint("poll_id", "code_hash", name="polls_seats_code"),
        UniqueConstraint("poll_id", "account_id", name="polls_seats_account"),
        Index("polls_seats_of", "account_id"),
        {"sqlite_with_rowid": False},
    )

    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    account_id: Mapped[str | None] = mapped_column(String(32))
    era: Mapped[int] = mapped_column(Integer, default=1)
    taken: Mapped[bool] = mapped_column(Boolean, default=False)
    revoked_at: Mapped[datetime | None]


class Turnout(Record):
    """Which seats have voted on a question: one bit each, one value for all, so that no row is any one voter's."""

    __tablename__ = "polls_turnout"

    question_id: Mapped[int] = mapped_column(
        ForeignKey("polls_questions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seats: Mapped[bytes] = mapped_column(LargeBinary)


class Question(Record):
    """One question.

    `version` grows with every change that people see, so that a late event cannot undo a newer one. `opening` counts
    the openings within the poll, so that phones know which was the last, whatever the clock says; 0 is never.
    """

    __tablename__ = "polls_questions"
    __table_args__ = (Index("polls_questions_of", "poll_id", "position"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(300))
    options: Mapped[str] = mapped_column(Text)
    settings: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(8), default=DRAFT)
    version: Mapped[int] = mapped_column(Integer, default=1)
    opening: Mapped[int] = mapped_column(Integer, default=0)
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    revealed: Mapped[bool] = mapped_column(Boolean, default=False)
    closes_at: Mapped[datetime | None]

    def status_at(self, now: datetime) -> str:
        """Its status: a question whose time is over is closed, whether somebody has closed it or not."""
        over = self.status == OPEN and self.closes_at is not None and self.closes_at <= now
        return CLOSED if over else self.status

    @property
    def definition(self) -> Definition:
        """What the question asks, as a value."""
        return definition_of(self.kind, self.title, self.options, self.settings)

    @definition.setter
    def definition(self, new: Definition) -> None:
        self.kind, self.title = new.kind, new.title
        self.options = json.dumps([_kept(option) for option in new.options], ensure_ascii=False)
        plain = Definition(new.kind, new.title)
        self.settings = json.dumps(
            {name: value for name in _SETTINGS if (value := getattr(new, name)) != getattr(plain, name)},
            ensure_ascii=False,
        )


#: What of a definition its column of settings holds; what is not in it is as usual.
_SETTINGS = ("most", "low", "high", "least", "greatest", "decimals", "unit", "show", "right")


def _kept(option: Option) -> list[str]:
    return [option.key, option.label, option.picture] if option.picture else [option.key, option.label]


@lru_cache(maxsize=1024)
def definition_of(kind: str, title: str, options: str, settings: str) -> Definition:
    """A question's definition from its columns. Remembered, since every vote asks for it."""
    kept = json.loads(settings)
    right = tuple(kept.pop("right", ()))
    return Definition(kind, title, tuple(Option(*pair) for pair in json.loads(options)), right=right, **kept)


class Picture(Record):
    """A picture of a question: its random name, and the file in which it is kept.

    The picture of a copied question is the same file under another name: the last that lets go of it deletes it.
    """

    __tablename__ = "polls_pictures"
    __table_args__ = (Index("polls_pictures_of", "question_id"), Index("polls_pictures_in", "file_id"))

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("polls_questions.id", ondelete="CASCADE"))
    file_id: Mapped[str] = mapped_column(String(40))


class Answer(Record):
    """What one respondent answers to one question: the primary key is what makes it one.

    Without a row number on SQLite, the rows lie in the order of their keys, not in the order in which they came.
    """

    __tablename__ = "polls_answers"
    __table_args__ = (
        Index(
            "polls_answers_newest",
            "question_id",
            "turn",
            sqlite_where=text("turn IS NOT NULL"),
            postgresql_where=text("turn IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    question_id: Mapped[int] = mapped_column(ForeignKey("polls_questions.id", ondelete="CASCADE"), primary_key=True)
    respondent: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    turn: Mapped[int | None] = mapped_column(BigNumber)


class Tally(Record):
    """How often an option was chosen, kept with every vote and never recounted.

    Two more rows a question: `RESPONDENTS` counts who answered, `TURN` counts every change of its answers, so that the
    newer of two events can be told.
    """

    __tablename__ = "polls_tallies"
    __table_args__ = ({"sqlite_with_rowid": False},)

    question_id: Mapped[int] = mapped_column(ForeignKey("polls_questions.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(BigNumber, default=0)


class Word(Record):
    """How many said a word of a cloud, kept with every vote. A word that nobody says any more has no row."""

    __tablename__ = "polls_words"
    __table_args__ = (Index("polls_words_most", "question_id", "count", "word"), {"sqlite_with_rowid": False})

    question_id: Mapped[int] = mapped_column(ForeignKey("polls_questions.id", ondelete="CASCADE"), primary_key=True)
    word: Mapped[str] = mapped_column(String(40), primary_key=True)
    written: Mapped[str] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(BigNumber)


class Score(Record):
    """What an answer to a question of a quiz is worth. Nobody but the server sees it before the answer is revealed."""

    __tablename__ = "polls_scores"
    __table_args__ = ({"sqlite_with_rowid": False},)

    question_id: Mapped[int] = mapped_column(ForeignKey("polls_questions.id", ondelete="CASCADE"), primary_key=True)
    respondent: Mapped[str] = mapped_column(String(64), primary_key=True)
    points: Mapped[int] = mapped_column(Integer)


class Player(Record):
    """Somebody who plays under a nickname, with the points of every question that was revealed."""

    __tablename__ = "polls_players"
    __table_args__ = (
        UniqueConstraint("poll_id", "nickname_key", name="polls_players_nickname"),
        Index("polls_players_best", "poll_id", "hidden", "points"),
        {"sqlite_with_rowid": False},
    )

    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True)
    respondent: Mapped[str] = mapped_column(String(64), primary_key=True)
    nickname: Mapped[str] = mapped_column(String(24))
    nickname_key: Mapped[str] = mapped_column(String(48))
    hidden: Mapped[bool] = mapped_column(Boolean, default=False)
    points: Mapped[int] = mapped_column(Integer, default=0)


class Blocked(Record):
    """The operator's list of words that nobody reads on a big screen before the presenter has: one row, one text."""

    __tablename__ = "polls_blocked"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(Text)


#: What becomes of a proposal.
SHOWN, WAITING, REFUSED, MERGED, USED = "shown", "waiting", "refused", "merged", "used"


class Proposal(Record):
    """A question that somebody of the audience would like to be asked, with how many want it too.

    `author` is another pseudonym than that of answers: what somebody proposes does not lead to what they answer.
    """

    __tablename__ = "polls_proposals"
    __table_args__ = (
        UniqueConstraint("poll_id", "text_key", name="polls_proposals_text"),
        Index("polls_proposals_most", "poll_id", "status", "votes"),
        Index("polls_proposals_by", "poll_id", "author"),
        Index("polls_proposals_due", "poll_id", "status", "verdict", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"))
    author: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(String(300))
    text_key: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(8))
    votes: Mapped[int] = mapped_column(Integer, default=0)
    verdict: Mapped[str] = mapped_column(String(12), default="")


class Suggestion(Record):
    """What somebody asked the AI service for, and what it suggests: `given` is empty until it has answered."""

    __tablename__ = "polls_suggestions"
    __table_args__ = (
        Index("polls_suggestions_of", "poll_id", "asked_by", "id"),
        Index("polls_suggestions_by", "asked_by"),
        Index("polls_suggestions_question", "question_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("polls_questions.id", ondelete="CASCADE"))
    asked_by: Mapped[str] = mapped_column(String(32))
    job_id: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    wish: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(Integer)
    quiz: Mapped[bool] = mapped_column(Boolean)
    given: Mapped[str] = mapped_column(Text)


class Support(Record):
    """That somebody wants a proposal to be asked: the primary key is what makes it once."""

    __tablename__ = "polls_supports"
    __table_args__ = ({"sqlite_with_rowid": False},)

    proposal_id: Mapped[int] = mapped_column(ForeignKey("polls_proposals.id", ondelete="CASCADE"), primary_key=True)
    supporter: Mapped[str] = mapped_column(String(64), primary_key=True)


#: The tables themselves, for what runs once a vote: statements on them are built once and cost a fraction.
POLLS, QUESTIONS, ANSWERS, TALLIES, WORDS, SEATS, TURNOUT, SCORES, PLAYERS = (
    cast(Table, model.__table__) for model in (Poll, Question, Answer, Tally, Word, Seat, Turnout, Score, Player)
)
