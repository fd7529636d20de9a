"""Passwords: the right one opens, whatever is stored never crashes, and nobody costs what somebody costs."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from argon2 import PasswordHasher, Type
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.security import generate_password_hash

from doorward.core import legacy_hashes
from doorward.core.passwords import Hasher, Verdict
from doorward.errors import Invalid, StartRefused

RIGHT, WRONG = Verdict(True, False), Verdict(False, False)
OLD = Verdict(True, True)
CHEAP = Hasher("cheap")


class CountingHasher(Hasher):
    """A real hasher that counts the argon2 computations that it finishes."""

    count = 0

    def _check(self, stored: str, secret: bytes) -> bool:
        right = super()._check(stored, secret)
        self.count += 1
        return right


@pytest.fixture
def counting() -> CountingHasher:
    return CountingHasher("cheap")


def test_the_profile_for_people_is_the_one_of_rfc_9106() -> None:
    hasher = Hasher(production=True)
    stored = hasher.hash("correct horse battery staple")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hasher.verify(stored, "correct horse battery staple") == RIGHT
    assert hasher.verify(stored, "correct horse battery stapler") == WRONG


def test_the_cheap_profile_refuses_production_and_an_unknown_one_is_refused() -> None:
    with pytest.raises(StartRefused):
        Hasher("cheap", production=True)
    with pytest.raises(StartRefused):
        Hasher("md5")


@settings(max_examples=50)
@given(st.text(max_size=40), st.text(max_size=40))
def test_only_the_same_text_in_its_normal_form_opens(password: str, other: str) -> None:
    stored = CHEAP.hash(password)
    assert CHEAP.verify(stored, password) == RIGHT
    same = unicodedata.normalize("NFC", password) == unicodedata.normalize("NFC", other)
    assert CHEAP.verify(stored, other).ok == same


def test_accents_open_however_the_keyboard_composed_them() -> None:
    stored = CHEAP.hash("cafe\u0301 NGUYE\u0302\u0303N 東京")
    assert CHEAP.verify(stored, "caf\u00e9 NGUY\u1ec4N 東京") == RIGHT


def test_the_whole_password_counts_up_to_1024_characters() -> None:
    stored = CHEAP.hash("a" * 1023 + "b")
    assert CHEAP.verify(stored, "a" * 1023 + "b") == RIGHT
    assert CHEAP.verify(stored, "a" * 1024) == WRONG
    assert CHEAP.verify(stored, "a" * 1023) == WRONG


def test_a_longer_one_is_refused_before_any_work(counting: CountingHasher) -> None:
    with pytest.raises(Invalid):
        counting.hash("a" * 1025)
    for stored in (counting.hash("a"), "garbage", generate_password_hash("a")):
        assert counting.verify(stored, "a" * 1025) == WRONG
    assert counting.verify_nobody("a" * 1025) == WRONG
    assert counting.count == 0


# -- nobody is as expensive as somebody ----------------------------------------------------------------------


def test_an_unknown_name_a_wrong_password_and_an_unusable_hash_do_the_same_work(counting: CountingHasher) -> None:
    stored = counting.hash("a")
    spent = []
    for attempt in (
        lambda: counting.verify(stored, "b"),
        lambda: counting.verify_nobody("b"),
        lambda: counting.verify("", "b"),
        lambda: counting.verify("!", "b"),
        lambda: counting.verify(stored[:-1] + "é", "b"),
        lambda: counting.verify("$argon2id$v=19$m=8,t=1,p=1$A$A", "b"),
    ):
        before = counting.count
        assert attempt() == WRONG
        spent.append(counting.count - before)
    assert spent == [1] * 6


def test_nobody_is_hashed_at_the_full_cost_and_has_no_password() -> None:
    hasher = Hasher()
    assert hasher._nobody.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert CHEAP.verify_nobody("nobody") == WRONG


# -- whatever is stored --------------------------------------------------------------------------------------

GARBAGE = [
    "",
    "$",
    "$argon2id$",
    "$argon2id$v=19$m=8,t=1,p=1$$",
    "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$A",
    "$argon2id$v=x$m=8,t=1,p=1$AAAAAAAAAAA$AAAA",
    "$argon2id$v=19$m=8,t=0,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
    "$argon2id$m=8$a$b",
    "$argon2x$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA",
    "scrypt:3:8:1$salt$" + "00" * 64,
    "scrypt:0:0:0$salt$" + "00" * 64,
    "pbkdf2:sha256:0$salt$" + "00" * 32,
    "pbkdf2:md5:1$salt$" + "00" * 16,
    "plain$password",
    "\ud800",
    "é" * 10_000,
]


@pytest.mark.parametrize("stored", GARBAGE)
def test_garbage_is_a_wrong_password(stored: str) -> None:
    assert CHEAP.verify(stored, "password") == WRONG


@settings(max_examples=100)
@given(
    st.one_of(
        st.text(),
        st.from_regex(r"(?a)\$argon2i?d?\$v=[0-9]{1,3}\$m=[0-9]{1,3},t=[0-9],p=[0-9]\$[A-Za-z0-9+/]*\$[A-Za-z0-9+/]*"),
        st.from_regex(r"(?a)scrypt:[0-9]{1,2}:[0-9]:[0-9]\$[^$]+\$[0-9a-f]{126,130}"),
        st.from_regex(r"(?a)pbkdf2:sha256:[0-9]{0,3}\$[^$]*\$[0-9a-f]{62,66}"),
    ),
    st.text(max_size=5),
)
def test_nothing_that_is_stored_crashes_a_sign_in(stored: str, password: str) -> None:
    CHEAP.verify(stored, password)


@pytest.mark.parametrize(
    "stored",
    [
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43,
        "$argon2id$v=19$m=65536,t=100000,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43,
    ],
)
def test_an_argon2_hash_that_costs_too_much_is_not_tried(stored: str, counting: CountingHasher) -> None:
    tried: list[str] = []
    counting._check = lambda stored, secret: tried.append(stored) or False  # type: ignore[method-assign]
    assert counting.verify(stored, "a") == WRONG
    assert tried == [counting._nobody]


@pytest.mark.parametrize(
    "stored",
    [
        "scrypt:4194304:8:1$salt$" + "00" * 64,
        "scrypt:131072:16:1$salt$" + "00" * 64,
        "scrypt:131072:8:2$salt$" + "00" * 64,
        "scrypt:2:99:99$salt$" + "00" * 63,
        "pbkdf2:sha256:2000001$salt$" + "00" * 32,
        "pbkdf2:sha256:99999999999$salt$" + "00" * 32,
        "00" * 65 + "$" + "00" * 32,
    ],
)
def test_a_legacy_hash_that_costs_too_much_is_not_tried(stored: str) -> None:
    assert legacy_hashes.read_legacy(stored) is None


# -- upgrades ------------------------------------------------------------------------------------------------


def raw_pbkdf2(password: str) -> str:
    salt = bytes(range(16))
    return f"{salt.hex()}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt, 100_000).hex()}"


LEGACY = [
    generate_password_hash("pässword", "scrypt:1024:8:1"),
    generate_password_hash("pässword", "pbkdf2:sha256:1000"),
    raw_pbkdf2("pässword"),
]


@pytest.mark.parametrize("stored", LEGACY, ids=["scrypt", "pbkdf2", "raw"])
def test_a_hash_of_an_older_system_opens_and_asks_to_be_replaced(stored: str) -> None:
    assert CHEAP.verify(stored, "pässword") == OLD
    assert CHEAP.verify(stored, unicodedata.normalize("NFD", "pässword")) == OLD
    assert CHEAP.verify(stored, "passwörd") == WRONG


def test_what_werkzeug_writes_today_opens() -> None:
    assert CHEAP.verify(generate_password_hash("a"), "a") == OLD


def test_an_older_system_that_hashed_decomposed_accents_still_opens() -> None:
    decomposed = unicodedata.normalize("NFD", "pässword")
    assert CHEAP.verify(generate_password_hash(decomposed, "pbkdf2:sha256:10"), decomposed) == OLD


def test_only_a_weaker_argon2_hash_is_replaced() -> None:
    def stored(**changes: object) -> str:
        return PasswordHasher(**{"time_cost": 2, "memory_cost": 64, "parallelism": 1, **changes}).hash("a")

    hasher = Hasher("cheap")
    hasher._nobody = stored()
    assert hasher.verify(stored(), "a") == RIGHT
    assert hasher.verify(stored(time_cost=3), "a") == RIGHT
    for weaker in ({"time_cost": 1}, {"memory_cost": 32}, {"type": Type.I}, {"hash_len": 16}, {"salt_len": 8}):
        assert hasher.verify(stored(**weaker), "a") == OLD
        assert hasher.verify(stored(**weaker), "b") == WRONG
