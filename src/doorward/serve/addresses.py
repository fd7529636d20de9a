"""Under which names and addresses this machine can be reached.

The name service is never asked: a look-up can block for many seconds on a network without one, and would say what
the network says, not what this machine is.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import ifaddr

from doorward.core.transport import host_name

_MOST = 64  # addresses; a machine with more (container hosts) is not reached under all of them


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where this machine is.

    Arguments:
        names: lower case: `localhost`, the host's name, and its `.local` name (multicast DNS, RFC 6762).
        addresses: canonical, IPv4 first, loopback included.
    """

    names: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What the machine says of itself; tests put in their own.

    Arguments:
        host_name: its name, in full if it knows its domain.
        addresses: the addresses of its interfaces, IPv6 with or without a zone.
    """

    host_name: Callable[[], str]
    addresses: Callable[[], Iterable[str]]


def interface_addresses() -> list[str]:
    """The addresses of all interfaces; none when the system does not tell."""
    try:
        adapters = list(ifaddr.get_adapters())
    except OSError:
        return []
    return [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for adapter in adapters for ip in adapter.ips]


THIS_MACHINE = Source(socket.gethostname, interface_addresses)


def whereabouts(source: Source = THIS_MACHINE) -> Whereabouts:
    """The names and addresses of this machine, in an order that does not depend on the system's.

    Arguments:
        source: where to ask.
    """
    return Whereabouts(_names(source.host_name()), _addresses(source.addresses()))


def _names(full: str) -> tuple[str, ...]:
    own = host_name(full)
    short = own.partition(".")[0]
    if not own or short == "localhost" or _parse(own) is not None:
        return ("localhost",)
    return tuple(dict.fromkeys(("localhost", own, short, f"{short}.local")))


def _addresses(found: Iterable[str]) -> tuple[str, ...]:
    parsed = {_parse(text) for text in (*found, "127.0.0.1", "::1")}
    usable = [address for address in parsed if address is not None and _is_usable(address)]
    usable.sort(key=lambda address: (address.version, not address.is_loopback, int(address)))
    return tuple(str(address) for address in usable[:_MOST])


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _is_usable(address: IPv4Address | IPv6Address) -> bool:
    """No browser can open a link-local IPv6 address (it needs a zone), and they come and go with every container."""
    link_local = address.version == 6 and address.is_link_local
    return not (address.is_unspecified or address.is_multicast or link_local)
