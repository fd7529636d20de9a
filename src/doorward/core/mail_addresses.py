"""E-mail addresses: which texts are one, when two are the same, and whose domain is allowed.

Stricter than RFC 5321 on purpose. What mail servers read in more than one way is refused instead of guessed at:
quoted local parts, comments, source routes, addresses of machines, and names that two versions of IDNA map differently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

#: RFC 5321 section 4.5.3.1: octets of the local part, and of a path without its angle brackets.
LONGEST_LOCAL, LONGEST = 64, 254
_LONGEST_DOMAIN = 253
#: Where mails come from that are not sent at all (RFC 2606 section 2).
NOWHERE = "doorward@doorward.invalid"

# The dot-string of RFC 5321 without "!", "%", "|" and "`": old servers read the first two as a route to elsewhere.
_ATOM = r"[A-Za-z0-9#$&'*+/=?^_{}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

_NONE = "This is not an e-mail address. Write it like name@example.org."
_LETTERS = "Use an address whose part before the @ has only plain letters, digits, dots, hyphens and + signs."


class BadAddress(ValueError):
    """What was typed is no e-mail address that we send to. The text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address.

    Arguments:
        text: where mail goes: the local part as it was typed, the domain in ASCII and lower case.
        key: what is compared. ASCII only, so that folding its case can make no two different addresses equal.
    """

    text: str
    key: str

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]


def read_address(typed: str) -> Address:
    """The address that somebody typed; blanks around it are forgiven.

    Errors:
        BadAddress: it is none, or one that is not read in the same way everywhere.
    """
    text = typed.strip(" \t\r\n")
    local, at, domain = text.partition("@")
    if not at or not local or not domain or "@" in domain or len(text) > LONGEST:
        raise BadAddress(_NONE)
    if len(local) > LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise BadAddress(_LETTERS)
    ascii_domain = read_domain(domain)
    whole = f"{local}@{ascii_domain}"
    if len(whole) > LONGEST:
        raise BadAddress(_NONE)
    return Address(text=whole, key=whole.lower())


def read_domain(typed: str) -> str:
    """A domain in ASCII and lower case.

    Python's codec is that of IDNA 2003. A name which it would change beyond its case, such as one with ß, belongs to
    somebody else under IDNA 2008 (RFC 5894 section 7.2), so it is refused; written as `xn--…` it is unambiguous.

    Errors:
        BadAddress: it is no domain, or an ambiguous one.
    """
    name = unicodedata.normalize("NFC", typed).lower()
    if not name.isascii():
        name = _as_ascii(name)
    labels = name.split(".")
    if len(name) > _LONGEST_DOMAIN or len(labels) < 2 or labels[-1].isdigit():
        raise BadAddress(_NONE)
    if not all(_LABEL.fullmatch(label) and _reads_back(label) for label in labels):
        raise BadAddress(_NONE)
    return name


def _as_ascii(name: str) -> str:
    try:
        encoded = name.encode("idna")
        if encoded.decode("idna") == name:
            return encoded.decode("ascii")
    except UnicodeError:
        pass
    raise BadAddress("Write the part after the @ in plain letters, or in the form that begins with xn--.")


def _reads_back(label: str) -> bool:
    """Is a label that claims to be an encoded one really the encoding of something?"""
    if not label.startswith("xn--"):
        return True
    try:
        return bool(label.removeprefix("xn--").encode("ascii").decode("punycode"))
    except UnicodeError:
        return False


def is_allowed(address: Address, domains: Iterable[str]) -> bool:
    """Is the address of one of these domains? Without any, every address is.

    Arguments:
        domains: `example.org` for exactly this one, `*.example.org` for every one below it.
    """
    wanted = tuple(domains)
    return not wanted or any(_fits(address.domain, one) for one in wanted)


def _fits(domain: str, wanted: str) -> bool:
    return domain.endswith(wanted[1:]) if wanted.startswith("*.") else domain == wanted


def sender_for(server: str | None) -> str:
    """The address that mails come from where nobody has named one: the server's user, or one of its domain.

    Arguments:
        server: the address of the mail server, as an URL.
    """
    url = urlsplit(server or "")
    user, host = unquote(url.username or ""), url.hostname or ""
    for guess in (user, f"{user or 'doorward'}@{host.partition('.')[2]}", f"doorward@{host}"):
        try:
            return read_address(guess).text
        except BadAddress:
            continue
    return NOWHERE


def veiled(address: str) -> str:
    """An address as its owner recognises it and others learn little: `m…@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
