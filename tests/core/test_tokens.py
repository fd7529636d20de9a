"""Tokens and codes: unguessable, recognisable, readable by people where people type them."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from doorward.core import tokens


def test_a_token_is_recognised_and_no_two_are_alike() -> None:
    made = {tokens.new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(token.startswith("dw_") and len(token) == 52 and tokens.looks_like_token(token) for token in made)
    assert not any(tokens.looks_like_token(token, "other_") for token in made)
    assert tokens.looks_like_token(tokens.new_token("poll_"), "poll_")


@given(st.integers(3, 51), st.sampled_from("0aZ"))
def test_a_miscopied_token_is_told_without_asking_the_store(place: int, letter: str) -> None:
    token = tokens.new_token()
    wrong = token[:place] + letter + token[place + 1 :]
    assert tokens.looks_like_token(wrong) == (wrong == token)
    assert not tokens.looks_like_token(token[:-1])
    assert not tokens.looks_like_token(token + "\n")


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    assert not tokens.looks_like_token(text)
    assert len(tokens.token_hash(text)) == 64
    assert tokens.same(text, text)
    assert not tokens.same(text, text + "x")
    tokens.read_code(text)


def test_a_broken_text_is_hashed_too_and_the_hash_is_plain_sha256() -> None:
    assert tokens.token_hash("\ud800") != tokens.token_hash("\ud801")
    assert tokens.token_hash("dw_é") == hashlib.sha256("dw_é".encode()).hexdigest()


def test_a_one_time_code_carries_256_bits() -> None:
    assert len({tokens.new_one_time_code() for _ in range(100)}) == 100
    assert len(tokens.new_one_time_code()) == 43


def test_no_two_signs_of_a_code_look_alike() -> None:
    for pair in ("0O", "1I", "1L", "IL", "2Z", "5S", "6G", "8B", "UV", "0D", "MN"):
        assert not set(pair) <= set(tokens.UNAMBIGUOUS)
    assert not set("AEIOU") & set(tokens.UNAMBIGUOUS)


def test_a_code_is_read_however_it_was_typed() -> None:
    code = tokens.new_code()
    assert tokens.read_code(code) == code
    assert tokens.read_code(f" {code[:3].lower()} - {code[3:].lower()}\n") == code
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    assert tokens.read_code(full_width) == code


def test_what_is_no_code_reads_as_none() -> None:
    for typed in ("", "34", "3479CDF", "O0O0O0", "<script>", "' OR 1=1", "3" * 100_000):
        assert tokens.read_code(typed) is None
