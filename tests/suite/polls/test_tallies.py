"""Tallies are kept, not recounted: whatever people do, in whatever order, they equal a recount."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from doorward import Caller, Refused
from doorward.store.store import Store
from doorward_suite.polls import actions, queries
from doorward_suite.polls.models import Answer, Question, Tally, Word

from .conftest import OWNER, Made

PEOPLE = [f"{number:064}" for number in range(4)]
KINDS = ("choice", "select", "rating", "short", "other", "ranking", "number", "cloud", "spoken")
GIVEN = {
    "ranking": st.permutations(["o1", "o2", "o3"]),
    "number": st.lists(st.sampled_from(["0", "12.5", "99.5", "100", "4,9"]), max_size=2),
    "cloud": st.lists(st.sampled_from(["Delta", "delta", "DELTA ", "é", "e\u0301", "Mündung"]), max_size=3),
    "spoken": st.lists(st.sampled_from(["The river runs", "River, river and delta", "runs"]), max_size=1),
    "other": st.sampled_from([["o1"], ["o2"], ["other"], ["other", "a poster"], ["other", "a friend"]]),
}
PICKED = st.lists(st.sampled_from(["o1", "o2", "o3", "4", "5"]), max_size=3)
VOTE = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(st.just("vote"), st.just(kind), st.sampled_from(PEOPLE), GIVEN.get(kind, PICKED))
)
MANAGE = st.tuples(st.sampled_from(["open", "close", "clear", "delete"]), st.sampled_from(KINDS))
STEPS = st.lists(st.one_of(VOTE, VOTE, VOTE, VOTE, MANAGE), max_size=25)
MANAGING = {
    "open": actions.open_question,
    "close": actions.close_question,
    "clear": actions.clear_answers,
    "delete": actions.delete_question,
}


def recounted(kind: str, value: Any) -> Counter[str]:
    """What one stored answer counts for, written down a second time: not by the code that keeps the tallies."""
    if kind == "ranking":
        return Counter({key: len(value) - value.index(key) for key in value})
    if kind == "number":
        return Counter({f"b{value // 100 + 1}": 1, "sum": value})  # 0 to 99.5 in ten columns of 100 tenths
    if isinstance(value, dict):
        return Counter(value["keys"])
    return Counter(value if isinstance(value, list) and kind != "cloud" else [])


def words_recounted(kind: str, value: Any) -> Counter[str]:
    if kind == "cloud":
        return Counter({word.lower() for word in value})
    sentences = {"The river runs": ["river", "runs"], "River, river and delta": ["river", "delta"], "runs": ["runs"]}
    return Counter(sentences[value])


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
            stored = [*map(json.loads, db.scalars(select(Answer.value).where(Answer.question_id == number)))]
            words = dict(db.execute(select(Word.word, Word.count).where(Word.question_id == number)).all())
            if question is None:
                assert not stored
                assert not words
                assert db.scalar(select(Tally.key).where(Tally.question_id == number)) is None
                continue
            counted = sum((recounted(question.kind, value) for value in stored), Counter())
            assert kept[number].respondents == len(stored)
            assert kept[number].counts == {key: counted[key] for key in question.definition.counters}
            if question.definition.has_words:
                assert words == dict(sum((words_recounted(question.kind, value) for value in stored), Counter()))
            else:
                assert not words


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
