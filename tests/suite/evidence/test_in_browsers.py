"""A lead, a collector and a reviewer in real browsers: from an empty server to an objective that is met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.test_uploads import GIVE_FILES
from tests.support.browser import axe, shots
from tests.support.server import Server
from tests.support.sound_files import SOUND

#: What the page sends of a file at once.
PART = 8 * 1024 * 1024
PASSWORD = "a quiet harbour in late november"

pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_REGISTRATION_OPEN": "open",
        "DOORWARD_APPS": "evidence",
    }
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


def set_up(server: Server, page: Page) -> None:
    page.goto(server.setup_url)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).to_have_url(f"{server.url}/")


def register(server: Server, new_context: NewContext, name: str) -> Page:
    """Somebody who has just made an account, in a browser of their own."""
    page = new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{server.url}/register")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.locator("main form button[type=submit]").last.click()
    expect(page).not_to_have_url(f"{server.url}/register")
    return page


def looked_at(page: Page, name: str) -> None:
    """What axe finds, and pictures of the page for people to look at."""
    axe(page)
    shots(page, f"evidence-{name}")


def the_tabs_are_one_row_on_a_phone(page: Page, current: str) -> None:
    """However many there are; the one that somebody is on is in sight, and the last can be reached."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.reload()
    tabs = page.get_by_role("navigation", name="This assessment").get_by_role("link")
    here = tabs.filter(has_text=current)
    expect(here).to_have_attribute("aria-current", "page")
    expect(here).to_be_in_viewport(ratio=1)
    assert len({round(box["y"]) for one in tabs.all() if (box := one.bounding_box())}) == 1
    tabs.last.scroll_into_view_if_needed()
    expect(tabs.last).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1440, "height": 900})


def evidence_comes_in_every_way(page: Page, overview: str, folder: Path) -> None:
    """Dropped, pasted, chosen, several at once, and on again by itself where the connection broke in the middle."""
    page.goto(f"{overview}/items/new?objectives=3.1.2[a]")
    second_parts: list[str] = []

    def broken_once(route: Route) -> None:
        if route.request.headers.get("upload-offset") == str(PART):
            second_parts.append(route.request.url)
            if len(second_parts) == 1:
                route.abort("connectionreset")
                return
        route.continue_()

    page.route("**/files/f*", broken_once)
    (folder / "long.txt").write_bytes(b"a line of a log\n" * 800_000)  # more than one part
    page.evaluate(GIVE_FILES, ["[data-upload]", "drop", [["first.txt", "one"], ["second.txt", "two"]]])
    page.evaluate(GIVE_FILES, ["body", "paste", [["pasted.txt", "three"]]])
    page.get_by_label("Files").set_input_files(folder / "long.txt")
    long = page.locator(".upload-item").filter(has_text="long.txt")
    expect(long).to_contain_text("it goes on by itself", timeout=20_000)
    far = long.get_by_role("progressbar", name="long.txt").evaluate("bar => bar.value / bar.max")
    assert 0.5 < far < 1, "what had arrived is shown, and not begun anew"
    looked_at(page, "sending")
    page.get_by_role("button", name="Add", exact=True).click()  # too early: the form waits for the file
    expect(page.get_by_text("4 pieces of evidence were added.")).to_be_visible(timeout=30_000)
    assert len(second_parts) == 2, "the first part was not sent again"
    page.unroute("**/files/f*")


def a_picture_is_seen(page: Page, overview: str) -> None:
    page.goto(f"{overview}/items/new")
    page.get_by_label("Files").set_input_files({"name": "lock.png", "mimeType": "", "buffer": SOUND["photo.png"]})
    page.get_by_role("button", name="Add", exact=True).click()
    picture = page.get_by_role("img", name="Version 1 of lock, larger")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") > 0
    looked_at(page, "picture")
    with page.expect_download() as given:
        page.get_by_role("link", name="Download version 1").click()
    assert given.value.path().read_bytes() == SOUND["photo.png"]


