"""Who the client is and under which name it reached us: one idea for limits, journal and links (law 7).

Anybody can write `X-Forwarded-For`. So forwarded headers count only when the socket's peer is a proxy that the
operator named (OWASP ASVS 4.1.3, 15.3.4), and the list is read from the right: each proxy appends the address it
saw, so the first entry that is no named proxy is the last one that somebody we trust has written.

RFC 7239 `Forwarded` is ignored on purpose. A proxy writes one family of headers and passes the other through
untouched; reading both would let the client choose. For the same reason a named proxy must set (or remove) all
of X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host: what it passes through, it vouches for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from doorward.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: The address of a peer that has none (a Unix socket): all such callers share their limits.
UNKNOWN = "unknown"

_MOST_HOPS = 16  # no honest chain of proxies is longer, and a forged list costs no more than this
_LONGEST_ENTRY = 80  # an IPv6 address in brackets, with zone and port, is shorter
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_BRACKETS = re.compile(r"\[([^\[\]]+)\](?::([0-9]{1,5}))?", re.ASCII)
_WITH_PORT = re.compile(r"([^:]+)(?::([0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Client:
    """The caller's end of the transport.

    Arguments:
        address: its IP address in canonical form, IPv4-mapped ones as IPv4, without zone; or `UNKNOWN`.
        scheme: "http" or "https", as the browser sees it.
        host: host and port as the browser sees them, lower case; empty when malformed, which no allow-list lets in.
    """

    address: str
    scheme: str
    host: str


def client_of(peer: str, scheme: str, host: str, headers: Mapping[str, str], trusted: Sequence[Network]) -> Client:
    """The client behind a request.

    Arguments:
        peer: the address at the other end of the socket.
        scheme: "http" or "https", by the socket itself.
        host: the Host header (RFC 9110 section 7.2).
        headers: by lower-case name; repeated ones joined by commas (RFC 9110 section 5.3).
        trusted: the networks of the named proxies, from `proxy_networks`.

    Results:
        the Client. Never raises: what is malformed is not believed.
    """
    address = _address(peer)
    if address is None or not _is_in(address, trusted):
        return Client(str(address or UNKNOWN), scheme, authority(host))
    return Client(
        address=str(_walk(address, headers.get("x-forwarded-for", ""), trusted)),
        scheme=_forwarded_scheme(headers) or scheme,
        host=authority(_rightmost(headers["x-forwarded-host"]) if "x-forwarded-host" in headers else host),
    )


def proxy_networks(entries: Iterable[str]) -> tuple[Network, ...]:
    """The networks of the named proxies.

    Arguments:
        entries: addresses or networks in CIDR form, such as "10.0.0.5" or "fd00::/8".

    Errors:
        SettingsError: an entry is no network, or one that contains everybody, so that anyone could forge an address.
    """
    return tuple(_network(entry) for entry in entries)


def address_group(address: str) -> str:
    """What limits count an address as: IPv6 by /64, since one subscriber holds at least that; IPv4 as it is.

    Arguments:
        address: as in `Client.address`.
    """
    parsed = _address(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed or UNKNOWN)


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks. False for what is no address."""
    parsed = _address(address)
    return parsed is not None and _is_in(parsed, networks)


def authority(host: str) -> str:
    """Host and port in canonical form, fit for building links; empty when `host` is malformed.

    Arguments:
        host: a Host header (RFC 9110 section 7.2, RFC 3986 section 3.2.2), without user information.
    """
    name, port = _split(host)
    bracketed = f"[{name}]" if ":" in name else name
    return f"{bracketed}:{port}" if port else bracketed


def host_name(host: str) -> str:
    """The bare name or address in a Host header: lower case, no port, brackets or final dot; empty when malformed."""
    return _split(host)[0]


def allowed_hosts(entries: Iterable[str]) -> frozenset[str]:
    """The host allow-list in the form that is compared with.

    Arguments:
        entries: names, addresses, or `*.example.org` for all names below example.org (not example.org itself).

    Errors:
        SettingsError: an entry is not one of these; a bare `*` would be no list.
    """
    return frozenset(_allowed_entry(entry) for entry in entries)


