"""Points of a quiz and who has voted are kept, too: whatever happens, in whatever order, they equal a recount."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from doorward import Refused
from doorward.store.store import Store
from doorward_suite.polls import actions, queries
from doorward_suite.polls.kinds import CHOICE, NUMBER, SELECT, Draft
from doorward_suite.polls.models import Answer, Player, Question, Score, Turnout
from doorward_suite.polls.respondents import Coming, Respondent
from doorward_suite.polls.seats import has_voted

from .conftest import OWNER
from .test_voters import Closed

PEOPLE = [f"{number:064}" for number in range(4)]
RIGHT = {"choice": ["o2"], "select": ["o1", "o2"], "number": 125}
DRAFTS = {
    "choice": Draft(CHOICE, "Longest?", "Nile\nAmazon\nRhine", right="Amazon"),
    "select": Draft(SELECT, "In Europe?", "Rhine\nElbe\nNile", right="Rhine\nElbe"),
    "number": Draft(NUMBER, "How long?", decimals="1", right="12.5"),
}
GIVEN = {
    "choice": [["o1"], ["o2"], ["o3"], ["o9"]],
    "select": [["o1"], ["o1", "o2"], ["o1", "o2", "o3"]],
    "number": [["12.5"], ["12"], ["1000"]],
}
KIND = st.sampled_from([*DRAFTS])
VOTE = KIND.flatmap(
    lambda kind: st.tuples(st.just("vote"), st.just(kind), st.sampled_from(PEOPLE), st.sampled_from(GIVEN[kind]))
)
PLAY = st.tuples(st.just("play"), st.sampled_from(PEOPLE))
MANAGE = st.tuples(st.sampled_from(["reveal", "open", "close", "clear", "delete"]), KIND)
BOUNDED = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MANAGING = {
    "reveal": actions.reveal,
    "open": actions.open_question,
    "close": actions.close_question,
    "clear": actions.clear_answers,
    "delete": actions.delete_question,
}


@BOUNDED
@given(steps=st.lists(st.one_of(VOTE, VOTE, VOTE, PLAY, MANAGE), max_size=25))
def test_points_equal_a_recount_after_any_interleaving(sqlite_store: Store, steps) -> None:
    poll = actions.create_poll(OWNER, "Quiz")
    there = {kind: actions.add_question(OWNER, poll, draft) for kind, draft in DRAFTS.items()}
    for number in there.values():
        actions.open_question(OWNER, poll, number)
    for what, *about in steps:
        with suppress(Refused):
            if what == "vote":
                actions.vote(poll, there[about[0]], about[1], about[2])
            elif what == "play":
                actions.set_nickname(poll, about[0], f"Player {PEOPLE.index(about[0])}")
            else:
                MANAGING[what](OWNER, poll, there[about[0]])
    with sqlite_store.reading() as db:
        worth: dict[str, int] = dict.fromkeys(PEOPLE, 0)
        for kind, number in there.items():
            question = db.get(Question, number)
            stored = dict(db.execute(select(Answer.respondent, Answer.value).where(Answer.question_id == number)).all())
            points = dict(db.execute(select(Score.respondent, Score.points).where(Score.question_id == number)).all())
            assert points.keys() == stored.keys()
            for person, value in stored.items():
                assert (points[person] > 0) is (json.loads(value) == RIGHT[kind])
                if question is not None and question.revealed:
                    worth[person] += points[person]
        players = db.execute(select(Player.respondent, Player.points).where(Player.poll_id == poll)).all()
        assert dict(players) == {person: worth[person] for person, _ in players}
        leaders = [one.points for one in queries.leaders(db, poll)]
        assert leaders == sorted((worth[person] for person, _ in players), reverse=True)


SEAT = st.integers(0, 2)
AT_THE_BALLOT = st.tuples(st.just("vote"), SEAT, st.sampled_from(["o1", "o2", "o9"]))
OF_THE_ROSTER = st.tuples(st.sampled_from(["come", "come", "replace", "revoke", "clear", "open", "close"]), SEAT)


@BOUNDED
@given(steps=st.lists(st.one_of(AT_THE_BALLOT, AT_THE_BALLOT, OF_THE_ROSTER), max_size=25))
def test_who_has_voted_equals_a_recount_after_any_interleaving(sqlite_store: Store, plain_hash, steps) -> None:
    closed = Closed(OWNER)
    codes = {seat: closed.slips[seat].code for seat in range(3)}
    phones: dict[int, list[Coming]] = {seat: [] for seat in range(3)}
    voted: set[int] = set()
    manage = {"clear": actions.clear_answers, "open": actions.open_question, "close": actions.close_question}
    for number, (what, seat, *answer) in enumerate(steps):
        with suppress(Refused):
            if what == "vote":
                for phone in phones[seat]:  # the old ones try, too
                    with suppress(Refused):
                        closed.vote(phone, answer[0])
                        voted.add(seat + 1)
            elif what == "come":
                phones[seat].append(_come(closed, codes[seat], number))
            elif what == "replace":
                codes[seat] = actions.replace_code(OWNER, closed.poll, seat + 1).code
            elif what == "revoke":
                actions.revoke_seat(OWNER, closed.poll, seat + 1)
            else:
                manage[what](OWNER, closed.poll, closed.question)
                voted = set() if what == "clear" else voted
    with sqlite_store.reading() as db:
        turnout = db.get(Turnout, closed.question)
        marked = {number for number in range(1, 4) if turnout is not None and has_voted(turnout.seats, number)}
        stored = [*db.scalars(select(Answer.value).where(Answer.question_id == closed.question))]
        tallies = queries.tallies_of_one(db, closed.question)
    assert marked == voted
    assert tallies.respondents == len(stored) == len(voted)
    assert tallies.counts == {key: sum(key in json.loads(one) for one in stored) for key in ("o1", "o2")}


def _come(closed: Closed, code: str, number: int) -> Coming:
    """A phone that takes a seat; each brings a random value of its own."""
    claim = actions.take_seat(closed.poll, code)
    return Coming(Respondent(f"key {number}", (closed.poll,), {closed.poll: claim}))
