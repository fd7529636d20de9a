"""What an address is: first those that only the server can reach, in every dress; then ordinary ones."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.core import outbound_addresses as places
from doorward.core.outbound_addresses import GRANTABLE, PUBLIC, place_of

V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(IPv6Address)
#: Ranges in which a hostile name service would look for something.
INSIDE = st.sampled_from(
    [
        *("127.0.0.1", "127.8.9.10", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "0.0.0.0", "0.1.2.3", "224.0.0.251", "240.0.0.1", "255.255.255.255"),
        *("192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "168.63.129.16"),
    ]
).map(IPv4Address)


def carrying(inner: IPv4Address) -> list[IPv6Address]:
    """Every way in which IPv6 carries an IPv4 address inside."""
    number = int(inner)
    return [
        IPv6Address(number),  # compatible
        IPv6Address(0xFFFF << 32 | number),  # mapped
        IPv6Address(0xFFFF << 48 | number),  # translated
        IPv6Address((0x0064_FF9B << 96) | number),  # NAT64
        IPv6Address((0x0064_FF9B_0001 << 80) | number),  # NAT64 of one's own network
        IPv6Address((0x0064_FF9B_0001 << 80) | (number >> 16 << 64) | ((number & 0xFFFF) << 40)),
        IPv6Address((0x2002 << 112) | (number << 80) | 1),  # 6to4
        IPv6Address((0x2001_0000 << 96) | (number << 64) | 1),  # Teredo, its server
        IPv6Address((0x2001_0000 << 96) | (0x0808_0808 << 64) | (number ^ 0xFFFF_FFFF)),  # Teredo, its client
        IPv6Address((0x2A00_1450_4001_0001 << 64) | (0x5EFE << 32) | number),  # ISATAP
        IPv6Address((0x2A00_1450_4001_0001 << 64) | (0x0200_5EFE << 32) | number),
        IPv6Address((0xFE80 << 112) | (0x5EFE << 32) | number),
    ]


@given(INSIDE)
def test_no_dress_makes_an_inner_address_public(inner: IPv4Address) -> None:
    assert place_of(str(inner)) != PUBLIC
    for dressed in carrying(inner):
        assert place_of(str(dressed)) != PUBLIC, dressed


@given(V4)
@settings(max_examples=300)
def test_an_ipv4_address_is_public_only_if_the_library_knows_no_reason_against_it(address: IPv4Address) -> None:
    if place_of(str(address)) == PUBLIC:
        assert address.is_global
        assert not any((address.is_multicast, address.is_private, address.is_loopback, address.is_link_local))


@given(V6)
@settings(max_examples=300)
def test_an_ipv6_address_is_public_only_where_addresses_are_given_out(address: IPv6Address) -> None:
    if place_of(str(address)) == PUBLIC:
        assert address.is_global
        assert int(address) >> 125 == 1 or int(address) >> 32 == 0x0064_FF9B << 64


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_what_is_no_address_is_never_public(text: str) -> None:
    try:
        is_one = str(ip_address(text)) != ""
    except ValueError:
        is_one = False
    assert is_one or place_of(text) == places.UNREADABLE


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1", places.LOOPBACK),
        ("::1", places.LOOPBACK),
        ("10.0.0.1", places.PRIVATE),
        ("172.31.0.1", places.PRIVATE),
        ("192.168.0.1", places.PRIVATE),
        ("fd12:3456::1", places.PRIVATE),
        ("fec0::1", places.PRIVATE),
        ("100.64.3.2", places.SHARED),
        ("169.254.1.1", places.LINK_LOCAL),
        ("fe80::1", places.LINK_LOCAL),
        ("169.254.169.254", places.METADATA),
        ("100.100.100.200", places.METADATA),
        ("168.63.129.16", places.METADATA),
        ("fd00:ec2::254", places.METADATA),
        ("fd20:ce::254", places.METADATA),
        ("224.0.0.1", places.MULTICAST),
        ("ff02::fb", places.MULTICAST),
        ("64:ff9b::7f00:1", places.EMBEDDED),
        ("64:ff9b::a9fe:a9fe", places.EMBEDDED),
        ("64:ff9b:1::808:808", places.EMBEDDED),
        ("::ffff:8.8.8.8", places.EMBEDDED),
        ("2002:808:808::1", places.EMBEDDED),
        ("0.0.0.0", places.RESERVED),
        ("::", places.RESERVED),
        ("2001:db8::1", places.RESERVED),
        ("3fff::1", places.RESERVED),
        ("5f00::1", places.RESERVED),
        ("2001:20::1", places.RESERVED),
        ("fe80::1%eth0", places.UNREADABLE),
        ("2a00::1%1", places.UNREADABLE),
        ("127.1", places.UNREADABLE),
        ("0177.0.0.1", places.UNREADABLE),
        ("localhost", places.UNREADABLE),
        ("", places.UNREADABLE),
    ],
)
def test_each_place_has_its_name(address: str, place: str) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2a00:1450:4001::1", "64:ff9b::808:808"])
def test_what_everybody_can_reach_is_public_unless_it_is_this_machine(address: str) -> None:
    assert place_of(address) == PUBLIC
    assert place_of(address, {address}) == (places.OWN if ":ff9b:" not in address else PUBLIC)


def test_nat64_to_this_machine_is_refused_too() -> None:
    assert place_of("64:ff9b::808:808", {"8.8.8.8"}) == places.EMBEDDED


def test_what_hands_out_keys_can_never_be_granted() -> None:
    assert GRANTABLE.isdisjoint(
        {places.METADATA, places.LINK_LOCAL, places.MULTICAST, places.EMBEDDED, places.RESERVED, places.UNREADABLE}
    )
