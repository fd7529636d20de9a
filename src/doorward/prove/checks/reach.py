"""Whether the way from people to the server is the one that the settings describe. `prove/reaching.py` looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from doorward.prove.checks.kinds import Kind
from doorward.prove.checks.settings import is_local
from doorward.prove.findings import Finding, Severity

NOT_OURS = Kind(
    "reach.not-this-server",
    "The public address leads somewhere else",
    Severity.HIGH,
    "What answers there does not have this server's keys: another server, an old one, or somebody in between.",
    "Compare the address and the data folder. After an update, restart the server.",
    ("12.2.1",),
)
HOST_REFUSED = Kind(
    "reach.host-refused",
    "The server does not answer for its public name",
    Severity.HIGH,
    "Nobody can use it under that address.",
    "Set public_url or hosts to that name, and let the proxy hand on the Host header.",
    ("4.1.3",),
)
NOT_NAMED = Kind(
    "reach.proxy-not-named",
    "A proxy stands in front, and behind_proxy does not name it",
    Severity.HIGH,
    "All people seem to come from one address: they share its limits, the journal says nothing, and the server does "
    "not know whether they came by HTTPS.",
    "Set behind_proxy to the address of the proxy.",
    ("4.1.3", "15.3.4"),
)
NO_PROXY = Kind(
    "reach.no-proxy",
    "behind_proxy is set, and no proxy is on this way",
    Severity.MEDIUM,
    "Forwarded headers are believed from addresses at which no proxy writes them.",
    "Remove behind_proxy, or reach the server through its proxy only.",
    ("4.1.3",),
)
HOPS = Kind(
    "reach.hops",
    "There are more proxies than behind_proxy names",
    Severity.HIGH,
    "The server takes a proxy for the client: everybody behind it shares limits and looks the same in the journal.",
    "Add the address of that proxy to behind_proxy.",
    ("4.1.3", "15.3.4"),
)
SILENT = Kind(
    "reach.proxy-silent",
    "The proxy does not say who the client is",
    Severity.HIGH,
    "All people seem to come from the proxy's address: they share its limits, and the journal says nothing.",
    "Let the proxy set X-Forwarded-For. nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    ("15.3.4",),
)
FORGED_ADDRESS = Kind(
    "reach.forged-address",
    "Anybody can choose their address",
    Severity.HIGH,
    "With a header of their own, people pass every limit for each address, and the journal names somebody else.",
    "Let the proxy set or append X-Forwarded-For, and name only its own address in behind_proxy.",
    ("4.1.3", "15.3.4"),
)
FORGED_SCHEME = Kind(
    "reach.forged-scheme",
    "Anybody can choose whether it was HTTPS",
    Severity.HIGH,
    "Cookies, links and HSTS follow a header that the client wrote.",
    "Let the proxy set X-Forwarded-Proto. nginx: proxy_set_header X-Forwarded-Proto $scheme;",
    ("4.1.3",),
)
FORGED_HOST = Kind(
    "reach.forged-host",
    "Anybody can choose the host name",
    Severity.MEDIUM,
    "Links are made with another of the names that the server answers for, such as localhost.",
    "Let the proxy set X-Forwarded-Host. nginx: proxy_set_header X-Forwarded-Host $http_host;",
    ("4.1.3",),
)
SCHEME = Kind(
    "reach.scheme-lost",
    "The server does not know that people come by HTTPS",
    Severity.HIGH,
    "Cookies go without Secure, links lead to plain HTTP, and forms are refused for a wrong origin.",
    "Let the proxy set X-Forwarded-Proto. nginx: proxy_set_header X-Forwarded-Proto $scheme;",
    ("3.3.1", "4.1.3"),
)
HOST_LOST = Kind(
    "reach.host-lost",
    "The server sees another host name than people do",
    Severity.MEDIUM,
    "Links lead elsewhere, passkeys do not work, and forms are refused for a wrong origin.",
    "Let the proxy hand on the name. nginx: proxy_set_header Host $http_host;",
    ("4.1.3",),
)
PORT_OPEN = Kind(
    "reach.port-open",
    "The port behind the proxy is open",
    Severity.HIGH,
    "Whoever connects to it goes around the proxy and its HTTPS, and passwords can be read on the way.",
    "Set host to 127.0.0.1, or let a firewall close the port.",
    ("12.2.1", "13.2.4"),
)
CERTIFICATE = Kind(
    "reach.certificate",
    "Browsers do not trust the certificate",
    Severity.HIGH,
    "People learn to click a warning away, and do so for an attacker's certificate, too.",
    "Get a certificate for this name, or mend its chain; renew it when it has ended.",
    ("12.2.2", "12.3.4"),
)
OWN_AUTHORITY = Kind(
    "reach.own-authority",
    "The certificate is of the server's own authority",
    Severity.NOTE,
    "Only devices on which that authority was installed can tell this server from another.",
    "Nothing on a local network; ASVS 12.2.2 cannot be claimed with it.",
    ("12.2.2",),
)
ENDS_SOON = Kind(
    "reach.certificate-ends",
    "The certificate ends soon",
    Severity.MEDIUM,
    "On that day browsers refuse the site.",
    "See why it was not renewed: by now it should have been.",
    ("12.2.2",),
)
OLD_TLS = Kind(
    "reach.old-tls",
    "Outdated TLS is accepted",
    Severity.HIGH,
    "Somebody on the way can bring both ends to a version that is broken.",
    "Allow TLS 1.2 and 1.3 only. nginx: ssl_protocols TLSv1.2 TLSv1.3;",
    ("12.1.1",),
)
NO_HSTS = Kind(
    "reach.no-hsts",
    "HTTPS without HSTS",
    Severity.MEDIUM,
    "A browser that was here before still follows a plain link, where somebody on the way takes over.",
    "The server sends it where it knows of HTTPS; let the proxy not remove it.",
    ("3.4.1",),
)
PLAIN = Kind(
    "reach.plain-http",
    "The site answers over plain HTTP",
    Severity.HIGH,
    "Anyone on the network reads the passwords and takes over the sessions.",
    "Redirect every plain request to https://, or close the port.",
    ("12.2.1",),
)
UNTRIED = Kind(
    "reach.not-tried",
    "Forging could not be tried from here",
    Severity.NOTE,
    "This machine has an address that the server takes for a proxy's.",
    "Run the check once more from another machine, with a copy of the keys, or name the proxy more narrowly.",
    ("4.1.3",),
)

#: An address that nobody has (RFC 5737), and a name that every server answers for besides its own.
FORGED = "192.0.2.77"
FORGED_NAME = "localhost"
_DAYS = 14


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server told of one request.

    Arguments:
        peer, peer_port: the other end of its socket.
        scheme, server_port: of that socket.
        forwarded: the headers that arrived, by lower-case name.
        address, client_scheme, client_host: what it takes the client for.
        behind_proxy: the proxies that it believes.
        listens: the address at which it listens, as set.
    """

    peer: str
    peer_port: str
    scheme: str
    server_port: str
    forwarded: dict[str, str]
    address: str
    client_scheme: str
    client_host: str
    behind_proxy: tuple[str, ...]
    listens: str

    def trusts(self, address: str) -> bool:
        """Is this one of the named proxies?"""
        return any(ip_address(address) in ip_network(network, strict=False) for network in self.behind_proxy)

    @property
    def chain(self) -> list[str]:
        """The addresses in X-Forwarded-For."""
        return [part.strip() for part in self.forwarded.get("x-forwarded-for", "").split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class Reached:
    """What was found out from outside.

    Arguments:
        scheme, authority: of the public address.
        source: our own end of the connection: address and port.
        status: of the plain request.
        plain: what the server saw of a request without any forwarded header.
        forged: the same with forged address and scheme; `forged_host` with a forged host.
        direct: addresses at which the port behind the proxy answered, with what the server saw.
        certificate: why a browser would refuse it; empty where it would not.
        own_authority: whether only the server's own authority vouches for it.
        days: how long it is still valid.
        old_tls: whether a version before 1.2 was accepted.
        hsts: whether the header came.
        plain_answers: whether the plain port beside answers without a redirect to HTTPS.
    """

    scheme: str
    authority: str
    source: tuple[str, int]
    status: int
    plain: Seen | None = None
    forged: Seen | None = None
    forged_host: Seen | None = None
    direct: Sequence[tuple[str, Seen]] = field(default_factory=tuple)
    certificate: str = ""
    own_authority: bool = False
    days: int | None = None
    old_tls: bool = False
    hsts: bool = True
    plain_answers: bool = False

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}"


