"""What STUN answers (RFC 8489): checked against the vectors of RFC 5769, and against what must get no answer."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core import stun

HERE = ip_address("192.0.2.1")
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
COOKIE = struct.pack("!I", stun.MAGIC)


def request(attributes: bytes = b"", kind: int = 1, cookie: bytes = COOKIE) -> bytes:
    return struct.pack("!HH", kind, len(attributes)) + cookie + TRANSACTION + attributes


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def fingerprinted(attributes: bytes = b"") -> bytes:
    before = struct.pack("!HH", 1, len(attributes) + 8) + COOKIE + TRANSACTION + attributes
    return before + attribute(0x8028, struct.pack("!I", stun._fingerprint(before)))


def test_the_address_is_told_as_in_the_vector_for_ipv4() -> None:
    # RFC 5769 section 2.2: 192.0.2.1 port 32853 is e1 12 a6 43 behind port a1 47.
    said = stun.answer(request(), HERE, 32853)
    assert said == bytes.fromhex("0101000c2112a442") + TRANSACTION + bytes.fromhex("002000080001a147e112a643")


def test_the_address_is_told_as_in_the_vector_for_ipv6() -> None:
    # RFC 5769 section 2.3.
    said = stun.answer(request(), ip_address("2001:db8:1234:5678:11:2233:4455:6677"), 32853)
    value = bytes.fromhex("002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9")
    assert said == bytes.fromhex("010100182112a442") + TRANSACTION + value


def test_a_fingerprint_is_answered_with_one_that_is_right() -> None:
    said = stun.answer(fingerprinted(), HERE, 1)
    assert said is not None
    assert len(said) == 20 + 12 + 8
    assert said[-8:-4] == bytes.fromhex("80280004")
    assert said[-4:] == struct.pack("!I", stun._fingerprint(said[:-8]))


def test_what_must_be_understood_and_is_not_is_named() -> None:
    said = stun.answer(request(attribute(0x0003, b"\0\0\0\6")), HERE, 1)  # CHANGE-REQUEST of RFC 5780
    assert said is not None
    assert said[:2] == bytes.fromhex("0111")
    assert b"Unknown Attribute" in said
    assert said.endswith(bytes.fromhex("000a000200030000"))


def test_what_need_not_be_understood_is_passed_over() -> None:
    said = stun.answer(request(attribute(0x8022, b"browser")), HERE, 1)
    assert said is not None
    assert said[:2] == bytes.fromhex("0101")


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        request()[:-1],
        request() + b"\0",
        request(kind=0x0011),  # an indication
        request(kind=0x0101),  # an answer: two servers would talk for ever
        request(kind=0x0003),  # Allocate: TURN
        request(cookie=b"\0\0\0\0"),  # RFC 3489
        request(b"\x80\x22\x00\x09abcd"),  # longer than what follows
        request(attribute(0x8022, b"x" * 600)),
        fingerprinted()[:-1] + b"\0",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_what_is_no_sound_request_gets_no_answer(packet: bytes) -> None:
    assert stun.answer(request(), HERE, 1) is not None
    assert stun.answer(packet, HERE, 1) is None


@given(st.binary(max_size=700))
def test_no_packet_breaks_it_and_no_answer_is_long(packet: bytes) -> None:
    for one in (packet, request(packet[: len(packet) // 4 * 4])):
        said = stun.answer(one, ip_address("2001:db8::1"), 65_535)
        assert said is None or len(said) <= 88


def test_an_address_is_answered_so_often_in_a_moment_and_others_go_on() -> None:
    asked = stun.Asked(each=3, total=100, seconds=10)
    assert [asked.may(HERE, now=0.0) for _ in range(5)] == [True, True, True, False, False]
    assert asked.may(ip_address("192.0.2.2"), now=1.0)
    assert asked.may(HERE, now=10.0), "the next moment"


def test_whoever_has_a_network_of_addresses_counts_as_one() -> None:
    asked = stun.Asked(each=2, total=100)
    answers = [asked.may(ip_address(f"2001:db8:0:1::{number:x}"), 0.0) for number in range(4)]
    assert answers == [True, True, False, False]
    assert asked.may(ip_address("2001:db8:0:2::1"), 0.0)


def test_what_is_remembered_is_bounded() -> None:
    asked = stun.Asked(each=5, total=50)
    assert sum(asked.may(ip_address(number), 0.0) for number in range(1, 10_000)) == 50
    assert len(asked._counts) == 50
