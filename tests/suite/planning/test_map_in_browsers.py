"""The map and the plan under fingers, mouse and keys, in a real browser, with a tile server of the test's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from doorward_suite.planning import mercator
from tests.support.browser import axe, shots
from tests.support.server import Server
from tests.support.sound_files import picture
from tests.support.tile_server import TileServer, tile_server

from .test_plan_pages import document

PASSWORD = "a quiet harbour in late november"
WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
LON, LAT, ZOOM = 11.576124, 48.137154, 13
pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def tiles() -> Iterator[TileServer]:
    with tile_server() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiles: TileServer) -> Iterator[Server]:
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_APPS": "planning",
        "DOORWARD_MAP_TILES": tiles.template,
        "DOORWARD_MAP_ATTRIBUTION": "© The tile people",
    }
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def olga(server: Server, chromium: Any) -> Iterator[Page]:
    """The organiser, signed in."""
    context = chromium.new_context(**WIDE)
    page = context.new_page()
    page.goto(server.setup_url)
    page.get_by_label("User name").fill("olga")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).not_to_have_url(server.setup_url)
    yield page
    context.close()


def looked_at(page: Page, name: str) -> None:
    """What axe finds, and pictures of the page for people."""
    page.mouse.move(0, 0)
    page.evaluate("document.getAnimations().forEach((one) => { try { one.finish() } catch { /* it has no end */ } })")
    axe(page)
    shots(page, f"planning-{name}")


def begun(server: Server, olga: Page, title: str) -> tuple[str, str]:
    """A new consultation for which everybody may register: its address, and that of its link."""
    olga.goto(f"{server.url}/planning/")
    olga.get_by_label("Title").fill(title)
    olga.get_by_role("button", name="Begin").click()
    olga.get_by_label("Let everybody register by the link").check()
    olga.get_by_role("button", name="Save", exact=True).click()
    link = olga.get_by_text(re.compile(r"http\S+/planning/join/\w+"))
    expect(link).to_be_visible()
    return olga.url.partition("/manage")[0], (link.text_content() or "").strip()


def with_map(server: Server, olga: Page) -> tuple[str, str]:
    """A consultation whose map begins in Munich."""
    address, link = begun(server, olga, "The river in the town")
    olga.get_by_label("on a map").check()
    olga.get_by_label("The map begins at latitude").fill(str(LAT))
    olga.get_by_label("and longitude").fill(str(LON))
    olga.get_by_label("at zoom").fill(str(ZOOM))
    olga.get_by_role("button", name="Use this choice").click()
    expect(olga.locator("[data-map].works")).to_be_visible()
    return address, link


def registered(page: Page, link: str, *, look: bool = False) -> None:
    page.goto(link)
    if look:
        looked_at(page, "join")
    page.get_by_label("Business").check()
    page.get_by_role("button", name="Take part").click()
    expect(page.get_by_role("heading", name="Your token")).to_be_visible()
    if look:
        looked_at(page, "registered")
    page.get_by_role("button", name="I have kept it: go on").click()
    expect(page.get_by_label("Your contribution")).to_be_visible()


class Hand:
    """Fingers on a page."""

    def __init__(self, page: Page) -> None:
        self._tools = page.context.new_cdp_session(page)

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(places)]
        self._tools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.touch("touchStart", start)
        for step in range(1, 6):
            part = step / 5
            self.touch("touchMove", (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part))
        self.touch("touchEnd")

    def pinch(self, middle: tuple[float, float], before: float, after: float) -> None:
        x, y = middle
        self.touch("touchStart", (x - before, y), (x + before, y))
        for step in range(1, 6):
            wide = before + (after - before) * step / 5
            self.touch("touchMove", (x - wide, y), (x + wide, y))
        self.touch("touchEnd")


def middle_of(surface: Locator) -> tuple[float, float]:
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def seen_at(figure: Locator) -> tuple[float, float, float]:
    """The middle of what is shown on the plane, and the zoom."""
    x, y, zoom = (float(one) for one in (figure.get_attribute("data-at") or "").split())
    return x, y, zoom


def changed(figure: Locator, before: tuple[float, float, float]) -> tuple[float, float, float]:
    """Where the map is now that it has moved."""
    expect(figure).not_to_have_attribute("data-at", f"{before[0]:.7f} {before[1]:.7f} {before[2]:.3f}")
    return seen_at(figure)


def fields(page: Page) -> tuple[float, float]:
    return float(page.locator("#lon").input_value()), float(page.locator("#lat").input_value())


def test_a_phone_drags_pinches_and_taps_the_map(
    server: Server, olga: Page, tiles: TileServer, new_context: NewContext
) -> None:
    address, link = with_map(server, olga)
    looked_at(olga, "settings-map")
    ann = new_context(**PHONE).new_page()
    problems: list[str] = []
    ann.on("console", lambda one: problems.append(one.text) if one.type == "error" else None)
    registered(ann, link, look=True)
    figure, surface = ann.locator("[data-map]"), ann.locator("[data-map] svg")
    expect(figure).to_have_class(re.compile("works"))
    hand, middle = Hand(ann), middle_of(surface)
    first = seen_at(figure)
    assert first == (*(pytest.approx(one, abs=1e-6) for one in mercator.to_plane(LON, LAT)), ZOOM)

    hand.drag(middle, (middle[0] - 100, middle[1] + 50))
    second = changed(figure, first)
    pixel = 1 / (256 * 2**ZOOM)
    assert second[0] - first[0] == pytest.approx(100 * pixel, abs=2 * pixel)
    assert second[1] - first[1] == pytest.approx(-50 * pixel, abs=2 * pixel)
    assert ann.locator("#lat").input_value() == "", "moving chooses nothing"

    hand.pinch(middle, 40, 80)
    third = changed(figure, second)
    assert third[2] == pytest.approx(ZOOM + 1, abs=0.05), "twice as far apart is one level nearer"
    assert third[0] == pytest.approx(second[0], abs=4 * pixel), "what is between the fingers stays there"

    surface.tap(position={"x": 60, "y": 80})
    expect(ann.locator("#lat")).not_to_have_value("")
    box = surface.bounding_box()
    assert box
    near = 1 / (256 * 2 ** third[2])
    wanted = mercator.from_plane(third[0] + (60 - box["width"] / 2) * near, third[1] + (80 - box["height"] / 2) * near)
    assert fields(ann) == (pytest.approx(wanted[0], abs=1e-4), pytest.approx(wanted[1], abs=1e-4))
    ann.get_by_label("Your contribution").fill("A place to swim.")
    looked_at(ann, "map")
    lon, lat = fields(ann)
    ann.get_by_role("button", name="Send").click()
    expect(ann.get_by_text("Your contribution is in.")).to_be_visible()
    expect(ann.get_by_text(f"At {lat:.6f}, {lon:.6f}")).to_be_visible()
    expect(ann.locator("[data-map] circle.pin.here")).to_be_visible()
    looked_at(ann, "map-contribution")
    assert problems == [], "the page's policy lets its own map be"

    assert tiles.paths, "tiles were fetched"
    assert all(re.fullmatch(r"/\d+/\d+/\d+\.png", one) for one in tiles.paths)
    for headers in tiles.headers:
        assert "cookie" not in headers
        assert headers.get("referer", f"{server.url}/") == f"{server.url}/", "of the page its origin alone is told"
    asked = len(tiles.paths)
    olga.goto(f"{address}/results")
    expect(olga.get_by_role("link", name="GeoJSON")).to_be_visible()
    looked_at(olga, "results-map")
    olga.goto(f"{address}/moderation")
    assert len(tiles.paths) == asked, "no other page asks for any"


def test_the_map_is_used_by_keyboard_and_mouse(server: Server, olga: Page, new_context: NewContext) -> None:
    _, link = with_map(server, olga)
    ben = new_context(**WIDE).new_page()
    registered(ben, link)
    figure, surface = ben.locator("[data-map]"), ben.locator("[data-map] svg")
    expect(figure).to_have_class(re.compile("works"))
    surface.focus()
    ben.keyboard.press("Enter")
    assert fields(ben) == (pytest.approx(LON, abs=1e-5), pytest.approx(LAT, abs=1e-5))
    for _ in range(3):
        ben.keyboard.press("ArrowRight")
    ben.keyboard.press("ArrowUp")
    ben.keyboard.press("Enter")
    lon, lat = fields(ben)
    assert lon > LON
    assert lat > LAT
    first = seen_at(figure)
    ben.keyboard.press("+")
    second = changed(figure, first)
    assert second[2] > first[2]
    ben.get_by_role("button", name="Back to the beginning").click()
    expect(figure).to_have_attribute("data-at", f"{first[0]:.7f} {first[1]:.7f} {first[2]:.3f}")

    middle = middle_of(surface)
    ben.mouse.move(*middle)
    ben.mouse.down()
    ben.mouse.move(middle[0] + 120, middle[1], steps=4)
    ben.mouse.up()
    third = changed(figure, first)
    assert third[0] < first[0], "what is under the mouse comes along"
    assert fields(ben) == (lon, lat), "and nothing is chosen by it"
    ben.locator("#lat").fill("48.2")
    ben.locator("#lon").fill("11.6")
    ben.locator("#lon").press("Tab")
    expect(ben.locator("[data-map] circle.chosen")).to_have_attribute("visibility", "visible")


def test_an_organiser_moves_the_map_to_where_it_begins(server: Server, olga: Page) -> None:
    with_map(server, olga)
    surface = olga.locator("[data-map] svg")
    middle = middle_of(surface)
    olga.mouse.move(*middle)
    olga.mouse.down()
    olga.mouse.move(middle[0] - 200, middle[1], steps=4)
    olga.mouse.up()
    olga.get_by_role("button", name="Nearer").click()
    expect(olga.get_by_label("at zoom")).to_have_value(str(ZOOM + 1))
    lon = olga.get_by_label("and longitude").input_value()
    assert float(lon) > LON
    olga.get_by_role("button", name="Use this choice").click()
    expect(olga.locator("[data-map]")).to_have_attribute("data-zoom", str(ZOOM + 1))
    assert olga.locator("[data-map]").get_attribute("data-lon") == lon


def test_a_map_whose_server_does_not_answer_says_so(server: Server, olga: Page, new_context: NewContext) -> None:
    _, link = with_map(server, olga)
    context = new_context(**WIDE)
    context.route(re.compile(r"/\d+/\d+/\d+\.png$"), lambda route: route.abort())
    ben = context.new_page()
    registered(ben, link)
    expect(ben.get_by_text("Parts of the map cannot be fetched.")).to_be_visible()
    looked_at(ben, "map-lost")
    ben.locator("[data-map] svg").click()
    assert ben.locator("#lat").input_value() != "", "a place can be chosen all the same"


def test_a_phone_drags_pinches_and_taps_the_plan(
    server: Server, olga: Page, new_context: NewContext, tmp_path: Path
) -> None:
    address, link = begun(server, olga, "The square")
    plan = tmp_path / "plan.png"
    plan.write_bytes(picture(size=(900, 600)))
    olga.get_by_label("What it shows").fill("The square from above")
    olga.get_by_label("Picture or PDF").set_input_files(plan)
    expect(olga.locator("#plan-section input[type=hidden][name=plan]")).to_have_count(1)
    olga.get_by_role("button", name="Use this plan").click()
    expect(olga.get_by_text("There is one: “The square from above”")).to_be_visible()
    ann = new_context(**PHONE).new_page()
    registered(ann, link)
    expect(ann.locator("[data-plan]")).to_have_class(re.compile("works"))
    surface = ann.locator("[data-plan] svg")
    hand, middle = Hand(ann), middle_of(surface)
    hand.pinch(middle, 30, 60)
    expect(surface).not_to_have_attribute("viewBox", "0 0 900 600")
    x, y, width, height = (float(one) for one in (surface.get_attribute("viewBox") or "").split())
    assert width == pytest.approx(450, abs=5), "twice as far apart is half as much to see"
    box = surface.bounding_box()
    assert box
    hand.drag(middle, (middle[0] - 60, middle[1]))
    expect(surface).not_to_have_attribute("viewBox", f"{x} {y} {width} {height}")
    moved = float((surface.get_attribute("viewBox") or "").split()[0])
    assert moved - x == pytest.approx(60 * width / box["width"], abs=2)
    assert ann.locator("#across").input_value() == ""
    surface.tap(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(ann.locator("#across")).not_to_have_value("")
    assert float(ann.locator("#across").input_value()) == pytest.approx((moved + width / 2) / 9, abs=0.5)
    assert address


def test_a_page_of_a_pdf_becomes_the_plan(server: Server, olga: Page, new_context: NewContext, tmp_path: Path) -> None:
    _, link = begun(server, olga, "The park")
    plan = tmp_path / "park.pdf"
    plan.write_bytes(document((240, 240, 240), (170, 210, 150)))
    olga.get_by_label("What it shows").fill("The park from above")
    olga.get_by_label("Picture or PDF").set_input_files(plan)
    expect(olga.locator("#plan-section input[type=hidden][name=plan]")).to_have_count(1)
    olga.get_by_label("Page, where it is a PDF").fill("3")
    olga.get_by_role("button", name="Use this plan").click()
    expect(olga.get_by_text("there is no page 3").first).to_be_visible()
    looked_at(olga, "settings-no-page")
    olga.get_by_label("Page, where it is a PDF").fill("2")
    olga.get_by_role("button", name="Use this plan").click()
    expect(olga.get_by_text("There is one: “The park from above”")).to_be_visible()
    ann = new_context(**PHONE).new_page()
    registered(ann, link)
    expect(ann.locator("[data-plan]")).to_have_class(re.compile("works"))
    looked_at(ann, "plan-of-pdf")


def test_the_maths_of_the_page_are_those_of_the_server(server: Server, new_context: NewContext) -> None:
    page = new_context(bypass_csp=True).new_page()
    page.goto(f"{server.url}/planning/enter")
    places = [(0, 0), (13.3777, 52.5163), (-58.3816, -34.6037), (179.9, 85), (-180, -85)]
    script = """async (places) => {
      const { toPlane, fromPlane } = await import('/planning/static/mercator.js');
      return places.map(([lon, lat]) => { const at = toPlane(lon, lat); const back = fromPlane(at); return [at.x, at.y, back.lon, back.lat]; });
    }"""  # noqa: E501
    for (lon, lat), (x, y, *back) in zip(places, page.evaluate(script, places), strict=True):
        assert (x, y) == tuple(pytest.approx(one, abs=1e-12) for one in mercator.to_plane(lon, lat))
        assert back == [pytest.approx(lon, abs=1e-9), pytest.approx(lat, abs=1e-9)]
