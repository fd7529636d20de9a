"""What the streams say: an old snapshot and the events since are a fresh snapshot, in whatever order they come."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from doorward import Caller
from doorward.core.streams import Event
from doorward.store.store import Store
from doorward_suite.polls import access, actions, live, queries
from doorward_suite.polls.kinds import CHOICE, Draft

ANNE, BERT = "a" * 64, "b" * 64
Snapshot = dict[str, Any]


def fold(snapshot: Snapshot, events: Iterable[Event]) -> Snapshot:
    """What the pages' scripts do with events: keep the higher version or turn, forget what is gone."""
    state = copy.deepcopy(snapshot)
    questions = {one["id"]: one for one in state["questions"]}
    tallies = {one["question"]: one for one in state.get("tallies", [])}
    gone = set()
    for event in events:
        data: Any = event.data
        if event.type == "gone":
            gone.add(data["id"])
        elif event.type == "question" and data["version"] >= questions.get(data["id"], data)["version"]:
            questions[data["id"]] = data
        elif event.type == "tally" and data["turn"] >= tallies.get(data["question"], data)["turn"]:
            tallies[data["question"]] = data
        elif event.type == "poll":
            state["poll"]["name"] = data["name"]
        elif event.type == "cleared":
            state["answers"].pop(str(data["id"]), None)
    shown = [one for one in questions.values() if one["id"] not in gone]
    state["questions"] = sorted(shown, key=lambda one: (one["position"], one["id"]))
    if "tallies" in state:
        state["tallies"] = [tallies[one["id"]] for one in state["questions"]]
    if "answers" in state:
        state["answers"] = {key: value for key, value in state["answers"].items() if int(key) not in gone}
    return state


def on_screen(store: Store, actor: Caller, poll: int) -> Snapshot:
    with store.reading() as db:
        return queries.presenter_snapshot(db, access.own_poll(db, actor, poll))


def on_phone(store: Store, actor: Caller, poll: int, respondent: str = ANNE) -> Snapshot:
    with store.reading() as db:
        return queries.audience_snapshot(db, access.own_poll(db, actor, poll), respondent)


def a_lecture(owner: Caller, made) -> list[Callable[[], object]]:
    """Everything that can happen while people watch."""
    added: list[int] = []
    return [
        lambda: actions.vote(made.poll, made.choice, ANNE, ["o1"]),
        lambda: actions.vote(made.poll, made.choice, BERT, ["o1"]),
        lambda: actions.vote(made.poll, made.choice, BERT, ["o3"]),
        lambda: actions.vote(made.poll, made.select, ANNE, ["o1", "o2"]),
        lambda: actions.vote(made.poll, made.short, ANNE, ["first"]),
        lambda: actions.vote(made.poll, made.short, BERT, ["second"]),
        lambda: actions.vote(made.poll, made.ranking, ANNE, ["o2", "o1", "o3"]),
        lambda: actions.vote(made.poll, made.number, BERT, ["7.5"]),
        lambda: actions.vote(made.poll, made.cloud, ANNE, ["Delta", "Mouth"]),
        lambda: actions.vote(made.poll, made.cloud, BERT, ["delta"]),
        lambda: actions.vote(made.poll, made.cloud, ANNE, ["Mouth"]),
        lambda: actions.vote(made.poll, made.other, ANNE, ["other", "a friend"]),
        lambda: actions.clear_answers(owner, made.poll, made.cloud),
        lambda: actions.close_question(owner, made.poll, made.choice),
        lambda: added.append(actions.add_question(owner, made.poll, Draft(CHOICE, "New", "a\nb"))),
        lambda: actions.edit_question(owner, made.poll, added[0], Draft(CHOICE, "Newer", "b\nc\nd")),
        lambda: actions.open_question(owner, made.poll, added[0]),
        lambda: actions.vote(made.poll, added[0], ANNE, ["o3"]),
        lambda: actions.clear_answers(owner, made.poll, made.select),
        lambda: actions.rename_poll(owner, made.poll, "Lakes"),
        lambda: actions.delete_question(owner, made.poll, made.rating),
        lambda: actions.vote(made.poll, made.select, BERT, ["o3"]),
    ]