def host_allowed(host: str, allowed: frozenset[str]) -> bool:
    """Do we answer for this Host header? Otherwise links, cookies and DNS rebinding could be steered by the caller.

    Arguments:
        host: the Host header, or `Client.host`.
        allowed: entries as in `allowed_hosts`.
    """
    name = host_name(host)
    exact, suffixes = _prepared(allowed)
    return bool(name) and (name in exact or name.endswith(suffixes))


def is_loopback(host: str) -> bool:
    """Does this host, or address to listen on, stay on this machine (RFC 6761 section 6.3, RFC 6890)?"""
    address = _address(host)
    if address is not None:
        return address.is_loopback
    name = host_name(host)
    return name == "localhost" or name.endswith(".localhost")


def _walk(nearest: Address, forwarded: str, trusted: Sequence[Network]) -> Address:
    """From a trusted peer leftwards, to the first address that is not a named proxy or the last good one."""
    client = nearest
    for entry in reversed(forwarded.rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]):
        address = _address(entry.strip(" \t"))
        if address is None:
            break
        client = address
        if not _is_in(address, trusted):
            break
    return client


def _forwarded_scheme(headers: Mapping[str, str]) -> str | None:
    scheme = _rightmost(headers.get("x-forwarded-proto", "")).lower()
    return scheme if scheme in ("http", "https") else None


def _rightmost(value: str) -> str:
    """The last of a comma-separated list: what the nearest proxy itself has written."""
    return value.rsplit(",", 1)[-1].strip(" \t")


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    """An address as proxies write it: bare, with a port, in brackets, with a zone. None when it is none."""
    return _parsed_address(text) if 0 < len(text) <= _LONGEST_ENTRY else None


@lru_cache(maxsize=4096)
def _parsed_address(text: str) -> Address | None:
    try:
        if match := _BRACKETS.fullmatch(text):
            return _unmapped(IPv6Address(match[1])) if _is_port(match[2]) else None
        if match := _WITH_PORT.fullmatch(text):
            return IPv4Address(match[1]) if _is_port(match[2]) else None
        return _unmapped(ip_address(text))
    except ValueError:
        return None


def _unmapped(address: Address) -> Address:
    """IPv4 in IPv6 clothes as IPv4, and no zone: a zone means something on one machine only (RFC 4007 section 11.2)."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def _is_port(text: str | None) -> bool:
    return text is None or int(text) <= 65535


def _network(entry: str) -> Network:
    try:
        network = ip_network(entry.strip())
    except ValueError as problem:
        raise SettingsError(f"{entry!r} is no address or network of a proxy, such as 10.0.0.0/24: {problem}") from None
    if network.prefixlen == 0:
        raise SettingsError(f"{entry} contains everybody: name the proxy's own address, or anyone could forge theirs")
    return network


@lru_cache(maxsize=1024)
def _split(host: str) -> tuple[str, str]:
    """Name and port of a Host header; the name is empty when anything about it is wrong."""
    match = _BRACKETS.fullmatch(host) or _WITH_PORT.fullmatch(host) if len(host) <= 300 else None
    if match is None or not _is_port(match[2]):
        return "", ""
    name = _literal(match[1]) if host.startswith("[") else _dns_name(match[1])
    return (name, match[2] or "") if name else ("", "")


def _literal(text: str) -> str:
    try:
        return "" if "%" in text else str(_unmapped(IPv6Address(text)))
    except ValueError:
        return ""


def _dns_name(text: str) -> str:
    name = text.lower().removesuffix(".")
    return name if len(name) <= 253 and _NAME.fullmatch(name) else ""


def _allowed_entry(entry: str) -> str:
    bare = entry.removeprefix("*.")
    name = host_name(bare) or _literal(bare)
    if not name:
        raise SettingsError(f"allowed_hosts: {entry!r} is not a host name, an address, or *.name")
    return f"*.{name}" if bare != entry else name


@lru_cache(maxsize=16)
def _prepared(allowed: frozenset[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    entries = allowed_hosts(allowed)
    wild = tuple(entry[1:] for entry in entries if entry.startswith("*."))
    return frozenset(entry for entry in entries if not entry.startswith("*.")), wild
