"""The kinds of values that settings have: how each is read from text or TOML, and how it is written back.

A kind reads a value of its own type (from TOML or a program) or a text (from the environment), and raises
ValueError with the end of a sentence, "must be …". The caller puts the setting's name before it.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from doorward.core import units
from doorward.core.call_servers import read_turn
from doorward.core.mail_addresses import BadAddress, read_address, read_domain
from doorward.core.map_tiles import read_template
from doorward.core.outbound_hosts import read_entry, read_grant
from doorward.core.outbound_urls import read_url
from doorward.errors import OutboundRefused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?")
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value.

    Arguments:
        name: what to call it in lists: `a duration`.
        read: from a given value to the typed one; raises ValueError("must be …").
        write: the text of a typed value, which `read` reads again.
        empty: the value of a setting that was not given and has no default.
    """

    name: str
    read: Callable[[Any], Any]
    write: Callable[[Any], str] = str
    empty: Any = None

    def default(self, text: str | None) -> Any:
        return self.empty if text is None else self.read(text)


def one_of(*names: str) -> Kind:
    """One of a few words."""

    def read(value: object) -> str:
        if value in names:
            return str(value)
        near = difflib.get_close_matches(str(value).lower(), names, n=1)
        raise ValueError(f"must be one of {', '.join(names)}" + (f"; did you mean {near[0]}?" if near else ""))

    return Kind(" | ".join(names), read)


