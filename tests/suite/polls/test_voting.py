"""Votes: one for each respondent and question, counted as they come, and nothing that leads back to a person."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.exc import IntegrityError

from doorward import Caller, Conflict, Invalid, NotFound, Unavailable
from doorward.store.store import Store
from doorward_suite.polls import access, actions, live, queries
from doorward_suite.polls.ballot import ballot
from doorward_suite.polls.kinds import CHOICE, LONGEST_ANSWER, Draft
from doorward_suite.polls.models import Answer, Question

from .conftest import OWNER, Made

ANNE, BERT = "a" * 64, "b" * 64


def tally(store: Store, question: int) -> tuple[dict[str, int], int]:
    with store.reading() as db:
        found = queries.tallies_of(db, [question])[question]
    return found.counts, found.respondents


def recount(store: Store, question: int) -> tuple[dict[str, int], int]:
    """What counting every answer gives: the tallies must never differ from it."""
    with store.reading() as db:
        asked = db.get_one(Question, question).definition
        stored = db.scalars(select(Answer.value).where(Answer.question_id == question)).all()
    counted = Counter(key for value in map(json.loads, stored) if isinstance(value, list) for key in value)
    return {key: counted[key] for key in asked.keys}, len(stored)


def test_a_vote_is_counted(store: Store, made) -> None:
    actions.vote(made.poll, made.choice, ANNE, ["o2"])
    assert tally(store, made.choice) == ({"o1": 0, "o2": 1, "o3": 0}, 1)


def test_a_changed_vote_moves_and_is_still_one(store: Store, made) -> None:
    for given in (["o1", "o2"], ["o2", "o3"], ["o3"]):
        actions.vote(made.poll, made.select, ANNE, given)
    assert tally(store, made.select) == ({"o1": 0, "o2": 0, "o3": 1}, 1) == recount(store, made.select)


def test_the_same_vote_again_changes_nothing_and_tells_nobody(store: Store, made, told) -> None:
    actions.vote(made.poll, made.choice, ANNE, ["o2"])
    before = len(told.events)
    actions.vote(made.poll, made.choice, ANNE, ["o2"])
    assert tally(store, made.choice)[1] == 1
    assert len(told.events) == before


def test_every_kind_takes_its_answers(store: Store, made) -> None:
    answers = (["o1"], ["o1", "o3"], ["5"], ["  A  delta\r\nis wide "])
    newer = (["other", " a  friend "], ["o3", "o1", "o2"], ["12,5"], ["Delta", "", "delta"], ["Wide rivers"])
    for question, given in zip(made.questions, (*answers, *newer), strict=True):
        actions.vote(made.poll, question, ANNE, given)
        assert tally(store, question)[1] == 1
    with store.reading() as db:
        assert [said.text for said in queries.short_answers(db, made.short).said] == ["A delta is wide"]
        assert [said.text for said in queries.short_answers(db, made.other).said] == ["a friend"]
        phone = queries.audience_snapshot(db, access.own_poll(db, OWNER, made.poll), ANNE)["answers"]
        assert [phone[str(question)] for question in made.newer] == [
            ["other", "a friend"], ["o3", "o1", "o2"], ["12.5"], ["Delta"], ["Wide rivers"],
        ]  # fmt: skip
        assert queries.tallies_of(db, [made.ranking])[made.ranking].counts == {"o1": 2, "o2": 1, "o3": 3}
        assert queries.tallies_of(db, [made.number])[made.number].counts["b2"] == 1
        assert queries.most_said(db, made.cloud) == [live.Heard("Delta", 1)]


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("choice", []),
        ("choice", ["o9"]),
        ("choice", [""]),
        ("choice", ["*"]),
        ("choice", ["#"]),
        ("choice", ["o1", "o2"]),
        ("choice", ["o1", "o1"]),
        ("select", []),
        ("select", ["o1", "o2", "o3"]),
        ("select", ["o1", "Nile"]),
        ("rating", ["0"]),
        ("rating", ["6"]),
        ("rating", ["3.0"]),
        ("rating", ["٣"]),
        ("short", []),
        ("short", ["   "]),
        ("short", ["one", "two"]),
        ("short", ["x" * (LONGEST_ANSWER + 1)]),
        ("short", ["bell\x07"]),
        ("short", ["nul\x00"]),
        ("short", ["broken \ufffd"]),
        ("short", ["half \ud83d"]),
        ("short", ["turned \u202e round"]),
        ("other", ["other"]),
        ("other", ["other", " "]),
        ("other", ["other", "a", "b"]),
        ("other", ["o1", "other", "both"]),
        ("other", ["other", "x" * (LONGEST_ANSWER + 1)]),
        ("choice", ["other", "there is no other here"]),
        ("ranking", ["o1", "o2"]),
        ("ranking", ["o1", "o2", "o2"]),
        ("ranking", ["o1", "o2", "o3", "o4"]),
        ("number", ["99.6"]),
        ("number", ["-0.1"]),
        ("number", ["1e1"]),
        ("number", ["12.55"]),
        ("number", ["٣"]),
        ("number", ["NaN"]),
        ("number", ["9" * 5000]),
        ("number", ["1", "2"]),
        ("cloud", [" "]),
        ("cloud", ["a", "b", "c"]),
        ("cloud", ["x" * 41]),
        ("cloud", ["nul\x00"]),
    ],
)
def test_what_is_no_answer_is_refused_and_leaves_no_trace(store: Store, made, question: str, given: list[str]) -> None:
    number = getattr(made, question)
    with pytest.raises(Invalid) as refused:
        actions.vote(made.poll, number, ANNE, given)
    assert refused.value.fields["answer"].endswith(".")
    assert tally(store, number)[1] == recount(store, number)[1] == 0


def test_a_closed_question_takes_no_vote_and_no_change(store: Store, made, owner: Caller) -> None:
    actions.vote(made.poll, made.choice, ANNE, ["o1"])
    actions.close_question(owner, made.poll, made.choice)
    for respondent in (ANNE, BERT):
        with pytest.raises(Conflict, match="closed"):
            actions.vote(made.poll, made.choice, respondent, ["o2"])
    assert tally(store, made.choice) == ({"o1": 1, "o2": 0, "o3": 0}, 1)


def test_a_draft_does_not_exist_for_a_voter(store: Store, made, owner: Caller) -> None:
    draft = actions.add_question(owner, made.poll, Draft(CHOICE, "Later", "a\nb"))
    with pytest.raises(NotFound):
        actions.vote(made.poll, draft, ANNE, ["o1"])


def test_a_question_is_voted_on_in_its_own_poll_only(store: Store, made, owner: Caller) -> None:
    other = actions.create_poll(owner, "Other")
    for poll, question in ((other, made.choice), (made.poll, 2**70), (made.poll, -1)):
        with pytest.raises(NotFound):
            actions.vote(poll, question, ANNE, ["o1"])


def test_a_deleted_poll_takes_no_vote(store: Store, made, owner: Caller) -> None:
    actions.delete_poll(owner, made.poll)
    with pytest.raises(NotFound):
        actions.vote(made.poll, made.choice, ANNE, ["o1"])


def test_the_database_itself_refuses_a_second_answer(store: Store, made) -> None:
    actions.vote(made.poll, made.choice, ANNE, ["o1"])
    with pytest.raises(IntegrityError), store.transaction() as tx:
        tx.db.execute(insert(Answer).values(question_id=made.choice, respondent=ANNE, value='["o2"]'))


def test_sixteen_first_votes_at_once_by_one_respondent_store_one_row(store: Store, made) -> None:
    def vote(number: int) -> None:
        actions.vote(made.poll, made.choice, ANNE, [f"o{number % 3 + 1}"])

    contexts = [copy_context() for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: contexts[number].run(vote, number), range(16)))
    with store.reading() as db:
        assert db.scalar(select(func.count()).where(Answer.question_id == made.choice)) == 1
    assert tally(store, made.choice) == recount(store, made.choice)
    assert tally(store, made.choice)[1] == 1


def test_votes_of_many_at_once_are_all_counted(store: Store, made) -> None:
    def vote(number: int) -> None:
        actions.vote(made.poll, made.select, f"{number:064}", ["o1", f"o{2 + number % 2}"])

    contexts = [copy_context() for _ in range(60)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: contexts[number].run(vote, number), range(60)))
    assert tally(store, made.select) == ({"o1": 60, "o2": 30, "o3": 30}, 60) == recount(store, made.select)


def test_short_answers_come_newest_first_in_pages(store: Store, made) -> None:
    for number in range(5):
        actions.vote(made.poll, made.short, f"{number:064}", [f"answer {number}"])
    actions.vote(made.poll, made.short, f"{1:064}", ["answer 1, thought over"])
    seen: list[str] = []
    before = None
    with store.reading() as db:
        while True:
            page = queries.short_answers(db, made.short, before=before, count=2)
            seen += [said.text for said in page.said]
            if page.before is None:
                break
            before = page.before
    assert seen == ["answer 1, thought over", "answer 4", "answer 3", "answer 2", "answer 0"]


def test_a_full_disk_refuses_votes_and_leaves_nothing_half_done(sqlite_store: Store) -> None:
    made = Made()
    with sqlite_store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    room = [pages + 2]

    def keep_within(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {room[0]}")

    event.listen(sqlite_store.engine, "begin", keep_within, insert=True)
    saved = 0
    try:
        for number in range(1000):
            actions.vote(made.poll, made.short, f"{number:064}", ["x" * LONGEST_ANSWER])
            saved += 1
    except Unavailable:
        pass
    assert 0 < saved < 1000
    assert tally(sqlite_store, made.short)[1] == recount(sqlite_store, made.short)[1] == saved
    room[0] = 2**30
    actions.vote(made.poll, made.short, f"{saved:064}", ["there is room again"])
    assert tally(sqlite_store, made.short)[1] == recount(sqlite_store, made.short)[1] == saved + 1


def test_a_clock_that_jumps_back_does_not_show_phones_an_older_question(sqlite_store: Store, owner: Caller) -> None:
    made = Made()
    now = sqlite_store.clock()
    sqlite_store.clock = lambda: now - timedelta(days=400)
    actions.close_question(owner, made.poll, made.choice)
    actions.open_question(owner, made.poll, made.choice)
    with sqlite_store.reading() as db:
        snapshot = queries.audience_snapshot(db, access.own_poll(db, owner, made.poll), ANNE)
    shown = ballot(snapshot)
    assert shown.asked is not None
    assert shown.asked["id"] == made.choice
    rest = [made.short, made.rating, made.select]
    assert [other["id"] for other in shown.others] == [*made.newer[::-1], *rest]
    wanted = ballot(snapshot, made.rating)
    assert wanted.asked is not None
    assert wanted.asked["id"] == made.rating
