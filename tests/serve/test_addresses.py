"""What this machine calls itself."""

from __future__ import annotations

import socket

import pytest

from doorward.core.transport import allowed_hosts, host_allowed
from doorward.serve.addresses import Source, Whereabouts, whereabouts


def where(name: str, *addresses: str) -> Whereabouts:
    return whereabouts(Source(lambda: name, lambda: addresses))


def test_a_machine_is_known_by_its_name_its_local_name_and_its_addresses() -> None:
    found = where("Door", "192.168.1.5", "fd00::5")
    assert found.names == ("localhost", "door", "door.local")
    assert found.addresses == ("127.0.0.1", "192.168.1.5", "::1", "fd00::5")


def test_a_full_name_is_kept_beside_the_short_one() -> None:
    assert where("door.school.example").names == ("localhost", "door.school.example", "door", "door.local")


@pytest.mark.parametrize("name", ["", "bad name", "a/b", "ünicode", "-", "192.168.1.5"])
def test_a_name_that_no_browser_could_use_is_left_out(name: str) -> None:
    assert where(name).names == ("localhost",)


@pytest.mark.parametrize("name", ["localhost", "localhost.localdomain"])
def test_a_machine_without_a_name_gets_no_local_name(name: str) -> None:
    assert not any(found.endswith(".local") for found in where(name).names)


def test_the_order_does_not_depend_on_the_systems() -> None:
    some = ("10.0.0.9", "fd00::1", "192.168.0.2", "10.0.0.10", "10.0.0.9")
    assert where("door", *some) == where("door", *reversed(some))


def test_addresses_nobody_can_open_are_left_out() -> None:
    useless = ("0.0.0.0", "::", "224.0.0.1", "ff02::1", "fe80::1%eth0", "fe80::2", "not an address")
    assert where("door", *useless).addresses == ("127.0.0.1", "::1")


def test_a_host_of_containers_does_not_list_thousands() -> None:
    assert len(where("door", *(f"10.{n // 256}.{n % 256}.1" for n in range(2000))).addresses) == 64


def test_this_machine_is_found_without_asking_the_name_service(monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(*_: object, **__: object) -> None:
        raise AssertionError("the name service was asked")

    for look_up in ("getfqdn", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getaddrinfo", "getnameinfo"):
        monkeypatch.setattr(socket, look_up, blocked)
    found = whereabouts()
    assert "127.0.0.1" in found.addresses
    assert "localhost" in found.names


def test_all_that_is_found_can_stand_on_the_list_of_allowed_hosts() -> None:
    found = where("door", "192.168.1.5", "fd00::5")
    allowed = allowed_hosts((*found.names, *found.addresses))
    for host in ("door:8443", "DOOR.local", "192.168.1.5:8000", "[fd00::5]:8443", "localhost"):
        assert host_allowed(host, allowed)
