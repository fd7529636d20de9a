"""What the streams of a poll say, and who may listen.

Snapshots are made of the same pieces as events, so that an old snapshot and the events since are a fresh snapshot.
Every piece has a number that only grows (`version`, `turn`): a page keeps the higher one, whatever the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from doorward import Caller, Forbidden, ListenerMark, NotFound, Transaction, reading, topic

from . import access
from .kinds import Option
from .models import DRAFT, ROSTER, SHOWN, Poll, Proposal, Question, Seat
from .respondents import coming
from .stage import Stage

#: How many short answers, and how many words, the big screen shows.
LATEST = 12
MOST_SHOWN = 40
#: How many the leaderboard has.
LEADERS = 10


def audience(poll_id: int) -> str:
    """The topic of everybody who has joined. Never carries a tally."""
    return f"polls.audience:{poll_id}"


def presenter(poll_id: int) -> str:
    """The topic of the big screen."""
    return f"polls.present:{poll_id}"


@topic("polls.audience", people_to="polls.present")
def may_listen_as_audience(caller: Caller, key: str) -> bool | ListenerMark:
    """Whoever joined with the code: the signed cookie says so. The poll must still be there, and be for them.

    With a seat of the roster, under the number of the seat, so that the stream ends with it.
    """
    who = coming(caller)
    if who is None or not key.isdigit() or int(key) not in who.respondent.joined:
        return False
    with reading() as db:
        poll = db.get(Poll, int(key))
        if poll is None or poll.deleted_at is not None or poll.archived_at is not None:
            return False
        try:
            access.may_see(db, poll, who)
        except Forbidden:
            return False
        claim = who.claims.get(poll.id)
        return ListenerMark(str(claim.number)) if poll.voters == ROSTER and claim is not None else True


@topic("polls.present")
def may_listen_as_presenter(caller: Caller, key: str) -> bool:
    """Whoever manages the poll."""
    try:
        with reading() as db:
            access.own_poll(db, caller, int(key))
    except (NotFound, ValueError):
        return False
    return True


@dataclass(slots=True)
class Tallies:
    """The numbers of one question.

    Arguments:
        turn: grows with every change of the question's answers; the newer of two has the higher one.
        respondents: how many people answered.
        counts: for each option's key, how many chose it.
    """

    turn: int = 0
    respondents: int = 0
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A short answer on the big screen."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A word of a cloud: as it was written first, and how many said it."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody on the leaderboard."""

    name: str
    points: int


def question_data(question: Question, now: datetime, *, whole: bool = False) -> dict[str, Any]:
    """A question as everybody may see it once it was open.

    Arguments:
        now: by the server's clock: what is open longer than its timer runs is closed.
        whole: with the right answers even before they are revealed: for its maker alone, and for no screen.
    """
    asked = question.definition
    return {
        "id": question.id,
        "position": question.position,
        "kind": asked.kind,
        "title": asked.title,
        "options": [_option_data(option) for option in asked.options],
        "most": asked.most,
        "low": asked.low,
        "high": asked.high,
        "least": asked.as_text(asked.least),
        "greatest": asked.as_text(asked.greatest),
        "decimals": asked.decimals,
        "unit": asked.unit,
        "show": asked.show,
        "status": question.status_at(now),
        "version": question.version,
        "opening": question.opening,
        "closes_at": question.closes_at.isoformat() if question.closes_at else None,
        "quiz": bool(asked.right),
        "revealed": question.revealed,
        "right": list(asked.right) if question.revealed or whole else [],
    }


def _option_data(option: Option) -> dict[str, str]:
    plain = {"key": option.key, "label": option.label}
    return {**plain, "picture": option.picture} if option.picture else plain


def tally_data(
    question_id: int, tallies: Tallies, latest: Sequence[Said] = (), words: Sequence[Heard] = ()
) -> dict[str, Any]:
    """The numbers of a question, all of them: the newest alone is enough."""
    return {
        "question": question_id,
        "turn": tallies.turn,
        "respondents": tallies.respondents,
        "counts": tallies.counts,
        "latest": [{"turn": said.turn, "text": said.text} for said in latest],
        "words": [{"text": heard.text, "count": heard.count} for heard in words],
    }


