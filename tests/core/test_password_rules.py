"""What a new password must be: long, not guessable, and nothing more unless the profile says so."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.password_rules import (
    PROFILES,
    is_change_due,
    judge_change,
    judge_password,
    judge_reuse,
    rules_for_page,
)
from doorward.core.passwords import Hasher

GOOD = "violin kettle orbit 42 Marmalade!"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)


def codes(
    password: str, profile: str = "default", *, second_factor: bool = False, context: Sequence[str] = ("Doorward",)
) -> set[str]:
    found = judge_password(
        password, PROFILES[profile], username="anna.berg", context=context, second_factor=second_factor
    )
    return {problem.code for problem in found}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_good_password_is_good_in_every_profile(profile: str) -> None:
    assert codes(GOOD, profile) == set()


@pytest.mark.parametrize(
    ("profile", "second_factor", "shortest"),
    [
        ("default", False, 15),
        ("default", True, 8),
        ("classroom", False, 10),
        ("classroom", True, 10),
        ("stig", False, 15),
        ("stig", True, 15),
        ("cmmc", False, 16),
        ("cmmc", True, 16),
    ],
)
def test_each_profile_has_its_shortest_length(profile: str, second_factor: bool, shortest: int) -> None:
    text = "zK7!qV3?xW9.hB2-mT"
    assert codes(text[:shortest], profile, second_factor=second_factor) == set()
    assert codes(text[: shortest - 1], profile, second_factor=second_factor) == {"too_short"}


def test_every_code_point_is_one_character_and_any_language_will_do() -> None:
    assert codes("東京タワーの上で寿司を食べた夜") == set()
    assert codes("東京タワー") == {"too_short"}
    assert "too_short" in codes("e\u0301" * 10), "the length that counts is that of the normal form"


def test_up_to_1024_characters_are_accepted_and_more_are_not() -> None:
    long = "".join(chr(0x4E00 + place) for place in range(1025))
    assert codes(long[:1024]) == set()
    assert codes(long) == {"too_long"}


def test_no_composition_is_asked_for_unless_the_profile_says_so() -> None:
    plain = "violin kettle orbit marmalade"
    assert codes(plain) == set()
    assert codes(plain, "classroom") == set()
    for profile in ("stig", "cmmc"):
        assert codes(plain, profile) == {"missing_upper", "missing_digit"}
        assert codes("VIOLINKETTLEORBIT7", profile) == {"missing_lower", "missing_special"}


# -- what a guesser tries first ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("passwordpassword", "repeated"),
        ("abcabcabcabcabc", "repeated"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeated"),
        ("Winter2026!Winter2026!", "repeated"),
        ("123456789012345", "run"),
        ("abcdefghijklmnopqrst", "run"),
        ("poiuytrewqlkjhgfdsa", "run"),
        ("qwertyuiopasdfghjklzxcvbnm", "run"),
        ("correct horse battery staple", "common"),
        ("CorrectHorseBatteryStaple", "common"),
        ("1qaz2wsx3edc4rfv", "common"),
        ("password1234567", "common"),
        ("Passw0rd2024!!!!", "common"),
        ("P@$$w0rdP@$$w0rd!", "common"),
        ("iloveyousunshine", "common"),
        ("chocolate!!!!!!!", "common"),
        ("anna.berg.anna!!", "context"),
        ("Anna-Berg-2026!!!", "context"),
        ("doorward-doorward1", "context"),
    ],
)
def test_what_a_guesser_tries_first_is_refused_however_long(password: str, code: str) -> None:
    assert codes(password) == {code}


@pytest.mark.parametrize("password", ["password", "hunter22", "Summer24", "qwerty12", "anna1234", "P@ssw0rd"])
def test_a_second_factor_allows_a_shorter_one_but_no_guessable_one(password: str) -> None:
    assert codes(password, second_factor=True)


@pytest.mark.parametrize(
    "password",
    [
        "correct camel lantern staple",
        "correctcamellanternstaple",
        "a perfectly fine passphrase",
        "my password is not this one",
        "anna.berg likes her violin",
        "gpgjwqxnzkrbvtd",
        "kaffee und kuchen am see",
    ],
)
def test_a_listed_word_inside_a_longer_password_is_no_fault(password: str) -> None:
    assert codes(password) == set()


def test_the_words_of_the_site_count_only_for_that_site() -> None:
    password = "hillschoolhillside12"
    assert codes(password, context=["Hillside", "Hill School", "hillschool"]) == {"context"}
    assert codes(password) == set()


@given(st.text(max_size=60), st.sampled_from(sorted(PROFILES)), st.text(max_size=40), st.booleans())
def test_any_text_can_be_judged_and_no_message_repeats_it(
    password: str, profile: str, username: str, factor: bool
) -> None:
    found = judge_password(password, PROFILES[profile], username=username, second_factor=factor)
    assert len(password) >= PROFILES[profile].shortest_with_factor or found
    if len(password) > 30:
        assert all(password not in problem.message for problem in found)


# -- the page ------------------------------------------------------------------------------------------------


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(sorted(PROFILES)), st.booleans())
def test_a_page_that_follows_the_rules_says_what_the_server_says(password: str, profile: str, factor: bool) -> None:
    page = json.loads(json.dumps(rules_for_page(PROFILES[profile], factor)))
    broken = {
        rule["code"]
        for rule in page["rules"]
        if (rule["minimum"] and len(password) < rule["minimum"])
        or (rule["maximum"] and len(password) > rule["maximum"])
        or (rule["pattern"] and not re.search(rule["pattern"], password))
    }
    found = {problem.code for problem in judge_password(password, PROFILES[profile], username="", second_factor=factor)}
    judged_by_the_server_only = {"common", "run", "repeated", "context"}
    if password.isascii():  # beyond it, the length of the normal form may differ from what was typed
        assert found - judged_by_the_server_only == broken


# -- history and age -----------------------------------------------------------------------------------------


def test_the_last_five_passwords_may_not_come_again_and_the_sixth_may() -> None:
    hasher = Hasher("cheap")
    earlier = [hasher.hash(f"password number {number}") for number in range(7)]
    for number in range(7):
        found = judge_reuse(f"password number {number}", earlier, PROFILES["stig"], hasher.verify)
        assert bool(found) == (number < 5)
    assert judge_reuse("password number 0", earlier, PROFILES["default"], hasher.verify) == []


def test_the_stig_asks_to_keep_a_password_a_day_and_to_change_it_after_sixty() -> None:
    stig, second = PROFILES["stig"], timedelta(seconds=1)
    assert [problem.code for problem in judge_change(NOW, NOW + DAY - second, stig)] == ["too_young"]
    assert judge_change(NOW, NOW + DAY, stig) == []
    assert not is_change_due(NOW, NOW + 60 * DAY - second, stig)
    assert is_change_due(NOW, NOW + 60 * DAY, stig)


@pytest.mark.parametrize("profile", ["default", "classroom", "cmmc"])
def test_no_other_profile_forces_a_change_or_forbids_one(profile: str) -> None:
    assert judge_change(NOW, NOW, PROFILES[profile]) == []
    assert not is_change_due(NOW, NOW + 9999 * DAY, PROFILES[profile])
