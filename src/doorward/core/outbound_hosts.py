"""Hosts that the server may ask: how they are written, which entry of a list covers which, what an operator grants.

A host is read strictly: what two programs could read differently is refused instead of guessed at. An address is
written as everybody writes it (`127.1`, `0x7f.1` and `2130706433` are none), a name in letters that are what they
look like (OWASP ASVS 1.3.6; WHATWG URL section 3.5 on hosts that end in a number).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from doorward.core.mail_addresses import BadAddress, read_domain
from doorward.core.outbound_addresses import GRANTABLE, PUBLIC, place_of

#: The entry of a list that stands for every host whose addresses are all public.
ANY_PUBLIC = "any public"
PORTS = {"http": 80, "https": 443}

_LONGEST = 253
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
#: The last part of a name that systems may read as the last part of an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z0-9]+(?:[-_][a-z0-9]+)*)+")
#: Names that mean something in one's own network only, or nothing at all. What "any public" covers is asked of the
#: Internet, and these names are not even told to it (RFC 6761, 6762 with appendix G, 7686, 8375, 9476).
_NOT_PUBLIC = frozenset(
    {"localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "domain"}
    | {"test", "example", "invalid", "onion", "alt", "arpa"}
)


class BadHost(ValueError):
    """A text that is no host, or one that is not read in the same way everywhere. The text says why."""


def read_host(text: str) -> str:
    """The one form of a host: an IPv4 address, an IPv6 address without brackets, or a name in ASCII and lower case.

    Arguments:
        text: as it stands in an URL, an IPv6 address in brackets.

    Errors:
        BadHost: it is none.
    """
    if text.startswith("[") and text.endswith("]"):
        return _read_ipv6(text[1:-1])
    if not text or len(text) > _LONGEST:
        raise BadHost("host is missing or too long")
    name = text.lower()
    if _NUMBER.fullmatch(name.removesuffix(".").rpartition(".")[2]):
        return _read_ipv4(text)
    if name.isascii() and "." not in name:
        return _read_label(name)
    try:
        if any(_turns_plain(sign) for sign in text):
            raise BadAddress
        return read_domain(text)
    except BadAddress:
        raise BadHost("host is no name that is read in the same way everywhere") from None


def _turns_plain(sign: str) -> bool:
    """Is this a letter from elsewhere that becomes a plain one in lower case, as the Kelvin sign becomes a k?"""
    return not sign.isascii() and unicodedata.normalize("NFC", sign).lower().isascii()


def _read_ipv4(text: str) -> str:
    try:
        address = str(IPv4Address(text)) if text.isascii() else ""
    except AddressValueError:
        address = ""
    if address != text:
        raise BadHost("host is a number that is no address as everybody writes it")
    return address


def _read_ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text if text.isascii() and "%" not in text else ""))
    except AddressValueError:
        raise BadHost("host is no IPv6 address, or one with a zone") from None


def _read_label(name: str) -> str:
    if not _LABEL.fullmatch(name) or name.startswith("xn--"):
        raise BadHost("host is no name")
    return name


def read_port(text: str) -> int:
    """A port as an URL has it. Raises BadHost."""
    number = int(text) if _PORT.fullmatch(text) else 0
    if not 0 < number < 65_536:
        raise BadHost("port is none")
    return number


def is_address(host: str) -> bool:
    """Is this host, as `read_host` gives it, an address and no name?"""
    return ":" in host or bool(_NUMBER.fullmatch(host.rpartition(".")[2]))


def bracketed(host: str) -> str:
    """A host as it stands in an URL."""
    return f"[{host}]" if ":" in host else host


def split_host(text: str) -> tuple[str, int | None]:
    """Host and port of `example.org`, `example.org:8443`, `10.0.0.5:80` or `[fd00::5]:80`.

    Errors:
        BadHost: it is none.
    """
    bare, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return read_host(text), None
    return read_host(bare), read_port(port)


@dataclass(frozen=True, slots=True)
class HostEntry:
    """One entry of an outbound's list.

    Arguments:
        host: as `read_host` gives it; empty for any public host.
        port: None for the port of the scheme.
        below: whether every name below it is meant, and not itself.
    """

    host: str = ""
    port: int | None = None
    below: bool = False

    @property
    def is_any(self) -> bool:
        return not self.host

    def covers(self, scheme: str, host: str, port: int) -> bool:
        """Does the entry let this host be asked? Where it resolves to is judged later."""
        if port != (self.port or PORTS[scheme]):
            return False
        if self.is_any:
            return is_address(host) or is_public_name(host)
        return host.endswith(f".{self.host}") if self.below else host == self.host

    def __str__(self) -> str:
        if self.is_any:
            return ANY_PUBLIC
        return f"{'*.' * self.below}{bracketed(self.host)}{f':{self.port}' if self.port else ''}"


def read_entry(text: str) -> HostEntry:
    """An entry from `any public`, `api.example.org`, `*.example.org`, each of the latter also with a port.

    Errors:
        BadHost: it is none.
    """
    if text == ANY_PUBLIC:
        return HostEntry()
    host, port = split_host(text.removeprefix("*."))
    below = text.startswith("*.")
    if below and (is_address(host) or "." not in host):
        raise BadHost("host has nothing below it that belongs together")
    return HostEntry(host, port, below)


def is_public_name(name: str) -> bool:
    """Can this name be known to the whole Internet?"""
    return "." in name and name.rpartition(".")[2] not in _NOT_PUBLIC


@dataclass(frozen=True, slots=True)
class Grant:
    """A target in one's own network that the operator lets be asked.

    Arguments:
        host, port: exactly this one.
        outbound: the name of the outbound that may; empty for every one whose own list names the host.
    """

    host: str
    port: int
    outbound: str = ""

    def __str__(self) -> str:
        return f"{f'{self.outbound}=' * bool(self.outbound)}{bracketed(self.host)}:{self.port}"


def read_grant(text: str) -> Grant:
    """A grant from `printer.lan:8443`, `10.0.0.5:11434` or `chat.previews=wiki.lan:443`.

    Errors:
        ValueError: it is none, or one that nobody can mean: a range, a pattern, the local link, a metadata service.
    """
    name, equals, target = text.rpartition("=")
    if equals and not is_outbound_name(name):
        raise ValueError("must name an outbound before the =, such as chat.previews=wiki.lan:443")
    try:
        host, port = split_host(target)
    except BadHost:
        host, port = "", None
    if not host or port is None:
        raise ValueError("must be hosts with a port, such as printer.lan:8443, 10.0.0.5:11434 or [fd00::5]:80")
    if is_address(host) and place_of(host) not in {PUBLIC, *GRANTABLE}:
        raise ValueError(f"must not name {host}: {place_of(host)} is never granted")
    return Grant(host, port, name)


def is_outbound_name(text: str) -> bool:
    """Is this what an outbound may be called: an app and what it is for, such as `chat.previews`?"""
    return len(text) <= 60 and bool(_NAME.fullmatch(text))
