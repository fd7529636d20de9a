"""`/live` opens only what the caller may hear, and tells the hub whose stream it is; `/healthz` and `/readyz`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward import Caller, Limited, topic
from doorward.core.streams import ENVIRON_KEY, StreamRequest
from doorward.store.store import Store
from doorward.testing import Browser, Clock, door_of, signed_in
from doorward.web import topics
from tests.support.doors import STEADY, app_behind


@topic("tests.everybody")
def everybody(caller: Caller, key: str) -> bool:
    return True


@topic("tests.owner")
def owner(caller: Caller, key: str) -> bool:
    return caller.is_signed_in and caller.name == key


@topic("tests.careless")
def careless(caller: Caller, key: str) -> Any:
    return "yes"  # true, but not True


@topic("tests.broken")
def broken(caller: Caller, key: str) -> bool:
    raise RuntimeError("the policy itself is broken")


class Opener:
    """What a server that holds streams puts into the environ."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.opened: list[StreamRequest] = []
        self.problem = problem

    def open(self, request: StreamRequest) -> None:
        if self.problem:
            raise self.problem
        self.opened.append(request)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Flask:
    return app_behind(tmp_path_factory.mktemp("live"), lambda _app: None, clock)


def listen(browser: Browser, *names: str, opener: Opener | None = None, **headers: str) -> TestResponse:
    environ = {ENVIRON_KEY: opener} if opener else {}
    return browser.get("/live", query_string={"topic": names}, environ_overrides=environ, headers=headers)


def test_a_topic_is_opened_for_who_may_hear_it_and_does_not_exist_for_others(app: Flask) -> None:
    maria, other, opener = signed_in(app, "maria"), signed_in(app, "other"), Opener()
    heard = listen(maria, "tests.owner:maria", opener=opener)
    assert heard.status_code == 200
    assert heard.mimetype == "text/event-stream"
    assert heard.headers["Cache-Control"] == "no-store"
    assert STEADY.items() <= dict(heard.headers).items()
    for stranger in (other, Browser(app)):
        refused = listen(stranger, "tests.owner:maria", opener=opener)
        unknown = listen(stranger, "tests.unknown:maria", opener=opener)
        assert refused.status_code == unknown.status_code == 404
        assert len(refused.data) == len(unknown.data)
    assert len(opener.opened) == 1


def test_without_the_policy_a_stranger_would_hear_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(topics._kinds, "tests.owner", lambda *_: True)
    assert listen(Browser(app), "tests.owner:maria", opener=Opener()).status_code == 200


def test_of_several_topics_only_the_allowed_ones_are_opened(app: Flask) -> None:
    opener = Opener()
    names = (
        "tests.everybody:1",
        "tests.owner:maria",
        "tests.unknown:x",
        "tests.careless:1",
        "",
        ":",
        "tests.everybody",
    )
    assert listen(Browser(app), *names, opener=opener).status_code == 200
    assert opener.opened[0].topics == ("tests.everybody:1", "tests.everybody")


def test_a_policy_that_fails_opens_nothing(app: Flask) -> None:
    opener = Opener()
    assert listen(Browser(app), "tests.everybody:1", "tests.broken:1", opener=opener).status_code == 500
    assert opener.opened == []


def test_the_hub_is_told_whose_stream_it_is_and_when_its_right_ends(app: Flask, clock: Clock) -> None:
    opener, maria = Opener(), signed_in(app, "maria", address="198.51.100.8")
    listen(maria, "tests.everybody:1", opener=opener)
    visitor = Browser(app)
    visitor.get("/login")
    listen(visitor, "tests.everybody:1", opener=opener)
    hers, theirs = opener.opened
    assert hers.account_id
    assert hers.session_id
    assert hers.address == "198.51.100.8"
    assert hers.expires_at == clock.now + timedelta(days=14)
    assert (theirs.account_id, theirs.session_id, theirs.expires_at) == (None, None, None)
    cookies = [browser.client.get_cookie("doorward").value for browser in (maria, visitor)]
    assert hers.listener not in cookies[0]
    assert theirs.listener not in cookies[1]


def test_an_ended_session_opens_no_stream(app: Flask) -> None:
    maria = signed_in(app, "maria")
    value = maria.client.get_cookie("doorward").value
    maria.sign_out()
    again = Browser(app)
    again.client.set_cookie("doorward", value)
    assert listen(again, "tests.owner:maria", opener=Opener()).status_code == 404


def test_a_network_of_ipv6_counts_as_one_place(app: Flask) -> None:
    opener = Opener()
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "198.51.100.9"):
        assert listen(Browser(app, address=address), "tests.everybody:1", opener=opener).status_code == 200
    first, rotated, neighbour, old = (one.address for one in opener.opened)
    assert first == rotated
    assert len({first, neighbour, old}) == 3


@pytest.mark.parametrize(
    "said",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost.elsewhere.example"},
    ],
)
def test_a_page_of_another_site_opens_no_stream_and_our_own_does(app: Flask, said: dict[str, str]) -> None:
    opener, maria = Opener(), signed_in(app, "maria")
    refused = listen(maria, "tests.owner:maria", opener=opener, **said)
    assert (refused.status_code, opener.opened) == (403, [])
    for ours in (
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    ):
        assert listen(maria, "tests.owner:maria", opener=opener, **ours).status_code == 200
    assert len(opener.opened) == 3


@pytest.mark.parametrize("names", [(), ("a" * 121,), tuple(f"tests.everybody:{n}" for n in range(21))])
def test_too_many_too_long_or_no_topics_are_a_bad_request(app: Flask, names: tuple[str, ...]) -> None:
    assert listen(Browser(app), *names, opener=Opener()).status_code == 400


def test_a_full_hub_and_a_server_without_streams_say_when_to_come_back(app: Flask) -> None:
    full = listen(Browser(app), "tests.everybody:1", opener=Opener(Limited(9)))
    assert (full.status_code, full.headers["Retry-After"]) == (429, "9")
    none = listen(Browser(app), "tests.everybody:1")
    assert none.status_code == 503
    assert none.headers["Retry-After"] == "60"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_stream_is_only_ever_opened_by_get(app: Flask, method: str) -> None:
    maria, opener = signed_in(app, "maria"), Opener()
    headers = {"X-CSRF-Token": maria.token}
    environ = {ENVIRON_KEY: opener}
    answer = maria.send(method, "/live?topic=tests.everybody:1", headers=headers, environ_overrides=environ)
    assert answer.status_code == 405
    assert opener.opened == []


def test_health_tells_strangers_that_it_answers_and_nothing_else(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from doorward.errors import Unavailable

    def gone(_store: Store) -> None:
        raise Unavailable

    assert Browser(app).get("/healthz").data == b"ok\n"
    assert Browser(app).get("/readyz").data == b"ready\n"
    assert Browser(app).get("/readyz").headers.getlist("Set-Cookie") == []
    monkeypatch.setattr(Store, "must_answer", gone)
    assert Browser(app).get("/healthz").status_code == 200
    assert Browser(app).get("/readyz").status_code == 503
    assert door_of(app)
