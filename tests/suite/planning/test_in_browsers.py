"""An organiser and two participants in real browsers: from an empty server to dots that others see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import axe, shots
from tests.support.server import Server
from tests.support.sound_files import picture

PASSWORD = "a quiet harbour in late november"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap", "DOORWARD_APPS": "planning"}
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


def looked_at(page: Page, name: str) -> None:
    """What axe finds, and pictures of the page for people; no button is pointed at, or still changes its colour."""
    page.mouse.move(0, 0)
    page.evaluate("document.getAnimations().forEach((one) => { try { one.finish() } catch { /* it has no end */ } })")
    axe(page)
    shots(page, f"planning-{name}")


def begun(server: Server, page: Page, tmp_path: Path) -> str:
    """An organiser begins a consultation with a plan; gives its address."""
    page.goto(server.setup_url)
    page.get_by_label("User name").fill("olga")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    page.goto(f"{server.url}/planning/")
    looked_at(page, "empty")
    page.get_by_label("Title").fill("The new market square")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("Description").fill("The square is rebuilt next year. What shall be there?")
    page.get_by_role("button", name="Save").click()
    plan = tmp_path / "plan.png"
    plan.write_bytes(picture(size=(900, 600)))
    page.get_by_label("What it shows").fill("The square from above")
    page.get_by_label("Picture or PDF").set_input_files(plan)
    expect(page.locator("#plan-section input[type=hidden][name=plan]")).to_have_count(1)
    page.get_by_role("button", name="Use this plan").click()
    expect(page.get_by_text("There is one: “The square from above”")).to_be_visible()
    looked_at(page, "settings")
    return page.url.partition("/manage")[0]


def tokens(page: Page, address: str) -> list[str]:
    """What stands behind the QR codes of a sheet: addresses."""
    page.goto(f"{address}/tokens")
    page.get_by_label("How many").fill("3")
    page.get_by_role("button", name="Make the sheet").click()
    with page.expect_download(timeout=60_000) as loading:
        page.get_by_role("link", name="Download the sheet to print").click(timeout=60_000)
    page.reload()
    looked_at(page, "tokens")
    sheet = loading.value.path().read_text()
    enter = re.search(r"at (http\S+/planning/enter) with", sheet)
    assert enter
    return [f"{enter[1]}#{secret}" for secret in re.findall(r"<code>(dw_\w+)</code>", sheet)]


def on_paper(page: Page) -> None:
    """The results, printed: what was contributed and its charts, and nothing that only a screen can use."""
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Results")).to_be_visible()
    expect(page.locator("table [data-dots]")).to_be_visible()
    expect(page.locator(".chart").first).to_be_visible()
    for of_the_screen in (".masthead", "[data-live]", ".chart summary"):
        expect(page.locator(of_the_screen).first).to_be_hidden()
    page.emulate_media(media="screen")
    expect(page.locator(".masthead")).to_be_visible()


def test_from_the_organiser_by_a_token_and_a_pin_to_dots(
    server: Server, new_context: NewContext, tmp_path: Path
) -> None:
    olga = new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True).new_page()
    address = begun(server, olga, tmp_path)
    codes = tokens(olga, address)
    here = server.url

    ann, ben = new_context(**PHONE).new_page(), new_context(viewport={"width": 1440, "height": 900}).new_page()
    for page, code in ((ann, codes[0]), (ben, codes[1])):
        page.goto(f"{here}/planning/enter#{code.partition('#')[2]}")
        expect(page).to_have_url(f"{here}/planning/enter")  # the token is in no history
        expect(page.get_by_label("Token")).to_have_value(code.partition("#")[2])
    looked_at(ann, "enter")
    for page in (ann, ben):
        page.get_by_role("button", name="Take part").click()
        expect(page).to_have_url(address)

    ben.get_by_label("Your contribution").fill("A fountain in the middle, where children may play.")
    plan = ben.locator("[data-plan] svg")
    box = plan.bounding_box()
    assert box
    plan.click(position={"x": box["width"] / 2, "y": box["height"] / 4})
    assert float(ben.locator("#down").input_value()) == pytest.approx(25, abs=1)
    assert float(ben.locator("#across").input_value()) == pytest.approx(50, abs=1)
    ben.get_by_role("button", name="Nearer").click()
    assert plan.get_attribute("viewBox") != "0 0 900 600"
    plan.focus()
    ben.keyboard.press("ArrowRight")
    ben.keyboard.press("Enter")
    assert float(ben.locator("#across").input_value()) > 50
    looked_at(ben, "contribute")
    ben.get_by_role("button", name="Send").click()
    expect(ben.get_by_text("Your contribution is in.")).to_be_visible()
    contribution = ben.url.partition("#")[0]

    ann.goto(contribution)
    expect(ann.get_by_text("A fountain in the middle")).to_be_visible()
    expect(ann.locator("circle.pin.here")).to_have_count(1)
    ann.get_by_role("button", name="Support this").click()
    ann.get_by_label("Your comment").fill("And benches around it.")
    ann.get_by_role("button", name="Comment").click()
    looked_at(ann, "contribution")
    ann.locator("summary", has_text="Report").click()
    ann.get_by_label("What should the organisers look at?").fill("Who pays for the water?")
    ann.get_by_role("button", name="Report").click()

    olga.goto(f"{address}/moderation")
    expect(olga.get_by_text("Who pays for the water?")).to_be_visible()
    looked_at(olga, "moderation")
    olga.get_by_role("button", name="Show it").click()
    expect(olga.get_by_text("Nothing to look at")).to_be_visible()

    olga.goto(f"{address}/sorting")
    olga.get_by_label("Where one of these words stands").fill("fountain, water")
    olga.get_by_label("Propose the category").select_option("Idea")
    olga.get_by_role("button", name="Add the rule").click()
    expect(olga.get_by_text("proposes its category for 1 contribution.")).to_be_visible()
    looked_at(olga, "sorting")
    olga.get_by_role("button", name="Move to Idea").click()
    expect(olga.get_by_text("Nothing is proposed")).to_be_visible()
    olga.goto(f"{server.url}/planning/monitoring")
    looked_at(olga, "monitoring")

    today = datetime.now(UTC).date()
    olga.goto(f"{address}/manage")
    olga.get_by_label("Collecting from").fill(str(today - timedelta(days=3)))
    olga.get_by_label("Discussing from").fill("")
    olga.get_by_label("Prioritising from").fill(str(today))
    olga.get_by_label("Publish the results").check()
    olga.get_by_role("button", name="Save").click()
    for page in (ann, ben):
        page.goto(f"{address}/dots")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")
    visitor = new_context(viewport={"width": 1440, "height": 900}).new_page()
    ann.get_by_label("Yours").fill("3")
    ann.get_by_role("button", name="Put").click()
    expect(ann.locator("[data-left]")).to_have_text("2")
    expect(ben.locator("[data-count]")).to_have_text("3")
    looked_at(ben, "dots")
    visitor.goto(f"{address}/results")
    expect(visitor.locator("[data-live]")).to_have_attribute("data-state", "live")
    ben.get_by_label("Yours").fill("5")
    ben.get_by_role("button", name="Put").click()
    expect(visitor.locator("[data-dots]")).to_have_text("8")
    looked_at(visitor, "results")
    on_paper(visitor)

    olga.goto(f"{address}/tokens")
    olga.locator("th[scope=row] a").first.click()
    expect(olga.get_by_role("button", name="Replace").first).to_be_visible()
    looked_at(olga, "sheet")
    olga.goto(f"{address}/tokens")
    olga.get_by_role("button", name="End all of them").click()
    expect(ann.locator("[data-live]")).to_have_attribute("data-state", "lost")
    ann.goto(address)
    expect(ann.get_by_text("A fountain in the middle")).to_have_count(0)
