"""An address to fetch, read strictly: scheme, host, port, path and query, and nothing that could be read in two ways.

Programs differ in what they make of user information, backslashes, blanks, odd numbers and letters from elsewhere; an
address that one of them judges and another one opens is the oldest way around a list of hosts. So what differs is
refused (RFC 3986; WHATWG URL; OWASP ASVS 1.3.6, 1.1.1), and what is asked is built of the parts that were judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from doorward.core.outbound_hosts import PORTS, BadHost, bracketed, read_host, read_port
from doorward.errors import OutboundRefused

LONGEST = 2_000

# ASCII, since case folding takes ſ for an s and K for a k.
_PARTS = re.compile(r"(https?)://([^/?#]+)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.ASCII)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::(.*))?")
#: What may stand in a path or a query as it is (RFC 3986 sections 3.3 and 3.4), and what is encoded already.
_AS_IT_IS = re.compile(r"%[0-9A-Fa-f]{2}|[A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_DOTS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)|%2f|%5c", re.IGNORECASE | re.ASCII)

_WRITE = "Write an address such as https://example.org/page."


@dataclass(frozen=True, slots=True)
class Url:
    """An address in its one form.

    Arguments:
        scheme: http or https.
        host: as `read_host` gives it.
        port: its number.
        target: path and query, in ASCII.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port, as the Host header has them (RFC 9110 section 7.2)."""
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{bracketed(self.host)}{port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def lies_below(self, beginnings: tuple[str, ...]) -> bool:
        """Does the path begin with one of these, and cannot be led out again by dots or hidden slashes?"""
        if "/" in beginnings:
            return True
        return self.path.startswith(beginnings) and not _DOTS.search(self.path)


def read_url(text: str) -> Url:
    """Read an address.

    Errors:
        OutboundRefused: it is none, or not read in the same way everywhere. It says what to write instead.
    """
    _refuse_signs(text)
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise OutboundRefused("neither http nor https", f"Only web addresses are fetched. {_WRITE}")
    scheme, authority, path, query = parts[1].lower(), parts[2], parts[3], parts[4] or ""
    if "@" in authority:
        raise OutboundRefused("user information", "Leave the name and password before the @ out of the address.")
    split = _AUTHORITY.fullmatch(authority)
    try:
        if split is None:
            raise BadHost("host is none")
        host = read_host(split[1])
        port = PORTS[scheme] if split[2] is None else read_port(split[2])
    except BadHost as problem:
        raise OutboundRefused(str(problem), f"The host in this address is not one. {_WRITE}") from None
    return Url(scheme, host, port, _encoded(path or "/") + _encoded(query))


def join(base: Url, location: str) -> Url:
    """Where an answer leads (RFC 9110 section 10.2.2).

    Arguments:
        base: what was asked.
        location: what the answer's header says, a full address or a part of one.

    Errors:
        OutboundRefused: as in `read_url`.
    """
    _refuse_signs(location)
    try:
        joined = urljoin(str(base), location)
    except ValueError:
        raise OutboundRefused("redirect to no address") from None
    return read_url(joined)


def _refuse_signs(text: str) -> None:
    if not text or len(text) > LONGEST:
        raise OutboundRefused("empty or too long", f"This is no address, or one that is too long. {_WRITE}")
    if "\\" in text or not text.isprintable() or any(sign.isspace() for sign in text):
        raise OutboundRefused(
            "backslash, blank or control character", f"Leave blanks and odd signs out of the address. {_WRITE}"
        )


def _encoded(text: str) -> str:
    """What may stand as it is, does; the rest as UTF-8 with percent signs (RFC 3986 section 2.1)."""
    made, place = [], 0
    while place < len(text):
        found = _AS_IT_IS.match(text, place)
        made.append(found[0] if found else "".join(f"%{byte:02X}" for byte in text[place].encode()))
        place = found.end() if found else place + 1
    return "".join(made)
