"""Calls: who comes in, who is told, and that none is ever stuck, whatever became of the browsers in it."""

from __future__ import annotations

import json

import pytest

from doorward import Caller, Conflict, Forbidden, Invalid, NotFound
from doorward.store import accounts
from doorward.store.accounts import NewAccount
from doorward.store.store import Store
from doorward.testing import Clock
from doorward_suite.chat import live
from doorward_suite.chat.actions import calls, people, rooms
from doorward_suite.chat.queries.calls import HEARD_WITHIN, MOST_IN_CALL

from .conftest import BEN, CLEO, MONA, SVEN, Told, private_room

#: In seconds, longer than somebody may be silent.
A_WHILE = HEARD_WITHIN.total_seconds() + 1


def enter(who: Caller, room: int, page: str = "") -> set[str]:
    """Comes in; gives who is in it then."""
    return {one.account_id for one in calls.enter(who, room, page or f"page-of-{who.name}").people}


def there(room: int, asking: Caller = MONA) -> set[str]:
    talking = calls.talking_in(asking, room)
    return {one.account_id for one in talking.people} if talking else set()


def test_who_comes_in_meets_who_is_there(store: Store) -> None:
    room = private_room(BEN)
    assert there(room) == set()
    assert enter(MONA, room) == {MONA.id}
    assert enter(BEN, room) == {MONA.id, BEN.id}
    calls.go(MONA, room, "page-of-mona")
    assert there(room) == {BEN.id}


def test_the_last_one_ends_it_and_the_next_call_is_another(store: Store) -> None:
    room = private_room(BEN)
    first = calls.enter(MONA, room, "page-of-mona").call.id
    calls.go(MONA, room, "page-of-mona")
    assert there(room) == set()
    assert calls.enter(BEN, room, "page-of-ben").call.id != first


def test_a_browser_that_is_gone_is_out_without_anybody_doing_anything(store: Store, clock: Clock) -> None:
    room = private_room(BEN)
    enter(MONA, room)
    enter(BEN, room)
    clock.forward(seconds=A_WHILE / 2)
    calls.stay(BEN, room, "page-of-ben")
    clock.forward(seconds=A_WHILE / 2)
    assert there(room) == {BEN.id}
    clock.forward(seconds=A_WHILE)
    assert there(room) == set(), "nobody is left, and nobody had to end it"
    assert enter(BEN, room) == {BEN.id}


def test_who_was_away_too_long_is_told_so_and_comes_in_again(store: Store, clock: Clock) -> None:
    room = private_room(BEN)
    enter(MONA, room)
    clock.forward(seconds=A_WHILE)
    enter(BEN, room)
    with pytest.raises(NotFound):
        calls.stay(MONA, room, "page-of-mona")
    assert enter(MONA, room) == {BEN.id, MONA.id}


def test_a_second_page_takes_the_place_of_the_first(store: Store) -> None:
    room = private_room(BEN)
    enter(MONA, room)
    assert enter(MONA, room, "another-page") == {MONA.id}
    with pytest.raises(NotFound):
        calls.stay(MONA, room, "page-of-mona")
    calls.go(MONA, room, "page-of-mona")
    assert there(room) == {MONA.id}, "the page that was left behind ends nothing"


def test_all_are_rung_for_once_but_who_wants_to_hear_nothing(store: Store, told: Told) -> None:
    room = private_room(BEN, CLEO)
    people.set_notify(CLEO, room, "none")
    told.events.clear()
    enter(MONA, room)
    assert [one.data["by"] for one in told.on(live.own_topic(BEN.id)) if one.type == "ring"] == ["mona"]
    assert [one for one in told.on(live.own_topic(CLEO.id)) if one.type == "ring"] == []
    assert [one for one in told.on(live.own_topic(MONA.id)) if one.type == "ring"] == []
    told.events.clear()
    enter(BEN, room)
    assert not [one for one in told.events if one.type == "ring"]
    calls.go(BEN, room, "page-of-ben")
    calls.go(MONA, room, "page-of-mona")
    assert [one for one in told.on(live.own_topic(BEN.id)) if one.type == "quiet"]


