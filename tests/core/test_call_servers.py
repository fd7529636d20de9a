"""Which servers help callers: their addresses, and what TURN servers are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from doorward.core.call_servers import read_turn, stun_server, turn_servers

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["turn:turn.example.org", "turns:192.0.2.1:5349", "turn:[2001:db8::1]:3478?transport=tcp"]
)
def test_addresses_of_turn_servers_are_taken(text: str) -> None:
    assert read_turn(f" {text} ") == text


@pytest.mark.parametrize(
    "text", ["", "stun:a.example", "turn:", "turn:a b", "turn:a:0", "turn:a:70000", "turn:a?transport=sctp", "http://a"]
)
def test_what_is_no_address_of_a_turn_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be an address such as"):
        read_turn(text)


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert stun_server("2001:db8::1", 3478).as_json() == {"urls": "stun:[2001:db8::1]:3478"}
    assert stun_server("polls.lan", 3479).as_json() == {"urls": "stun:polls.lan:3479"}


def test_the_name_says_when_it_ends_and_not_who_it_is() -> None:
    mark = "0123456789abcdef" * 4
    (one,) = turn_servers(["turn:a"], "secret", mark, NOW, timedelta(hours=1))
    assert one.username == f"{int(NOW.timestamp()) + 3600}:0123456789abcdef"
    assert one.as_json() == {"urls": "turn:a", "username": one.username, "credential": one.credential}


def test_another_secret_name_or_end_is_another_credential() -> None:
    hour = timedelta(hours=1)
    given = [("s", "m", NOW), ("t", "m", NOW), ("s", "n", NOW), ("s", "m", NOW + hour)]
    made = {turn_servers(["turn:a"], secret, mark, now, hour)[0].credential for secret, mark, now in given}
    assert len(made) == 4
