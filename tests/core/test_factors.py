"""Factors as values: whom a second one is asked of, and recovery codes as people type them."""

from __future__ import annotations

import math

import pytest

from doorward.core.factors import _ALPHABET, DEMANDS, is_required, is_strong, new_recovery_codes, read_recovery_code

ADMIN, MEMBER = frozenset({"admin", "editor"}), frozenset({"editor"})


@pytest.mark.parametrize(
    ("demand", "roles", "required"),
    [
        ("", ADMIN, False),
        ("admin", ADMIN, True),
        ("admin", MEMBER, False),
        ("member", MEMBER, True),
        ("member", frozenset(), True),
        ("damaged", frozenset(), True),
    ],
)
def test_of_whom_a_second_factor_is_required(demand: str, roles: frozenset[str], required: bool) -> None:
    assert is_required(demand, roles) is required
    assert (demand in DEMANDS) is (demand != "damaged")


def test_a_password_alone_is_not_strong() -> None:
    assert not is_strong(["password"])
    assert not is_strong([])
    assert not is_strong(["pass", "key", "Totp", "passkeys"])
    assert all(is_strong(["password", second]) for second in ("totp", "recovery", "passkey"))


def test_ten_codes_of_120_bits_that_never_come_twice() -> None:
    codes = [code for _ in range(20) for code in new_recovery_codes()]
    assert len(set(codes)) == 200
    assert len(new_recovery_codes()) == 10
    assert math.log2(len(set(_ALPHABET))) * 24 == 120
    assert not set(_ALPHABET) & set("01IO")


def test_a_recovery_code_is_read_however_it_is_written() -> None:
    code = new_recovery_codes()[0]
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " "), f"  {code}\n"):
        assert read_recovery_code(typed) == code
    for typed in ("", code[:-1], code + "A", "0" + code[1:], "123456", "x" * 100_000):
        assert read_recovery_code(typed) is None
