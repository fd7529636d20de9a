"""Limits as values: rates, decisions, header fields, and where failures to sign in count."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.limits import (
    KNOWN_BROWSER,
    Limit,
    Rate,
    Standing,
    Tally,
    admitted,
    header_fields,
    limit_of,
    parse_rate,
    retry_after,
    returned,
    settled,
    sign_in_counts,
    standing,
    store_key,
    wait,
)
from doorward.errors import SettingsError

EXACT = Limit("exact", 3, 60)
COUNTED = Limit("counted", 3, 60, exact=False)
NOON = 1_000_000.0
both = pytest.mark.parametrize("limit", [EXACT, COUNTED], ids=["exact", "counted"])


def fill(limit: Limit, *times: float) -> Tally | None:
    """The tally after an entry at each of `times`, as far as they are admitted."""
    tally: Tally | None = None
    for at in times:
        tally = settled(limit, tally, at)
        tally = admitted(limit, tally, at) or tally
    return tally


def admits(limit: Limit, tally: Tally | None, now: float, cost: int = 1) -> bool:
    return admitted(limit, settled(limit, tally, now), now, cost) is not None


# --- deciding --------------------------------------------------------------------------------------


@both
def test_the_amount_is_admitted_and_not_one_more(limit: Limit) -> None:
    full = fill(limit, NOON, NOON + 1, NOON + 2)
    assert not admits(limit, full, NOON + 59.9)
    assert admits(limit, full, NOON + 60)


@both
def test_a_refused_attempt_does_not_prolong_the_wait(limit: Limit) -> None:
    full = fill(limit, NOON, NOON, NOON)
    assert fill(limit, NOON, NOON, NOON, *[NOON + second for second in range(1, 60)]) == full


def test_an_exact_limit_has_no_gap_between_windows_to_double_the_amount() -> None:
    late = (NOON + 59, NOON + 59.5, NOON + 59.9)
    assert not admits(EXACT, fill(EXACT, *late), NOON + 60)
    assert not admits(EXACT, fill(EXACT, *late), NOON + 118.9)
    assert admits(EXACT, fill(EXACT, *late), NOON + 119)


@both
@given(gaps=st.lists(st.floats(0, 40), max_size=40))
def test_no_window_that_starts_with_an_entry_holds_more_than_the_amount(limit: Limit, gaps: list[float]) -> None:
    tally: Tally | None = None
    now, times = NOON, []
    for gap in gaps:
        now += gap
        tally = settled(limit, tally, now)
        if after := admitted(limit, tally, now):
            tally = after
            times.append(now)
    allowance = limit.amount if limit.exact else 2 * limit.amount  # fixed windows: twice, around their change
    assert all(sum(start <= at < start + limit.window for at in times) <= allowance for start in times)


@both
@given(moments=st.lists(st.floats(NOON - 500, NOON + 500), max_size=30))
def test_a_clock_that_jumps_back_neither_admits_more_nor_locks_out_for_more_than_a_window(
    limit: Limit, moments: list[float]
) -> None:
    tally = fill(limit, *moments)
    for now in (NOON - 900, NOON):
        assert settled(limit, tally, now).count <= limit.amount
        assert wait(limit, settled(limit, tally, now), now) <= limit.window
        assert admits(limit, settled(limit, tally, now), now + limit.window)


def test_after_a_jump_back_the_entries_still_count() -> None:
    for limit in (EXACT, COUNTED):
        full = fill(limit, NOON, NOON, NOON)
        assert not admits(limit, full, NOON - 3600)


@both
def test_a_cost_counts_as_that_many_entries(limit: Limit) -> None:
    assert admits(limit, None, NOON, cost=3)
    assert not admits(limit, None, NOON, cost=4)
    assert not admits(limit, fill(limit, NOON), NOON, cost=3)


@both
def test_the_wait_is_exactly_until_the_next_entry_fits(limit: Limit) -> None:
    full = settled(limit, fill(limit, NOON, NOON + 10, NOON + 20), NOON + 30)
    seconds = wait(limit, full, NOON + 30)
    assert seconds == 30
    assert admits(limit, full, NOON + 30 + seconds)
    assert not admits(limit, full, NOON + 30 + seconds - 0.01)


def test_the_wait_for_several_is_until_all_of_them_fit() -> None:
    full = settled(EXACT, fill(EXACT, NOON, NOON + 10, NOON + 20), NOON + 30)
    assert wait(EXACT, full, NOON + 30, cost=2) == 40
    assert wait(EXACT, settled(EXACT, None, NOON), NOON) == 0


def test_an_amount_that_was_lowered_by_a_restart_is_still_kept() -> None:
    full = fill(EXACT, NOON, NOON + 10, NOON + 20)
    lower = dataclasses.replace(EXACT, amount=1)
    assert wait(lower, settled(lower, full, NOON + 30), NOON + 30) == 50


# --- giving back -----------------------------------------------------------------------------------


@both
def test_what_is_given_back_can_be_taken_again_once(limit: Limit) -> None:
    taken = admitted(limit, settled(limit, fill(limit, NOON, NOON), NOON + 1), NOON + 1)
    assert taken is not None
    assert taken.count == 3
    after = returned(limit, settled(limit, taken, NOON + 2), taken)
    assert after.count == 2
    assert fill(limit, NOON, NOON).count == 2  # type: ignore[union-attr]


@both
def test_an_entry_that_is_over_is_not_given_back_to_the_next_window(limit: Limit) -> None:
    taken = admitted(limit, settled(limit, None, NOON), NOON)
    assert taken is not None
    later = settled(limit, fill(limit, NOON + 100, NOON + 101), NOON + 102)
    assert returned(limit, later, taken).count == later.count == 2


@both
def test_giving_back_never_goes_below_nothing(limit: Limit) -> None:
    taken = admitted(limit, settled(limit, None, NOON), NOON)
    assert taken is not None
    empty = returned(limit, taken, taken)
    assert returned(limit, empty, taken).count == 0


# --- what the caller is told -----------------------------------------------------------------------


def test_the_header_fields_are_structured_fields_of_the_draft() -> None:
    fields = dict(header_fields([Standing(limit_of("sign-in", "10/minute"), 3, 41.2), Standing(COUNTED, 0, 7)]))
    assert fields == {
        "RateLimit-Policy": '"sign-in";q=10;w=60, "counted";q=3;w=60',
        "RateLimit": '"sign-in";r=3;t=42, "counted";r=0;t=7',
    }
    assert header_fields([]) == ()


@pytest.mark.parametrize(("seconds", "whole"), [(0, 1), (0.2, 1), (1, 1), (1.01, 2), (59.9, 60)])
def test_retry_after_is_whole_seconds_and_never_too_early(seconds: float, whole: int) -> None:
    assert retry_after(seconds) == whole


@both
def test_a_standing_tells_what_remains_and_when_that_grows(limit: Limit) -> None:
    now = standing(limit, settled(limit, fill(limit, NOON, NOON + 10), NOON + 20), NOON + 20)
    assert (now.remaining, now.reset_after) == (1, 40)


# --- rates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/minute", (10, 60)),
        ("5/15minutes", (5, 900)),
        ("20/h", (20, 3600)),
        ("5/15 min", (5, 900)),
        (" 100 / 2 Days ", (100, 172800)),
        ("1/s", (1, 1)),
        ("3/10secs", (3, 10)),
    ],
)
def test_a_rate_is_read_as_people_write_it(text: str, rate: tuple[int, int]) -> None:
    assert parse_rate(text) == Rate(*rate)
    assert parse_rate(limit_of("any", text).rate) == rate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "10/",
        "/minute",
        "0/minute",
        "-1/minute",
        "10/0minutes",
        "10/fortnight",
        "1.5/minute",
        "10/minute;",
        "٣/h",
    ],
)
def test_a_wrong_rate_is_an_error_that_shows_a_right_one(text: str) -> None:
    with pytest.raises(SettingsError, match="such as 10/minute"):
        parse_rate(text)


@pytest.mark.parametrize("name", ["", "Sign in", 'a"b', "a;q=1", "a\r\nSet-Cookie: x", "x" * 65])
def test_a_name_that_could_break_a_header_field_is_refused(name: str) -> None:
    with pytest.raises(SettingsError):
        Limit(name, 1, 1)


def test_small_limits_are_exact_and_floods_are_counted() -> None:
    assert limit_of("small", "100/minute").exact
    assert not limit_of("flood", "101/minute").exact
    assert limit_of("flood", "101/minute", exact=True).exact


# --- signing in ------------------------------------------------------------------------------------


def test_strangers_share_one_count_however_many_browsers_and_addresses_they_use() -> None:
    first = sign_in_counts("ada", "198.51.100.1", None)
    second = sign_in_counts("ada", "198.51.100.2", None)
    assert {one.limit.per for one in first} == {"address", "account"}
    assert set(first) & set(second) == {one for one in first if one.limit.per == "account"}


def test_a_browser_the_account_has_used_shares_no_count_with_strangers_or_other_browsers() -> None:
    known = sign_in_counts("ada", "198.51.100.1", "browser-1")
    assert [one.limit for one in known] == [KNOWN_BROWSER]
    for others in (
        sign_in_counts("ada", "198.51.100.1", None),
        sign_in_counts("ada", "198.51.100.1", "browser-2"),
        sign_in_counts("bob", "198.51.100.1", "browser-1"),
    ):
        assert not set(known) & set(others)


def test_no_name_can_be_chosen_so_that_it_counts_as_anothers_browser() -> None:
    assert sign_in_counts("ada:x", "a", "y") != sign_in_counts("ada", "a", "x:y")


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_store_key_is_short_names_nobody_and_tells_keys_apart(one: str, other: str) -> None:
    assert len(store_key(EXACT, one * 1000)) < 80
    assert (store_key(EXACT, one) == store_key(EXACT, other)) == (one == other)
    assert store_key(EXACT, one) != store_key(COUNTED, one)
