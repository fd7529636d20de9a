"""People as an administrator meets them in a browser: finding, giving a role, confirming in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_first_poll import PASSWORD, complaints_of, set_up
from tests.support.browser import axe, shots
from tests.support.server import Server

pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]
WIDE = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_REGISTRATION_OPEN": "approval",
        "DOORWARD_FRESH_FOR": "5m",
    }
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    assert running.stop() == 0


def make_account(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()


def test_an_administrator_approves_finds_and_gives_a_role(server: Server, new_context: NewContext) -> None:
    page = new_context(**WIDE).new_page()
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Not set up yet")).to_be_visible()
    axe(page)
    shots(page, "home-before-set-up")
    complaints = complaints_of(page)
    set_up(page, server)
    for name in ("tom.reed", "zoe.lind"):
        visitor = new_context().new_page()
        make_account(visitor, f"{server.url}/register", name)
    page.goto(f"{server.url}/admin/journal")
    expect(page.get_by_text("2 accounts wait for approval.")).to_be_visible()
    axe(page)
    page.goto(f"{server.url}/admin/people")
    axe(page)
    shots(page, "admin-people-waiting")
    page.get_by_role("button", name="Approve tom.reed").click()
    expect(page.get_by_text("tom.reed is approved")).to_be_visible()
    page.get_by_text("Find and filter").click()
    page.get_by_label("Name begins with").fill("to")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Manage tom.reed").click()
    axe(page)
    shots(page, "admin-person")
    page.get_by_role("checkbox", name="admin May do").check()
    page.get_by_role("button", name="Save the roles").click()
    expect(page.get_by_text("tom.reed has the roles: admin.")).to_be_visible()
    page.goto(f"{server.url}/admin/people?role=admin")
    shots(page, "admin-people-filtered")
    assert complaints == []


def come_in(page: Page, server: Server) -> None:
    """As the administrator, whom the test above has set up if it ran here."""
    page.goto(server.url)
    if page.get_by_role("heading", name="Not set up yet").is_visible():
        set_up(page, server)
        return
    page.goto(f"{server.url}/login")
    page.get_by_label("User name").fill("ms.harper")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{server.url}/")


LIST = """name,role,days,uses,email
Ann Lee,member,7,1,ann@example.org
Room 4,member,30,25,
Cy Holm,owner,7,1,
"""


def test_many_are_invited_by_a_list_and_one_joins_by_her_link(server: Server, new_context: NewContext) -> None:
    page = new_context(**WIDE).new_page()
    complaints = complaints_of(page)
    come_in(page, server)
    page.goto(f"{server.url}/admin/people")
    page.get_by_role("link", name="Invite many").click()
    axe(page)
    shots(page, "invite-many")
    page.get_by_label("Or paste the lines").fill(LIST)
    page.get_by_role("button", name="Look at the list").click()
    expect(page.get_by_text("There is no role 'owner' here.")).to_be_visible()
    axe(page)
    shots(page, "invite-look")
    page.get_by_role("button", name="Leave out 1 and invite 2").click()
    expect(page.get_by_text("2 invitations are made.")).to_be_visible()
    axe(page)
    shots(page, "invite-made")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert "Ann Lee" in download.value.path().read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="Print with QR codes").click()
    expect(page.get_by_alt_text("QR code of the invitation for Ann Lee")).to_be_visible()
    axe(page)
    shots(page, "invite-print")
    link = page.get_by_label("Ann Lee").locator(".mono").inner_text()
    assert complaints == []
    ann = new_context(**WIDE).new_page()
    make_account(ann, f"{server.url}/join/{link.rsplit('/', 1)[1]}", "ann.lee")
    ann.goto(f"{server.url}/account")
    expect(ann.get_by_text("ann.lee").first).to_be_visible()
