"""`live.js` in a real browser, under the door's own Content-Security-Policy, against the real bridge and hub."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import BrowserContext, Page

import doorward
from doorward.core.headers import content_security_policy
from doorward.core.streams import ENVIRON_KEY, Event, StreamRequest
from doorward.live.hub import Hub
from tests.serve.running import Running, bridged

pytestmark = pytest.mark.browser

STATIC = Path(doorward.__file__).parent / "web" / "static"
PAGE = """<!doctype html><html lang="en"><title>Live</title><p id="state">
<script type="module" nonce="n0nce">
import { listen } from "/live.js";
window.got = [];
window.told = [];
window.follow = (topic, since) => listen(topic, since, (event) => window.got.push(event.data), {
  onState: (state) => { document.getElementById("state").textContent = state; },
  onReset: () => window.told.push("reset"),
  onCut: () => window.told.push("cut"),
});
window.ready = true;
</script></html>"""


class Site:
    """A page that can follow topics, and what publishes to them."""

    def __init__(self) -> None:
        self.hub = Hub(min_gap=0.0)
        self.opened = 0
        self.refused: set[str] = set()
        self.server: Running | None = None
        self._lock = threading.Lock()

    def app(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        path = environ["PATH_INFO"]
        if path == "/live":
            return self._open(environ, start_response)
        body = (STATIC / "live.js").read_bytes() if path == "/live.js" else PAGE.encode()
        kind = "text/javascript" if path == "/live.js" else "text/html"
        headers = [
            ("Content-Type", f"{kind}; charset=utf-8"),
            ("Content-Security-Policy", content_security_policy("n0nce")),
        ]
        start_response("200 OK", headers)
        return [body]

    def _open(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
        asked = zip(query["topic"], query["since"], strict=True)
        since = {topic: cursor for topic, cursor in asked if topic not in self.refused}
        environ[ENVIRON_KEY].open(
            StreamRequest(tuple(since), since, listener="browser", account_id="7", address="127.0.0.1")
        )
        with self._lock:
            self.opened += 1
        start_response("200 OK", [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
        return [b""]

    def wait(self, come_true: Callable[[], bool]) -> None:
        """Let the server go round until something is so."""
        assert self.server is not None
        for _ in range(20_000):
            if self.server.on_loop(come_true):
                return
        raise AssertionError("it never came true")

    def say(self, data: Any, topic: str = "chat:1") -> None:
        self.hub.publish([Event(topic, "said", data)])


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with bridged(site.app, site.hub) as server:
        site.server = server
        yield site


@pytest.fixture
def tab(site: Site, new_context: Callable[..., BrowserContext]) -> Iterator[Callable[[], Page]]:
    context = new_context()
    errors: list[str] = []

    def open_tab() -> Page:
        assert site.server is not None
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"http://127.0.0.1:{site.server.port}/")
        until(page, "window.ready === true")
        return page

    yield open_tab
    assert errors == []


def until(page: Page, condition: str) -> None:
    """Wait for a condition. Not by `wait_for_function`, which evaluates text in the page, as the policy forbids."""
    for _ in range(1000):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(10)
    raise AssertionError(f"never true: {condition}; got {page.evaluate('window.got')}")


def follow(page: Page, topic: str = "chat:1", since: str = "") -> None:
    page.evaluate("([topic, since]) => { window.stop = window.follow(topic, since); }", [topic, since])
    until(page, "document.getElementById('state').textContent === 'live'")


def got(page: Page, expected: list[Any]) -> None:
    until(page, f"window.got.length >= {len(expected)}")
    assert page.evaluate("window.got") == expected


def test_events_after_the_snapshot_arrive_once_and_in_order(site: Site, tab: Callable[[], Page]):
    before = site.hub.cursor()
    site.say("missed")
    page = tab()
    follow(page, since=before)
    site.say("live")
    got(page, ["missed", "live"])


def test_tabs_share_one_stream_and_one_of_them_takes_over_when_the_other_closes(site: Site, tab: Callable[[], Page]):
    first = tab()
    follow(first)
    second = tab()
    follow(second)
    follow(second, "chat:2")
    site.wait(lambda: site.hub.listeners("chat:2") == 1 and len(site.hub) == 1)
    site.say("both")
    got(first, ["both"])
    got(second, ["both"])
    first.close()
    site.say("while nobody led", "chat:2")
    got(second, ["both", "while nobody led"])
    site.wait(lambda: len(site.hub) == 1)


def test_a_tab_whose_snapshot_is_older_than_the_stream_gets_what_it_missed_and_the_others_nothing_twice(
    site: Site, tab: Callable[[], Page]
):
    before = site.hub.cursor()
    first = tab()
    follow(first, since=before)
    site.say("a")
    got(first, ["a"])
    second = tab()
    follow(second, since=before)
    got(second, ["a"])
    site.say("b")
    got(second, ["a", "b"])
    got(first, ["a", "b"])


def test_a_page_that_cannot_be_brought_up_to_date_is_told_to_reload(site: Site, tab: Callable[[], Page]):
    page = tab()
    follow(page, since="ffffffffffff:4")
    until(page, "window.told.length === 1")
    assert page.evaluate("window.told") == ["reset"]


def test_a_stream_that_is_cut_off_comes_back_and_replays(site: Site, tab: Callable[[], Page]):
    page = tab()
    follow(page)
    site.say("a")
    got(page, ["a"])
    site.hub.cut_account("7")
    until(page, "document.getElementById('state').textContent === 'waiting'")
    site.say("meanwhile")
    got(page, ["a", "meanwhile"])
    assert site.opened == 2


def test_a_topic_that_is_taken_away_leaves_the_others(site: Site, tab: Callable[[], Page]):
    page = tab()
    follow(page)
    follow(page, "chat:2")
    site.wait(lambda: site.hub.listeners("chat:1") == site.hub.listeners("chat:2") == 1)
    site.hub.cut_topic("chat:1")
    until(page, "window.told.length === 1")
    site.say("secret")
    site.say("open", "chat:2")
    got(page, ["open"])
    assert page.evaluate("window.told") == ["cut"]


def test_a_topic_that_is_refused_at_the_opening_is_told_and_leaves_the_others(site: Site, tab: Callable[[], Page]):
    site.refused.add("chat:1")
    page = tab()
    follow(page, "chat:2")
    page.evaluate("() => { window.follow('chat:1', ''); }")
    until(page, "window.told.length === 1")
    site.say("open", "chat:2")
    got(page, ["open"])
    assert page.evaluate("window.told") == ["cut"]


def test_who_stops_listening_gives_the_stream_back(site: Site, tab: Callable[[], Page]):
    page = tab()
    follow(page)
    page.evaluate("window.stop()")
    site.wait(lambda: len(site.hub) == 0)
