"""What the hub promises: every listener gets its events once, in order, or is told to reload; caps, cuts, counts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doorward.core.streams import Event, Publisher
from doorward.errors import BadRequest, Limited, Unavailable
from doorward.live.caps import Caps
from doorward.live.hub import Hub
from doorward.live.topics import Room
from tests.live.wire import Wire, last_id, listen, messages, request


def with_hub(test: Callable[[Hub], Awaitable[None]], **options: Any) -> None:
    """Run the test on a loop with a hub that has no gap between flushes, unless told otherwise."""

    async def run() -> None:
        hub = Hub(**({"min_gap": 0.0, "gap_factor": 0.0} | options))
        hub.start()
        await test(hub)
        hub.say_bye()

    asyncio.run(run())


async def settle(seconds: float = 0.0) -> None:
    """Let the loop do all that is ready now (orders, flush, slices)."""
    for _ in range(8):
        await asyncio.sleep(seconds)


def say(hub: Hub, data: Any, topic: str = "chat:1", newest: str | None = None) -> None:
    hub.publish([Event(topic, "said", data, newest)])


def test_the_hub_is_what_transactions_publish_to():
    publisher: Publisher = Hub()
    assert publisher.cursor()


def test_events_reach_the_listeners_of_their_topic_and_nobody_else():
    async def test(hub: Hub) -> None:
        one, both, other = listen(hub, "chat:1"), listen(hub, "chat:1", "chat:2"), listen(hub, "chat:3")
        say(hub, "a")
        say(hub, "b", "chat:2")
        await settle()
        assert one.events == ["a"]
        assert both.events == ["a", "b"]
        assert other.events == []

    with_hub(test)


def test_events_published_from_many_threads_arrive_once_each_and_in_each_threads_order():
    async def test(hub: Hub) -> None:
        wire = listen(hub, "chat:1")

        def publish(name: int) -> None:
            for number in range(50):
                say(hub, [name, number])

        threads = [threading.Thread(target=publish, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        await asyncio.to_thread(lambda: [thread.join() for thread in threads])
        await settle()
        assert len(wire.events) == 200
        for name in range(4):
            assert [number for who, number in wire.events if who == name] == list(range(50))

    with_hub(test)


def test_a_listener_that_comes_back_gets_exactly_what_it_missed():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        say(hub, "a")
        await settle()
        first = listen(hub, "chat:1", since={"chat:1": before})
        assert first.events == ["a"]
        say(hub, "b")
        say(hub, "c", "chat:2")
        await settle()
        again = listen(hub, "chat:1", "chat:2", since=dict.fromkeys(("chat:1", "chat:2"), last_id(first.data)))
        assert again.events == ["c"]
        assert dict(again.messages)["hello"]["resumed"] == ["chat:1", "chat:2"]

    with_hub(test)


def test_an_event_that_waits_for_the_flush_is_not_sent_twice_to_a_listener_that_comes_meanwhile():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        listen(hub, "chat:1")
        say(hub, "at once")
        await settle()
        say(hub, "waits")
        await settle()
        late = listen(hub, "chat:1", since={"chat:1": before})
        assert late.events == ["at once"]
        await asyncio.sleep(0.25)
        assert late.events == ["at once", "waits"]

    with_hub(test, min_gap=0.1)


@pytest.mark.parametrize(
    "cursor", ["0:0", "nonsense", "1", ":", "ffffffffffff:1", "{epoch}:999", "{epoch}:-1", "{epoch}:٣"]
)
def test_a_cursor_that_cannot_be_replayed_resets_its_topic(cursor):
    async def test(hub: Hub) -> None:
        epoch = hub.cursor().partition(":")[0]
        wire = listen(hub, "chat:1", since={"chat:1": cursor.replace("{epoch}", epoch)})
        assert ("reset", {"topic": "chat:1"}) in wire.messages
        assert dict(wire.messages)["hello"]["resumed"] == []

    with_hub(test)


def test_an_overrun_ring_resets_only_its_own_topic():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        for number in range(5):
            say(hub, number)
        say(hub, "kept", "chat:2")
        await settle()
        wire = listen(hub, "chat:1", "chat:2", since={"chat:1": before, "chat:2": before})
        assert [data for name, data in wire.messages if name == "reset"] == [{"topic": "chat:1"}]
        assert wire.events == ["kept"]

    with_hub(test, room=Room(events=3))


def test_a_replay_larger_than_allowed_is_a_reset():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        say(hub, "x" * 2000)
        await settle()
        assert listen(hub, "chat:1", since={"chat:1": before}).events == []

    with_hub(test, replay_bytes=1000)


def test_a_topic_that_was_forgotten_is_reset_when_something_may_have_been_missed_and_resumed_when_not():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        say(hub, "gone")
        say(hub, "b", "chat:2")
        await settle()
        after = hub.cursor()
        assert ("reset", {"topic": "chat:1"}) in listen(hub, "chat:1", since={"chat:1": before}).messages
        assert "reset" not in dict(listen(hub, "chat:1", listener="b", since={"chat:1": after}).messages)

    with_hub(test, room=Room(topics=1))


def test_of_values_that_replace_each_other_only_the_newest_is_sent_in_a_gap_and_the_first_goes_at_once():
    async def test(hub: Hub) -> None:
        wire = listen(hub, "polls:1")
        for number in range(100):
            say(hub, number, "polls:1", newest="tally")
            await asyncio.sleep(0)
        await settle()
        assert wire.events == [0]
        await asyncio.sleep(0.25)
        assert wire.events == [0, 99]

    with_hub(test, min_gap=0.1)


def test_events_that_wait_together_are_one_write():
    async def test(hub: Hub) -> None:
        writes = []

        class Counting(Wire):
            def write(self, data: bytes, /) -> None:
                writes.append(data)
                super().write(data)

        wire = listen(hub, "chat:1", "chat:2", wire=Counting())
        writes.clear()
        hub.publish([Event("chat:1", "t", 1), Event("chat:2", "t", 2), Event("chat:1", "t", 3)])
        await settle()
        assert len(writes) == 1
        assert wire.events == [1, 2, 3]

    with_hub(test)


def test_a_listener_that_stalls_in_the_middle_of_a_sweep_is_ended_and_its_neighbours_lose_nothing():
    async def test(hub: Hub) -> None:
        wires = [listen(hub, "chat:1", listener=f"b{number}") for number in range(20)]
        for wire in wires[::3]:
            wire.stalled = True
        say(hub, "first")
        await settle()
        say(hub, "second")
        await settle()
        assert {wire.closed for wire in wires[::3]} == {"aborted"}
        assert all(wire.events == ["first", "second"] for place, wire in enumerate(wires) if place % 3)
        assert len(hub) == 20 - len(wires[::3])

    with_hub(test)


def test_a_connection_that_fails_in_write_costs_nobody_else_their_event():
    async def test(hub: Hub) -> None:
        class Broken(Wire):
            def write(self, data: bytes, /) -> None:
                if b"said" in data:
                    raise OSError("broken")

        listen(hub, "chat:1", wire=Broken(), listener="broken")
        wires = [listen(hub, "chat:1", listener=f"b{number}") for number in range(3)]
        say(hub, "a")
        await settle()
        assert [wire.events for wire in wires] == [["a"]] * 3
        assert len(hub) == 3

    with_hub(test)


def test_a_listener_slow_to_take_its_replay_gets_what_came_meanwhile_and_is_not_buffered_for():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        say(hub, "old")
        await settle()
        wire = listen(hub, "chat:1", wire=(slow := Wire(stalled=True)), since={"chat:1": before})
        # `listen` knows the listener before it is attached, so the greeting has already paused it
        taken = len(slow.data)
        say(hub, "meanwhile")
        await settle()
        assert len(slow.data) == taken
        wire.resume()
        say(hub, "live")
        await settle()
        assert wire.events == ["old", "meanwhile", "live"]

    with_hub(test)


def test_a_replay_that_is_not_taken_within_two_heartbeats_ends_the_stream():
    async def test(hub: Hub) -> None:
        wire = listen(hub, "chat:1", wire=Wire(stalled=True))
        await asyncio.sleep(0.1)
        assert wire.closed == "aborted"
        assert len(hub) == 0

    with_hub(test, heartbeat=0.02)


@pytest.mark.parametrize(
    ("caps", "refused", "error"),
    [
        (Caps(listener=2), {"listener": "a"}, Limited),
        (Caps(account=2), {"listener": "c", "account_id": "7"}, Limited),
        (Caps(address=2), {"listener": "c", "address": "192.0.2.9"}, Limited),
        (Caps(total=2), {"listener": "c", "address": "192.0.2.10"}, Unavailable),
    ],
)
def test_a_cap_refuses_one_more_and_has_room_again_when_one_leaves(caps, refused, error):
    async def test(hub: Hub) -> None:
        values = {"account_id": "7", "address": "192.0.2.9", "listener": "a"}
        held = [hub.admit(request("chat:1", **values), 0) for _ in range(2)]
        with pytest.raises(error):
            hub.admit(request("chat:1", **refused), 0)
        hub.left(held[0])
        hub.left(held[0])
        hub.admit(request("chat:1", **refused), 0)
        with pytest.raises(error):
            hub.admit(request("chat:1", **refused), 0)

    with_hub(test, caps=caps)


def test_a_stream_names_its_browser_and_follows_a_bounded_number_of_topics():
    async def test(hub: Hub) -> None:
        with pytest.raises(ValueError, match="listener"):
            hub.admit(request("chat:1", listener=""), 0)
        with pytest.raises(BadRequest):
            hub.admit(request(), 0)
        with pytest.raises(BadRequest):
            hub.admit(request(*(f"chat:{n}" for n in range(33))), 0)

    with_hub(test)


def test_a_hub_that_does_not_run_admits_nobody():
    with pytest.raises(Unavailable):
        Hub().admit(request("chat:1"), 0)


CUTS: list[Callable[[Hub], None]] = [
    lambda hub: hub.cut_session(5),
    lambda hub: hub.cut_secret(9),
    lambda hub: hub.cut_account("7"),
    lambda hub: hub.cut_topic("chat:1"),
    lambda hub: hub.cut_topic("chat:1", "7"),
]


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_ends_the_streams_it_concerns_before_any_later_event(cut):
    async def test(hub: Hub) -> None:
        mine = listen(hub, "chat:1", account_id="7", session_id=5, secret_id=9)
        other = listen(hub, "chat:2", listener="other", account_id="8", session_id=6, secret_id=10)
        cut(hub)
        say(hub, "secret")
        say(hub, "open", "chat:2")
        await settle()
        assert mine.closed
        assert mine.events == []
        assert not other.closed
        assert other.events == ["open"]

    with_hub(test)


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_between_the_authorisation_and_the_opening_refuses_the_opening(cut):
    async def test(hub: Hub) -> None:
        moment = hub.moment()
        cut(hub)
        with pytest.raises(Unavailable):
            hub.admit(request("chat:1", account_id="7", session_id=5, secret_id=9), moment)
        hub.admit(request("chat:1", account_id="8", session_id=6, listener="b"), moment) if cut is not CUTS[3] else None
        hub.admit(request("chat:1", account_id="7", session_id=5, secret_id=9), hub.moment())

    with_hub(test)


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_between_the_opening_and_its_beginning_ends_it_before_a_word(cut):
    async def test(hub: Hub) -> None:
        listener = hub.admit(request("chat:1", account_id="7", session_id=5, secret_id=9), hub.moment())
        cut(hub)
        await settle()
        wire = Wire()
        hub.attach(listener, wire, chunked=False)
        assert wire.closed
        assert wire.data == b""
        assert len(hub) == 0

    with_hub(test)


def test_more_cuts_than_are_remembered_refuse_rather_than_miss_one():
    async def test(hub: Hub) -> None:
        moment = hub.moment()
        for session in range(5000):
            hub.cut_session(1_000_000 + session)
        with pytest.raises(Unavailable):
            hub.admit(request("chat:1"), moment)

    with_hub(test)


def test_a_topic_is_cut_from_who_has_it_under_one_mark_and_from_nobody_else():
    async def test(hub: Hub) -> None:
        moment = hub.moment()
        first = listen(hub, "polls:1", "chat:2", listener="a", marks={"polls:1": "7"})
        second = listen(hub, "polls:1", listener="b", marks={"polls:1": "8"})
        other = listen(hub, "polls:3", listener="c", marks={"polls:3": "7"})
        plain = listen(hub, "polls:1", listener="d")
        waiting = hub.admit(request("polls:1", listener="e", marks={"polls:1": "7"}), hub.moment())
        hub.cut_topic("polls:1", mark="7")
        for topic in ("polls:1", "chat:2", "polls:3"):
            say(hub, "news", topic)
        await settle()
        hub.attach(waiting, late := Wire(), chunked=False)
        assert ("cut", {"topic": "polls:1"}) in first.messages
        assert [wire.events for wire in (first, second, other, plain)] == [["news"]] * 4
        assert hub.listeners("polls:1") == 2
        assert late.closed
        assert late.data == b""
        with pytest.raises(Unavailable):
            hub.admit(request("polls:1", listener="f", marks={"polls:1": "7"}), moment)
        hub.admit(request("polls:1", listener="g", marks={"polls:1": "8"}), moment)

    with_hub(test)


def test_a_topic_that_is_cut_leaves_the_stream_its_other_topics():
    async def test(hub: Hub) -> None:
        wire = listen(hub, "chat:1", "chat:2", account_id="7")
        waiting = hub.admit(request("chat:1", "chat:2", account_id="7", listener="b"), hub.moment())
        hub.cut_topic("chat:1", "7")
        say(hub, "secret")
        say(hub, "open", "chat:2")
        await settle()
        hub.attach(waiting, late := Wire(), chunked=False)
        say(hub, "secret")
        say(hub, "more", "chat:2")
        await settle()
        assert ("cut", {"topic": "chat:1"}) in wire.messages
        assert wire.events == ["open", "more"]
        assert late.events == ["more"]
        assert hub.listeners("chat:1") == 0

    with_hub(test)


def test_a_stream_ends_when_its_session_does():
    async def test(hub: Hub) -> None:
        now = datetime.now(UTC)
        over = listen(hub, "chat:1", expires_at=now - timedelta(seconds=1))
        stays = listen(hub, "chat:1", listener="b", expires_at=now + timedelta(hours=1))
        await asyncio.sleep(0.06)
        assert over.closed
        assert not stays.closed
        assert b":\n\n" in stays.data

    with_hub(test, heartbeat=0.02)


def test_people_are_browsers_not_tabs():
    async def test(hub: Hub) -> None:
        tabs = [listen(hub, "chat:1", listener="one") for _ in range(3)]
        listen(hub, "chat:1", listener="two")
        assert hub.listeners("chat:1") == 2
        for tab in tabs[:2]:
            assert tab.listener is not None
            tab.listener.connection_lost(None)
        assert hub.listeners("chat:1") == 2
        assert tabs[2].listener is not None
        tabs[2].listener.connection_lost(None)
        assert hub.listeners("chat:1") == 1

    with_hub(test)


def test_the_number_of_people_is_published_when_it_changes():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        screen = listen(hub, "polls.present:9")
        phones = [listen(hub, "polls.audience:9", listener=f"p{number}") for number in range(3)]
        listen(hub, "polls.audience:9", listener="p1")
        await settle()
        assert screen.events[-1] == {"count": 3}
        assert phones[0].listener is not None
        phones[0].listener.connection_lost(None)
        await settle()
        assert screen.events[-1] == {"count": 2}
        late = listen(hub, "polls.present:9", listener="late", since={"polls.present:9": before})
        assert late.events == [{"count": 2}]

    with_hub(test, count_people={"polls.audience": "polls.present"})


def test_what_is_told_in_passing_reaches_who_listens_now_and_is_replayed_to_nobody():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        here, other = listen(hub, "chat:1"), listen(hub, "chat:2")
        say(hub, "kept")
        hub.tell(Event("chat:1", "typing", "passing"))
        hub.tell(Event("chat:9", "typing", "to nobody"))
        await settle()
        assert here.events == ["kept", "passing"]
        assert other.events == []
        late = listen(hub, "chat:1", since={"chat:1": before})
        assert late.events == ["kept"]
        say(hub, "after")
        await settle()
        assert (here.events[-1], late.events) == ("after", ["kept", "after"])
        back = listen(hub, "chat:1", since={"chat:1": last_id(here.data)})
        assert back.events == []

    with_hub(test)


def test_of_what_one_person_tells_in_passing_only_the_newest_waits():
    async def test(hub: Hub) -> None:
        here = listen(hub, "chat:1")
        say(hub, "first")
        await settle()
        for number in range(50):
            hub.tell(Event("chat:1", "typing", number, "typing:maria"))
        await asyncio.sleep(0.3)
        assert here.events == ["first", 49]

    with_hub(test, min_gap=0.1)


def test_whose_stream_carries_a_topic_is_known_until_it_is_taken_away():
    async def test(hub: Hub) -> None:
        wire = listen(hub, "chat:1", "chat:2", account_id="maria", listener="one")
        assert hub.listens("chat:1", "maria")
        assert not hub.listens("chat:3", "maria")
        assert not hub.listens("chat:1", "ben")
        hub.cut_topic("chat:1", "maria")
        await settle()
        assert not hub.listens("chat:1", "maria")
        assert hub.listens("chat:2", "maria")
        assert wire.listener is not None
        wire.listener.connection_lost(None)
        assert not hub.listens("chat:2", "maria")

    with_hub(test)


def test_who_listens_is_named_by_account_and_a_crowd_only_counted():
    async def test(hub: Hub) -> None:
        first = listen(hub, "chat.here:1", account_id="maria", listener="phone")
        listen(hub, "chat.here:1", account_id="maria", listener="desk")
        second = listen(hub, "chat.here:1", account_id="ben", listener="his")
        await settle()
        both = {"count": 2, "accounts": ["ben", "maria"]}
        assert first.events[-1] == both
        assert second.events == [both]
        assert list(hub.people("chat.here:1")) == ["ben", "maria"]
        assert second.listener is not None
        second.listener.connection_lost(None)
        await settle()
        assert first.events[-1] == {"count": 1, "accounts": ["maria"]}
        for number in range(50):
            listen(hub, "chat.here:1", account_id=f"p{number}", listener=f"b{number}")
        await settle()
        assert first.events[-1] == {"count": 51, "accounts": []}
        assert list(hub.people("chat.here:1")) == []
        listen(hub, "chat:1", account_id="maria", listener="phone")
        assert list(hub.people("chat:1")) == []

    with_hub(test, name_people=["chat.here"])


def test_the_sessions_that_hold_a_stream_can_be_told():
    async def test(hub: Hub) -> None:
        wires = [listen(hub, "chat:1", listener=f"b{number}", session_id=number // 2) for number in range(4)]
        assert sorted(hub.sessions()) == [0, 1]
        for wire in wires[:2]:
            assert wire.listener is not None
            wire.listener.connection_lost(None)
        assert hub.sessions() == [1]

    with_hub(test)


def test_whoever_sends_on_a_stream_is_hung_up_on():
    async def test(hub: Hub) -> None:
        wire = listen(hub, "chat:1")
        assert wire.listener is not None
        wire.listener.data_received(b"GET / HTTP/1.1\r\n\r\n")
        assert wire.closed
        assert len(hub) == 0

    with_hub(test)


def test_a_stop_tells_everybody_to_come_back_and_ends_their_streams():
    async def test(hub: Hub) -> None:
        wires = [listen(hub, "chat:1", listener=f"b{number}") for number in range(3)]
        hub.say_bye()
        hub.say_bye()
        assert all(wire.messages[-1][0] == "bye" and wire.closed == "closed" for wire in wires)
        say(hub, "nobody hears")
        with pytest.raises(Unavailable):
            hub.admit(request("chat:1"), hub.moment())

    with_hub(test)


def test_a_restarted_hub_has_another_epoch_so_that_nothing_missed_goes_unnoticed():
    async def test(hub: Hub) -> None:
        before = hub.cursor()
        hub.say_bye()
        say(hub, "lost")
        hub.start()
        assert ("reset", {"topic": "chat:1"}) in listen(hub, "chat:1", since={"chat:1": before}).messages

    with_hub(test)


def test_nothing_remains_of_listeners_that_have_left():
    async def test(hub: Hub) -> None:
        for number in range(200):
            wire = listen(
                hub, f"chat:{number % 7}", "all:1", listener=f"b{number}", account_id=f"{number}", session_id=number
            )
            assert wire.listener is not None
            wire.listener.connection_lost(None)
        await settle()
        assert len(hub) == 0
        roll = hub._roll
        assert not roll._coming
        assert [len(index) for index in (roll._sessions, roll._accounts, roll._keys, roll._addresses)] == [0, 0, 0, 0]
        assert not list(hub._topics.groups())
        assert all(len(topic.people) == 0 for topic in hub._topics._known.values())

    with_hub(test)


def test_topics_that_nobody_needs_are_forgotten_and_those_with_listeners_stay():
    async def test(hub: Hub) -> None:
        listen(hub, "chat:kept")
        say(hub, "x", "chat:idle")
        await settle()
        assert len(hub._topics) == 2
        await asyncio.sleep(0.08)
        assert len(hub._topics) == 1

    with_hub(test, heartbeat=0.01, room=Room(idle=0.02))


def test_all_rings_together_stay_within_their_bytes():
    async def test(hub: Hub) -> None:
        listen(hub, "chat:busy")
        for number in range(100):
            say(hub, "x" * 100, f"chat:{number}")
            say(hub, "x" * 100, "chat:busy")
        await settle()
        assert sum(topic.ring.size for topic in hub._topics._known.values()) <= 2000

    with_hub(test, room=Room(all_bytes=2000))


def test_a_large_audience_is_swept_in_slices_and_everybody_gets_everything_once():
    async def test(hub: Hub) -> None:
        wires = [listen(hub, "chat:1", listener=f"b{number}") for number in range(1200)]
        say(hub, "a")
        say(hub, "b")
        await settle()
        assert all(wire.events == ["a", "b"] for wire in wires)

    with_hub(test)


def test_the_parser_of_these_tests_reads_what_browsers_read():
    assert messages(b"event: x\r\ndata: 1\r\n\r\n:\n\nid: 4\n\ndata: [1,\ndata: 2]\n\n") == [
        ("x", 1),
        ("message", [1, 2]),
    ]


def test_the_secrets_that_hold_a_stream_can_be_told():
    async def test(hub: Hub) -> None:
        wires = [listen(hub, "chat:1", listener=f"b{number}", secret_id=number // 2) for number in range(4)]
        listen(hub, "chat:1", listener="somebody else", session_id=7)
        assert sorted(hub.secrets()) == [0, 1]
        for wire in wires[:2]:
            assert wire.listener is not None
            wire.listener.connection_lost(None)
        assert hub.secrets() == [1]

    with_hub(test)