def judge(found: Reached) -> Iterator[Finding]:
    """Compare what was found out with what the settings say."""
    yield from _transport(found)
    if found.plain is None:
        if found.status == 421:
            yield HOST_REFUSED.found(f"{found.authority} is answered with 421.", found.url)
        else:
            yield NOT_OURS.found(f"It answers with {found.status}, and not as this server.", found.url)
        return
    yield from _proxies(found, found.plain)
    yield from _forging(found, found.plain)
    for address, seen in found.direct:
        if not (is_local(address) and is_local(seen.listens)):
            yield PORT_OPEN.found(
                f"{address}:{seen.server_port} answers directly.", f"http://{address}:{seen.server_port}"
            )


def _transport(found: Reached) -> Iterator[Finding]:
    if found.scheme != "https":
        if not is_local(_host(found.authority)):
            yield PLAIN.found("The public address itself is plain HTTP.", found.url)
        return
    if found.certificate:
        yield CERTIFICATE.found(f"The certificate does not hold: {found.certificate}.", found.url)
    if found.own_authority:
        yield OWN_AUTHORITY.found("Only this server's own authority vouches for the certificate.", found.url)
    if found.days is not None and found.days < _DAYS and not found.certificate:
        yield ENDS_SOON.found(f"It ends in {found.days} days.", found.url)
    if found.old_tls:
        yield OLD_TLS.found("TLS 1.0 or 1.1 is accepted.", found.url)
    if not found.hsts:
        yield NO_HSTS.found("No Strict-Transport-Security came with the answer.", found.url)
    if found.plain_answers:
        yield PLAIN.found("Its plain port answers without a redirect to HTTPS.", found.url)