def whole(least: int, most: int) -> Kind:
    """A whole number between two bounds, both included."""

    def read(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return Kind("a whole number", read)


def duration(least: str, most: str = "") -> Kind:
    """A length of time of at least `least`; see `units.parse_duration`."""

    def read(value: object) -> timedelta:
        span = value if isinstance(value, timedelta) else units.parse_duration(_text(value))
        if not units.parse_duration(least) <= span <= (units.parse_duration(most) if most else units.LONGEST):
            raise ValueError(f"must be at least {least} and at most {most or 'ten years'}")
        return span

    return Kind("a duration", read, units.format_duration)


def size(least: str, most: str) -> Kind:
    """A number of bytes between two bounds; see `units.parse_size`."""

    def read(value: object) -> int:
        count = units.parse_size(str(value) if type(value) is int else _text(value))
        if not units.parse_size(least) <= count <= units.parse_size(most):
            raise ValueError(f"must be from {least} to {most}")
        return count

    return Kind("a size", read, units.format_size)


def several(name: str, item: Callable[[str], Any]) -> Kind:
    """A list; in the environment a text with commas."""

    def read(value: object) -> tuple[Any, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, Sequence) or isinstance(parts, bytes):
            raise ValueError("must be a list, or a text with commas")
        texts = [part.strip() if isinstance(part, str) else str(part) for part in parts]
        return tuple(item(text) for text in texts if text)

    return Kind(name, read, lambda values: ",".join(str(value) for value in values), empty=())


def _host_to_ask(text: str) -> str:
    try:
        read_entry(text)
    except ValueError as problem:
        raise ValueError(f"must be host names such as *.example.org, or any public: {problem}") from None
    return text


def _read_flag(value: object) -> bool:
    word = str(value).lower()
    if word not in (*_YES, *_NO) or not isinstance(value, str | bool):
        raise ValueError("must be true or false")
    return word in _YES


def _read_line(value: object) -> str:
    line = _text(value).strip()
    if not line.isprintable() or len(line) > 200 or not line:
        raise ValueError("must be one line of 1 to 200 printable characters")
    return line


def _read_for_links(value: object) -> str:
    text = _text(value).strip()
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", text):
        raise ValueError("must be letters, digits, - and _ only, since it stands in a link")
    return text


def _read_url(value: object) -> str:
    url = _text(value).strip()
    if "://" not in url or not url.isprintable() or " " in url:
        raise ValueError("must be an address with a scheme, such as redis://127.0.0.1:6379/0")
    return url


def _read_service(value: object) -> str:
    """Where a service is asked: what is put behind it must be a path, and a password in it would be in the log."""
    text = _text(value).strip()
    try:
        read_url(text)
    except OutboundRefused as problem:
        raise ValueError(f"must be the address of a service, such as http://127.0.0.1:11434/v1. {problem}") from None
    if "?" in text or "#" in text:
        raise ValueError("must be the address of a service without a ? or a #, such as http://127.0.0.1:11434/v1")
    return text


def _read_key_of_service(value: object) -> str:
    key = _text(value).strip()
    if not re.fullmatch(r"[\x21-\x7e]{1,2000}", key):
        raise ValueError("must be one word of plain letters, digits and signs, of at most 2000")
    return key


def _read_smtp(value: object) -> str:
    """Only with TLS, from the first byte or before anything is said: no password and no code goes in the clear."""
    text = _read_url(value)
    url = urlsplit(text)
    rest = (url.path.strip("/"), url.query, url.fragment)
    try:
        port_is_fine = url.port is None or url.port > 0
    except ValueError:
        port_is_fine = False
    if url.scheme not in ("smtps", "smtp+starttls") or not url.hostname or any(rest) or not port_is_fine:
        raise ValueError("must be an address of a mail server with TLS, smtps://… or smtp+starttls://…")
    if bool(url.username) is not bool(url.password):
        raise ValueError("must have both a user and a password, or none; write : @ and / in them as %3A %40 and %2F")
    return text


def _read_scanner(value: object) -> str:
    """Where clamd listens: a socket of this machine, or host and port. It is told everything that comes in."""
    text = _text(value).strip()
    kind, _, place = text.partition(":")
    if kind == "unix" and place.startswith("/") and place.isprintable():
        return text
    url = urlsplit(text)
    try:
        good = url.scheme == "tcp" and url.hostname and url.port and not (url.path or url.query or url.username)
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be unix:/path/of/clamd.sock or tcp://host:3310")
    return text


def _read_email(value: object) -> str:
    try:
        return read_address(_text(value)).text
    except BadAddress:
        raise ValueError("must be an e-mail address such as doorward@example.org") from None


def _domain(text: str) -> str:
    star = "*." if text.startswith("*.") else ""
    try:
        return star + read_domain(text.removeprefix("*."))
    except BadAddress:
        raise ValueError("must be domains such as school.org, or *.school.org for all below it") from None


def _read_origin(value: object) -> str:
    """Scheme, host and port only: links are made by putting a path after it."""
    url = urlsplit(_text(value).strip())
    rest = (url.path.strip("/"), url.query, url.fragment, url.username, url.password)
    if url.scheme not in ("http", "https") or not url.hostname or any(rest):
        raise ValueError("must be an address without a path, such as https://polls.example.org")
    return f"{url.scheme}://{url.netloc.lower()}"


def _read_rate(value: object) -> units.Rate:
    return value if isinstance(value, units.Rate) else units.parse_rate(_text(value))


def _host(text: str) -> str:
    """A host name or address as the Host header has it, without a port. No wildcards: name every host."""
    name = text.lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        pass
    with_ascii = name if name.isascii() else name.encode("idna").decode("ascii")
    if not _HOST.fullmatch(with_ascii):
        raise ValueError("must be host names or addresses without scheme, port or path, such as polls.example.org")
    return with_ascii


def _network(text: str) -> Network:
    """An address or range. The whole Internet is not a proxy: it would let anybody choose their address."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("must be addresses or ranges such as 127.0.0.1 or 10.0.0.0/8") from None
    if network.prefixlen == 0:
        raise ValueError("must name your proxies; it may not be every address there is")
    return network


def _word(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", text):
        raise ValueError("must be names of lower-case letters, such as polls,chat")
    return text


def _read_keys(value: object) -> Any:
    """An empty list of keys is a missing secret, never a reason to fall back to another one."""
    keys = several("keys", str).read(value)
    if not keys:
        raise ValueError("must hold at least one secret key")
    return keys


def _read_backup_key(value: object) -> str:
    from doorward.core.backup_seal import read_key  # only where it is wanted: cryptography takes its time to load

    text = _text(value).strip()
    read_key(text)
    return text


def _read_address(value: object) -> str:
    try:
        return str(ipaddress.ip_address(_text(value).strip().strip("[]")))
    except ValueError:
        raise ValueError("must be an address of this machine, such as 192.168.1.20, 0.0.0.0 or ::") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text in quotes")
    return value


flag = Kind("true | false", _read_flag, lambda value: str(value).lower())
line = Kind("a text", _read_line)
for_links = Kind("a text for links", _read_for_links)
url = Kind("an address", _read_url)
service = Kind("an address of a service", _read_service)
service_key = Kind("a key", _read_key_of_service)
smtp = Kind("an address of a mail server", _read_smtp)
email = Kind("an e-mail address", _read_email)
scanner = Kind("an address of a virus scanner", _read_scanner)
domains = several("domains", _domain)
database = Kind("an address", _read_url, empty="")
origin = Kind("an address without a path", _read_origin)
rate = Kind("a rate", _read_rate)
hosts = several("host names", _host)
networks = several("addresses or ranges", _network)
address = Kind("an address of this machine", _read_address)
turn_urls = several("addresses of TURN servers", read_turn)
previewed = several("hosts, or any public", _host_to_ask)
tiles = Kind("an address of map tiles", lambda value: read_template(_text(value)))
targets = several("hosts with a port", read_grant)
words = several("names", _word)
backup_key = Kind("a backup key", _read_backup_key)
keys = Kind("secret keys", _read_keys, empty=())
