"""Amounts read what they write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import parse as parse_limit

from doorward.core import units


@given(st.integers(0, 10**8))
def test_a_duration_reads_back(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert units.parse_duration(units.format_duration(span)) == span


@given(st.integers(0, 2**40 - 1))
def test_a_size_reads_back(count: int) -> None:
    count = min(count, 999_999_999_999)
    assert units.parse_size(units.format_size(count)) == count


@given(st.builds(units.Rate, st.integers(1, 10**6), st.integers(1, 10**5)))
def test_a_rate_reads_back_and_means_the_same_to_the_limits_package(rate: units.Rate) -> None:
    assert units.parse_rate(str(rate)) == rate
    item = parse_limit(str(rate))
    assert (item.amount, item.get_expiry()) == (rate.count, rate.seconds)


@pytest.mark.parametrize("parse", [units.parse_duration, units.parse_size, units.parse_rate])
@given(text=st.text(max_size=20).filter(lambda text: not any(digit in text for digit in "0123456789")))
def test_any_other_text_is_an_error_that_says_what_is_wanted(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be"):
        parse(text)


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1h30m", 5400), ("2w", 1_209_600)])
def test_durations_as_people_write_them(text: str, seconds: int) -> None:
    assert units.parse_duration(text).total_seconds() == seconds
