"""A ring replays exactly what was missed, or says that it cannot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doorward.live.ring import Ring


def test_what_came_after_the_cursor_is_replayed_in_order():
    ring = Ring(10, 1000)
    for number in (1, 4, 9):
        ring.add(number, b"%d" % number, None)
    assert ring.between(1, 9) == [(4, b"4"), (9, b"9")]
    assert ring.between(1, 4) == [(4, b"4")]
    assert ring.between(9, 9) == []


def test_a_cursor_before_the_oldest_event_that_was_dropped_cannot_be_replayed():
    ring = Ring(2, 1000)
    for number in (1, 2, 3):
        ring.add(number, b"x", None)
    assert ring.between(0, 3) is None
    assert ring.between(1, 3) == [(2, b"x"), (3, b"x")]


def test_of_events_with_one_key_only_the_newest_is_kept_and_nothing_counts_as_lost():
    ring = Ring(10, 1000)
    for number in range(1, 1000):
        ring.add(number, b"n", "tally")
    assert ring.between(0, 999) == [(999, b"n")]
    assert ring.size == 1


@given(st.lists(st.tuples(st.integers(1, 40), st.sampled_from([None, "a", "b"])), max_size=60))
def test_a_ring_never_holds_more_than_its_bounds_and_knows_its_size(added):
    ring, grown = Ring(5, 100), 0
    for number, (size, newest) in enumerate(added, start=1):
        grown += ring.add(number, b"x" * size, newest)
        held = ring.between(ring.lost, number) or []
        assert len(held) <= 5
        assert ring.size == grown == sum(len(chunk) for _, chunk in held) <= 100
