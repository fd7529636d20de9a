"""Attacks on TLS itself, and on what holds only where TLS really is: tried on the second server, which has no proxy."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.sockets import NO_SOCKET
from doorward.prove.person import Person
from doorward.prove.raw import Raw, split_answers
from doorward.prove.scene import MEMBER, Direct, Scene
from doorward.prove.wire import Request

_YEAR = 31_536_000
#: Without forward secrecy, without authenticated encryption, or broken; as OpenSSL calls them.
_WEAK_SUITES = ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "DES-CBC3-SHA",
                "NULL", "aNULL", "CAMELLIA128-SHA")  # fmt: skip
_SUITES = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"


def _careless(suites: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    """A client that takes whatever it gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nosec B501
    context.set_ciphers(suites)
    return context


def _shakes_hands(direct: Direct, context: ssl.SSLContext, name: str = "") -> str:
    """The version and suite that were agreed on; empty if there was no agreement."""
    try:
        with socket.create_connection((direct.place.host, direct.place.port), timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname=name or direct.place.host) as safe:
                return f"{safe.version()} {(safe.cipher() or ('?',))[0]}"
    except OSError:
        return ""


def versions(scene: Scene) -> Iterator[Try]:
    direct = scene.direct
    if direct is None:
        yield untried(NO_SOCKET)
        return
    best = _shakes_hands(direct, _careless(_SUITES))
    if not best:
        yield untried("no TLS is spoken at all")
        return
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = _careless()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        agreed = _shakes_hands(direct, context)
        yield won(f"The server speaks {agreed}.", version.name) if agreed else held(version.name)
    yield held("the best") if best.startswith("TLSv1.3") else won(f"With everything to choose from, it took {best}.")


def ciphers(scene: Scene) -> Iterator[Try]:
    direct = scene.direct
    if direct is None:
        yield untried(NO_SOCKET)
        return
    sound = _careless(_SUITES)
    sound.maximum_version = ssl.TLSVersion.TLSv1_2
    if not _shakes_hands(direct, sound):
        yield untried("sound suites of TLS 1.2 are not spoken either")
        return
    for suite in _WEAK_SUITES:
        try:
            context = _careless(f"{suite}:@SECLEVEL=0")
        except ssl.SSLError:
            continue  # not even this machine's library has it
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        agreed = _shakes_hands(direct, context)
        yield won(f"The server agrees on {agreed}.", suite) if agreed else held(suite)


def certificate(scene: Scene) -> Iterator[Try]:
    """Who trusts the authority comes in by the server's own names, and by no other; who does not, not at all."""
    direct = scene.direct
    if direct is None:
        yield untried(NO_SOCKET)
        return
    if not _shakes_hands(direct, _careless(_SUITES)):
        yield untried("no TLS is spoken at all")
        return
    trusting = ssl.create_default_context(cafile=direct.authority)
    for name in ("localhost", "127.0.0.1"):
        if _shakes_hands(direct, trusting, name):
            yield held(name)
        else:
            yield won("A browser that trusts the authority cannot come in by the server's own name.", name)
    if _shakes_hands(direct, trusting, "bank.example"):
        yield won("The certificate is good for names that are not the server's.", "bank.example")
    else:
        yield held("bank.example")
    if _shakes_hands(direct, ssl.create_default_context()):
        yield untried("this machine trusts the authority already")


def without_tls(scene: Scene) -> Iterator[Try]:
    """Plain HTTP to the port of TLS."""
    direct, member = scene.direct, scene.person(MEMBER)
    if direct is None or member is None:
        yield untried(NO_SOCKET)
        return
    text = f"GET /login HTTP/1.1\r\nHost: {direct.place.header}\r\n\r\n"
    with Raw(direct.place) as plain:
        plain.send(text.encode())
        answers = split_answers(plain.read())
    bad = [one for one in answers if one.status < 300 or one.header("set-cookie")]
    if bad:
        yield won("A page is given without TLS.", "GET /login", text, bad[0])
        return
    with Raw(direct.place, ssl.create_default_context(cafile=direct.authority)) as safe:
        safe.send(text.encode())
        if [answer.status for answer in safe.answers()] != [200]:
            yield untried("the same request over TLS is not answered either")
            return
    yield held("GET /login")


