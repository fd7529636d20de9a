"""Quizzes: the answer is revealed, points are added up, people play under nicknames that the presenter watches over."""

from __future__ import annotations

from sqlalchemy import func, select

from doorward import Caller, Conflict, Forbidden, Invalid, NotFound, Transaction, grouped

from .. import access, live, queries
from ..models import CLOSED, DRAFT, Blocked, Player, Poll, Question, Score
from ..quiz import LONGEST_LIST, nickname_key, read_list, read_nickname
from .questions import note, on_question
from .scoring import add_points


def reveal(actor: Caller, poll_id: int, question_id: int) -> None:
    """Close a question of a quiz, show which answer was right, and add its points to whoever plays. Once."""

    def change(tx: Transaction, question: Question) -> None:
        if question.revealed:
            return
        if not question.definition.right:
            raise Conflict("This question has no right answer to reveal.")
        if question.status == DRAFT:
            raise Conflict("This question was never opened, so there is nothing to reveal.")
        if question.status != CLOSED:
            question.status, question.closed_at = CLOSED, tx.now
        question.revealed = True
        note(tx, question, "question.revealed")
        add_points(tx, question, 1)

    on_question(actor, poll_id, question_id, change)


def set_nickname(poll_id: int, pseudonym: str, typed: str) -> None:
    """Play under a nickname, or under another. Whoever's was taken down stays hidden until the presenter shows it.

    Errors:
        Invalid: no nickname that may be shown, or taken.
    """

    def work(tx: Transaction) -> None:
        nickname = read_nickname(typed, read_list(queries.listed_words(tx.db)))
        key = nickname_key(nickname)
        # One after the other, so that of two who want the same name the second is told.
        locked = select(Poll.id).where(Poll.id == poll_id, Poll.deleted_at.is_(None)).with_for_update()
        if tx.db.scalar(locked) is None:
            raise NotFound(access.NO_SUCH_CODE)
        taken = tx.db.scalar(select(Player).where(Player.poll_id == poll_id, Player.nickname_key == key))
        if taken is not None and taken.respondent != pseudonym:
            raise Invalid({"nickname": "Somebody plays under this nickname already."})
        player = tx.db.get(Player, (poll_id, pseudonym))
        if player is None:
            points = _points_so_far(tx, poll_id, pseudonym)
            player = Player(poll_id=poll_id, respondent=pseudonym, points=points, hidden=False)
            tx.db.add(player)
        player.nickname, player.nickname_key = nickname, key
        tx.db.flush()
        live.tell_leaders(tx, poll_id, queries.leaders(tx.db, poll_id))

    grouped(Caller(), work)


def _points_so_far(tx: Transaction, poll_id: int, pseudonym: str) -> int:
    revealed = select(func.sum(Score.points)).join(Question, Question.id == Score.question_id)
    revealed = revealed.where(Question.poll_id == poll_id, Question.revealed.is_(True), Score.respondent == pseudonym)
    return tx.db.scalar(revealed) or 0


def moderate(actor: Caller, poll_id: int, nickname: str, *, hidden: bool) -> None:
    """Take a nickname down from the leaderboard, or put it back."""

    def work(tx: Transaction) -> None:
        poll = access.own_poll(tx.db, actor, poll_id)
        by_name = select(Player).where(Player.poll_id == poll.id, Player.nickname_key == nickname_key(nickname))
        player = tx.db.scalar(by_name.with_for_update())
        if player is None:
            raise NotFound("Nobody plays under this nickname.")
        if player.hidden is not hidden:
            player.hidden = hidden
            tx.journal("poll.nickname_hidden" if hidden else "poll.nickname_shown", on=f"poll:{poll.id}")
            tx.db.flush()
            live.tell_leaders(tx, poll.id, queries.leaders(tx.db, poll.id))

    grouped(actor, work)


def set_listed_words(actor: Caller, typed: str) -> None:
    """Replace the operator's list of words. For administrators."""
    if not actor.is_admin:
        raise Forbidden("Only an administrator changes the list of words.")
    if len(typed) > LONGEST_LIST:
        raise Invalid({"words": f"The list has at most {LONGEST_LIST} characters."})
    words = read_list(typed)

    def work(tx: Transaction) -> None:
        row = tx.db.get(Blocked, 1)
        if row is None:
            tx.db.add(Blocked(id=1, words="\n".join(words)))
        else:
            row.words = "\n".join(words)
        tx.journal("polls.words_set", on="polls", count=len(words))

    grouped(actor, work)