def test_what_one_browser_says_reaches_the_other_alone_and_is_not_stored(store: Store, told: Told) -> None:
    room = private_room(BEN, CLEO)
    for who in (MONA, BEN, CLEO):
        enter(who, room)
    told.events.clear()
    calls.pass_on(MONA, room, "page-of-mona", BEN.id, '[{"candidate": "x"}]')
    [event] = told.events
    assert (event.topic, event.type) == (live.own_topic(BEN.id), "signal")
    assert event.data == {"room": room, "from": MONA.id, "page": "page-of-mona", "said": '[{"candidate": "x"}]'}


def test_only_who_is_in_the_call_is_heard_and_only_by_who_is(store: Store) -> None:
    room = private_room(BEN, CLEO)
    enter(MONA, room)
    enter(BEN, room)
    calls.pass_on(MONA, room, "page-of-mona", BEN.id, "[]")
    for who, page, to in (
        (CLEO, "page-of-cleo", BEN.id),  # in the room, not in the call
        (MONA, "page-of-mona", CLEO.id),
        (MONA, "page-of-mona", MONA.id),
        (MONA, "page-of-ben", BEN.id),  # another's page
        (SVEN, "page-of-sven", BEN.id),
    ):
        with pytest.raises(NotFound):
            calls.pass_on(who, room, page, to, "[]")
    for said in ("", "x" * (calls.LONGEST_SIGNAL + 1)):
        with pytest.raises(Invalid):
            calls.pass_on(MONA, room, "page-of-mona", BEN.id, said)


def test_six_are_enough_and_who_leaves_makes_room(store: Store) -> None:
    others, mark = [], private_room()
    with store.transaction() as tx:
        for number in range(MOST_IN_CALL):
            name = f"guest{number}x{mark}"
            accounts.add(tx, NewAccount(name, name, name, "hash"), account_id=f"id-{name}"[:32])
            others.append(Caller(account_id=f"id-{name}"[:32], name=name))
    room = private_room(*others)
    for who in others:
        enter(who, room)
    with pytest.raises(Conflict, match="full"):
        enter(MONA, room)
    assert len(enter(others[0], room)) == MOST_IN_CALL, "who is in it already is not one more"
    calls.go(others[0], room, f"page-of-{others[0].name}")
    assert MONA.id in enter(MONA, room)


def test_who_is_removed_from_the_room_is_out_of_its_call(store: Store) -> None:
    room = private_room(BEN)
    enter(MONA, room)
    enter(BEN, room)
    people.remove(MONA, room, BEN.id)
    assert there(room) == {MONA.id}
    for act in (lambda: enter(BEN, room), lambda: calls.stay(BEN, room, "page-of-ben"), lambda: there(room, BEN)):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotFound):
        calls.pass_on(MONA, room, "page-of-mona", BEN.id, "[]")


def test_who_leaves_the_room_leaves_its_call(store: Store) -> None:
    room = private_room(BEN)
    enter(BEN, room)
    people.leave(BEN, room)
    assert there(room) == set()


def test_in_a_room_that_is_archived_nobody_talks(store: Store) -> None:
    room = private_room(BEN)
    enter(BEN, room)
    rooms.archive(MONA, room, archived=True)
    with pytest.raises(Forbidden):
        enter(BEN, room)
    rooms.archive(MONA, room, archived=False)
    assert there(room) == set()


def test_in_public_rooms_there_are_no_calls(store: Store) -> None:
    room = rooms.make(MONA, "public", "The square")
    with pytest.raises(Forbidden, match="no calls in public rooms"):
        enter(MONA, room)
    direct = rooms.write_to_people(MONA, "ben")
    assert enter(MONA, direct) == {MONA.id}


@pytest.mark.parametrize("page", ["", "short", "x" * 41, "a page of mine", "page\nof-mona"])
def test_a_page_without_a_proper_name_is_refused(store: Store, page: str) -> None:
    room = private_room()
    with pytest.raises(Invalid):
        calls.enter(MONA, room, page)
    assert there(room) == set()


def test_the_room_is_told_who_is_in_it(store: Store, told: Told) -> None:
    room = private_room(BEN)
    told.events.clear()
    enter(MONA, room)
    enter(BEN, room)
    said = [one.data for one in told.events if one.type == "call"]
    assert [{person["name"] for person in one["people"]} for one in said] == [{"mona"}, {"mona", "ben"}]
    assert json.loads(json.dumps(said)) == said
