"""Tallies are kept, not recounted: whatever people do, in whatever order, they equal a recount."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from doorward import Caller, Refused
from doorward.store.store import Store
from doorward_suite.polls import actions, queries
from doorward_suite.polls.kinds import keys_in
from doorward_suite.polls.models import Answer, Question, Tally

from .conftest import OWNER, Made

PEOPLE = [f"{number:064}" for number in range(4)]
KINDS = ("choice", "select", "rating", "short")
VOTE = st.tuples(
    st.just("vote"),
    st.sampled_from(KINDS),
    st.sampled_from(PEOPLE),
    st.lists(st.sampled_from(["o1", "o2", "o3", "4", "5"]), max_size=3),
)
MANAGE = st.tuples(st.sampled_from(["open", "close", "clear", "delete"]), st.sampled_from(KINDS))
STEPS = st.lists(st.one_of(VOTE, VOTE, VOTE, VOTE, MANAGE), max_size=25)
MANAGING = {
    "open": actions.open_question,
    "close": actions.close_question,
    "clear": actions.clear_answers,
    "delete": actions.delete_question,
}


def take(step, made: Made) -> None:
    what, kind, *vote = step
    question = getattr(made, kind)
    with suppress(Refused):
        if what == "vote":
            actions.vote(made.poll, question, *vote)
        else:
            MANAGING[what](OWNER, made.poll, question)


def assert_tallies_equal_a_recount(store: Store, questions: tuple[int, ...]) -> None:
    with store.reading() as db:
        kept = queries.tallies_of(db, questions)
        for number in questions:
            question = db.get(Question, number)
            stored = db.scalars(select(Answer.value).where(Answer.question_id == number)).all()
            if question is None:
                assert not stored
                assert db.scalar(select(Tally.key).where(Tally.question_id == number)) is None
                continue
            counted = Counter(key for value in stored for key in keys_in(value))
            assert kept[number].respondents == len(stored)
            assert kept[number].counts == {key: counted[key] for key in question.definition.keys}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_tallies_equal_a_recount_after_any_interleaving(sqlite_store: Store, steps) -> None:
    made = Made()
    for step in steps:
        take(step, made)
    assert_tallies_equal_a_recount(sqlite_store, made.questions)


def test_the_turn_grows_with_every_change_and_never_goes_back(store: Store, made, owner: Caller) -> None:
    turns = []
    for happen in (
        lambda: actions.vote(made.poll, made.choice, PEOPLE[0], ["o1"]),
        lambda: actions.vote(made.poll, made.choice, PEOPLE[0], ["o2"]),
        lambda: actions.clear_answers(owner, made.poll, made.choice),
        lambda: actions.vote(made.poll, made.choice, PEOPLE[0], ["o1"]),
    ):
        happen()
        with store.reading() as db:
            turns.append(queries.tallies_of(db, [made.choice])[made.choice].turn)
    assert turns == sorted(set(turns))
