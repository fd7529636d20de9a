"""An outbound: one way by which requests go out, declared by the app, and what it may reach.

Every decision about a fetch is made here, of plain values: which address may be asked, whether what it resolves to
may be connected to, whether a redirect may be followed and what goes along (OWASP ASVS 1.3.6, 13.2.4, 15.3.2;
CWE-918). A list of hosts says whom an app asks. It never opens one's own network: only the operator does, by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from doorward.core.outbound_addresses import GRANTABLE, PUBLIC, place_of
from doorward.core.outbound_hosts import BadHost, Grant, HostEntry, is_outbound_name, read_entry
from doorward.core.outbound_urls import Url, join, read_url
from doorward.core.units import parse_size
from doorward.errors import OutboundRefused, StartRefused

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: The statuses that lead on, and those of them that make every request a plain reading one.
REDIRECTS = (301, 302, 303, 307, 308)
_SEE_OTHER = (301, 302, 303)
#: No honest name has more addresses, and each costs a look.
MOST_ADDRESSES = 64

_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/(?:\*|\*\+[a-z0-9]+|[a-z0-9][a-z0-9.+-]*)")
_MOST_BYTES, _MOST_SECONDS, _MOST_REDIRECTS = 64 << 20, 300.0, 10


@dataclass(frozen=True, slots=True)
class Outbound:
    """One way by which an app's requests go out. Nothing that it does not name is let through.

    Arguments:
        name: the app and what for, such as `chat.previews`; it stands in the journal and in the operator's grants.
        hosts: whom it asks: `api.example.org`, `*.example.org` for every name below, with a port where it is not the
            scheme's own, or `any public`; or a function that is handed the settings and gives these. An address, as a
            setting has it, stands for its host and port. Without any, nobody.
        types: which media types it takes, such as `text/html`, `image/*` or `application/*+json`.
        methods: which requests it sends.
        schemes: `https`, and `http` only where it is named. What the operator grants may be asked by both.
        paths: what the path begins with; every path by default.
        redirects: how many it follows; none by default (OWASP ASVS 15.3.2). Each is judged like the first address.
        max_bytes: the largest body, as it comes and unpacked, as a number or as in `1MiB`.
        seconds: how long all of it may take, redirects included.

    Errors:
        StartRefused: something of this is not what it may be.
    """

    name: str
    _: KW_ONLY
    types: Sequence[str]
    hosts: Sequence[str] | Callable[[Any], Iterable[str]] = ()
    methods: Sequence[str] = ("GET",)
    schemes: Sequence[str] = ("https",)
    paths: Sequence[str] = ("/",)
    redirects: int = 0
    max_bytes: int | str = "1MiB"
    seconds: float = 10.0

    def __post_init__(self) -> None:
        for wrong in self._wrong():
            raise StartRefused(f"outbound {self.name!r}: {wrong}")

    def _wrong(self) -> Iterator[str]:
        if not is_outbound_name(self.name):
            yield "call it by your app and what it is for, such as chat.previews"
        lists = (self.types, self.methods, self.schemes, self.paths)
        if any(isinstance(one, str) for one in (*lists, self.hosts)):
            yield "hosts, types, methods, schemes and paths are lists"
        elif not all(lists):
            yield "types, methods, schemes and paths may not be empty"
        if not all(_TYPE.fullmatch(one) for one in self.types):
            yield "types are such as text/html, image/* or application/*+json"
        if not set(self.methods) <= set(METHODS):
            yield f"methods are {', '.join(METHODS)}"
        if not set(self.schemes) <= {"http", "https"}:
            yield "schemes are http and https"
        if not all(one.startswith("/") for one in self.paths):
            yield "paths begin with a slash"
        if not 0 <= self.redirects <= _MOST_REDIRECTS:
            yield f"redirects are at most {_MOST_REDIRECTS}"
        if not 0 < self.seconds <= _MOST_SECONDS:
            yield f"seconds are at most {_MOST_SECONDS:.0f}"
        try:
            size_is_fine = 0 < self.most_bytes <= _MOST_BYTES
        except ValueError:
            size_is_fine = False
        if not size_is_fine:
            yield "max_bytes is a size such as 256KiB or 1MiB, of at most 64MiB: larger things are files for a person"

    @property
    def most_bytes(self) -> int:
        return parse_size(str(self.max_bytes))

    def takes(self, media_type: str) -> bool:
        """Is this media type, in lower case and without parameters, one that was named?"""
        main, _, sub = media_type.partition("/")
        return any(
            media_type == one
            or one == f"{main}/*"
            or (one.startswith(f"{main}/*+") and sub.endswith(one.partition("*")[2]))
            for one in self.types
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """What one outbound of a running server may reach.

    Arguments:
        outbound: as declared.
        entries: its list of hosts, with the settings known.
        grants: what the operator grants to it.
    """

    outbound: Outbound
    entries: tuple[HostEntry, ...] = ()
    grants: tuple[Grant, ...] = ()

    def must_cover(self, url: Url) -> None:
        """Is this address one that may be asked at all, as far as can be told without asking a name service?

        Errors:
            OutboundRefused: it is not.
        """
        if not url.lies_below(tuple(self.outbound.paths)):
            raise OutboundRefused("path is not on the list", host=url.host)
        if self.grants_to(url):
            return
        if url.scheme not in self.outbound.schemes:
            raise OutboundRefused("scheme is not on the list", "Use an address that begins with https://.", url.host)
        if not any(entry.covers(url.scheme, url.host, url.port) for entry in self.entries):
            raise OutboundRefused("host and port are not on the list", host=url.host)

    def judged(self, url: Url, addresses: Sequence[str], own: Collection[str]) -> tuple[str, ...]:
        """The addresses to which a connection may be made: all that the name has, or none.

        One bad address among good ones refuses the name: whoever answers for it can choose the order.

        Arguments:
            url: of which `must_cover` was asked.
            addresses: everything that its host resolves to; itself, where it is an address.
            own: the addresses of this machine.

        Errors:
            OutboundRefused: there is none, or one of them may not be connected to.
        """
        if not addresses:
            raise OutboundRefused("name is unknown", host=url.host)
        if len(addresses) > MOST_ADDRESSES:
            raise OutboundRefused("name has too many addresses", host=url.host)
        allowed = {PUBLIC, *GRANTABLE} if self.grants_to(url) else {PUBLIC}
        for address in addresses:
            place = place_of(address, own)
            if place not in allowed:
                raise OutboundRefused(f"leads to {place}", host=url.host)
        return tuple(dict.fromkeys(addresses))

    def grants_to(self, url: Url) -> bool:
        """Has the operator granted exactly this host and port to this outbound?"""
        return any((grant.host, grant.port) == (url.host, url.port) for grant in self.grants)

    def next_step(self, url: Url, method: str, status: int, location: str) -> tuple[Url, str]:
        """Where an answer leads, and how that is asked: judged as the first address was.

        Arguments:
            url, method: what was asked.
            status, location: of the answer; one of `REDIRECTS`.

        Errors:
            OutboundRefused: it leads where this outbound may not go, from https to http, or would take a body along
                to somebody else.
        """
        onward = join(url, location)
        if url.scheme == "https" and onward.scheme == "http":
            raise OutboundRefused("redirect from https to http", host=onward.host)
        self.must_cover(onward)
        if status in _SEE_OTHER and method not in ("GET", "HEAD"):
            return onward, "GET"  # RFC 9110 section 15.4: as every browser does
        if method not in ("GET", "HEAD") and onward.origin != url.origin:
            raise OutboundRefused("redirect would take a body to another host", host=onward.host)
        return onward, method


def reach_of(outbound: Outbound, settings: Any, grants: Iterable[Grant]) -> Reach:
    """What an outbound may reach on this server.

    A grant that names no outbound counts for those whose own list names its host: what an app lets people choose
    (`any public`) is opened only by a grant that says so.

    Arguments:
        settings: what its `hosts` is asked with, where that is a function.
        grants: all that the operator has written.

    Errors:
        StartRefused: an entry of its list is none.
    """
    listed = outbound.hosts(settings) if callable(outbound.hosts) else outbound.hosts
    entries = tuple(_entry(outbound, text) for text in listed)
    own = tuple(
        grant
        for grant in grants
        if grant.outbound == outbound.name or (not grant.outbound and _is_named(grant, entries, outbound.schemes))
    )
    return Reach(outbound, entries, own)


def _entry(outbound: Outbound, text: str) -> HostEntry:
    try:
        if "://" in text:
            url = read_url(text)
            return HostEntry(url.host, url.port)
        return read_entry(text)
    except (BadHost, OutboundRefused) as problem:
        raise StartRefused(
            f"outbound {outbound.name!r}: {text!r} in its hosts is none ({problem}). Write api.example.org, "
            "*.example.org, api.example.org:8443 or any public."
        ) from None


def _is_named(grant: Grant, entries: Iterable[HostEntry], schemes: Iterable[str]) -> bool:
    return any(
        not entry.is_any and entry.covers(scheme, grant.host, grant.port) for entry in entries for scheme in schemes
    )
