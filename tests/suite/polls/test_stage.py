"""The stage: every screen shows the same, numbers stay frozen, and a question whose time is over takes no answer."""

from __future__ import annotations

import pytest
from flask import Flask

from doorward import Caller, Conflict, Invalid
from doorward.store.store import Store
from doorward.testing import Browser, Clock
from doorward_suite.polls import access, actions, live, queries
from doorward_suite.polls.models import Question
from doorward_suite.polls.stage import LAYOUTS, Stage, changed

from .conftest import Made
from .rooms import JSON, Room
from .rooms import app as app
from .rooms import clock as clock
from .rooms import olga as olga
from .rooms import room as room
from .rooms import sven as sven

ANNE, BERT = "a" * 64, "b" * 64


def stage(room: Room, **form: str):
    return room.olga.post(f"{room.path}/stage", form, headers=JSON)


def shown(room: Room) -> dict:
    screen = room.olga.get(f"{room.path}/present.json").json
    assert screen is not None
    return screen


def test_what_one_page_sets_every_page_shows(room: Room) -> None:
    set_ = stage(room, showing=str(room.short), layout="grid", hidden="1")
    assert set_.json == shown(room)["stage"]
    assert shown(room)["stage"] | {"version": 0} == {
        **Stage().as_json(), "showing": room.short, "layout": "grid", "hidden": True,
    }  # fmt: skip
    for page in ("present", "screen", "remote"):
        text = room.olga.get(f"{room.path}/{page}").text
        assert "layout-grid" in text
        assert "veiled" in text
        assert f'data-asked="{room.short}"' in text
    assert '<footer class="stage-foot"' not in room.olga.get(f"{room.path}/screen").text
    assert stage(room, showing="lobby").json["showing"] is None
    assert stage(room, showing="leaders").json["leaders"] is True


def test_a_form_without_a_script_turns_the_page_too(room: Room) -> None:
    sent = room.olga.post(f"{room.path}/stage", {"showing": str(room.choice), "back": "remote"})
    assert sent.headers["Location"].endswith("/remote")
    assert f'data-asked="{room.choice}"' in room.olga.get(f"{room.path}/present").text


@pytest.mark.parametrize(
    "form",
    [{}, {"showing": ""}, {"showing": "x"}, {"showing": "-1"}, {"layout": "heap"}, {"hidden": "yes"}, {"qr": ""}],
)
def test_a_stage_is_set_to_nothing_else(room: Room, form: dict[str, str]) -> None:
    before = shown(room)["stage"]
    assert stage(room, **form).status_code in (404, 422)
    assert shown(room)["stage"] == before


def test_no_question_of_another_poll_and_no_poll_of_another_is_set(room: Room, olga: Browser, sven: Browser) -> None:
    other = Room(olga)
    assert stage(room, showing=str(other.choice)).status_code == 404
    for path, form in (("stage", {"qr": "1"}), (f"questions/{room.choice}/timer", {"seconds": "30"})):
        assert sven.post(f"{room.path}/{path}", form).status_code == 404
        assert olga.post(f"{room.path}/{path}", form).status_code == 303
    for page in ("screen", "remote"):
        assert sven.get(f"{room.path}/{page}").status_code == 404
        assert olga.get(f"{room.path}/{page}").status_code == 200


def test_frozen_numbers_stay_while_people_vote_and_move_again_afterwards(app: Flask, room: Room) -> None:
    room.vote(room.phone(app), room.choice, "o1")
    stage(room, frozen="1")
    room.vote(room.phone(app), room.choice, "o1")
    assert room.tally(room.choice)["counts"]["o1"] == 1
    api = room.olga.get(f"/api/polls/{room.poll}").json
    assert api is not None
    assert api["tallies"][0]["counts"]["o1"] == 2  # a program reads what is there
    stage(room, hidden="1")
    assert room.tally(room.choice)["counts"]["o1"] == 1
    stage(room, frozen="0")
    assert room.tally(room.choice)["counts"]["o1"] == 2


def test_a_timer_ends_a_question_by_the_servers_clock(app: Flask, room: Room, clock: Clock) -> None:
    phone = room.phone(app)
    assert room.olga.post(f"{room.path}/questions/{room.choice}/timer", {"seconds": "30"}).status_code == 303
    clock.forward(seconds=29)
    try:
        assert room.vote(phone, room.choice, "o1", headers=JSON).status_code == 200
        clock.forward(seconds=1)
        assert room.vote(phone, room.choice, "o2", headers=JSON).status_code == 409  # nobody has closed it
        states = [shown(room), phone.get(f"{room.join}/state.json").json]
        for state in states:
            assert state is not None
            assert state["questions"][0]["status"] == "closed"
        room.set_status(room.choice, "open")  # opened again, without a timer
        assert room.vote(phone, room.choice, "o2", headers=JSON).status_code == 200
    finally:
        clock.forward(seconds=-30)


@pytest.mark.parametrize("seconds", ["", "x", "4", "3601", "-1", "9" * 30])
def test_a_timer_is_a_time_that_makes_sense(room: Room, seconds: str) -> None:
    assert room.olga.post(f"{room.path}/questions/{room.choice}/timer", {"seconds": seconds}).status_code == 422
    assert shown(room)["questions"][0]["closes_at"] is None


def test_a_timer_opens_what_was_closed_and_can_be_taken_away(store: Store, made: Made, owner: Caller) -> None:
    actions.close_question(owner, made.poll, made.choice)
    with pytest.raises(Conflict):
        actions.start_timer(owner, made.poll, made.choice, 0)
    actions.start_timer(owner, made.poll, made.choice, 60)
    with store.reading() as db:
        question = db.get_one(Question, made.choice)
        assert question.status == "open"
        assert question.closes_at is not None
    actions.start_timer(owner, made.poll, made.choice, 0)
    with store.reading() as db:
        assert db.get_one(Question, made.choice).closes_at is None


def test_every_screen_is_told_and_no_phone(store: Store, told, made: Made, owner: Caller) -> None:
    actions.set_stage(owner, made.poll, {"showing": str(made.choice)})
    actions.set_stage(owner, made.poll, {"qr": "1"})
    heard = [event.data for event in told.on(live.presenter(made.poll)) if event.type == "stage"]
    assert [(one["version"], one["showing"], one["qr"]) for one in heard] == [
        (1, made.choice, False), (2, made.choice, True),
    ]  # fmt: skip
    assert "stage" not in [event.type for event in told.on(live.audience(made.poll))]


def test_a_question_that_is_gone_leaves_the_stage_usable(store: Store, made: Made, owner: Caller) -> None:
    actions.set_stage(owner, made.poll, {"showing": str(made.choice), "frozen": "1"})
    actions.delete_question(owner, made.poll, made.choice)
    after = actions.set_stage(owner, made.poll, {"layout": "stack"})
    assert after.layout == "stack"
    with store.reading() as db:
        assert queries.presenter_snapshot(db, access.own_poll(db, owner, made.poll))["questions"]


def test_a_stage_changes_as_it_is_told_and_its_version_grows() -> None:
    before = Stage(version=7, showing=3, leaders=True, qr=True)
    assert changed(before, {"showing": "5"}) == Stage(version=8, showing=5)
    assert changed(before, {"showing": "leaders"}) == Stage(version=8, showing=3, leaders=True)
    for layout in LAYOUTS:
        assert changed(before, {"layout": layout}).layout == layout
    for wrong in ({"version": "9"}, {"layout": ""}, {"frozen": "2"}, {}):
        with pytest.raises(Invalid):
            changed(before, wrong)
