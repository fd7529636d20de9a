"""One idea of who the client is: hosts on the list only, forwarded headers from named proxies only (law 7)."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, jsonify, request

from doorward import access, limit, page_address
from doorward.testing import Browser, door_of, signed_in
from doorward.web import gate
from doorward.web.checks import transport
from tests.support.doors import app_behind, entries, last_entry

PROXY, CLIENT, FORGED = "10.1.2.3", "198.51.100.77", "203.0.113.66"


def routes(app: Flask) -> None:
    def seen() -> object:
        return jsonify(
            address=request.remote_addr,
            route=list(request.access_route),
            scheme=request.scheme,
            host=request.host,
            link=page_address("/x"),
            forwarded=[name for name, _ in request.headers if name.lower().startswith("x-forwarded")],
        )

    app.add_url_rule("/seen", "seen", access.public(seen))
    app.add_url_rule("/once", "once", limit("1/minute", per="address")(access.public(lambda: "once")))
    app.add_url_rule("/visitor", "visitor", limit("1/minute")(access.public(lambda: "visitor")))
    app.add_url_rule("/in", "in", access.member(lambda: "in"))


@pytest.fixture
def direct(tmp_path: Path) -> Flask:
    return app_behind(tmp_path, routes)


@pytest.fixture
def proxied(tmp_path: Path) -> Flask:
    return app_behind(tmp_path, routes, behind_proxy="10.0.0.0/8", hosts="polls.example")


def forwarded(address: str = FORGED, proto: str = "https", host: str = "evil.example") -> dict[str, str]:
    return {"X-Forwarded-For": address, "X-Forwarded-Proto": proto, "X-Forwarded-Host": host}


def test_forged_headers_are_nothing_to_a_server_without_a_proxy(direct: Flask) -> None:
    headers = {**forwarded(), "Forwarded": f"for={FORGED};proto=https;host=evil.example", "X-Real-IP": FORGED}
    seen = Browser(direct, address=CLIENT).get("/seen", headers=headers).get_json()
    assert seen == {
        "address": CLIENT,
        "route": [CLIENT],
        "scheme": "http",
        "host": "localhost",
        "link": "http://localhost/x",
        "forwarded": [],
    }


def test_a_forged_address_gives_no_further_requests_and_enters_no_journal(direct: Flask) -> None:
    def once(number: int) -> int:
        return Browser(direct, address=CLIENT).get("/once", headers=forwarded(f"203.0.113.{number}")).status_code

    assert [once(number) for number in range(3)] == [200, 429, 429]
    statuses = [
        Browser(direct, address=CLIENT)
        .post("/login", {"username": f"nobody{number}", "password": "x"}, headers=forwarded(f"203.0.113.{number}"))
        .status_code
        for number in range(12)
    ]
    assert statuses == [401] * 10 + [429] * 2
    assert {entry.address for entry in entries(door_of(direct))} == {CLIENT}


def test_without_the_walk_of_proxies_a_forged_address_would_count(
    direct: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ipaddress import ip_network

    everybody = tuple(ip_network(f"{half}/1") for half in ("0.0.0.0", "128.0.0.0"))
    settings = door_of(direct).settings
    monkeypatch.setattr(type(settings), "behind_proxy", property(lambda _self: everybody))
    seen = Browser(direct, address=CLIENT).get("/seen", headers=forwarded(host="localhost")).get_json()
    assert seen["address"] == FORGED


def test_a_named_proxy_is_believed(proxied: Flask) -> None:
    headers = forwarded(f"{FORGED}, {CLIENT}", host="polls.example")
    answer = Browser(proxied, address=PROXY).get("/seen", headers=headers)
    assert answer.get_json() == {
        "address": CLIENT,
        "route": [CLIENT],
        "scheme": "https",
        "host": "polls.example",
        "link": "https://polls.example/x",
        "forwarded": [],
    }
    assert "Strict-Transport-Security" in answer.headers
    page = Browser(proxied, address=PROXY).get("/login", headers=headers)
    assert page.headers["Set-Cookie"].startswith("__Host-doorward=")


def test_a_stranger_beside_the_proxy_is_not_believed(proxied: Flask) -> None:
    stranger = Browser(proxied, address=CLIENT).get("/seen", headers=forwarded(host="polls.example"))
    assert stranger.get_json()["address"] == CLIENT
    assert "Strict-Transport-Security" not in stranger.headers


def test_limits_and_journal_follow_the_client_behind_the_proxy(proxied: Flask) -> None:
    def browser(number: int) -> dict[str, str]:
        return forwarded(f"198.51.100.{number}", host="localhost")

    proxy = Browser(proxied, address=PROXY)
    assert proxy.get("/once", headers=browser(1)).status_code == 200
    assert proxy.get("/once", headers=browser(1)).status_code == 429
    assert proxy.get("/once", headers=browser(2)).status_code == 200
    assert last_entry(door_of(proxied), "request.rate_limited").address == "198.51.100.1"


# -- hosts --------------------------------------------------------------------------------------------------

FOREIGN_HOSTS = ["evil.example", "localhost.evil.example", "evil.localhost", "169.254.169.254", "", "localhost:evil"]
FOREIGN_HOSTS += ["localhost@evil.example", "evil.example#localhost", "local host", "[::2]", "localhost,evil.example"]
FOREIGN_HOSTS += ["ünïcode.example", "a" * 5000, "localhost/../evil"]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_host_that_is_not_ours_is_refused_before_anything_is_built_from_it(direct: Flask, host: str) -> None:
    refused = Browser(direct).get("/seen", headers={"Host": host})
    assert refused.status_code == 421
    if host:
        assert host.encode() not in refused.data
    assert "Location" not in refused.headers
    assert Browser(direct).get("/nowhere", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "localhost."]
)
def test_the_own_hosts_are_answered(direct: Flask, host: str) -> None:
    assert Browser(direct).get("/seen", headers={"Host": host}).status_code == 200


def test_without_the_check_links_would_follow_the_foreign_host(direct: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "ORDER", tuple(check for check in gate.ORDER if check is not transport.check))
    seen = Browser(direct).get("/seen", headers={"Host": "evil.example"}).get_json()
    assert seen["link"] == "http://evil.example/x"


def test_links_use_the_public_address_that_was_set(tmp_path: Path) -> None:
    app = app_behind(tmp_path, routes, public_url="https://polls.example.org")
    assert Browser(app).get("/seen").get_json()["link"] == "https://polls.example.org/x"
    assert Browser(app).get("/seen", headers={"Host": "polls.example.org"}).status_code == 200


# -- visitors -----------------------------------------------------------------------------------------------


def test_a_visitor_is_told_apart_by_a_cookie_that_nobody_can_make_up_or_respell(direct: Flask) -> None:
    visitor = Browser(direct)
    visitor.get("/login")
    value = visitor.client.get_cookie("doorward").value
    random, mac = value.removeprefix("v.").split(".")
    assert visitor.get("/visitor").status_code == 200
    assert visitor.get("/visitor").status_code == 429
    assert Browser(direct).get("/visitor").status_code == 200  # those without a cookie share one count
    forged = [
        f"v.{random}.{mac.upper()}",
        f"v.{random}.{mac[:2]} {mac[2:]}",
        f"v.{random}x.{mac}",
        "v.x.00",
        "v..",
        "v.",
    ]
    for spelling in forged:
        if spelling == value:
            continue
        other = Browser(direct)
        other.client.set_cookie("doorward", spelling)
        assert other.get("/visitor").status_code == 429, spelling


def test_a_classroom_behind_one_address_is_not_one_visitor(direct: Flask) -> None:
    for _ in range(5):
        phone = Browser(direct, address=CLIENT)
        phone.get("/login")
        assert phone.get("/visitor").status_code == 200


def test_one_address_cannot_flood_the_server(tmp_path: Path) -> None:
    app = app_behind(tmp_path, routes, requests_per_address="20/minute")
    statuses = [Browser(app, address=f"2001:db8::{n:x}").get(path).status_code for n, path in enumerate(["/seen"] * 25)]
    assert statuses == [200] * 20 + [429] * 5
    assert Browser(app, address="2001:db8::1").get("/nowhere").status_code == 429
    assert signed_in(app, "maria", address=CLIENT).get("/in").status_code == 200