def tell_question(tx: Transaction, question: Question) -> None:
    """Tell that a question was added, changed, opened or closed. A draft is nobody's business but the presenter's."""
    data = question_data(question, tx.now)
    name = f"question:{question.id}"
    tx.publish(presenter(question.poll_id), "question", data, newest=name)
    if question.status != DRAFT:
        tx.publish(audience(question.poll_id), "question", data, newest=name)


def tell_gone(tx: Transaction, poll_id: int, question_id: int) -> None:
    """Tell that a question was deleted. Takes the place of whatever was to be told of it."""
    for name in (presenter(poll_id), audience(poll_id)):
        tx.publish(name, "gone", {"id": question_id}, newest=f"question:{question_id}")


def tell_cleared(tx: Transaction, question: Question) -> None:
    """Tell the phones that what they sent is gone, so that none of them says "saved"."""
    tx.publish(audience(question.poll_id), "cleared", {"id": question.id})


def end_stream_of(tx: Transaction, seat: Seat) -> None:
    """The seat has ended, or its code was replaced: the phone that came by it hears nothing more from now on."""
    topic_of_all, number, account_id = audience(seat.poll_id), str(seat.number), seat.account_id
    if account_id is not None:
        tx.after_commit(lambda publisher: publisher.cut_topic(topic_of_all, account_id))
    else:
        tx.after_commit(lambda publisher: publisher.cut_topic(topic_of_all, mark=number))


def tell_tally(tx: Transaction, poll_id: int, data: dict[str, Any]) -> None:
    """Tell the presenter the numbers of a question."""
    tx.publish(presenter(poll_id), "tally", data, newest=f"tally:{data['question']}")


def leaders_data(leaders: Sequence[Leader]) -> list[dict[str, Any]]:
    """The leaderboard as screens get it."""
    return [{"name": one.name, "points": one.points} for one in leaders]


def tell_leaders(tx: Transaction, poll_id: int, leaders: Sequence[Leader]) -> None:
    """Tell the presenter who leads."""
    tx.publish(presenter(poll_id), "leaders", {"leaders": leaders_data(leaders)}, newest="leaders")


def tell_stage(tx: Transaction, poll_id: int, stage: Stage) -> None:
    """Tell every screen what to show."""
    tx.publish(presenter(poll_id), "stage", stage.as_json(), newest="stage")


def tell_proposal(tx: Transaction, proposal: Proposal, before: str = "") -> None:
    """Tell how a proposal stands. Phones hear only of those that everybody sees, and that one is no longer among them.

    Arguments:
        before: its status until now; empty for a new one.
    """
    data: dict[str, Any] = {
        "id": proposal.id,
        "text": proposal.text,
        "votes": proposal.votes,
        "status": proposal.status,
    }
    name = f"proposal:{proposal.id}"
    tx.publish(presenter(proposal.poll_id), "proposal", data, newest=name)
    if proposal.status == SHOWN:
        tx.publish(audience(proposal.poll_id), "proposal", data, newest=name)
    elif before == SHOWN:
        tx.publish(audience(proposal.poll_id), "proposal", {"id": proposal.id, "status": "gone"}, newest=name)


def tell_name(tx: Transaction, poll: Poll) -> None:
    """Tell that the poll has another name."""
    for name in (presenter(poll.id), audience(poll.id)):
        tx.publish(name, "poll", {"name": poll.name}, newest="poll")


def end_streams(tx: Transaction, poll_id: int) -> None:
    """The poll is gone, and with it the right to listen."""
    tx.after_commit(lambda publisher: publisher.cut_topic(presenter(poll_id)))
    tx.after_commit(lambda publisher: publisher.cut_topic(audience(poll_id)))
