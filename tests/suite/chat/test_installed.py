"""Chat as an app: a browser keeps static files and nothing of a person, and signing out leaves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import BrowserContext, Page, expect
from tools import icons

from doorward import Doorward
from doorward.testing import Browser, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.portal import create_app
from tests.support.browser import axe, shots
from tests.support.server import Server

PASSWORD = "a quiet harbour in late november"
NewContext = Callable[..., BrowserContext]
STATIC = re.compile(r"/(chat|doorward)/static/[\w.-]+(\?v=[0-9a-f]+)?")
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const { url } of await (await caches.open(name)).keys()) found.push(url.replace(location.origin, ""));
  return found;
}"""
WORKERS = "async () => (await navigator.serviceWorker.getRegistrations()).length"


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(tmp_path_factory.mktemp("chat")))
    yield app
    door.close()


def policy_of(who: Browser, path: str) -> str:
    return str(who.get(path).headers["Content-Security-Policy"])


def test_one_page_alone_may_start_a_worker_and_trusted_types_stay_on_it(app: Flask) -> None:
    mona = signed_in(app, "mona")
    room = mona.post("/chat/", {"kind": "private", "name": "A room"}).location
    allowed = policy_of(mona, "/chat/notices")
    assert "worker-src 'self'" in allowed
    assert "trusted-types doorward-worker;" in allowed
    assert "require-trusted-types-for 'script'" in allowed
    for path in ("/chat/", room, "/account", "/login", "/chat/mentions"):
        refused = policy_of(mona, path)
        assert "worker-src" not in refused
        assert "trusted-types 'none'" in refused


def test_manifest_and_worker_are_the_same_for_everybody(app: Flask) -> None:
    mona, stranger = signed_in(app, "mona"), Browser(app)
    for path in ("/chat/manifest.webmanifest", "/chat/worker.js"):
        hers, theirs = mona.get(path), stranger.get(path)
        assert (theirs.status_code, theirs.data) == (200, hers.data)
        assert "mona" not in theirs.text
        assert "Set-Cookie" not in theirs.headers
    manifest = stranger.get("/chat/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    assert manifest.json is not None
    assert manifest.json["scope"] == manifest.json["start_url"] == "/chat/"
    for icon in manifest.json["icons"]:
        picture = stranger.get(icon["src"])
        assert picture.mimetype == icon["type"]
        if icon["type"] == "image/png":
            assert "x".join(map(str, Image.open(BytesIO(picture.data)).size)) == icon["sizes"]
    found = re.search(r'rel="apple-touch-icon" href="([^"]+)"', mona.get("/chat/").text)
    assert found
    assert Image.open(BytesIO(stranger.get(found[1]).data)).size == (180, 180)


def test_the_icons_are_what_our_own_tool_draws() -> None:
    for size in icons.SIZES:
        kept = Image.open(icons.FOLDER / f"icon-{size}.png").convert("RGB")
        drawn = icons.drawn().resize((size, size), Image.Resampling.LANCZOS)
        assert max(ImageStat.Stat(ImageChops.difference(kept, drawn)).mean) < 2, size


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_REGISTRATION_OPEN": "open",
    }
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


def register(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    expect(page.get_by_text(name).first).to_be_attached()


@pytest.mark.browser
def test_the_worker_keeps_static_files_and_signing_out_leaves_nothing(server: Server, new_context: NewContext) -> None:
    context = new_context(viewport={"width": 1280, "height": 800})
    page: Page = context.new_page()
    faults: list[Any] = []
    page.on("pageerror", lambda fault: faults.append(fault))
    register(page, server.setup_url, "mona")
    page.goto(f"{server.url}/chat/notices")
    axe(page)
    shots(page, "chat-notices")
    assert page.evaluate(WORKERS) == 0
    page.get_by_role("button", name="Keep the files of the pages: off").click()
    expect(page.get_by_role("button", name="Keep the files of the pages: on")).to_be_visible()
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    # No other way leads to a worker, on this page and elsewhere.
    for wrong in ("trustedTypes.createPolicy('mine', {})", "trustedTypes.createPolicy('doorward-worker', {})"):
        assert (
            page.evaluate(f"() => {{ try {{ {wrong}; return 'made'; }} catch (problem) {{ return problem.name; }} }}")
            == "TypeError"
        )
    start = "path => navigator.serviceWorker.register(path).then(() => 'started', (problem) => problem.name)"
    assert (
        page.evaluate(
            f"path => {{ try {{ return ({start})(path); }} catch (problem) {{ return problem.name; }} }}",
            "/chat/static/room.js",
        )
        == "TypeError"
    )

    page.goto(f"{server.url}/chat/")
    page.get_by_label("Name", exact=True).fill("The harbour")
    page.get_by_role("button", name="Make the room").click()
    expect(page.locator("#chat")).to_have_attribute("data-live", "live")
    page.locator("#text").fill("A secret that no cache may keep")
    page.locator("#text").press("Enter")
    expect(page.locator("#messages .msg:not(.pending)")).to_contain_text("A secret")
    page.reload()
    expect(page.locator("#chat")).to_have_attribute("data-live", "live")
    page.goto(f"{server.url}/chat/mentions")
    page.wait_for_function(f"async () => (await ({KEPT})()).some((one) => one.startsWith('/chat/static/room.js'))")
    kept = page.evaluate(KEPT)
    assert kept
    assert [one for one in kept if not STATIC.fullmatch(one)] == []
    texts = page.evaluate("""async () => {
      const found = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) found.push(await (await cache.match(request)).text());
      }
      return found;
    }""")
    assert not any("A secret" in one or "mona" in one for one in texts)

    # Signing out takes worker and files away; who signs in next in this browser finds nothing.
    page.locator('form[action="/logout"]').first.evaluate("form => form.requestSubmit()")
    expect(page.locator('form[action="/logout"]')).to_have_count(0)
    page.wait_for_function(f"async () => (await ({WORKERS})()) === 0 && (await ({KEPT})()).length === 0")
    register(page, f"{server.url}/register", "ben")
    page.goto(f"{server.url}/chat/notices")
    expect(page.get_by_role("button", name="Keep the files of the pages: off")).to_be_visible()
    assert page.evaluate(KEPT) == []
    assert page.evaluate("Object.keys(localStorage).filter((one) => one.startsWith('chat'))") == []
    assert faults == []
