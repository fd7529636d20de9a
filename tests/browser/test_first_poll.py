"""The main job, as people do it: set up, make a poll, two phones join and vote, the big screen moves by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.support.browser import axe, shots
from tests.support.server import Server

PASSWORD = "a quiet harbour in late november"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    assert running.stop() == 0


def complaints_of(page: Page) -> list[str]:
    """What the browser complains about from now on: scripts that fail, content that the policy blocked."""
    found: list[str] = []
    page.on("pageerror", lambda problem: found.append(str(problem)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


def set_up(page: Page, server: Server) -> None:
    page.goto(server.setup_url)
    axe(page)
    shots(page, "setup")
    page.get_by_label("User name").fill("ms.harper")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).to_have_url(f"{server.url}/")


def sign_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/login")
    page.get_by_label("User name").fill("MS.HARPER")  # names are case-insensitive
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{server.url}/")


def make_poll(page: Page, server: Server) -> str:
    """A poll with one question, opened. The code that phones type."""
    page.goto(f"{server.url}/polls/")
    page.get_by_label("Name").fill("Rivers, 7b")
    page.get_by_role("button", name="Make the poll").click()
    page.get_by_role("link", name="Multiple choice").click()
    page.get_by_label("Question").fill("Which river is longer?")
    page.get_by_label("Options, one a line").fill("Rhine\nDanube\nElbe")
    axe(page)
    page.get_by_role("button", name="Save the question").click()
    page.get_by_role("button", name=re.compile("^Open ?: Which river")).click()
    axe(page)
    shots(page, "poll")
    return page.locator(".code-small").inner_text()


def join(phone: Page, server: Server, code: str) -> None:
    phone.goto(f"{server.url}/polls/join")
    phone.get_by_label("Type the code from the screen").fill(f"{code[:3]} {code[3:].lower()}")
    phone.get_by_role("button", name="Join").click()
    expect(phone.get_by_role("heading", name="Which river is longer?")).to_be_visible()


def bar(screen: Page, label: str) -> str:
    """How many answers the big screen shows for an option."""
    return screen.locator(".slide:not([hidden]) .bar", has_text=label).locator("[data-count]").inner_text()


def test_phones_vote_and_the_presenters_bars_move_without_a_reload(
    server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    presenter = new_context(viewport={"width": 1440, "height": 900}).new_page()
    complaints = complaints_of(presenter)
    set_up(presenter, server)
    code = make_poll(presenter, server)

    presenter.get_by_role("link", name="Present", exact=True).first.click()
    expect(presenter.locator("#join-code")).to_contain_text(code)
    expect(presenter.locator("[data-live]")).to_have_attribute("data-state", "live")
    presenter.keyboard.press("ArrowRight")
    expect(presenter.get_by_role("heading", name="Which river is longer?")).to_be_visible()
    presenter.evaluate("window.neverReloaded = true")
    assert bar(presenter, "Danube") == "0"

    phones = [new_context(**PHONE).new_page() for _ in range(2)]
    for phone in phones:
        join(phone, server, code)
    axe(phones[0])
    expect(presenter.locator("#people b")).to_have_text("2")

    phones[0].locator(".choice", has_text="Danube").click()
    phones[1].locator(".choice", has_text="Rhine").click()
    for phone in phones:
        expect(phone.locator("#save-state")).to_have_attribute("data-state", "saved")
    danube = presenter.locator(".slide:not([hidden]) .bar", has_text="Danube").locator("[data-count]")
    expect(danube).to_have_text("1")

    phones[1].locator(".choice", has_text="Danube").click()  # a changed mind is one vote, not two
    expect(danube).to_have_text("2")
    assert bar(presenter, "Rhine") == "0"
    shots(presenter, "present")
    shots(phones[0], "phone")
    axe(presenter)

    presenter.get_by_role("button", name="Close the question").click()
    expect(phones[0].locator("#save-state")).to_have_attribute("data-state", "closed")
    assert presenter.evaluate("window.neverReloaded") is True

    phones[0].close()
    expect(presenter.locator("#people b")).to_have_text("1")
    assert complaints == []


def test_every_page_of_the_kit_is_accessible_and_breaks_no_policy(
    server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(viewport={"width": 1440, "height": 900}).new_page()
    complaints = complaints_of(page)
    page.goto(f"{server.url}/login")
    axe(page)
    shots(page, "login")
    sign_in(page, server)
    for path in ("/", "/account", "/account/password", "/admin/people", "/admin/journal", "/admin/security", "/polls/"):
        page.goto(server.url + path)
        expect(page.locator("h1")).to_be_visible()
        axe(page)
        shots(page, path.strip("/").replace("/", "-") or "home")
    assert complaints == []
    page.goto(f"{server.url}/nothing-here")
    axe(page)
    shots(page, "not-found")


def test_every_page_of_administration_is_a_tap_away_on_a_phone(
    server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(**PHONE).new_page()
    sign_in(page, server)
    page.goto(f"{server.url}/admin/people")
    tabs = page.get_by_role("navigation", name="Administration").get_by_role("link").all()
    assert len(tabs) >= 4
    for tab in tabs:
        box = tab.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 360, tab.inner_text()


@pytest.mark.parametrize(
    ("sink", "refusal"),
    [
        ("document.body.innerHTML = '<img src=x onerror=\"window.ran = true\">'", "TrustedHTML"),
        ("document.createElement('script').src = '/doorward/static/menu.js'", "TrustedScriptURL"),
        ("document.createElement('script').text = 'window.ran = true'", "TrustedScript"),
        ("setTimeout('window.ran = true')", "TrustedScript"),
    ],
)
def test_text_never_becomes_script(
    sink: str, refusal: str, server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    page.goto(f"{server.url}/login")
    with pytest.raises(Error, match=refusal):
        page.evaluate(f"() => {{ {sink} }}")
    assert page.evaluate("window.ran") is None


def test_what_the_policy_blocks_shows_up_for_the_administrator(
    server: Server, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    page.goto(f"{server.url}/login")
    with page.expect_request("**/csp-report"):
        page.evaluate(
            """() => { const image = new Image(); image.src = "http://127.0.0.2:9/spy.png";
            document.body.append(image); }"""
        )
    sign_in(page, server)
    page.goto(f"{server.url}/admin/security")
    expect(page.get_by_text("127.0.0.2:9/spy.png")).to_be_visible()
