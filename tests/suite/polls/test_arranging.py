"""Questions in another order, copies, the archive, and polls that are deleted: first so that they come back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from doorward import Caller, Conflict, NotFound
from doorward.store.store import Store
from doorward_suite.polls import access, actions, live, queries
from doorward_suite.polls.kinds import SHORT, Draft
from doorward_suite.polls.models import CLOSED, DRAFT, Answer, Poll, Question

from .conftest import Made
from .test_streams import fold, on_phone, on_screen

ANNE = "a" * 64


def order(store: Store, poll: int) -> list[int]:
    with store.reading() as db:
        return [question.id for question in queries.questions_of(db, poll)]


@pytest.mark.parametrize("place", [1, 2, 5, 9, 500, 0, -3, 2**62])
def test_a_question_goes_where_it_is_put_and_the_others_keep_their_order(
    store: Store, made: Made, owner: Caller, place: int
) -> None:
    rest = [one for one in made.questions if one != made.rating]
    actions.place_question(owner, made.poll, made.rating, place)
    at = min(max(place, 1), len(made.questions)) - 1
    assert order(store, made.poll) == [*rest[:at], made.rating, *rest[at:]]


def test_screens_and_phones_hear_of_the_new_order(store: Store, made: Made, told, owner: Caller) -> None:
    screen, phone, since = on_screen(store, owner, made.poll), on_phone(store, owner, made.poll), len(told.events)
    actions.place_question(owner, made.poll, made.cloud, 2)
    actions.place_question(owner, made.poll, made.choice, 99)
    events = told.events[since:]
    assert fold(screen, [one for one in events if one.topic == live.presenter(made.poll)]) == on_screen(
        store, owner, made.poll
    )
    assert fold(phone, [one for one in events if one.topic == live.audience(made.poll)]) == on_phone(
        store, owner, made.poll
    )


def test_the_same_place_again_changes_nothing(store: Store, made: Made, told, owner: Caller) -> None:
    actions.place_question(owner, made.poll, made.cloud, 2)
    before = len(told.events)
    actions.place_question(owner, made.poll, made.cloud, 2)
    assert len(told.events) == before


def test_a_question_of_another_poll_has_no_place_here(store: Store, made: Made, owner: Caller) -> None:
    other = Made()
    with pytest.raises(NotFound):
        actions.place_question(owner, made.poll, other.choice, 1)
    assert order(store, made.poll) == [*made.questions]


def test_a_copy_asks_the_same_and_has_no_answers(store: Store, made: Made, owner: Caller) -> None:
    to = actions.create_poll(owner, "Lakes")
    for question in made.questions:
        actions.vote(made.poll, made.choice, ANNE, ["o1"])
        copy = actions.copy_question(owner, made.poll, question, to)
        with store.reading() as db:
            old, new = db.get_one(Question, question), db.get_one(Question, copy)
            assert new.definition == old.definition
            assert (new.poll_id, new.status) == (to, DRAFT)
            found = queries.tallies_of(db, [copy])[copy]
        assert found.respondents == 0
        assert set(found.counts) == {*new.definition.counters}


def test_nothing_is_copied_into_or_out_of_the_poll_of_another(
    store: Store, made: Made, stranger: Caller, owner: Caller
) -> None:
    theirs = actions.create_poll(stranger, "Theirs")
    with pytest.raises(NotFound):
        actions.copy_question(stranger, made.poll, made.choice, theirs)
    with pytest.raises(NotFound):
        actions.copy_question(owner, made.poll, made.choice, theirs)
    with pytest.raises(NotFound):
        actions.copy_poll(stranger, made.poll)
    assert order(store, theirs) == []


def test_a_poll_that_is_copied_has_a_code_of_its_own(store: Store, made: Made, owner: Caller) -> None:
    copy = actions.copy_poll(owner, made.poll)
    with store.reading() as db:
        old, new = access.own_poll(db, owner, made.poll), access.own_poll(db, owner, copy)
        assert new.name == f"Copy of {old.name}"
        assert new.code != old.code
        assert [one.definition for one in queries.questions_of(db, copy)] == [
            one.definition for one in queries.questions_of(db, made.poll)
        ]
        assert {one.status for one in queries.questions_of(db, copy)} == {DRAFT}


def test_an_archived_poll_takes_nobody_in_and_keeps_its_results(store: Store, made: Made, told, owner: Caller) -> None:
    actions.vote(made.poll, made.choice, ANNE, ["o1"])
    with store.reading() as db:
        code = access.own_poll(db, owner, made.poll).code
        assert access.poll_with_code(db, code).id == made.poll
    actions.archive_poll(owner, made.poll)
    actions.archive_poll(owner, made.poll)
    with pytest.raises(Conflict):
        actions.vote(made.poll, made.choice, ANNE, ["o2"])
    with pytest.raises(Conflict, match="archive"):
        actions.open_question(owner, made.poll, made.choice)
    assert set(told.cut) == {live.presenter(made.poll), live.audience(made.poll)}
    with store.reading() as db:
        with pytest.raises(NotFound):
            access.poll_with_code(db, code)
        poll = access.own_poll(db, owner, made.poll)
        assert queries.presenter_snapshot(db, poll)["tallies"][0]["counts"] == {"o1": 1, "o2": 0, "o3": 0}
        assert {one.status for one in queries.questions_of(db, made.poll)} == {CLOSED}
        assert made.poll not in [line.poll.id for line in queries.polls_of(db, owner)]
        assert made.poll in [one.id for one in queries.put_away(db, owner)]
    actions.restore_poll(owner, made.poll)
    actions.open_question(owner, made.poll, made.choice)
    actions.vote(made.poll, made.choice, ANNE, ["o2"])
    with store.reading() as db:
        assert access.poll_with_code(db, code).id == made.poll


def test_a_deleted_poll_comes_back_until_it_is_erased(store: Store, made: Made, owner: Caller) -> None:
    actions.vote(made.poll, made.short, ANNE, ["a secret"])
    with pytest.raises(Conflict, match="Delete this poll first"):
        actions.erase_poll(owner, made.poll)
    actions.archive_poll(owner, made.poll)
    with pytest.raises(Conflict, match="Delete this poll first"):
        actions.erase_poll(owner, made.poll)
    actions.delete_poll(owner, made.poll)
    actions.restore_poll(owner, made.poll)
    with store.reading() as db:
        assert queries.short_answers(db, made.short).said[0].text == "a secret"
    actions.delete_poll(owner, made.poll)
    actions.erase_poll(owner, made.poll)
    with pytest.raises(NotFound):
        actions.restore_poll(owner, made.poll)
    with store.reading() as db:
        kept = db.get_one(Poll, made.poll)
        assert (kept.name, kept.owner_id) == ("", "")
        assert db.scalar(select(func.count()).where(Question.poll_id == made.poll)) == 0
        assert db.scalar(select(func.count()).where(Answer.question_id.in_(made.questions))) == 0
        assert made.poll not in [one.id for one in queries.put_away(db, owner)]


def test_a_question_added_after_a_move_stands_last(store: Store, made: Made, owner: Caller) -> None:
    actions.place_question(owner, made.poll, made.choice, 99)
    added = actions.add_question(owner, made.poll, Draft(SHORT, "And then?"))
    assert order(store, made.poll)[-1] == added
