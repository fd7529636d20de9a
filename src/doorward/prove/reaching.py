"""Ask a server through its public address how it sees us, as people reach it, and as an attacker would try."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from doorward.errors import StartRefused
from doorward.prove.checks.reach import FORGED, FORGED_NAME, Reached, Seen

#: A client on loopback that is not the proxy itself. Other systems than Linux have only 127.0.0.1.
_OTHER_LOCAL = "127.83.17.4"
_SECONDS = 5
_LARGEST = 64 << 10


@dataclass(frozen=True, slots=True)
class Host:
    """What the host lends the checker, so that the server tells it what it saw.

    Arguments:
        path, header: where to ask, and the header of the proof.
        prove: makes a nonce and its proof.
        holds: whether the server's answer, a text and its code, was made with the server's keys for this nonce.
        authority: the certificate of the server's own authority, if there is one.
    """

    path: str
    header: str
    prove: Callable[[], tuple[str, str]]
    holds: Callable[[str, str, str], bool]
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect, and what to ask for there."""

    scheme: str
    name: str
    port: int
    authority: str


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    seen: Seen | None
    source: tuple[str, int]
    days: int | None = None


def place_of(url: str) -> Place:
    """The public address, read. Raises StartRefused with a sentence."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise StartRefused(f"{url!r} is no address of a site, such as https://polls.example.org")
    return Place(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), parts.netloc.lower())


def may_reach(place: Place, owned: Sequence[str]) -> list[str]:
    """The addresses of the place, if all are on this machine, or somebody says that they are theirs.

    Errors:
        StartRefused: the name does not resolve, or nobody says so. What is sent looks like an attack to its owner.
    """
    try:
        found = socket.getaddrinfo(place.name, place.port, type=socket.SOCK_STREAM)
    except OSError as problem:
        raise StartRefused(f"{place.name} cannot be found: {problem.strerror or problem}.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    foreign = [one for one in addresses if not ip_address(one).is_loopback and one not in owned]
    if foreign and place.name not in owned:
        raise StartRefused(f"{place.name} is {', '.join(foreign)}: if that is yours, say --i-own {place.name}")
    return addresses


def reach(url: str, host: Host, owned: Sequence[str] = ()) -> Reached:
    """Find out how the server at this address is reached.

    Arguments:
        url: the public address, `https://…`.
        host: what makes the server talk.
        owned: addresses and names beyond this machine that whoever asks owns.

    Errors:
        StartRefused: the address is not theirs, or nothing answers there.
    """
    place = place_of(url)
    addresses = may_reach(place, owned)
    context, problem, own = _trust(place, host)
    asker = _Asker(place, host, context, _source(addresses[0]))
    try:
        plain = asker.ask({})
    except (OSError, http.client.HTTPException) as trouble:
        raise StartRefused(f"{url} does not answer: {trouble}") from None
    believed = plain.seen.client_scheme if plain.seen is not None else place.scheme
    other = "http" if believed == "https" else "https"
    forged = asker.try_ask({"X-Forwarded-For": FORGED, "X-Forwarded-Proto": other, "X-Real-IP": FORGED})
    forged_host = asker.try_ask({"X-Forwarded-Host": FORGED_NAME})
    return Reached(
        scheme=place.scheme,
        authority=place.authority,
        source=plain.source,
        status=plain.status,
        plain=plain.seen,
        forged=forged.seen if forged else None,
        forged_host=forged_host.seen if forged_host else None,
        direct=_direct(plain.seen, place, [*addresses, *filter(_is_address, owned)], host),
        certificate=problem,
        own_authority=own,
        days=plain.days,
        old_tls=place.scheme == "https" and _takes_old_tls(place),
        hsts="strict-transport-security" in plain.headers,
        plain_answers=place.scheme == "https" and place.port == 443 and _answers_plainly(place),
    )


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _source(address: str) -> str | None:
    """On loopback we come from another address than the proxy, as people do."""
    if not ip_address(address).is_loopback or ":" in address:
        return None
    with socket.socket() as probe:
        try:
            probe.bind((_OTHER_LOCAL, 0))
        except OSError:
            return None
    return _OTHER_LOCAL


class _Asker:
    def __init__(self, place: Place, host: Host, context: ssl.SSLContext | None, source: str | None) -> None:
        self._place = place
        self._host = host
        self._context = context
        self._source = source

    def ask(self, headers: dict[str, str]) -> _Answer:
        """Ask how the server sees a request with these headers. Raises OSError, HTTPException."""
        place = self._place
        source = (self._source, 0) if self._source else None
        connection: http.client.HTTPConnection
        if self._context is not None:
            connection = http.client.HTTPSConnection(
                place.name, place.port, timeout=_SECONDS, source_address=source, context=self._context
            )
        else:
            connection = http.client.HTTPConnection(place.name, place.port, timeout=_SECONDS, source_address=source)
        try:
            connection.connect()
            ours = connection.sock.getsockname()
            days = _days_left(connection.sock)
            nonce, proof = self._host.prove()
            sent = {"Host": place.authority, self._host.header: proof, "Connection": "close", **headers}
            connection.request("GET", self._host.path, headers=sent)
            answer = connection.getresponse()
            body = answer.read(_LARGEST)
            seen = self._read(body, nonce) if answer.status == 200 else None
            found = {name.lower(): value for name, value in answer.getheaders()}
            return _Answer(answer.status, found, seen, (ours[0], ours[1]), days)
        finally:
            connection.close()

    def try_ask(self, headers: dict[str, str]) -> _Answer | None:
        """The same; None where nothing answers."""
        try:
            return self.ask(headers)
        except (OSError, http.client.HTTPException):
            return None

    def _read(self, body: bytes, nonce: str) -> Seen | None:
        """What the server told, if it is ours."""
        try:
            answer: dict[str, Any] = json.loads(body)
            text, code = answer["seen"], answer["code"]
            if not self._host.holds(nonce, text, code):
                return None
            told = json.loads(text)
            client = told["client"]
            return Seen(
                peer=told["peer"],
                peer_port=str(told["peer_port"]),
                scheme=told["scheme"],
                server_port=str(told["server_port"]),
                forwarded=told["forwarded"],
                address=client["address"],
                client_scheme=client["scheme"],
                client_host=client["host"],
                behind_proxy=tuple(told["behind_proxy"]),
                listens=told["listens"],
            )
        except (ValueError, KeyError, TypeError):
            return None


def _trust(place: Place, host: Host) -> tuple[ssl.SSLContext | None, str, bool]:
    """A context that connects; why a browser would refuse; whether only our own authority vouches for it."""
    if place.scheme != "https":
        return None, "", False
    usual = ssl.create_default_context()
    problem = _handshake(place, usual)
    if not problem:
        return usual, "", False
    if host.authority is not None and host.authority.is_file():
        ours = ssl.create_default_context(cafile=str(host.authority))
        if not (why := _handshake(place, ours)):
            return ours, "", True
        problem = why if "self" in problem or "local issuer" in problem else problem
    anyway = ssl.create_default_context()
    anyway.check_hostname = False
    anyway.verify_mode = ssl.CERT_NONE  # only to go on looking; what was found is reported
    return anyway, problem, False


def _handshake(place: Place, context: ssl.SSLContext) -> str:
    try:
        with socket.create_connection((place.name, place.port), _SECONDS) as plain:
            with context.wrap_socket(plain, server_hostname=place.name):
                return ""
    except ssl.SSLCertVerificationError as problem:
        return problem.verify_message
    except OSError as problem:
        raise StartRefused(f"{place.scheme}://{place.authority} does not answer: {problem}") from None


def _days_left(connection: object) -> int | None:
    certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    if not certificate or "notAfter" not in certificate:
        return None
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    return (ends - datetime.now(UTC)).days


def _takes_old_tls(place: Place) -> bool:
    """Is a version before TLS 1.2 accepted? Where our own library cannot speak it, nothing is found."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # whose server it is was asked before
    try:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with socket.create_connection((place.name, place.port), _SECONDS) as plain:
            with context.wrap_socket(plain, server_hostname=place.name):
                return True
    except (OSError, ValueError):
        return False


def _answers_plainly(place: Place) -> bool:
    """Does port 80 beside HTTPS show pages, instead of leading to https://?"""
    connection = http.client.HTTPConnection(place.name, 80, timeout=_SECONDS)
    try:
        connection.request("GET", "/login", headers={"Host": place.name})
        answer = connection.getresponse()
        leads_on = answer.status in (301, 302, 303, 307, 308)
        return not (leads_on and (answer.getheader("Location") or "").startswith("https://")) and answer.status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _direct(plain: Seen | None, place: Place, addresses: Sequence[str], host: Host) -> list[tuple[str, Seen]]:
    """Where the port of the server itself answers, past the proxy, to a request with forged headers."""
    if plain is None or not plain.server_port.isdecimal() or int(plain.server_port) == place.port:
        return []
    found = []
    for address in dict.fromkeys(addresses):
        name = f"[{address}]" if ":" in address else address
        there = Place("http", address, int(plain.server_port), place.authority if place.name else name)
        answer = _Asker(there, host, None, _source(address)).try_ask({"X-Forwarded-For": FORGED})
        if answer is not None and answer.seen is not None:
            found.append((address, answer.seen))
    return found
