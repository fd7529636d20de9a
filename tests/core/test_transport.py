"""Who the client is, and which hosts we answer for: first the attacks, then ordinary life."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.transport import (
    Client,
    address_group,
    allowed_hosts,
    client_of,
    host_allowed,
    is_loopback,
    proxy_networks,
)
from doorward.errors import SettingsError

PROXY = "10.0.0.1"
ATTACKER = "203.0.113.9"
NOBODY = proxy_networks([])
PROXIES = proxy_networks(["10.0.0.0/8", "fd00::/8"])


def address(forwarded: str, peer: str = PROXY) -> str:
    return client_of(peer, "http", "example.org", {"x-forwarded-for": forwarded}, PROXIES).address


# --- attacks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-for": "10.0.0.1, 10.0.0.2", "x-forwarded-proto": "https"},
        {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
        {"forwarded": "for=127.0.0.1;proto=https;host=evil.example"},
        {"x-real-ip": "127.0.0.1"},
    ],
)
def test_a_stranger_forges_nothing_with_forwarded_headers(headers: dict[str, str]) -> None:
    honest = Client(ATTACKER, "http", "example.org")
    assert client_of(ATTACKER, "http", "example.org", headers, PROXIES) == honest


def test_without_named_proxies_even_loopback_is_not_believed() -> None:
    headers = {"x-forwarded-for": "8.8.8.8", "x-forwarded-proto": "https"}
    assert client_of("127.0.0.1", "http", "localhost", headers, NOBODY) == Client("127.0.0.1", "http", "localhost")


@pytest.mark.parametrize(
    "forged",
    [
        "127.0.0.1",
        "1.1.1.1, 2.2.2.2, 3.3.3.3",
        "10.0.0.7",
        "10.0.0.7, 10.0.0.8",
        "::1",
        "unknown",
        "",
        ", ,",
        "<script>",
    ],
)
def test_what_a_client_puts_before_the_proxys_own_entry_never_counts(forged: str) -> None:
    assert address(f"{forged}, {ATTACKER}") == ATTACKER


@pytest.mark.parametrize("empty", ["", ",", " , , ", ",,,,", "\t,\t"])
def test_an_empty_list_leaves_the_proxy_itself(empty: str) -> None:
    assert address(empty) == PROXY


@pytest.mark.parametrize(
    "malformed",
    [
        "unknown",
        "_hidden",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.4:99999",
        "1.2.3.4:x",
        "[::1",
        "::1]",
        "[::1]x",
        "[1.2.3.4]",
        "1.2.3.4%eth0",
        "٣.1.1.1",
        "1.2.3.4\x00",
        "a" * 5000,
        "for=1.2.3.4",
    ],
)
def test_a_malformed_entry_stops_the_walk_at_the_last_good_address(malformed: str) -> None:
    assert address(f"8.8.8.8, {malformed}, 10.0.0.2") == "10.0.0.2"
    assert address(f"8.8.8.8, {malformed}") == PROXY


def test_a_very_long_list_is_walked_only_a_few_hops() -> None:
    assert address("6.6.6.6, " + "10.0.0.2, " * 100_000 + "10.0.0.3") == "10.0.0.2"
    assert address("6.6.6.6, " * 100_000 + ATTACKER) == ATTACKER


@given(st.text(max_size=80))
def test_no_header_whatsoever_makes_a_strangers_address_another(anything: str) -> None:
    headers = dict.fromkeys(("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"), anything)
    assert client_of(ATTACKER, "http", "example.org", headers, PROXIES) == Client(ATTACKER, "http", "example.org")


@given(st.text(max_size=80))
def test_no_garbage_before_the_true_entry_moves_the_client(anything: str) -> None:
    assert address(f"{anything},{ATTACKER}") == ATTACKER


@given(st.text(max_size=40))
def test_garbage_alone_never_raises_and_never_invents_text(anything: str) -> None:
    seen = address(anything)
    assert address_group(seen)
    assert set(seen) <= set("0123456789abcdef.:")


@pytest.mark.parametrize("proto", ["ftp", "https, ftp", "javascript", "", "https://", "HTTPS\n"])
def test_a_forwarded_scheme_that_is_not_http_or_https_is_not_believed(proto: str) -> None:
    headers = {"x-forwarded-proto": proto}
    assert client_of(PROXY, "http", "example.org", headers, PROXIES).scheme == "http"


@pytest.mark.parametrize(
    "host", ["evil.example/path", "user@evil.example", "a b", "", "[::1", "ex\x00ample", "x" * 300]
)
def test_a_malformed_forwarded_host_is_refused_rather_than_replaced(host: str) -> None:
    seen = client_of(PROXY, "http", "example.org", {"x-forwarded-host": host}, PROXIES).host
    assert seen == ""
    assert not host_allowed(seen, frozenset({"example.org"}))


@pytest.mark.parametrize("networks", [["0.0.0.0/0"], ["::/0"], ["10.0.0.1/8"], ["proxy.example"], [""]])
def test_a_proxy_network_that_names_everybody_or_nobody_is_refused_at_start(networks: list[str]) -> None:
    with pytest.raises(SettingsError):
        proxy_networks(networks)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "example.org.evil.example",
        "evil-example.org",
        "example.org@evil.example",
        "user@example.org",
        "example.org:80:80",
        "example.org:",
        "example.org:x",
        "example.org:99999",
        "example.org/",
        "example.org#",
        "example.org\\",
        "exa mple.org",
        "example.org\n",
        "\texample.org",
        "example.org,evil.example",
        "example.org..",
        ".example.org",
        "",
        "*.example.org",
        "éxample.org",
        "[example.org]",
        "[::1",
        "::1]",
        "[::1]]",
        "[::2]",
        "[::1%25lo]",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "a" * 64 + ".wild.test",
        "x." * 200 + "wild.test",
        "wild.test",
    ],
)
def test_a_host_that_is_not_on_the_list_is_refused(host: str) -> None:
    allowed = frozenset({"example.org", "[::1]", "127.0.0.1", "*.wild.test"})
    assert host_allowed("example.org", allowed)
    assert not host_allowed(host, allowed)


@pytest.mark.parametrize(
    "entry", ["*", "*.", "*.*.example.org", "a.*.org", "user@example.org", "http://example.org", ""]
)
def test_an_entry_that_cannot_be_a_host_stops_the_start(entry: str) -> None:
    with pytest.raises(SettingsError, match="allowed_hosts"):
        allowed_hosts(["example.org", entry])


@pytest.mark.parametrize(
    "host",
    [
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "0.0.0.0",
        "::",
        "128.0.0.1",
        "notlocalhost",
        "",
        "@localhost",
        "evil@127.0.0.1",
        "[::ffff:8.8.8.8]",
    ],
)
def test_what_only_looks_like_loopback_is_not(host: str) -> None:
    assert not is_loopback(host)


# --- ordinary life ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.4", "198.51.100.4"),
        ("198.51.100.4, 10.1.1.1, 10.2.2.2", "198.51.100.4"),
        ("198.51.100.4:5123", "198.51.100.4"),
        ("[2001:DB8::1]:5123", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:198.51.100.4", "198.51.100.4"),
        ("198.51.100.4, ::ffff:10.1.1.1", "198.51.100.4"),
        ("10.3.3.3", "10.3.3.3"),
    ],
)
def test_the_first_address_from_the_right_that_is_no_proxy_is_the_client(forwarded: str, expected: str) -> None:
    assert address(forwarded) == expected


@pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}", "fd00::5", "fd00::5%eth0"])
def test_a_named_proxy_is_known_in_every_way_its_address_is_written(peer: str) -> None:
    assert address(ATTACKER, peer) == ATTACKER


def test_the_nearest_proxys_word_on_scheme_and_host_counts() -> None:
    headers = {"x-forwarded-proto": "http, HTTPS", "x-forwarded-host": "evil.example, Door.Example.ORG.:8443"}
    assert client_of(PROXY, "http", "inner:8000", headers, PROXIES) == Client(PROXY, "https", "door.example.org:8443")


def test_a_peer_without_an_address_is_one_client_and_not_a_proxy() -> None:
    seen = client_of("", "http", "example.org", {"x-forwarded-for": "1.2.3.4"}, PROXIES)
    assert seen.address == "unknown"
    assert address_group(seen.address) == "unknown"


@pytest.mark.parametrize(
    ("given_address", "group"),
    [
        ("198.51.100.4", "198.51.100.4"),
        ("::ffff:198.51.100.4", "198.51.100.4"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
    ],
)
def test_limits_see_an_ipv6_subscriber_as_one(given_address: str, group: str) -> None:
    assert address_group(given_address) == group


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "EXAMPLE.org",
        "example.org.",
        "example.org:8000",
        "[::1]",
        "[::1]:8000",
        "[0:0::1]",
        "127.0.0.1:80",
        "a.wild.test",
        "a.b.wild.test:443",
        "my_host.wild.test",
        "[::ffff:127.0.0.1]",
    ],
)
def test_a_listed_host_is_answered_however_it_is_written(host: str) -> None:
    assert host_allowed(host, frozenset({"Example.ORG", "::1", "127.0.0.1", "*.wild.test"}))


def test_preparing_the_list_twice_changes_nothing() -> None:
    once = allowed_hosts(["Example.ORG.", "[0::1]", "*.Wild.test", "192.168.1.5"])
    assert once == {"example.org", "::1", "*.wild.test", "192.168.1.5"}
    assert allowed_hosts(once) == once


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8000",
        "app.localhost",
        "127.0.0.1",
        "127.8.8.8:1",
        "[::1]:8000",
        "::1",
        "[::ffff:127.0.0.1]",
    ],
)
def test_loopback_is_known_as_a_host_and_as_an_address_to_listen_on(host: str) -> None:
    assert is_loopback(host)
