"""The way out, on real sockets: every connection is watched, and what is refused succeeds once it is granted."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorward.core.fetched import Fetched
from doorward.core.outbound import Outbound, reach_of
from doorward.core.outbound_hosts import read_grant
from doorward.errors import OutboundFailed, OutboundRefused
from doorward.web.outbound import network
from doorward.web.outbound.messenger import Ask, Messenger
from tests.support.elsewhere import Elsewhere, Names, Sockets, Wires, answer, leads_to, watched
from tests.support.smtp import certificate

PUBLIC_ADDRESS, ANOTHER = "93.184.216.34", "93.184.216.35"
GET = Ask()


@pytest.fixture(scope="module")
def server() -> Iterator[Elsewhere]:
    with Elsewhere() as started:
        yield started


@pytest.fixture(autouse=True)
def _fresh(server: Elsewhere) -> None:
    server.forget()


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def wires(server: Elsewhere) -> Wires:
    return Wires({PUBLIC_ADDRESS: server.port, ANOTHER: server.port})


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    with watched() as seen:
        yield seen


def fetch(
    address: str,
    names: Names | None = None,
    wires: Wires | None = None,
    *,
    grants: str = "",
    ask: Ask = GET,
    trust: ssl.SSLContext | None = None,
    **fields: Any,
) -> Fetched:
    """Fetch by an outbound that may ask any public host, over http too."""
    given = {"types": ["text/html"], "hosts": ["any public"], "schemes": ["http", "https"], "seconds": 5, **fields}
    outbound = Outbound("notes.previews", **given)
    granted = [read_grant(f"notes.previews={one}") for one in grants.split(",") if one]
    own: dict[str, Any] = {"dial": wires} if wires is not None else {}
    messenger = Messenger(resolve=names or Names(), own=frozenset, trust=trust, **own)
    return messenger.fetch(reach_of(outbound, None, granted), address, ask)


def refused(*given: Any, **more: Any) -> str:
    with pytest.raises(OutboundRefused) as problem:
        fetch(*given, **more)
    return problem.value.reason


def failed(*given: Any, **more: Any) -> str:
    with pytest.raises(OutboundFailed) as problem:
        fetch(*given, **more)
    return problem.value.reason


# -- addresses that only this server can reach ---------------------------------------------------------------


def test_an_address_of_this_machine_is_not_connected_to_until_it_is_granted(
    server: Elsewhere, sockets: Sockets
) -> None:
    address = server.on("/secret", answer(b"<p>inside"))
    assert refused(address) == "host and port are not on the list"
    assert (
        refused(f"http://127.0.0.1:{server.port}/secret", hosts=[f"127.0.0.1:{server.port}"]) == "leads to this machine"
    )
    assert sockets.connected == []
    assert server.visits == 0
    assert fetch(address, grants=f"127.0.0.1:{server.port}").body == b"<p>inside"
    assert sockets.connected == [f"127.0.0.1:{server.port}"]


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "localhost.",
        "１２７.0.0.1",
        "a@127.0.0.1",
    ],
)
def test_other_ways_to_write_this_machine_reach_nothing_even_where_it_is_granted(
    server: Elsewhere, sockets: Sockets, host: str
) -> None:
    server.on("/secret", answer(b"inside"))
    grants = f"127.0.0.1:{server.port},localhost:{server.port}"
    refused(
        f"http://{host}:{server.port}/secret", grants=grants, hosts=["any public", f"[::ffff:7f00:1]:{server.port}"]
    )
    assert sockets.connected == sockets.looked_up == []
    assert fetch(server.at("/secret"), grants=grants).ok


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.7", "172.20.1.1", "192.168.1.1", "100.64.1.1", "169.254.169.254", "100.100.100.200"),
        *("0.0.0.0", "224.0.0.1", "::1", "::", "fe80::1", "fe80::1%lo", "fd00:ec2::254", "fd12::1", "::ffff:127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001:0:1::1", "2a00::5efe:127.0.0.1", "ff02::1"),
    ],
)
def test_a_name_that_leads_inside_is_not_connected_to(
    server: Elsewhere, names: Names, wires: Wires, sockets: Sockets, address: str
) -> None:
    server.on("/", answer(b"public"))
    for place in (address, f"{PUBLIC_ADDRESS} {address}", f"{address} {PUBLIC_ADDRESS}"):
        names.lead("shop.example.org", place)
        assert refused("http://shop.example.org/", names, wires).startswith("leads to")
    assert wires.dialled == sockets.connected == []
    names.lead("shop.example.org", PUBLIC_ADDRESS)
    assert fetch("http://shop.example.org/", names, wires).body == b"public"
    assert wires.dialled == [f"{PUBLIC_ADDRESS}:80"]


def test_a_name_is_looked_up_once_and_what_it_says_later_does_not_count(
    server: Elsewhere, names: Names, wires: Wires, sockets: Sockets
) -> None:
    """DNS rebinding: public while it is judged, this machine a moment later."""
    server.on("/", answer(b"public"))
    names.lead("shop.example.org", PUBLIC_ADDRESS, "127.0.0.1")
    assert fetch("http://shop.example.org/", names, wires).body == b"public"
    assert wires.dialled == [f"{PUBLIC_ADDRESS}:80"]
    assert names.asked == ["shop.example.org."]
    assert sockets.looked_up == [], "nobody else looked it up either"
    assert refused("http://shop.example.org/", names, wires) == "leads to this machine"
    assert len(wires.dialled) == 1


def test_a_granted_name_leads_where_the_operator_has_it(server: Elsewhere, names: Names, sockets: Sockets) -> None:
    server.on("/", answer(b"printed"))
    names.lead("printer.lan", "127.0.0.1")
    at = server.at("/", "printer.lan")
    assert refused(at, names) == "host and port are not on the list"
    assert sockets.connected == []
    assert fetch(at, names, grants=f"printer.lan:{server.port}").body == b"printed"
    assert names.asked == ["printer.lan"], "as it is: the domain of this network may belong to it"
    names.lead("printer.lan", "169.254.169.254")
    assert refused(at, names, grants=f"printer.lan:{server.port}") == "leads to a cloud's metadata service"


def test_a_name_that_nobody_has_reads_like_one_that_leads_inside(names: Names) -> None:
    """Otherwise whoever may name an address could find out which names there are in the network behind."""
    names.lead("inner.example.org", "10.0.0.1")
    with pytest.raises(OutboundRefused) as inner:
        fetch("https://inner.example.org/", names)
    with pytest.raises(OutboundRefused) as unknown:
        fetch("https://unknown.example.org/", names)
    assert inner.value.message == unknown.value.message
    assert inner.value.status == unknown.value.status
    assert inner.value.reason != unknown.value.reason, "who runs the server learns the difference"


def test_the_next_address_is_tried_where_one_does_not_answer(server: Elsewhere, names: Names) -> None:
    server.on("/", answer(b"found"))
    with socket.create_server(("127.0.0.1", 0)) as gone:
        dead = gone.getsockname()[1]
    wires = Wires({PUBLIC_ADDRESS: dead, ANOTHER: server.port})
    names.lead("shop.example.org", f"{PUBLIC_ADDRESS} {ANOTHER}")
    assert fetch("http://shop.example.org/", names, wires).body == b"found"
    names.lead("shop.example.org", PUBLIC_ADDRESS)
    assert failed("http://shop.example.org/", names, wires) == "cannot be connected to"


# -- redirects -----------------------------------------------------------------------------------------------


def lead_on(names: Names) -> None:
    for name, place in (
        ("shop.example.org", PUBLIC_ADDRESS),
        ("other.example.org", ANOTHER),
        ("in.example.org", "10.0.0.1"),
    ):
        names.lead(name, place)


def test_no_redirect_is_followed_unless_the_outbound_says_so(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    server.on("/", leads_to("/there"))
    server.on("/there", answer(b"there"))
    assert failed("http://shop.example.org/", names, wires) == "answered 302, and redirects are not followed"
    assert server.paths() == ["GET /"]
    found = fetch("http://shop.example.org/", names, wires, redirects=1)
    assert (found.body, found.address) == (b"there", "http://shop.example.org/there")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "inside",
    [
        "http://127.0.0.1:{port}/secret",
        "http://localhost:{port}/secret",
        "//127.0.0.1/secret",
        "http://in.example.org/",
        "http://2130706433/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://other.example.org:{port}/",
        "http://x@other.example.org/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_is_judged_before_anything_is_connected_to(
    server: Elsewhere, names: Names, wires: Wires, status: int, inside: str
) -> None:
    lead_on(names)
    server.on("/", leads_to(inside.format(port=server.port), status))
    with watched() as seen:
        refused("http://shop.example.org/", names, wires, redirects=3)
    assert wires.dialled == [f"{PUBLIC_ADDRESS}:80"]
    assert len(seen.connected) == 1
    assert server.paths() == ["GET /"]


def test_a_redirect_to_a_granted_target_is_followed(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    server.on("/", leads_to(server.on("/granted", answer(b"granted"))))
    assert refused("http://shop.example.org/", names, wires, redirects=1)
    grants = f"127.0.0.1:{server.port}"
    assert fetch("http://shop.example.org/", names, wires, redirects=1, grants=grants).body == b"granted"


def test_a_redirect_may_be_looked_up_anew_and_is_then_judged_anew(
    server: Elsewhere, names: Names, wires: Wires
) -> None:
    names.lead("shop.example.org", PUBLIC_ADDRESS, "127.0.0.1")
    server.on("/", leads_to("http://shop.example.org/again"))
    assert refused("http://shop.example.org/", names, wires, redirects=3) == "leads to this machine"
    assert wires.dialled == [f"{PUBLIC_ADDRESS}:80"]


def test_a_circle_of_redirects_ends(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    server.on("/", leads_to("/"))
    assert failed("http://shop.example.org/", names, wires, redirects=3) == "too many redirects"
    assert len(server.asked) == 4


def test_headers_of_the_app_stay_with_the_host_that_was_asked_first(
    server: Elsewhere, names: Names, wires: Wires
) -> None:
    lead_on(names)
    ask = Ask(headers={"Authorization": "Bearer sesame", "X-Key": "sesame", "Accept": "text/html"})
    server.on("/", leads_to("/same"))
    server.on("/same", leads_to("http://other.example.org/elsewhere"))
    server.on("/elsewhere", leads_to("http://shop.example.org/back"))
    server.on("/back", answer(b"back", Set_Cookie="a=b"))
    fetch("http://shop.example.org/", names, wires, redirects=3, ask=ask)
    told = [b"sesame" in head for head in server.asked]
    assert told == [True, True, False, False], "not even back where it came from"
    assert not any(b"cookie" in head.lower() for head in server.asked)


def test_a_body_goes_to_nobody_else(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    ask = Ask("POST", {}, b"{}", "application/json")
    fields = {"redirects": 2, "methods": ["POST"], "ask": ask}
    server.on("/", leads_to("http://other.example.org/there", 307))
    server.on("/there", answer(b"ok"))
    assert "body" in refused("http://shop.example.org/", names, wires, **fields)
    server.forget()
    server.on("/", leads_to("/there", 307))
    assert fetch("http://shop.example.org/", names, wires, **fields).ok
    server.on("/", leads_to("http://other.example.org/there", 303))
    assert fetch("http://shop.example.org/", names, wires, **fields).ok
    assert [head.endswith(b"{}") for head in server.asked] == [True, True, True, False]
    assert server.paths()[-1] == "GET /there"
    assert b"content-type" not in server.asked[-1].lower()


def test_cookies_of_an_answer_are_not_sent_along(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    server.on("/", leads_to("/there", Set_Cookie="session=1; Path=/"))
    server.on("/there", answer(b"ok"))
    fetch("http://shop.example.org/", names, wires, redirects=1)
    fetch("http://shop.example.org/", names, wires, redirects=1)
    assert len(server.asked) == 4
    assert not any(b"cookie" in head.lower() for head in server.asked)


# -- TLS -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Elsewhere, ssl.SSLContext]]:
    made = certificate(tmp_path_factory.mktemp("tls"), "shop.example.org")
    with Elsewhere(made.context) as started:
        yield started, ssl.create_default_context(cafile=str(made.authority))


def test_the_certificate_is_checked_for_the_name_and_the_connection_leads_to_the_address(
    secure: tuple[Elsewhere, ssl.SSLContext], names: Names
) -> None:
    server, trust = secure
    server.on("/", answer(b"secure"))
    wires = Wires({PUBLIC_ADDRESS: server.port})
    lead_on(names)
    names.lead("liar.example.org", PUBLIC_ADDRESS)
    assert fetch("https://shop.example.org/", names, wires, trust=trust).body == b"secure"
    assert server.names == ["shop.example.org"]
    assert "certificate" in failed("https://liar.example.org/", names, wires, trust=trust)
    assert "certificate" in failed(f"https://{PUBLIC_ADDRESS}/", names, wires, trust=trust)
    assert "certificate" in failed("https://shop.example.org/", names, wires), "an authority that nobody here knows"
    assert wires.dialled == [f"{PUBLIC_ADDRESS}:443"] * 4
    assert server.paths() == ["GET /"], "nothing was said before the certificate held"


def test_https_never_leads_on_to_http(
    secure: tuple[Elsewhere, ssl.SSLContext], server: Elsewhere, names: Names
) -> None:
    tls, trust = secure
    wires = Wires({PUBLIC_ADDRESS: tls.port, ANOTHER: server.port})
    lead_on(names)
    server.on("/", answer(b"plain"))
    tls.on("/down", leads_to("http://other.example.org/"))
    assert (
        refused("https://shop.example.org/down", names, wires, redirects=3, trust=trust)
        == "redirect from https to http"
    )
    assert server.visits == 0
    server.on("/up", leads_to("https://shop.example.org/"))
    tls.on("/", answer(b"secure"))
    assert fetch("http://other.example.org/up", names, wires, redirects=3, trust=trust).body == b"secure"


def test_a_server_that_speaks_no_tls_is_not_talked_to(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    server.on("/", answer(b"plain"))
    reason = failed("https://shop.example.org/", names, wires, seconds=0.5)
    assert reason in ("no TLS that is taken", "broke off", "too slow")
    assert not any(b"GET" in head for head in server.asked)


# -- answers that are too much -------------------------------------------------------------------------------


def endless(start: bytes, more: bytes) -> Any:
    """Sends the start, and then more until nobody listens any more."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(more)

    return behave