def test_an_old_snapshot_and_the_events_since_are_a_fresh_one(store: Store, made, told, owner: Caller) -> None:
    screens, phones = [], []
    for happen in a_lecture(owner, made):
        screens.append((len(told.events), on_screen(store, owner, made.poll)))
        happen()
    for since, snapshot in screens:
        events = [event for event in told.events[since:] if event.topic == live.presenter(made.poll)]
        assert fold(snapshot, events) == on_screen(store, owner, made.poll)
    assert phones == []


def test_a_phone_is_as_current_as_its_snapshot_and_events(store: Store, made, told, owner: Caller) -> None:
    # CARL watches and has voted before; what others do afterwards reaches him by events alone.
    carl = "c" * 64
    for question, given in ((made.choice, ["o2"]), (made.select, ["o3"]), (made.rating, ["4"])):
        actions.vote(made.poll, question, carl, given)
    phones = []
    for happen in a_lecture(owner, made):
        phones.append((len(told.events), on_phone(store, owner, made.poll, carl)))
        happen()
    fresh = on_phone(store, owner, made.poll, carl)
    assert set(fresh["answers"]) == {str(made.choice)}
    for since, snapshot in phones:
        events = [event for event in told.events[since:] if event.topic == live.audience(made.poll)]
        assert fold(snapshot, events) == fresh


@pytest.mark.parametrize("seed", range(5))
def test_order_and_repetition_do_not_matter_to_the_screen(store: Store, made, told, owner: Caller, seed: int) -> None:
    before = on_screen(store, owner, made.poll)
    since = len(told.events)
    for happen in a_lecture(owner, made):
        if happen is not None:
            happen()
    events = [event for event in told.events[since:] if event.topic == live.presenter(made.poll)]
    shuffled = events + events
    random.Random(seed).shuffle(shuffled)
    assert fold(before, shuffled) == on_screen(store, owner, made.poll)


def test_coalesced_events_are_enough(store: Store, made, told, owner: Caller) -> None:
    before = on_screen(store, owner, made.poll)
    since = len(told.events)
    for happen in a_lecture(owner, made):
        happen()
    last: dict[object, Event] = {}
    for number, event in enumerate(told.events[since:]):
        if event.topic == live.presenter(made.poll):
            key = event.newest or number
            last.pop(key, None)
            last[key] = event
    assert fold(before, last.values()) == on_screen(store, owner, made.poll)


def test_the_audience_hears_no_tally_and_no_draft(store: Store, made, told, owner: Caller) -> None:
    draft = actions.add_question(owner, made.poll, Draft(CHOICE, "Secret draft", "a\nb"))
    actions.vote(made.poll, made.choice, ANNE, ["o1"])
    actions.vote(made.poll, made.short, ANNE, ["mine"])
    heard = told.on(live.audience(made.poll))
    assert heard
    assert {event.type for event in heard} == {"question"}
    assert draft not in [event.data["id"] for event in heard]
    assert "count" not in str(heard)
    assert draft in [event.data["id"] for event in told.on(live.presenter(made.poll)) if event.type == "question"]


def test_nothing_is_told_of_a_change_that_was_refused(store: Store, made, told, stranger: Caller) -> None:
    before = len(told.events)
    with pytest.raises(Exception, match="There is no such poll"):
        actions.close_question(stranger, made.poll, made.choice)
    with pytest.raises(Exception, match="not an option"):
        actions.vote(made.poll, made.choice, ANNE, ["o9"])
    assert len(told.events) == before


def test_the_streams_end_with_the_poll(store: Store, made, told, owner: Caller) -> None:
    actions.delete_poll(owner, made.poll)
    assert set(told.cut) == {live.presenter(made.poll), live.audience(made.poll)}