def test_a_team_takes_an_objective_from_nothing_to_reviewed(
    server: Server, new_context: NewContext, tmp_path: Path
) -> None:
    lead = new_context(viewport={"width": 1440, "height": 900}).new_page()
    set_up(server, lead)
    cleo, rosa = (register(server, new_context, name) for name in ("cleo", "rosa"))
    cleo.goto(f"{server.url}/evidence/")
    expect(cleo.get_by_role("heading", name="No assessment yet")).to_be_visible()

    lead.goto(f"{server.url}/evidence/")
    looked_at(lead, "empty")
    lead.get_by_role("button", name="Begin").click()
    expect(lead.get_by_role("heading", name="Overview")).to_be_visible()
    overview = lead.url

    lead.get_by_role("link", name="Team").click()
    for name, role in (("cleo", "collector"), ("rosa", "reviewer")):
        lead.get_by_label("User name").fill(name)
        lead.get_by_label("Role", exact=True).select_option(role)
        lead.get_by_role("button", name="Add").click()
        expect(lead.get_by_role("link", name=name)).to_be_visible()
    lead.get_by_label("Name of the guest").fill("An assessor")
    lead.get_by_role("button", name="Make a token").click()
    token = lead.locator("#guest-token").inner_text()
    looked_at(lead, "team")
    lead.get_by_role("link", name="Team", exact=True).click()
    the_tabs_are_one_row_on_a_phone(lead, "Team")

    lead.get_by_role("link", name="Objectives", exact=True).click()
    lead.get_by_label("Family").select_option("AC")
    lead.get_by_role("button", name="Show").click()
    expect(lead.get_by_text("70 objectives")).to_be_visible()
    lead.get_by_role("button", name="Choose all of the list").click()
    lead.locator("#assignee").select_option(label="cleo (collector)")
    lead.get_by_label("Until").fill("2026-01-31")
    looked_at(lead, "worklist")
    lead.get_by_role("button", name="Assign").click()

    cleo.goto(overview)
    cleo.keyboard.press("/")
    cleo.keyboard.type("remote access")
    cleo.keyboard.press("Enter")
    expect(cleo.get_by_role("heading", name="Search")).to_be_visible()
    looked_at(cleo, "search")
    cleo.get_by_role("link", name="My work").click()
    looked_at(cleo, "person")
    cleo.get_by_role("link", name="3.1.1[a]").click()
    first = cleo.locator("#o-a")
    first.get_by_role("button", name="Start collecting").click()
    expect(first.get_by_text("Collecting", exact=True)).to_be_visible()
    first.get_by_text("Comments and history").click()
    first.get_by_label("Comment").fill("Is the export of the directory enough, @rosa?")
    first.get_by_role("button", name="Comment", exact=True).click()
    expect(first.get_by_role("button", name="Hand in for review")).to_have_count(0)  # there is no evidence yet
    first.get_by_role("link", name="Add evidence").click()
    expect(cleo.get_by_label("What it shows")).to_have_value("3.1.1[a]")
    cleo.get_by_label("Title").fill("Export of the directory")
    cleo.get_by_label("How it was obtained").select_option("export")
    cleo.get_by_label("Source").fill("the directory server")
    cleo.get_by_label("Collected on").fill("2026-01-15")
    cleo.get_by_label("Expires on").fill("2026-01-31")
    looked_at(cleo, "add")
    file = {"name": "users 2026.csv", "mimeType": "text/csv", "buffer": b"name,role\nada,admin\n"}
    cleo.get_by_label("Files").set_input_files(file)
    cleo.get_by_role("button", name="Add", exact=True).click()
    first.get_by_role("link", name="Export of the directory").click()
    expect(cleo.get_by_text("AC.L2-3.1.1_a_Export-of-the-directory_2026-01-15_E1v1.csv")).to_be_visible()
    cleo.get_by_text("Add a newer version").click()
    cleo.get_by_label("File", exact=True).set_input_files({**file, "buffer": b"name,role\nada,admin\nlea,\n"})
    cleo.get_by_role("button", name="Add the version").click()
    cleo.get_by_role("button", name="Look at the disk again").click()
    expect(cleo.get_by_text("Every file on disk is as it arrived.")).to_be_visible()
    with cleo.expect_download() as given:
        cleo.get_by_role("link", name="Download version 2").click()
    assert given.value.suggested_filename == "AC.L2-3.1.1_a_Export-of-the-directory_E1v2.csv"
    looked_at(cleo, "item")
    cleo.get_by_role("link", name="Evidence", exact=True).last.click()
    looked_at(cleo, "library")
    evidence_comes_in_every_way(cleo, overview, tmp_path)
    a_picture_is_seen(cleo, overview)
    cleo.goto(f"{overview}/requirements/3.1.1")
    first.get_by_role("button", name="Hand in for review").click()
    expect(first.get_by_text("Ready for review", exact=True)).to_be_visible()

    rosa.goto(overview)
    rosa.get_by_role("link", name="My work").click()
    expect(rosa.get_by_text("Is the export of the directory enough")).to_be_visible()
    rosa.get_by_role("link", name="3.1.1[a]").click()
    reviewed = rosa.locator("#o-a")
    reviewed.get_by_role("button", name="Met", exact=False).first.click()
    expect(reviewed.get_by_text("Met", exact=True)).to_be_visible()
    for letter, finding in (("b", "Not met"), ("c", "Not applicable")):
        place = rosa.locator(f"#o-{letter}")
        place.get_by_text("Not met, Not applicable").click()
        place.get_by_label("Why").fill("Nobody keeps such a list.")
        place.get_by_role("button", name=finding).click()
        expect(place.get_by_text(finding, exact=True).first).to_be_visible()
    looked_at(rosa, "requirement")
    rosa.keyboard.press("n")
    expect(rosa).to_have_url(f"{overview}/requirements/3.1.2")
    rosa.keyboard.press("u")
    looked_at(rosa, "family")
    rosa.goto(overview)
    looked_at(rosa, "overview")

    guest = new_context(viewport={"width": 1440, "height": 900}).new_page()
    guest.goto(f"{server.url}/login/token")
    guest.get_by_label("token").fill(token)
    guest.get_by_role("button", name="Sign in").click()
    guest.goto(overview)
    expect(guest.get_by_role("heading", name="Overview")).to_be_visible()
    looked_at(guest, "guest")
