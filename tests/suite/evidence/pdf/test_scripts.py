"""Lines as they are seen: what is written from the right is turned round, and Arabic letters join."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward_suite.evidence.pdf.scripts import as_seen, is_right_to_left


@pytest.mark.parametrize("line", ["", "Access policy", "Übersicht (neu)", "访问控制", "नीति 2026", "1 + 1"])
def test_what_is_written_from_the_left_stays(line: str) -> None:
    assert as_seen(line) == line
    assert not is_right_to_left(line)


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("שלום", "םולש"),
        ("Head office – שלום", "Head office – םולש"),
        ("שלום עולם", "םלוע םולש"),
        ("שלום (עולם)", "(םלוע) םולש"),
        ("גרסה 2026 חדשה", "השדח 2026 הסרג"),
        ("א b ג", "א b ג"),
        ("שָׁלוֹם", "םוֹלשָׁ"),
    ],
)
def test_hebrew_is_turned_round_and_numbers_and_brackets_are_not(line: str, seen: str) -> None:
    assert as_seen(line) == seen


def names(text: str) -> list[str]:
    return [unicodedata.name(char).removeprefix("ARABIC ") for char in text]


def test_arabic_letters_get_the_forms_that_join_them() -> None:
    assert names(as_seen("بيت")) == [
        "LETTER TEH FINAL FORM",
        "LETTER YEH MEDIAL FORM",
        "LETTER BEH INITIAL FORM",
    ]


def test_a_letter_that_joins_on_one_side_only_ends_the_word_it_stands_in() -> None:
    assert names(as_seen("دار")) == ["LETTER REH", "LETTER ALEF", "LETTER DAL"]


def test_lam_and_alef_are_written_as_one() -> None:
    assert names(as_seen("سلام")) == [
        "LETTER MEEM",
        "LIGATURE LAM WITH ALEF FINAL FORM",
        "LETTER SEEN INITIAL FORM",
    ]


@given(st.text())
def test_no_text_breaks_and_no_letter_from_the_left_is_lost(line: str) -> None:
    seen = as_seen(line)
    kept = [char for char in line if unicodedata.bidirectional(char) == "L"]
    assert [char for char in seen if char in kept] == kept
