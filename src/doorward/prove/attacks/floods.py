"""Attacks that wear the server out: who is slow, who is many, who sends or asks for too much."""

from __future__ import annotations

import gzip
import json
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from doorward.prove.airing import all_roles, on_air
from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.sockets import NO_SOCKET
from doorward.prove.findings import Severity
from doorward.prove.listening import Ear
from doorward.prove.person import Person
from doorward.prove.raw import Raw
from doorward.prove.sample import came_in
from doorward.prove.scene import Direct, NotHere, Scene
from doorward.prove.stories.telling import somebody, stranger
from doorward.prove.wire import NoAnswer, Request, form

_SLOW = 40
#: More than the second server has places for one address.
_MANY = 120
#: More of a body than any buffer on the way holds.
_FED = 48 * 1024 * 1024
#: How long somebody else may have to wait meanwhile, in seconds.
_BEARABLE = 3.0
_HEAD = "GET /healthz HTTP/1.1\r\nHost: {host}\r\n"


def _others_wait(scene: Scene) -> float:
    """How long somebody else waits for a page just now; as long as can be if there is no answer."""
    began = time.monotonic()
    try:
        answer = scene.visitor.browse(Request("GET", "/login"))
    except NoAnswer:
        return 60.0
    return time.monotonic() - began if answer.status < 500 else 60.0


def slow_heads(scene: Scene) -> Iterator[Try]:
    """Heads that come byte by byte, connections that say nothing, and blank lines for ever."""
    if scene.place is None or scene.direct is None:
        yield untried(NO_SOCKET)
        return
    head = _HEAD.replace("{host}", scene.direct.place.header)
    openings = {
        "a head that comes byte by byte": b"G",
        "no request at all": b"",
        "nothing after an answer but blank lines": f"{head}\r\n".encode(),
    }
    yield from _dripped(scene, openings, f"{head[1:]}X-A: {'a' * 500}".encode(), scene.direct.head_seconds)


def slow_bodies(scene: Scene) -> Iterator[Try]:
    """Bodies that come byte by byte, by length and in chunks."""
    if scene.place is None or scene.direct is None:
        yield untried(NO_SOCKET)
        return
    head = f"POST /login HTTP/1.1\r\nHost: {scene.direct.place.header}\r\n"
    openings = {
        "a body that comes byte by byte": f"{head}Content-Length: 5000\r\n\r\n".encode(),
        "a chunk that comes byte by byte": f"{head}Transfer-Encoding: chunked\r\n\r\nfff\r\n".encode(),
    }
    yield from _dripped(scene, openings, b"a" * 500, scene.direct.body_seconds)