def headers(scene: Scene) -> Iterator[Try]:
    """HSTS and the flags of cookies over real TLS, also for who claims to come without it."""
    direct, member = scene.direct, scene.person(MEMBER)
    if direct is None or member is None:
        yield untried(NO_SOCKET)
        return
    for claimed in ({}, {"X-Forwarded-Proto": "http"}, {"Forwarded": "proto=http"}, {"X-Forwarded-Ssl": "off"}):
        person = Person("a member over TLS", direct.line, account=member.account, password=member.password)
        for path in ("/", "/login", "/nowhere", "/healthz", "/account"):
            answer = person.browse(Request("GET", path, claimed))
            said = answer.header("strict-transport-security").partition(";")[0]
            age = said.removeprefix("max-age=")
            if not age.isdigit() or int(age) < _YEAR:
                yield won(
                    "Browsers are not told to come back over TLS.", f"GET {path}", Request("GET", path, claimed), answer
                )
            else:
                yield held(path)
            yield from _cookies(answer.all("set-cookie"), path)
    if not person.sign_in():
        yield untried("signing in over TLS did not work")
        return
    with Raw(direct.place, ssl.create_default_context(cafile=direct.authority)) as wire:
        wire.send(b"GARBAGE\r\n\r\n")
        for answer in wire.answers():
            if not answer.header("strict-transport-security"):
                yield won("The answer to a malformed request does not tell to come back over TLS.", "", "", answer)


def _cookies(lines: list[str], where: str) -> Iterator[Try]:
    for line in lines:
        for name, morsel in SimpleCookie(line).items():
            if not morsel["secure"] or not name.startswith("__Host-"):
                yield won(f"The cookie {name} travels without TLS, or can be planted by a sub-domain.", where)
            else:
                yield held(where)


def forged(scene: Scene) -> Iterator[Try]:
    """Claim an address and a host, on the server that has no proxy before it."""
    direct = scene.direct
    if direct is None:
        yield untried(NO_SOCKET)
        return
    for number in range(3):
        claimed = f"203.0.113.{number + 77}"
        names = ("X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP")
        request = Request(
            "GET", "/login", {**dict.fromkeys(names, claimed), "Forwarded": f"for={claimed}", "X-Request-Id": claimed}
        )
        direct.line.send(request)
        hosted = Request("GET", "/login", {"X-Forwarded-Host": "evil.example", "X-Host": "evil.example"})
        answer = direct.line.send(hosted)
        text = answer.text + "".join(value for _, value in answer.headers)
        if "evil.example" in text:
            yield won("A claimed host is believed without a proxy.", "GET /login", hosted, answer)
        else:
            yield held("host")
    if "203.0.113.77" in direct.log():
        yield won("A claimed address is believed without a proxy: it is the client of the log.", "GET /login")
    elif "127.0.0.1" in direct.log():
        yield held("address")
    else:
        yield untried("the log names no address")


_WHY = "Who sits on the network between reads, or changes, what weak or missing TLS carries."
_MEND = "Serve with `doorward serve`, or let a proxy do TLS with the same versions, suites and headers."


def _over_tls(
    what: str,
    title: str,
    tries: str,
    run: Callable[[Scene], Iterator[Try]],
    asvs: tuple[str, ...],
    defences: tuple[str, ...],
    why: str = _WHY,
) -> Attack:
    return Attack(f"tls.{what}", title, tries, why, _MEND, asvs, defences, on_scene=run)


ATTACKS = (
    _over_tls("versions", "Old versions of TLS are spoken", "Handshakes with TLS 1.0 and 1.1; and with everything.",
              versions, ("12.1.1",), ("TLS versions",)),
    _over_tls("ciphers", "Weak cipher suites are agreed on",
              "Handshakes that offer only suites without forward secrecy or authenticated encryption.",
              ciphers, ("12.1.2",), ("TLS suites", "TLS versions")),
    _over_tls("certificate", "The certificate is for other names than the server's",
              "Handshakes by the server's names and by others, with and without the authority.",
              certificate, (), ("certificate names",)),
    _over_tls("plain", "Pages are given without TLS", "Plain HTTP to the port of TLS.",
              without_tls, ("12.2.1",), ("TLS",)),
    _over_tls("headers", "Cookies and pages travel without TLS later",
              "HSTS and the flags of cookies over real TLS, also for who claims another scheme.",
              headers, ("3.4.1", "3.3.1", "3.3.3", "4.1.3"), ("scheme of the connection", "named proxies", "TLS")),
    _over_tls("forged", "Claims of a proxy are believed without one", "Claimed addresses and hosts, in nine headers.",
              forged, ("4.1.3", "15.3.4"), ("named proxies",),
              "Limits, the journal and links follow the client and the host; whoever chooses them is nobody."),
)  # fmt: skip
