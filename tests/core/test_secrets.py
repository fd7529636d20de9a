"""The key ring: nothing holds that it did not make, for that purpose, in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.secrets import Expired, KeyRing, SecretError, judge_secret, new_secret

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OLD, NEW = new_secret(), new_secret()
RING = KeyRing([OLD])
ROTATED = KeyRing([NEW, OLD])
STRANGER = KeyRing([NEW])
TEXT = st.text(st.characters(codec="utf-8"))


@given(TEXT)
def test_a_signed_text_comes_back_whatever_it_holds(value: str) -> None:
    assert RING.unsign("cookie", RING.sign("cookie", value, NOW), timedelta(days=1), NOW) == value


@given(st.integers(0), st.characters(codec="utf-8"))
def test_one_changed_character_voids_a_signature(place: int, letter: str) -> None:
    signed = RING.sign("cookie", "respondent-17", NOW)
    place %= len(signed) - 1  # the last character of base64 carries two bits that mean nothing
    forged = signed[:place] + letter + signed[place + 1 :]
    if forged != signed:
        with pytest.raises(SecretError):
            RING.unsign("cookie", forged, None, NOW)


@given(st.text(max_size=60))
def test_garbage_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(SecretError):
        RING.unsign("cookie", text, None, NOW)
    with pytest.raises(SecretError):
        RING.decrypt("totp", text)


def test_a_signature_for_one_purpose_does_not_hold_for_another() -> None:
    signed = RING.sign("cookie:poll", "7", NOW)
    assert RING.unsign("cookie:poll", signed, None, NOW) == "7"
    with pytest.raises(SecretError):
        RING.unsign("cookie:admin", signed, None, NOW)


@pytest.mark.parametrize(
    ("age", "holds"),
    [
        (timedelta(0), True),
        (timedelta(hours=1), True),
        (timedelta(hours=1, seconds=1), False),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-6), False),
    ],
)
def test_a_signature_ends_with_its_age_and_bears_a_small_jump_of_the_clock(age: timedelta, holds: bool) -> None:
    signed = RING.sign("cookie", "7", NOW)
    if holds:
        assert RING.unsign("cookie", signed, timedelta(hours=1), NOW + age) == "7"
    else:
        with pytest.raises(Expired):
            RING.unsign("cookie", signed, timedelta(hours=1), NOW + age)


def test_after_a_rotation_what_the_old_key_made_still_holds_but_it_makes_nothing_new() -> None:
    signed, sealed, code = RING.sign("c", "7", NOW), RING.encrypt("t", b"7"), RING.mac("m", b"7")
    assert ROTATED.unsign("c", signed, None, NOW) == "7"
    assert ROTATED.decrypt("t", sealed) == b"7"
    assert ROTATED.mac_holds("m", b"7", code)
    assert ROTATED.mac_all("m", b"7") == [STRANGER.mac("m", b"7"), code]
    assert STRANGER.unsign("c", ROTATED.sign("c", "7", NOW), None, NOW) == "7"
    assert STRANGER.decrypt("t", ROTATED.encrypt("t", b"7")) == b"7"


def test_a_key_that_was_taken_off_the_ring_opens_nothing() -> None:
    with pytest.raises(SecretError):
        STRANGER.unsign("c", RING.sign("c", "7", NOW), None, NOW)
    with pytest.raises(SecretError):
        STRANGER.decrypt("t", RING.encrypt("t", b"7"))
    assert not STRANGER.mac_holds("m", b"7", RING.mac("m", b"7"))


def test_the_key_of_a_use_or_purpose_tells_nothing_about_another() -> None:
    keys = {RING._keys_for(use, purpose)[0] for use in ("sign", "mac", "encrypt") for purpose in ("a", "b")}
    assert len(keys) == 6
    assert OLD.encode() not in keys


@given(st.binary(), TEXT)
def test_what_is_encrypted_comes_back_to_its_owner_only(plain: bytes, owner: str) -> None:
    sealed = RING.encrypt("totp", plain, owner)
    assert RING.decrypt("totp", sealed, owner) == plain
    for purpose, other in (("totp", owner + "x"), ("mail", owner)):
        with pytest.raises(SecretError):
            RING.decrypt(purpose, sealed, other)


def test_the_same_text_never_encrypts_to_the_same() -> None:
    assert RING.encrypt("t", b"7") != RING.encrypt("t", b"7")


def test_an_empty_ring_is_an_error_and_a_ring_shows_no_key() -> None:
    for keys in ([], [""], [OLD, ""]):
        with pytest.raises(ValueError, match="at least one key"):
            KeyRing(keys)
    assert OLD not in repr(ROTATED)


# -- judging keys --------------------------------------------------------------------------------------------


def test_the_keys_that_we_make_are_good() -> None:
    assert [judge_secret(new_secret()) for _ in range(200)] == [[]] * 200


@given(st.binary(min_size=32, max_size=32))
def test_no_judgement_repeats_the_key(raw: bytes) -> None:
    for key in (raw.hex(), "changeme" + raw.hex()):
        assert all(key not in problem.message for problem in judge_secret(key))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing"),
        ("", "missing"),
        ("   ", "missing"),
        pytest.param(new_secret()[:31], "short", id="short"),
        ("secret", "well_known"),
        pytest.param("CHANGE-ME-" + new_secret(), "well_known", id="change me"),
        ("your_secret_key_here_0123456789abcdef", "well_known"),
        pytest.param("django-insecure-" + new_secret(), "well_known", id="django"),
        ("192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", "well_known"),
        ("x" * 64, "low_variety"),
        ("abcd" * 16, "low_variety"),
        ("f8Kq2LmZx9Rt4Wy7" * 3, "low_variety"),
        ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ", "low_variety"),
    ],
)
def test_a_weak_key_is_told_by_its_kind(value: str | None, code: str) -> None:
    assert code in {problem.code for problem in judge_secret(value)}
