"""Which addresses an outbound may ask: what tries to look like another one, lists, grants, and where answers lead."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.core.fetched import Fetched
from doorward.core.outbound import Outbound, Reach, reach_of
from doorward.core.outbound_hosts import BadHost, Grant, read_entry, read_grant, read_host
from doorward.core.outbound_urls import read_url
from doorward.errors import OutboundRefused, StartRefused

PUBLIC_ADDRESS = "93.184.216.34"
NOBODY: frozenset[str] = frozenset()


def outbound(*hosts: str, **fields: Any) -> Outbound:
    return Outbound("notes.previews", **{"types": ["text/html"], "hosts": hosts, **fields})


def reach(*hosts: str, grants: str = "", **fields: Any) -> Reach:
    return reach_of(outbound(*hosts, **fields), None, [read_grant(one) for one in grants.split(",") if one])


def covers(within: Reach, address: str) -> bool:
    try:
        within.must_cover(read_url(address))
    except OutboundRefused:
        return False
    return True


ANYWHERE = reach("any public", schemes=["http", "https"])


# --- addresses that pretend ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://127.1/",
        "http://127.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://00127.0.0.1/",
        "http://127.0.0.01/",
        "http://127.0.0.1./",
        "http://1.2.3.4.5/",
        "http://name.0x7f/",
        "http://name.1/",
        "http://１２７.0.0.1/",
        "http://127.0.0.１/",
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http://127｡0｡0｡1/",
        "http://loc\u00adalhost.org/",
        "http://ex\u200bample.org/",
        "http://ⓔxample.org/",
        "http://straße.example.org/",
        "http://xn--\u00fc.org/",
        "http://[::1/",
        "http://::1/",
        "http://[::1%25lo]/",
        "http://[::1%lo]/",
        "http://[127.0.0.1]/",
        "http://[v1.x]/",
        "http://%31%32%37.0.0.1/",
        "http://example%2eorg/",
        "http://example.org%00.org/",
        "http://example.org./",
        "http://.example.org/",
        "http://example..org/",
        "http://-a.org/",
        "http://a_b.org/",
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://@example.org/",
        "http://example.org@127.0.0.1/",
        "http://127.0.0.1\\@example.org/",
        "http:\\\\127.0.0.1/",
        "http://example.org\\.evil.org/",
        "http://example.org:0/",
        "http://example.org:80a/",
        "http://example.org:/",
        "http://example.org:080/",
        "http://example.org:65536/",
        "http://example.org:٨٠/",
        "http://example.org :80/",
        " http://example.org/",
        "http://example.org/ ",
        "http://exam\tple.org/",
        "http://example.org/\r\nHost: evil",
        "http://example.org/\x00",
        "http://example.org/\u2028",
        "http://example.org/a b",
        "http:example.org",
        "http:/example.org",
        "http:///example.org/",
        "//example.org/",
        "/etc/passwd",
        "example.org",
        "",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "dict://127.0.0.1:11211/",
        "jar:http://example.org!/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https+unix://example.org/",
        "httpſ://example.org/",
        "https://ex\u212aample.org/",
        "http://" + "a" * 300 + ".org/",
        "http://example.org/" + "a" * 2000,
    ],
)
def test_an_address_that_could_be_read_in_two_ways_is_refused(address: str) -> None:
    with pytest.raises(OutboundRefused) as refused:
        read_url(address)
    assert refused.value.reason
    assert "example.org" in refused.value.message or "Leave" in refused.value.message


@given(st.text(max_size=40), st.sampled_from(["http://{}", "https://example.org{}", "http://{}@x.org/", "{}"]))
@settings(max_examples=300)
def test_whatever_is_read_has_one_form_and_reads_as_itself(text: str, frame: str) -> None:
    try:
        url = read_url(frame.format(text))
    except OutboundRefused:
        return
    written = str(url)
    assert written.isascii()
    assert written.isprintable()
    assert not set(written) & set(' "<>\\^`{|}')
    assert read_url(written) == url
    assert url.scheme in ("http", "https")
    assert "@" not in url.authority


@given(st.text(alphabet="0123456789abcdefxABCDEFX.:[]%", max_size=30))
@settings(max_examples=300)
def test_a_host_that_is_read_is_an_address_or_a_name_and_never_both(text: str) -> None:
    try:
        host = read_host(text)
    except BadHost:
        return
    assert read_host(f"[{host}]" if ":" in host else host) == host


# --- lists -----------------------------------------------------------------------------------------


def test_without_a_list_nobody_is_asked() -> None:
    assert not covers(reach(), "https://example.org/")
    assert covers(reach("example.org"), "https://example.org/")


@pytest.mark.parametrize(
    ("entry", "covered", "not_covered"),
    [
        ("api.example.org", "https://api.example.org/", "https://example.org/"),
        ("api.example.org", "https://API.example.org/x?y", "https://api.example.org.evil.org/"),
        ("api.example.org", "https://api.example.org:443/", "https://api.example.org:8443/"),
        ("api.example.org:8443", "https://api.example.org:8443/", "https://api.example.org/"),
        ("*.example.org", "https://a.b.example.org/", "https://example.org/"),
        ("*.example.org", "https://a.example.org/", "https://aexample.org/"),
        ("*.example.org:8443", "https://a.example.org:8443/", "https://a.example.org/"),
        ("münchen.example.org", "https://xn--mnchen-3ya.example.org/", "https://munchen.example.org/"),
        ("8.8.8.8", "https://8.8.8.8/", "https://8.8.8.9/"),
        ("[2a00:1450::1]", "https://[2a00:1450:0::1]/", "https://[2a00:1450::2]/"),
        ("https://ai.example.org/v1", "https://ai.example.org/", "http://ai.example.org/"),
        ("https://ai.example.org:8443/v1", "https://ai.example.org:8443/", "https://ai.example.org/"),
        ("any public", "https://anything.org/", "https://anything.org:8443/"),
        ("any public", "https://8.8.8.8/", "http://anything.org/"),
    ],
)
def test_an_entry_covers_what_it_names_and_nothing_else(entry: str, covered: str, not_covered: str) -> None:
    assert covers(reach(entry), covered)
    assert not covers(reach(entry), not_covered)
    [read] = reach(entry).entries
    assert read_entry(str(read)) == read


@pytest.mark.parametrize(
    "name",
    ["localhost", "printer", "wiki.lan", "a.local", "db.internal", "a.localhost", "x.home.arpa", "a.test", "a.onion"],
)
def test_names_that_mean_something_in_one_network_only_are_not_public(name: str) -> None:
    assert not covers(ANYWHERE, f"https://{name}/")
    assert covers(reach(name), f"https://{name}/"), "named, it is on the list; where it leads is judged later"


def test_paths_are_a_list_too_and_dots_do_not_lead_out() -> None:
    narrow = reach("example.org", paths=["/v1/", "/status"])
    assert covers(narrow, "https://example.org/v1/models?x=/../")
    assert covers(narrow, "https://example.org/status")
    for path in ("/", "/v2/", "/v1/../admin", "/v1/%2e%2e/admin", "/v1/.%2E/admin", "/v1/..%2fadmin", "/v1/..%5cadmin"):
        assert not covers(narrow, f"https://example.org{path}"), path


@pytest.mark.parametrize(
    "entry", ["*", "*.org", "*.8.8.8.8", "ftp://x.org", "https://u@x.org", "x.org/y", "x.org:0", "a b", "10.0.0.0/8"]
)
def test_an_entry_that_is_none_stops_the_start(entry: str) -> None:
    with pytest.raises(StartRefused, match="any public"):
        reach(entry)


@pytest.mark.parametrize(
    "fields",
    [
        {"types": []},
        {"types": "text/html"},
        {"types": ["*/*"]},
        {"types": ["text"]},
        {"methods": ["CONNECT"]},
        {"methods": []},
        {"schemes": ["ftp"]},
        {"paths": ["v1"]},
        {"redirects": 100},
        {"redirects": -1},
        {"seconds": 0},
        {"seconds": 10_000},
        {"max_bytes": "1GiB"},
        {"max_bytes": 0},
        {"max_bytes": "much"},
        {"hosts": "example.org"},
    ],
)
def test_an_outbound_that_is_not_one_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(StartRefused, match=r"notes\.previews"):
        outbound("example.org", **fields)


@pytest.mark.parametrize("name", ["previews", "Chat.previews", "chat.", "chat previews", "", "chat.x" * 20])
def test_an_outbound_has_a_name_of_an_app_and_what_it_is_for(name: str) -> None:
    with pytest.raises(StartRefused, match=r"chat\.previews"):
        Outbound(name, types=["text/html"])


def test_the_list_may_depend_on_the_settings() -> None:
    made = Outbound("notes.ai", types=["application/json"], hosts=lambda settings: [settings["ai"]])
    assert covers(reach_of(made, {"ai": "ai.example.org"}, []), "https://ai.example.org/")
    assert not covers(reach_of(made, {"ai": "ai.example.com"}, []), "https://ai.example.org/")


# --- where a name leads ----------------------------------------------------------------------------


def judged(within: Reach, address: str, *addresses: str, own: frozenset[str] = NOBODY) -> tuple[str, ...] | str:
    try:
        return within.judged(read_url(address), addresses, own)
    except OutboundRefused as refused:
        return refused.reason


def test_one_bad_address_among_many_refuses_the_name() -> None:
    good = [f"93.184.216.{number}" for number in range(20)]
    assert judged(ANYWHERE, "https://example.org/", *good) == tuple(good)
    for place in (0, 10, 20):
        mixed = [*good[:place], "10.0.0.1", *good[place:]]
        assert judged(ANYWHERE, "https://example.org/", *mixed) == "leads to a private network"


def test_a_name_without_an_address_or_with_too_many_is_refused() -> None:
    assert judged(ANYWHERE, "https://example.org/") == "name is unknown"
    many = [f"93.184.{number // 250}.{number % 250}" for number in range(65)]
    assert judged(ANYWHERE, "https://example.org/", *many) == "name has too many addresses"


def test_what_listens_on_a_public_address_of_this_machine_is_not_for_fetches() -> None:
    assert judged(ANYWHERE, "https://example.org/", PUBLIC_ADDRESS) == (PUBLIC_ADDRESS,)
    own = frozenset({PUBLIC_ADDRESS})
    assert judged(ANYWHERE, "https://example.org/", PUBLIC_ADDRESS, own=own) == "leads to an address of this machine"


def test_a_named_host_is_judged_by_where_it_leads_all_the_same() -> None:
    named = reach("printer.lan:8443")
    assert covers(named, "https://printer.lan:8443/")
    assert judged(named, "https://printer.lan:8443/", "10.0.0.7") == "leads to a private network"


# --- what the operator grants ----------------------------------------------------------------------


def test_a_grant_opens_exactly_that_host_and_port_to_an_outbound_that_names_it() -> None:
    granted = reach("printer.lan:8443", grants="printer.lan:8443")
    assert judged(granted, "https://printer.lan:8443/", "10.0.0.7") == ("10.0.0.7",)
    assert covers(granted, "http://printer.lan:8443/"), "the operator's own devices may be asked by http"
    for other in ("https://printer.lan/", "https://printer.lan:8444/", "https://other.lan:8443/"):
        assert not covers(granted, other)


def test_a_grant_to_all_does_not_open_what_people_choose() -> None:
    """Somebody who may paste a link must not get at the model server that another outbound was granted."""
    assert not covers(reach("any public", grants="10.0.0.5:11434"), "http://10.0.0.5:11434/")
    assert covers(reach("10.0.0.5:11434", grants="10.0.0.5:11434"), "http://10.0.0.5:11434/")
    for_it = reach("any public", grants="notes.previews=10.0.0.5:11434")
    assert covers(for_it, "http://10.0.0.5:11434/")
    assert judged(for_it, "http://10.0.0.5:11434/", "10.0.0.5") == ("10.0.0.5",)
    assert not covers(reach("any public", grants="chat.previews=10.0.0.5:11434"), "http://10.0.0.5:11434/")


@pytest.mark.parametrize(
    "bad", ["169.254.169.254", "fd00:ec2::254", "169.254.3.4", "224.0.0.1", "0.0.0.0", "::ffff:10.0.0.1"]
)
def test_no_grant_leads_to_metadata_or_to_what_is_no_service(bad: str) -> None:
    granted = reach("wiki.lan:443", grants="wiki.lan:443")
    assert judged(granted, "https://wiki.lan/", "10.0.0.1") == ("10.0.0.1",)
    assert "leads to" in str(judged(granted, "https://wiki.lan/", bad))
    with pytest.raises(ValueError, match="never granted"):
        read_grant(f"[{bad}]:80" if ":" in bad else f"{bad}:80")


@pytest.mark.parametrize(
    "text", ["*.lan:80", "any public", "10.0.0.0/8:80", "10.0.0.5", "printer.lan", "a b:80", "x=y=z:80"]
)
def test_a_grant_names_one_host_and_one_port(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        read_grant(text)


@pytest.mark.parametrize("text", ["printer.lan:8443", "10.0.0.5:11434", "[fd00::5]:80", "chat.previews=wiki.lan:443"])
def test_a_grant_is_written_as_it_is_read(text: str) -> None:
    assert str(read_grant(text)) == text
    assert isinstance(read_grant(text), Grant)


# --- where an answer leads -------------------------------------------------------------------------


def next_of(within: Reach, address: str, location: str, method: str = "GET", status: int = 302) -> str:
    try:
        url, then = within.next_step(read_url(address), method, status, location)
    except OutboundRefused as refused:
        return refused.reason
    return f"{then} {url}"


@pytest.mark.parametrize(
    ("location", "leads"),
    [
        ("/b?c", "GET https://example.org/b?c"),
        ("b", "GET https://example.org/a/b"),
        ("../b", "GET https://example.org/b"),
        ("?q", "GET https://example.org/a/?q"),
        ("//other.org/x", "GET https://other.org/x"),
        ("https://other.org/x#y", "GET https://other.org/x"),
        ("/ä", "GET https://example.org/%C3%A4"),
        ("http://other.org/", "redirect from https to http"),
        ("http://127.0.0.1/", "redirect from https to http"),
        ("https://localhost/", "host and port are not on the list"),
        ("https://user@other.org/", "user information"),
        ("https://other.org:8443/", "host and port are not on the list"),
        ("\\\\other.org/", "backslash, blank or control character"),
        ("/a b", "backslash, blank or control character"),
        ("https://2130706433/", "host is a number that is no address as everybody writes it"),
        ("file:///etc/passwd", "neither http nor https"),
        ("", "empty or too long"),
    ],
)
def test_a_redirect_is_judged_like_an_address(location: str, leads: str) -> None:
    assert next_of(ANYWHERE, "https://example.org/a/", location) == leads


def test_not_even_a_granted_target_is_reached_by_a_redirect_to_http() -> None:
    granted = reach("any public", grants="notes.previews=wiki.lan:80", schemes=["http", "https"])
    assert next_of(granted, "http://example.org/", "http://wiki.lan/") == "GET http://wiki.lan/"
    assert next_of(granted, "https://example.org/", "http://wiki.lan/") == "redirect from https to http"


@pytest.mark.parametrize(
    ("status", "method", "location", "leads"),
    [
        (301, "POST", "/b", "GET https://example.org/b"),
        (303, "POST", "https://other.org/", "GET https://other.org/"),
        (303, "HEAD", "/b", "HEAD https://example.org/b"),
        (307, "POST", "/b", "POST https://example.org/b"),
        (308, "GET", "https://other.org/", "GET https://other.org/"),
        (307, "POST", "https://other.org/", "redirect would take a body to another host"),
        (308, "PUT", "https://other.org/", "redirect would take a body to another host"),
    ],
)
def test_a_body_is_never_taken_to_another_host(status: int, method: str, location: str, leads: str) -> None:
    assert next_of(ANYWHERE, "https://example.org/", location, method, status) == leads


# --- what comes back -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("types", "taken", "not_taken"),
    [
        (["text/html"], "text/html", "text/plain"),
        (["image/*"], "image/png", "text/html"),
        (["application/*+json"], "application/ld+json", "application/json"),
        (["application/json"], "application/json", "application/jsonp"),
        (["text/html"], "text/html", ""),
    ],
)
def test_only_types_that_were_named_are_taken(types: list[str], taken: str, not_taken: str) -> None:
    made = outbound(types=types)
    assert made.takes(taken)
    assert not made.takes(not_taken)


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "ä"),
        ("", "ä"),
        ("iso-8859-1", "Ã¤"),
        ("zlib_codec", "ä"),
        ("idna", "ä"),
        ("utf-7", "ä"),
        ("gb2312", "盲"),
    ],
)
def test_text_is_read_by_encodings_that_are_text(charset: str, text: str) -> None:
    assert Fetched(200, "text/html", "ä".encode(), "https://example.org/", charset).text == text


def test_json_that_is_none_is_said_to_be_none() -> None:
    assert Fetched(200, "application/json", b'{"a": 1}', "").json() == {"a": 1}
    for body in (b"", b"{", b"\xff", b"[" * 200_000):
        with pytest.raises(ValueError, match=r"JSON|Expecting|decode"):
            Fetched(200, "application/json", body, "").json()