def dripping(start: bytes, drop: bytes) -> Any:
    """Sends the start, then a drop whenever one could think that it has ended."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.settimeout(0.05)
        while True:
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                connection.sendall(drop)

    return behave


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
NO_HTTP = "answer is not HTTP"
ODDLY_PACKED = "body is packed in a way that was not asked for"
ZEROS = gzip.compress(bytes(50 << 20), 9)


@pytest.mark.parametrize(
    ("name", "behave", "reason"),
    [
        ("a body without end", endless(HEAD + b"\r\n", b"x" * 65_536), "body is too large"),
        ("chunks without end", endless(HEAD + CHUNKED, CHUNK), "body is too large"),
        ("chunks of nothing but extensions",
         endless(HEAD + CHUNKED, b"1;" + b"x" * 2000 + b"\r\na\r\n"), "too much was sent"),
        ("a length beyond all bounds", answer(b"", Content_Length=str(10**12)), "body is too large"),
        ("a length that is no number", answer(b"", Content_Length="1" * 5000), NO_HTTP),
        ("a head without end", endless(b"HTTP/1.1 200 OK\r\n", b"X-Much: " + b"x" * 8000 + b"\r\n"), NO_HTTP),
        ("one line without end", endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65_536), NO_HTTP),
        ("a large head", answer(b"hi", X_Large="x" * 40_000), "head is too large"),
        ("many fields", answer(b"hi", **{f"X_{n}": "x" for n in range(200)}), "head is too large"),
        ("hints without end", endless(b"", b"HTTP/1.1 103 Hint\r\nLink: " + b"x" * 9000 + b"\r\n\r\n"),
         "too much was sent"),
        ("a bomb", answer(ZEROS, Content_Encoding="gzip"), "body is too large"),
        ("a bomb in chunks",
         HEAD + b"Content-Encoding: gzip\r\n" + CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(ZEROS), ZEROS),
         "body is too large"),
        ("a packing that nobody asked for", answer(b"x", Content_Encoding="br"), ODDLY_PACKED),
        ("packed twice", answer(b"x", Content_Encoding="gzip, gzip"), ODDLY_PACKED),
        ("no gzip at all", answer(b"x" * 50, Content_Encoding="gzip"), "body is packed wrongly"),
        ("cut off", answer(gzip.compress(b"x" * 500)[:20], Content_Encoding="gzip"), "body was cut off"),
        ("cut off, plain", HEAD + b"Content-Length: 100\r\n\r\nxxx", NO_HTTP),
        ("another type", answer(b"x", Content_Type="application/x-sh"), "type application/x-sh"),
        ("no type", answer(b"x", Content_Type=""), "no type that can be read"),
        ("an order to a terminal", answer(b"x", Content_Type="text/\x1b[2Jx"), "no type that can be read"),
        ("two types", HEAD + b"Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx", "two fields content-type"),
        ("an upgrade", b"HTTP/1.1 101 Other\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", NO_HTTP),
        ("not modified", b"HTTP/1.1 304 Not Modified\r\n\r\n", "answered 304"),
        ("no HTTP", b"SSH-2.0-OpenSSH\r\n", NO_HTTP),
        ("nothing", b"", NO_HTTP),
    ],
)  # fmt: skip
def test_an_answer_that_is_too_much_or_wrong_is_dropped(
    server: Elsewhere, names: Names, wires: Wires, name: str, behave: Any, reason: str
) -> None:
    lead_on(names)
    server.on("/", behave)
    fetched: list[str] = []
    tracemalloc.start()
    try:
        fetched.append(failed("http://shop.example.org/", names, wires, max_bytes="100KiB"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fetched == [reason], name
    assert peak < 3 << 20, f"{name} cost {peak} bytes"


@pytest.mark.parametrize(
    ("start", "drop"),
    [(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n"), (HEAD + b"\r\n", b"x"), (b"H", b"")],
    ids=["the head", "the body", "nothing more"],
)
def test_a_slow_answer_ends_with_the_time_of_the_outbound(
    server: Elsewhere, names: Names, wires: Wires, start: bytes, drop: bytes
) -> None:
    lead_on(names)
    server.on("/", dripping(start, drop))
    began = time.monotonic()
    assert failed("http://shop.example.org/", names, wires, seconds=0.4) == "too slow"
    assert time.monotonic() - began < 4, "each drop must not begin the time anew"


def test_a_slow_handshake_ends_with_the_time_of_the_outbound(names: Names) -> None:
    lead_on(names)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wires = Wires({PUBLIC_ADDRESS: silent.getsockname()[1]})
        assert failed("https://shop.example.org/", names, wires, seconds=0.3) == "too slow"


def test_the_time_counts_for_all_redirects_together(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    server.on("/", leads_to("/slow"))
    server.on("/slow", dripping(HEAD + b"\r\n", b"x"))
    assert failed("http://shop.example.org/", names, wires, seconds=0.4, redirects=2) == "too slow"


def test_what_is_packed_within_bounds_is_unpacked(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    server.on("/", answer(gzip.compress(b"x" * 90_000), Content_Encoding="gzip"))
    assert len(fetch("http://shop.example.org/", names, wires, max_bytes="100KiB").body) == 90_000
    server.on("/", answer(b"x" * (100 << 10)))
    assert len(fetch("http://shop.example.org/", names, wires, max_bytes="100KiB").body) == 100 << 10


def test_an_error_of_another_type_keeps_its_status_and_loses_its_page(
    server: Elsewhere, names: Names, wires: Wires
) -> None:
    lead_on(names)
    server.on("/", answer(b"<script>", "503 Busy", Content_Type="application/xhtml+xml"))
    found = fetch("http://shop.example.org/", names, wires)
    assert (found.status, found.type, found.body, found.ok) == (503, "", b"", False)
    server.on("/", answer(b"<p>gone", "410 Gone", Content_Type='Text/HTML; Charset="UTF-8"'))
    found = fetch("http://shop.example.org/", names, wires)
    assert (found.status, found.type, found.body, found.charset) == (410, "text/html", b"<p>gone", "utf-8")


# -- what goes out -------------------------------------------------------------------------------------------


def test_what_is_sent_is_what_was_judged_and_nothing_of_the_environment(
    server: Elsewhere, names: Names, wires: Wires, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine shop.example.org login ada password sesame\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    lead_on(names)
    server.on("/%C3%A4", answer(b"ok"))
    assert fetch("HTTP://SHOP.Example.ORG:80/ä?q=<x>#part", names, wires).ok
    assert server.asked == [
        b"GET /%C3%A4?q=%3Cx%3E HTTP/1.1\r\n"
        b"host: shop.example.org\r\nuser-agent: Doorward\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n"
    ]


def test_each_fetch_has_a_connection_of_its_own(server: Elsewhere, names: Names, wires: Wires) -> None:
    lead_on(names)
    server.on("/", answer(b"ok", Connection="keep-alive"))
    for _ in range(3):
        assert fetch("http://shop.example.org/", names, wires).ok
    assert server.visits == 3
    assert len(wires.dialled) == len(names.asked) == 3


def test_the_head_of_an_ipv6_address_has_its_brackets(names: Names) -> None:
    with Elsewhere(host="::1") as server:
        server.on("/", answer(b"six"))
        assert fetch(f"http://[::1]:{server.port}/", names, grants=f"[::1]:{server.port}").body == b"six"
        assert b"host: [::1]:%d" % server.port in server.asked[0]
        assert refused(f"http://[::1]:{server.port}/", names, hosts=[f"[::1]:{server.port}"]) == "leads to this machine"
        assert server.visits == 1


# -- the name service ----------------------------------------------------------------------------------------


def test_the_real_name_service_is_asked_once_for_each_name(server: Elsewhere, sockets: Sockets) -> None:
    server.on("/", answer(b"here"))
    outbound = Outbound("notes.previews", types=["text/html"], hosts=[], seconds=5)
    reach = reach_of(outbound, None, [read_grant(f"notes.previews=localhost:{server.port}")])
    assert Messenger().fetch(reach, f"http://localhost:{server.port}/", GET).body == b"here"
    assert sockets.looked_up == ["localhost"]
    assert sockets.connected[-1] == f"127.0.0.1:{server.port}"


def test_a_name_service_that_hangs_costs_no_more_than_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: let_go.wait(10) and [])
    try:
        with pytest.raises(OutboundFailed) as problem:
            network.look_up("example.org.", 0.1)
        assert problem.value.reason == "name service is too slow"
    finally:
        let_go.set()


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, ""), None),
        (socket.gaierror(socket.EAI_AGAIN, ""), "name service does not answer"),
    ],
)
def test_no_such_name_is_an_answer_and_silence_is_none(
    monkeypatch: pytest.MonkeyPatch, problem: OSError, reason: str | None
) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> Any:
        raise problem

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    if reason is None:
        assert network.look_up("nobody.example.org.", 1) == []
    else:
        with pytest.raises(OutboundFailed) as raised:
            network.look_up("example.org.", 1)
        assert raised.value.reason == reason


def test_this_machine_knows_its_own_addresses() -> None:
    assert "127.0.0.1" in network.own_addresses()
