"""Text that people send: what is made of it, and what is refused with a sentence."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.texts import one_line, problem_with, some_lines, whole_number


@given(st.text())
def test_a_text_that_was_made_ready_stays_as_it_is(text: str) -> None:
    for ready in (one_line, some_lines):
        assert ready(ready(text)) == ready(text)


def test_a_line_loses_its_breaks_and_lines_keep_theirs() -> None:
    assert one_line("  a\r\n\tb\u00a0 c ") == "a b c"
    assert some_lines("\r\n\n a  \rb\n\n\n\n  c \n\n") == " a\nb\n\n  c"


@pytest.mark.parametrize("text", ["\x00", "a\x07b", "\u202eabc", "\ufffd"])
def test_what_cannot_be_shown_is_refused(text: str) -> None:
    assert problem_with("abc", 3) is None
    assert "cannot be shown" in str(problem_with(text, 100))


def test_of_all_characters_these_are_refused() -> None:
    garbling = "\ufffd\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    for sign in map(chr, range(sys.maxunicode + 1)):
        is_control = unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t"
        assert (problem_with(sign, 1) is not None) == (is_control or sign in garbling), hex(ord(sign))


def test_empty_and_too_long_are_said_with_numbers() -> None:
    assert problem_with("", 3, what="The name") == "The name is empty."
    assert problem_with("abcd", 3, what="The name") == "The name is too long: at most 3 characters, and it has 4."
    assert problem_with("a\nb\tc", 5) is None


def test_numbers_that_no_database_keeps_are_none() -> None:
    assert whole_number("7") == 7
    for text in (None, "", "-1", "1.0", "٣", "9" * 19, " 7", "0x1"):
        assert whole_number(text) is None