def _dripped(scene: Scene, openings: dict[str, bytes], drops: bytes, seconds: float) -> Iterator[Try]:
    """Many connections of each kind at once: each is cut in time, and others are answered meanwhile."""
    direct = scene.direct
    assert direct is not None  # nosec B101
    context = ssl.create_default_context(cafile=direct.authority)
    with ExitStack() as opened:
        began = time.monotonic()
        wires: dict[str, list[Raw]] = {what: [] for what in openings}
        for what, opening in openings.items():
            for _ in range(_SLOW // len(openings)):
                wire = opened.enter_context(Raw(direct.place, context, small=True))
                wire.send(opening)
                wires[what].append(wire)
        waited = max(_wait_at(scene), _others_wait(scene))
        left = {what: list(them) for what, them in wires.items()}
        number = 0
        while any(left.values()) and time.monotonic() - began < 3 * seconds + 4:
            for what, them in left.items():
                drop = b"\r\n" if "blank" in what else b"" if "no request" in what else drops[number : number + 1]
                left[what] = [wire for wire in them if not _is_gone(wire, drop)]
            number += 1
            time.sleep(0.2)
    for what, them in left.items():
        if them:
            yield won(f"Connections with {what} are kept for longer than {3 * seconds:.0f} seconds.", what)
        else:
            yield held(what)
    if waited > _BEARABLE:
        yield won(f"Meanwhile others waited for {waited:.1f} seconds.", "others")


def _wait_at(scene: Scene) -> float:
    began = time.monotonic()
    assert scene.direct is not None  # nosec B101
    try:
        scene.direct.line.send(Request("GET", "/healthz"))
    except NoAnswer:
        return 60.0
    return time.monotonic() - began


def _is_gone(wire: Raw, drop: bytes) -> bool:
    """Send a drop, and see whether anybody is still there."""
    sent = wire.send(drop) if drop else True
    wire.read(quiet=0.001, seconds=0.001)
    return wire.closed or not sent


def connections(scene: Scene) -> Iterator[Try]:
    """Connections of all slow kinds, and streams. After each dozen somebody new connects, and must be answered."""
    direct = scene.direct
    if scene.place is None or direct is None:
        yield untried(NO_SOCKET)
        return
    context = ssl.create_default_context(cafile=direct.authority)
    if not _answers_anew(direct, context):
        yield untried("nobody new was answered before either")
        return
    head = _HEAD.replace("{host}", direct.place.header)
    body = f"{head.replace('GET /healthz', 'POST /login')}Content-Length: 5000\r\n\r\nabc"
    slow = {
        "connections without a handshake": (None, b""),
        "connections without a request": (context, b""),
        "requests that are begun": (context, head.encode()),
        "connections after an answer": (context, f"{head}\r\n".encode()),
        "bodies that are begun": (context, body.encode()),
    }
    with ExitStack() as opened:
        streams = _opened_streams(scene, direct, context, opened)
        for number in range(_MANY):
            tls, opening = list(slow.values())[number % len(slow)]
            opened.enter_context(Raw(direct.place, tls)).send(opening)
            if number % 12 == 11 and not _answers_anew(direct, context):
                yield won(f"Beside {number + 1} slow connections nobody new was answered.", "a new connection")
                return
        for what in slow:
            yield held(what)
        yield held("streams") if streams else untried("no stream could be opened over TLS", "streams")


def _opened_streams(scene: Scene, direct: Direct, context: ssl.SSLContext, opened: ExitStack) -> int:
    """Let somebody hold as many streams as two browsers may. How many are open."""
    try:
        air = on_air(scene)
    except NotHere:
        return 0
    owner = somebody(scene, "opens streams", *all_roles(scene), sign_in=False)
    ears = []
    for _ in range(2):
        person = Person(owner.name, direct.line, account=owner.account, password=owner.password)
        if person.sign_in():
            air.tuned_in(person)
            each = range(scene.facts.streams_per_browser)
            ears += [opened.enter_context(Ear(direct.place, person, air.topics, tls=context)) for _ in each]
    return sum(ear.is_open for ear in ears)


def _answers_anew(direct: Direct, context: ssl.SSLContext) -> bool:
    """Is somebody answered, soon, who connects only now?"""
    request = f"{_HEAD.replace('{host}', direct.place.header)}Connection: close\r\n\r\n"
    try:
        with Raw(direct.place, context, seconds=_BEARABLE) as wire:
            return wire.send(request.encode()) and [answer.status for answer in wire.answers()] == [200]
    except OSError:
        return False


def huge_bodies(scene: Scene) -> Iterator[Try]:
    """Announce a huge body, and send one without end: refused before it is read."""
    place = scene.place
    if place is None:
        yield untried(NO_SOCKET)
        return
    head = f"POST /login HTTP/1.1\r\nHost: {place.header}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    part = b"a" * 0x10000
    for what, opening, piece in (
        ("a body of 10 GB", f"{head}Content-Length: 9999999999\r\n\r\n", part),
        ("chunks without end", f"{head}Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + part + b"\r\n"),
    ):
        with Raw(place) as wire:
            wire.send(opening.encode())
            refused = wire.answers() if "GB" in what else []
            taken = _fed(wire, piece)
        if "GB" in what and not (refused and refused[0].status in (400, 413)):
            yield won(f"{what.capitalize()} was not refused when it was announced.", what, "", *refused[:1])
        elif taken >= _FED:
            yield won(f"{taken} bytes were taken of {what}; {scene.facts.max_body} are allowed.", what)
        else:
            yield held(what)


def _fed(wire: Raw, piece: bytes) -> int:
    """How many bytes of a body the server takes, at most so many."""
    taken = 0
    while taken < _FED and wire.send(piece):
        taken += len(piece)
        wire.read(quiet=0.001, seconds=0.001)
        if wire.closed:
            break
    return taken


def packed(scene: Scene) -> Iterator[Try]:
    """Sign in with a form that is packed: what is unpacked can grow a thousandfold."""
    if scene.host is None:
        yield untried("this run has no people of its own")
        return
    person = somebody(scene, "packs")
    for coding, pack in (("gzip", gzip.compress), ("deflate", gzip.compress), ("br", gzip.compress)):
        visitor = stranger(scene, "somebody who packs")
        visitor.open("/login")
        fields = {"username": person.account, "password": person.password, "csrf_token": visitor.csrf_token}
        plain = form("POST", "/login", fields)
        request = Request("POST", "/login", {**plain.headers, "Content-Encoding": coding}, pack(plain.body))
        answer = visitor.browse(request)
        if came_in(answer) or answer.status >= 500:
            yield won(f"A body packed with {coding} was unpacked.", "POST /login", request, answer)
        elif came_in(visitor.browse(plain)):
            yield held("POST /login")
        else:
            yield untried("the same form did not sign in unpacked either", "POST /login")


def deep(scene: Scene) -> Iterator[Try]:
    """JSON that is nested ten thousand times, has numbers without end, and the same key a thousand times."""
    bodies = {
        "ten thousand lists": b"[" * 10_000,
        "closed lists": b"[" * 5_000 + b"]" * 5_000,
        "nested objects": b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
        "an endless number": b'{"a":' + b"9" * 10_000 + b"}",
        "a number that is none": b'{"a": NaN, "b": Infinity, "c": 1e999999}',
        "one key many times": b"{" + b",".join([b'"a":1'] * 1_000) + b"}",
    }
    targets = [("POST", "/csp-report", "application/csp-report", scene.visitor)]
    for sample in scene.samples_of("POST", "PUT", "PATCH"):
        if sample.request is not None and "json" in sample.request.headers.get("Content-Type", "") and len(targets) < 4:
            targets.append((sample.way.method, sample.path, "application/json", sample.person))
    for method, path, kind, person in targets:
        if scene.ways.find(method, path) is None:
            continue
        sound = person.browse(Request(method, path, {"Content-Type": kind}, json.dumps({"csp-report": {}}).encode()))
        for what, body in bodies.items():
            began = time.monotonic()
            answer = person.browse(Request(method, path, {"Content-Type": kind}, body))
            took = time.monotonic() - began
            if answer.status >= 500 and answer.status != 503:
                yield won(f"JSON with {what} broke the app.", f"{method} {path}", what, answer)
            elif took > _BEARABLE:
                yield won(f"JSON with {what} took {took:.1f} seconds.", f"{method} {path}", what, answer)
            elif sound.status >= 500:
                yield untried("sound JSON broke the app too", f"{method} {path}")
            else:
                yield held(f"{method} {path}")


def ranges(scene: Scene) -> Iterator[Try]:
    """Ask for a file in many overlapping pieces at once."""
    found = re.search(r'href="(/[^"]+\.css[^"]*)"', scene.visitor.browse(Request("GET", "/login")).text)
    path = found[1] if found else "/favicon.ico"
    whole = scene.visitor.browse(Request("GET", path))
    if whole.status != 200 or not whole.body:
        yield untried("there is no file to ask for")
        return
    for what in (
        "bytes=" + ",".join(["0-"] * 1000),
        "bytes=" + ",".join(f"{n}-{n + 1}" for n in range(1000)),
        "bytes=-0",
    ):
        answer = scene.visitor.browse(Request("GET", path, {"Range": what}))
        if answer.status >= 500 or len(answer.body) > 2 * len(whole.body):
            yield won(f"{len(answer.body)} bytes for a file of {len(whole.body)}.", path, what[:60], answer)
        else:
            yield held(path)


_MEND = "Serve with `doorward serve` and leave its times and sizes as they are, or make them smaller."


def _flood(
    what: str,
    title: str,
    tries: str,
    run: Callable[[Scene], Iterator[Try]],
    asvs: tuple[str, ...],
    defences: tuple[str, ...],
    why: str,
) -> Attack:
    return Attack(f"floods.{what}", title, tries, why, _MEND, asvs, defences, severity=Severity.MEDIUM, on_scene=run)


_SLOW_WHY = "One machine with a slow program can hold all places of a server, and nobody else gets in."
_LARGE_WHY = "What is read before it is measured fills the memory of the server with a few requests."

ATTACKS = (
    _flood("slow-head", "Connections that say nothing are kept",
           f"{_SLOW} connections at once: heads byte by byte, no request at all, blank lines after an answer.",
           slow_heads, (), ("head deadline",), _SLOW_WHY),
    _flood("slow-body", "Bodies that never end are waited for",
           f"{_SLOW} connections at once whose bodies come byte by byte.",
           slow_bodies, (), ("body deadline",), _SLOW_WHY),
    _flood("connections", "Slow connections keep everybody else out",
           f"{_MANY} connections of five slow kinds, and the streams of two browsers; somebody new after each dozen.",
           connections, (), ("room for connections",), _SLOW_WHY),
    _flood("body", "Bodies are read however large they are", "A body of 10 GB, and one in chunks without end.",
           huge_bodies, ("5.2.1",), ("body cap",), _LARGE_WHY),
    _flood("packed", "Packed bodies are unpacked", "The form of signing in, packed in three ways.",
           packed, ("5.2.3",), ("no unpacking",),
           "A thousand bytes unpack to a gigabyte."),
    _flood("json", "Nested JSON breaks the app", "JSON that is deep, endless and double, on every way that takes JSON.",
           deep, ("1.5.3",), ("strict JSON",), _LARGE_WHY),
    _flood("ranges", "Files are sent many times over", "A file in a thousand overlapping pieces.",
           ranges, (), ("ranges",), "A request of a few bytes that asks for gigabytes fills the line."),
)  # fmt: skip
