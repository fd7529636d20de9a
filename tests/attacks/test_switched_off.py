"""Every defence matters: with it switched off exactly its own attack wins, with all of them on none does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request

from doorward import access, current_account, limit
from doorward.testing import PASSWORD, Browser, door_of, signed_in
from doorward.web import gate, middleware, signing_in
from doorward.web.checks import caller, csrf, encoding, limits, rule, size, transport
from doorward.web.door_limits import DoorLimits
from doorward.web.here import Here
from doorward.web.pages import signin
from tests.support.doors import app_behind


def weaker() -> Response:
    return Response("weaker", headers={"Content-Security-Policy": "default-src *"})


def routes(app: Flask) -> None:
    app.add_url_rule("/in", "in", access.member(lambda: "in"))
    app.add_url_rule("/who", "who", access.public(lambda: str(current_account.name)))
    app.add_url_rule("/boss", "boss", access.role("admin")(lambda: "in"))
    app.add_url_rule("/change", "change", access.member(lambda: "changed"), methods=["POST"])
    app.add_url_rule("/echo", "echo", access.public(lambda: request.args.get("a", "")))
    app.add_url_rule("/raw", "raw", access.public(lambda: str(len(request.get_data()))), methods=["POST"])
    app.add_url_rule("/weaker", "weaker", access.public(weaker))
    app.add_url_rule("/once", "once", limit("1/minute")(access.public(lambda: "once")))


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return app_behind(tmp_path, routes, requests_per_address="120/minute")


# -- attacks: each says whether it won ----------------------------------------------------------------------


def forged_form(app: Flask) -> bool:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    return signed_in(app, "maria").send("POST", "/change", headers=headers).data == b"changed"


def visit_without_sign_in(app: Flask) -> bool:
    return Browser(app).get("/in").data == b"in"


def visit_without_role(app: Flask) -> bool:
    return signed_in(app, "maria").get("/boss").data == b"in"


def foreign_host(app: Flask) -> bool:
    return Browser(app).get("/echo", headers={"Host": "evil.example"}).status_code == 200


def large_body(app: Flask) -> bool:
    browser = Browser(app)
    browser.get("/login")
    headers = {"X-CSRF-Token": browser.token}
    sent = browser.send("POST", "/raw", data=b"x" * 300_000, content_type="text/plain", headers=headers)
    return sent.data == b"300000"


def no_text(app: Flask) -> bool:
    return Browser(app).get("/echo?a=%ff").status_code == 200


def flood(app: Flask) -> bool:
    flooder = Browser(app, address="203.0.113.9")
    return all(flooder.get("/nowhere").status_code == 404 for _ in range(121))


def too_often(app: Flask) -> bool:
    visitor = Browser(app, address="203.0.113.10")
    return [visitor.get("/once").status_code for _ in range(2)] == [200, 200]


def guessing(app: Flask) -> bool:
    signed_in(app, "guessed")
    guesser = Browser(app, address="203.0.113.11")
    return all(guesser.try_to_sign_in("guessed", f"guess number {n}").status_code == 401 for n in range(11))


def replay_after_sign_out(app: Flask) -> bool:
    victim, thief = signed_in(app, "maria"), Browser(app)
    thief.client.set_cookie("doorward", victim.client.get_cookie("doorward").value)
    victim.sign_out()
    return thief.get("/who").data == b"maria"


def outlived_session(app: Flask) -> bool:
    browser = signed_in(app, "maria")
    clock = door_of(app).clock
    clock.forward(days=40)  # type: ignore[attr-defined]
    won = browser.get("/who").data == b"maria"
    clock.forward(days=-40)  # type: ignore[attr-defined]
    return won


def open_redirect(app: Flask) -> bool:
    signed_in(app, "maria")
    fields = {"username": "maria", "password": PASSWORD, "next": "//evil.example"}
    return Browser(app).post("/login", fields).headers.get("Location") == "//evil.example"


def weaker_headers(app: Flask) -> bool:
    return Browser(app).get("/weaker").headers["Content-Security-Policy"] == "default-src *"


def made_up_visit(app: Flask) -> bool:
    def once(cookie: str) -> int:
        visitor = Browser(app, address="203.0.113.12")
        visitor.client.set_cookie("doorward", cookie)
        return visitor.get("/once").status_code

    return [once("v.made.up"), once("v.made.too")] == [200, 200]


ATTACKS: dict[str, Callable[[Flask], bool]] = {
    attack.__name__: attack
    for attack in (
        forged_form,
        visit_without_sign_in,
        visit_without_role,
        foreign_host,
        large_body,
        no_text,
        too_often,
        made_up_visit,
        guessing,
        replay_after_sign_out,
        outlived_session,
        open_redirect,
        weaker_headers,
        flood,
    )
}


# -- defences: how to switch each off, and which attacks then win -------------------------------------------


def without(check: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    def switch_off(patch: pytest.MonkeyPatch) -> None:
        for order in ("ORDER", "ORDER_WITHOUT_ROUTE"):
            patch.setattr(gate, order, tuple(one for one in getattr(gate, order) if one is not check))

    return switch_off


def replaced(where: Any, name: str, by: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(where, name, by)


def only_cookies(at: Here, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*headers, *(("Set-Cookie", cookie) for cookie in at.set_cookies)]


DEFENCES: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], set[str]]] = {
    "all on": (lambda _patch: None, set()),
    "hosts": (without(transport.check), {"foreign_host"}),
    "sizes": (without(size.check), {"large_body"}),
    "text": (without(encoding.check), {"no_text"}),
    "csrf": (without(csrf.check), {"forged_form"}),
    "rules": (without(rule.check), {"visit_without_sign_in", "visit_without_role"}),
    "flood": (without(limits.check_address), {"flood"}),
    "limits of routes": (without(limits.check_route), {"too_often", "made_up_visit"}),
    "limits of sign-ins": (replaced(DoorLimits, "of_sign_in", lambda *_, **__: []), {"guessing"}),
    "visits": (replaced(caller, "visit_holds", lambda *_: True), {"made_up_visit"}),
    "sign-out": (replaced(signing_in.sessions, "end", lambda *_: None), {"replay_after_sign_out"}),
    "lifetimes": (replaced(caller, "is_alive", lambda *_: True), {"outlived_session"}),
    "next": (replaced(signin, "safe_next", lambda wanted: wanted or "/"), {"open_redirect"}),
    "headers": (replaced(middleware, "_finished", only_cookies), {"weaker_headers"}),
}


@pytest.mark.parametrize("defence", DEFENCES)
def test_with_one_defence_off_exactly_its_attacks_win(
    app: Flask, defence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_off, expected = DEFENCES[defence]
    switch_off(monkeypatch)
    won = {name for name, attack in ATTACKS.items() if attack(app)}
    assert won == expected


def test_every_attack_wins_against_some_open_door() -> None:
    assert set().union(*(expected for _, expected in DEFENCES.values())) == set(ATTACKS)
