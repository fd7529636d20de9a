"""Which texts are e-mail addresses, when two are the same, and whose domain is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.mail_addresses import (
    NOWHERE,
    BadAddress,
    is_allowed,
    read_address,
    read_domain,
    sender_for,
    veiled,
)


@pytest.mark.parametrize(
    ("typed", "text", "key"),
    [
        ("ada@example.org", "ada@example.org", "ada@example.org"),
        (" Ada.Lovelace+Door@Example.ORG\n", "Ada.Lovelace+Door@example.org", "ada.lovelace+door@example.org"),
        ("a@münchen.example", "a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example"),
        ("a@MÜNCHEN.example", "a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example"),
        ("o'neill@example.org", "o'neill@example.org", "o'neill@example.org"),
    ],
)
def test_addresses_are_read_and_compared(typed: str, text: str, key: str) -> None:
    address = read_address(typed)
    assert (address.text, address.key) == (text, key)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@example.org",
        "a@",
        "a@b@example.org",
        '"a@evil.com"@school.org',
        '"a b"@school.org',
        "a(x)@school.org",
        "a@school.org(x)",
        "a@(x)school.org",
        "<a@school.org>",
        "Ada <a@school.org>",
        "a@school.org, b@school.org",
        "a@[192.0.2.1]",
        "a@192.0.2.1",
        "a%evil.com@school.org",
        "evil.com!a@school.org",
        "@evil.com:a@school.org",
        ".a@school.org",
        "a.@school.org",
        "a..b@school.org",
        "a b@school.org",
        "a@school .org",
        "a@school",
        "a@school.org.",
        "a@.school.org",
        "a@-school.org",
        "a@school_1.org",
        "a@school.123",
        "a@school。org",
        "a@straße.de",
        "a@βόλος.com",
        "a@xn--.org",
        "a@xn--999999999.org",
        "ä@school.org",
        "\uff41da@school.org",
        "a@school.org\0",
        "a\n@school.org",
        "a@school.org\r\nBcc: b@evil.com",
        "a" * 65 + "@school.org",
        "a@" + "b" * 64 + ".org",
        "a@" + "b." * 125 + "org",
    ],
)
def test_what_is_read_in_two_ways_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        read_address(typed)


@given(st.text(max_size=300))
def test_what_is_read_is_plain_and_reads_back(typed: str) -> None:
    try:
        address = read_address(typed)
    except BadAddress:
        return
    assert address.text.isascii()
    assert address.text.isprintable()
    assert address.text.count("@") == 1
    assert address.key == address.text.lower()
    assert read_address(address.text) == address


@given(st.text(max_size=80))
def test_folding_makes_no_two_owners_one(typed: str) -> None:
    """No domain becomes another one that somebody else can register: what is taken reads back as it was typed."""
    try:
        ascii_domain = read_domain(typed)
    except BadAddress:
        return
    assert (
        typed.isascii()
        or ascii_domain.encode().decode("idna") == __import__("unicodedata").normalize("NFC", typed).lower()
    )


@pytest.mark.parametrize(
    ("address", "domains", "allowed"),
    [
        ("a@school.org", (), True),
        ("a@school.org", ("school.org",), True),
        ("A@SCHOOL.ORG", ("school.org",), True),
        ("a@mail.school.org", ("school.org",), False),
        ("a@mail.school.org", ("*.school.org",), True),
        ("a@b.mail.school.org", ("*.school.org",), True),
        ("a@school.org", ("*.school.org",), False),
        ("a@evilschool.org", ("school.org", "*.school.org"), False),
        ("a@school.org.evil.com", ("school.org", "*.school.org"), False),
        ("a@münchen.example", ("xn--mnchen-3ya.example",), True),
        ("a@munchen.example", ("xn--mnchen-3ya.example",), False),
        ("a@sсhool.org", ("school.org",), False),
    ],
)
def test_allowed_domains(address: str, domains: tuple[str, ...], allowed: bool) -> None:
    assert is_allowed(read_address(address), domains) is allowed


@pytest.mark.parametrize(
    ("server", "sender"),
    [
        ("smtps://door%40example.org:x@mail.example.org", "door@example.org"),
        ("smtps://door:x@mail.example.org:465", "door@example.org"),
        ("smtps://mail.example.org", "doorward@example.org"),
        ("smtps://example.org", "doorward@example.org"),
        ("smtps://mail", NOWHERE),
        (None, NOWHERE),
    ],
)
def test_a_sender_is_found_where_none_is_named(server: str | None, sender: str) -> None:
    assert sender_for(server) == sender


def test_an_address_is_shown_so_that_its_owner_knows_it() -> None:
    assert veiled("ada.lovelace@example.org") == "a…@example.org"