def _proxies(found: Reached, plain: Seen) -> Iterator[Finding]:
    between = _is_between(found, plain)
    if between and not plain.trusts(plain.peer):
        mend = f"Set behind_proxy to {plain.peer}."
        yield NOT_NAMED.found(f"Requests come from {plain.peer}, and not from who sends them.", found.url, mend=mend)
        return
    if not between:
        if plain.behind_proxy:
            yield NO_PROXY.found(f"{', '.join(plain.behind_proxy)} is named.", found.url)
        return
    if not plain.chain:
        yield SILENT.found("No X-Forwarded-For arrives.", found.url)
    elif plain.address != found.source[0] and found.source[0] in plain.chain:
        mend = f"Add {plain.address} to behind_proxy."
        text = f"{len(plain.chain)} hops are on the way, and {plain.address} is not named."
        yield HOPS.found(text, found.url, mend=mend)
    if plain.client_scheme != found.scheme:
        yield SCHEME.found(f"The server takes it for {plain.client_scheme}.", found.url)
    if _without_default(plain.client_host, found.scheme) != _without_default(found.authority, found.scheme):
        yield HOST_LOST.found(f"The server takes it for {plain.client_host or 'nothing'}.", found.url)


def _is_between(found: Reached, plain: Seen) -> bool:
    """Did somebody else connect to the server? The port tells; where it is not known, the traces of a proxy."""
    ports_differ = bool(plain.peer_port) and plain.peer_port != "0" and plain.peer_port != str(found.source[1])
    return bool(plain.forwarded) or plain.scheme != found.scheme or ports_differ


def _forging(found: Reached, plain: Seen) -> Iterator[Finding]:
    ways = [("", found.forged), *((f" at {address} directly", seen) for address, seen in found.direct)]
    for where, forged in ways:
        if forged is None or forged.address != FORGED:
            continue
        if found.source[0] == plain.peer and forged.chain != [FORGED]:
            yield UNTRIED.found("This machine has the address of the proxy.", found.url)
            continue
        passed = forged.chain == [FORGED]
        text = "What the client writes is handed on" if passed else "Addresses of clients count as proxies"
        mend = "Let the proxy replace or append to X-Forwarded-For." if passed else "Name the proxy's own address only."
        yield FORGED_ADDRESS.found(f"A forged X-Forwarded-For was believed{where}. {text}.", found.url, mend=mend)
    if found.forged is not None and found.forged.client_scheme != plain.client_scheme:
        yield FORGED_SCHEME.found("A forged X-Forwarded-Proto was believed.", found.url)
    forged_host = found.forged_host
    if forged_host is not None and forged_host.client_host == FORGED_NAME and _host(found.authority) != FORGED_NAME:
        yield FORGED_HOST.found("A forged X-Forwarded-Host was believed.", found.url)


def _host(authority: str) -> str:
    bare = authority.rpartition("]")[0].lstrip("[")
    return bare or authority.partition(":")[0]


def _without_default(authority: str, scheme: str) -> str:
    return authority.removesuffix(":443" if scheme == "https" else ":80")
