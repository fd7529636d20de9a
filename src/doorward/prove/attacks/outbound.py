"""Attacks on what the server fetches: by its outbounds, in a network where every name lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from gzip import compress

from doorward.prove.attack import Attack, Try, held, untried, won
from doorward.prove.attacks.outbound_fields import addresses_in_fields
from doorward.prove.canary import Canary, answer
from doorward.prove.findings import Severity
from doorward.prove.scene import Host, Outlet, Scene
from doorward.prove.stories.telling import host_of

#: A public address that the network of these attacks leads to the canary; nothing is ever sent there.
_PUBLIC, _ALSO_PUBLIC = "93.184.216.34", "93.184.216.35"
_FIRST, _OTHER, _INSIDE = "first.zq-canary.org", "other.zq-canary.org", "inside.zq-canary.org"
_INNER = (
    *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.20.1.1", "192.168.1.1", "100.64.1.1", "0.0.0.0"),  # nosec B104
    *("169.254.169.254", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255", "198.18.0.1"),
    *("::1", "::", "fe80::1", "fd00:ec2::254", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::a9fe:a9fe", "2002:7f00:1::1", "2001:0:7f00:1::1", "2a00:1450::5efe:127.0.0.1"),
)
_LITERALS = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "localhost.", "[::1]"),
    *("[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "169.254.169.254", "0.0.0.0", "1２7.0.0.1", "x@127.0.0.1"),  # nosec B104
)
_MOST = 12
#: More than waits between two programs on one machine: so much is sent only to whoever goes on reading.
_ENDLESS = 32 << 20


@dataclass(frozen=True, slots=True)
class _Way:
    """One outlet of the app, with a host that it may ask, and the network of the attack."""

    host: Host
    outlet: Outlet
    canary: Canary
    good: str

    def fetch(self, address: str, granted: Sequence[str] = (), **headers: str) -> str:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        network = (self.canary.resolve, self.canary.dial)
        return self.host.fetch(self.outlet.name, address, *network, granted, sent)

    def at(self, authority: str, scheme: str = "") -> str:
        return f"{scheme or self.outlet.scheme}://{authority}{self.outlet.path}"

    def connects(self) -> bool:
        """Does it ask a host of its list whose address is public? Otherwise no silence of it says anything."""
        self.canary.forget()
        self.canary.lead(_host(self.good), (_PUBLIC,))
        self.fetch(self.at(self.good))
        return any(one.startswith(_PUBLIC) for one in self.canary.dialled)


def _host(authority: str) -> str:
    return authority.rpartition(":")[0] if authority.rpartition(":")[2].isdecimal() else authority


def _asked_of(outlet: Outlet) -> str:
    """A host of its list: any, where every public one is; empty where there is none that has a name."""
    for entry in outlet.hosts:
        if entry == "any public":
            return _FIRST
        if entry.startswith("*."):
            return f"zq.{entry[2:]}"
        if any(sign.isalpha() for sign in entry) and not entry.startswith("["):
            return entry
    return ""


def _each(
    scene: Scene, attack: Callable[[_Way], Iterator[Try]], fits: Callable[[Outlet], bool], none: str
) -> Iterator[Try]:
    """The attack on each outlet that it is about, and that connects where it may."""
    host = host_of(scene)
    found = 0
    for outlet in [one for one in host.outlets() if fits(one)][:_MOST]:
        with Canary() as canary:
            way = _Way(host, outlet, canary, _asked_of(outlet))
            if not way.good or not way.connects():
                yield untried("it did not connect to a host of its own list either", outlet.name)
                continue
            found += 1
            yield from attack(way)
    if not found:
        yield untried(none)


def _all(_outlet: Outlet) -> bool:
    return True


_NONE = "no outbound of this server asks anybody"


def addresses(scene: Scene) -> Iterator[Try]:
    """Hosts that may be asked and whose names lead inside, alone and among public ones; and addresses as such."""
    yield from _each(scene, _addresses, _all, _NONE)


def _addresses(way: _Way) -> Iterator[Try]:
    for inner in _INNER:
        for found in ((inner,), (_PUBLIC, inner), (inner, _PUBLIC)):
            way.canary.forget()
            way.canary.lead(_host(way.good), found)
            yield _judged(way, way.at(way.good), f"{_host(way.good)}, which leads to {', '.join(found)}")
    for literal in _LITERALS if "any public" in way.outlet.hosts else ():
        way.canary.forget()
        for name in (literal, literal.rstrip(".")):
            way.canary.lead(name, ("127.0.0.1",))
        yield _judged(way, way.at(literal), literal)


def _judged(way: _Way, address: str, said: str, allowed: int = 0) -> Try:
    """What came of a fetch that must connect to nobody, or to so many only."""
    way.fetch(address)
    if len(way.canary.dialled) > allowed:
        return won(
            f"{way.outlet.name} connected to {way.canary.dialled[-1]}, asked for {said}.", way.outlet.name, address
        )
    return held(way.outlet.name)


def rebinding(scene: Scene) -> Iterator[Try]:
    """A name that is public when it is looked up first, and leads inside a moment later."""
    yield from _each(scene, _rebinding, _all, _NONE)


def _rebinding(way: _Way) -> Iterator[Try]:
    for inner in ("127.0.0.1", "169.254.169.254", "::1"):
        way.canary.forget()
        way.canary.lead(_host(way.good), (_PUBLIC,), (inner,))
        way.fetch(way.at(way.good))
        inside = [one for one in way.canary.dialled if not one.startswith(_PUBLIC)]
        if inside or len(way.canary.asked) > 1:
            what = f"connected to {inside[0]}" if inside else "asked for a second time"
            yield won(f"{way.outlet.name} looked a name up again, and {what}.", way.outlet.name)
        else:
            yield held(way.outlet.name)


def hosts(scene: Scene) -> Iterator[Try]:
    """Hosts, ports and schemes that are not on the list, at public addresses."""
    yield from _each(scene, _hosts, _all, _NONE)


def _hosts(way: _Way) -> Iterator[Try]:
    good = _host(way.good)
    strange = [f"{good}:8443", f"{good}:22", "wiki", "printer.lan", "db.internal", "a.local", "host.localhost"]
    if "any public" not in way.outlet.hosts:
        strange += ["zq-elsewhere.org", f"{good}.zq-elsewhere.org", f"zq{good}", f"{good}@zq-elsewhere.org", _PUBLIC]
    for authority in strange:
        way.canary.forget()
        for name in (_host(authority), _host(authority).rpartition("@")[2]):
            way.canary.lead(name, (_PUBLIC,))
        yield _judged(way, way.at(authority), f"{authority}, which is not on its list")


def _first_hop(way: _Way, then: str, status: int = 302) -> tuple[str, tuple[str, ...]]:
    """An address that leads on, at a host that is granted over plain HTTP so that it can be answered; and its grant."""
    way.canary.forget()
    for name, place in ((_FIRST, _PUBLIC), (_OTHER, _ALSO_PUBLIC), (_INSIDE, "10.1.2.3"), ("localhost", "127.0.0.1")):
        way.canary.lead(name, (place,))
    way.canary.on(_FIRST, answer(status, Location=then))
    return way.at(_FIRST, "http"), (f"{_FIRST}:80",)


def redirects(scene: Scene) -> Iterator[Try]:
    """A server that may be asked, and leads on to places inside."""
    none = "no outbound of this server follows redirects"
    yield from _each(scene, _redirects, lambda one: one.redirects > 0, none)


def _redirects(way: _Way) -> Iterator[Try]:
    for status in (301, 302, 303, 307, 308):
        for then in (
            *(way.at("127.0.0.1"), way.at("localhost"), way.at(_INSIDE), way.at("169.254.169.254"), way.at("[::1]")),
            *(
                "http://127.0.0.1/",
                "//127.0.0.1/",
                "http://2130706433/",
                "http://127.0.0.1:8000/",
                "http://[::ffff:7f00:1]/",
            ),
        ):
            address, granted = _first_hop(way, then, status)
            way.fetch(address, granted)
            if [one for one in way.canary.dialled if not one.startswith(_PUBLIC)]:
                yield won(f"{way.outlet.name} followed a redirect to {then}.", way.outlet.name, address)
            else:
                yield (
                    held(way.outlet.name)
                    if way.canary.visits
                    else untried("the first step did not come", way.outlet.name)
                )


def unasked(scene: Scene) -> Iterator[Try]:
    """A server that leads on, asked by outbounds that follow no redirect."""
    none = "every outbound of this server follows redirects"
    yield from _each(scene, _unasked, lambda one: one.redirects == 0, none)


def _unasked(way: _Way) -> Iterator[Try]:
    for then in ("/zq-there", f"http://{_FIRST}/zq-there", way.at(way.good)):
        address, granted = _first_hop(way, then)
        way.fetch(address, granted)
        if len(way.canary.dialled) > 1:
            yield won(
                f"{way.outlet.name} followed a redirect, and does not say that it does.", way.outlet.name, address
            )
        else:
            yield (
                held(way.outlet.name) if way.canary.visits else untried("the first step did not come", way.outlet.name)
            )


def keys(scene: Scene) -> Iterator[Try]:
    """A server that is sent a key of the app, and leads on to another one."""
    none = "no outbound of this server follows redirects"
    yield from _each(scene, _keys, lambda one: one.redirects > 0, none)


def _keys(way: _Way) -> Iterator[Try]:
    key = "zq-key-of-the-app"
    for status in (302, 307):
        address, granted = _first_hop(way, way.at(_OTHER, "http"), status)
        way.fetch(address, (*granted, f"{_OTHER}:80"), Authorization=f"Bearer {key}", X_Key=key)
        if len(way.canary.visits) < 2 or key not in way.canary.visits[0]:
            yield untried("it did not get that far", way.outlet.name)
        elif key in way.canary.visits[1]:
            yield won(f"{way.outlet.name} gave a key of the app to another host.", way.outlet.name, address)
        else:
            yield held(way.outlet.name)


def answers(scene: Scene) -> Iterator[Try]:
    """Answers without end, packed bombs, and heads without end."""
    yield from _each(scene, _answers, _all, _NONE)


def _answers(way: _Way) -> Iterator[Try]:
    most = way.outlet.most + (1 << 20)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {way.outlet.type}\r\nConnection: close\r\n".encode()
    bomb = compress(bytes(most), 9)
    tries = (
        ("a body without end", way.canary.flood(head + b"\r\n", b"[]" * 8_192, most)),
        ("a head without end", way.canary.flood(head, b"X-Much: " + b"x" * 4_000 + b"\r\n", _ENDLESS)),
        ("a bomb", head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb),
        ("another type", answer(200, b"x", Content_Type="application/x-zq", Content_Length="1")),
    )
    for what, behave in tries:
        way.canary.forget()
        way.canary.lead(_FIRST, (_PUBLIC,))
        way.canary.on(_FIRST, behave)
        reason = way.fetch(way.at(_FIRST, "http"), (f"{_FIRST}:80",))
        if not way.canary.visits:
            yield untried("it did not come", way.outlet.name)
        elif not reason or way.canary.sent >= _ENDLESS:
            yield won(f"{way.outlet.name} took {what}.", way.outlet.name)
        else:
            yield held(way.outlet.name)


_WHY = "From the server one reaches what nobody else does: itself, the network behind it, the keys of its cloud."
_MEND = "Ask other servers by an Outbound that names its hosts, and fetch by it alone; take grants back that open more."

ATTACKS = (
    Attack("outbound.fields", "A form makes the server fetch what only it can reach",
           "The address of a canary on loopback, in every dress, in each field, query and described value for one.",
           _WHY, _MEND, ("1.3.6", "13.2.4"), ("own fetches",), bare=True, on_scene=addresses_in_fields),
    Attack("outbound.addresses", "An outbound connects to where only the server can reach",
           "Names that lead inside, alone and among public addresses; addresses in every dress.",
           _WHY, _MEND, ("1.3.6",), ("judged addresses",), on_scene=addresses),
    Attack("outbound.rebinding", "A name leads elsewhere once it was judged",
           "Names that are public at the first look, and lead inside at the second.",
           _WHY, "Connect to the address that was judged, and look nothing up again.", ("1.3.6",), ("one look-up",),
           on_scene=rebinding),
    Attack("outbound.hosts", "An outbound asks whom it does not name",
           "Hosts, names and ports that are not on the list of each outbound, at public addresses.",
           "A list of whom the app asks is what keeps a mistake elsewhere from reaching the whole Internet.",
           _MEND, ("13.2.4", "1.3.6"), ("outbound lists",), on_scene=hosts),
    Attack("outbound.redirects", "A redirect leads an outbound inside",
           "Redirects of all kinds to places that only the server can reach.",
           _WHY, "Judge where an answer leads like the first address.", ("1.3.6", "15.3.2"),
           ("judged redirects", "judged addresses"), on_scene=redirects),
    Attack("outbound.unasked-redirects", "Redirects are followed that nobody wanted",
           "Redirects to its own and to other hosts, for outbounds that follow none.",
           "Who answers would choose what the app asks next.",
           "Say redirects= only where they are meant.", ("15.3.2",), ("no redirects unasked",), Severity.MEDIUM,
           on_scene=unasked),
    Attack("outbound.keys", "A key of the app goes to another host",
           "A server that is sent a key, and leads on to another one.",
           "Whoever can make the first host answer with a redirect gets the key.",
           "Send headers of the app to the first host only.", ("15.3.2",), ("own headers",), on_scene=keys),
    Attack("outbound.answers", "An answer from elsewhere fills the server",
           "Bodies and heads without end, packed bombs, and media types that nobody wanted.",
           "One slow or endless answer for each request is enough to take the whole server.",
           "Bound bytes, time and types of every answer.", (), ("bounded answers",), Severity.MEDIUM, on_scene=answers),
)  # fmt: skip
