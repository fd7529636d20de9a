"""Time-based codes: those of the RFC, one step of drift either way, and what people type."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core import totp

#: RFC 6238 appendix B, with SHA-1 and the last six of its eight digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (20000000000, "353130"),
]
NOW = datetime(2026, 11, 21, 12, 0, 7, tzinfo=UTC)


@pytest.mark.parametrize(("at", "code"), RFC_CODES)
def test_the_codes_are_those_of_the_rfc(at: int, code: str) -> None:
    assert totp.code_at(RFC_SECRET, datetime.fromtimestamp(at, UTC)) == code


def test_a_code_is_accepted_one_step_early_or_late_and_no_further() -> None:
    secret = totp.new_secret()
    for drift in range(-4, 5):
        code = totp.code_at(secret, NOW + timedelta(seconds=30 * drift))
        expected = totp.step_at(NOW) + drift if abs(drift) <= 1 else None
        assert totp.matching_step(secret, code, NOW) == expected


def test_a_secret_has_160_bits_and_never_comes_twice() -> None:
    secrets = {totp.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


@pytest.mark.parametrize("typed", ["287082", " 287 082 ", "287-082", "２８７０８２", "287\u00a0082"])
def test_a_code_is_read_however_it_is_written(typed: str) -> None:
    assert totp.read_code(typed) == "287082"


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "28708a", "²87082a", "٢٨٧٠٨٢", "\0" * 6, "9" * 10_000])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert totp.read_code(typed) is None


@given(st.text())
def test_nothing_that_is_typed_breaks_the_reading(typed: str) -> None:
    code = totp.read_code(typed)
    assert code is None or (len(code) == 6 and code.isascii() and code.isdigit())


def test_the_address_for_the_app_names_site_and_account() -> None:
    address = totp.address(RFC_SECRET, "maria & co", "North:gate")
    assert address.startswith("otpauth://totp/North%3Agate:maria%20%26%20co?")
    assert f"secret={RFC_SECRET}" in address
    assert "issuer=North%3Agate" in address
