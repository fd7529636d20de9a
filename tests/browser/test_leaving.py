"""Leaving as people do it: the export is made while one looks on, and the account is closed everywhere."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_factors import by_name, device, set_up_by_name
from tests.browser.test_first_poll import PASSWORD, complaints_of
from tests.support.browser import axe, shots
from tests.support.server import Server

pytestmark = pytest.mark.browser
NewContext = Callable[..., BrowserContext]


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap", "DOORWARD_REGISTRATION_OPEN": "open"}
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    assert running.stop() == 0


def register(page: Page, server: Server) -> None:
    page.goto(by_name(server, "/register"))
    page.get_by_label("User name").fill("maria")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(by_name(server))


def make_poll(page: Page, server: Server) -> None:
    page.goto(by_name(server, "/polls/"))
    page.locator("main input[name=name]").fill("Rivers of Europe")
    page.locator("main input[name=name]").press("Enter")
    expect(page.get_by_role("heading", name="Rivers of Europe")).to_be_visible()


def test_somebody_takes_everything_along_and_leaves(new_context: NewContext, server: Server, tmp_path: Path) -> None:
    set_up_by_name(new_context().new_page(), server)
    context = new_context()
    page, elsewhere = context.new_page(), new_context().new_page()
    complaints = complaints_of(page)
    register(page, server)
    make_poll(page, server)
    elsewhere.goto(by_name(server, "/login"))
    elsewhere.get_by_label("User name").fill("maria")
    elsewhere.get_by_label("Password", exact=True).fill(PASSWORD)
    elsewhere.get_by_role("button", name="Sign in", exact=True).click()
    expect(elsewhere).to_have_url(by_name(server))

    page.goto(by_name(server, "/account"))
    page.get_by_role("link", name="Export it").click()
    axe(page)
    shots(page, "export-ask")
    page.get_by_role("button", name="Make the export").click()
    expect(page).to_have_url(re.compile("/account/jobs/j[0-9a-f]+$"))
    expect(page.get_by_role("link", name="Download")).to_be_visible()  # without a reload
    expect(page.get_by_role("status").filter(has_text="All done.")).to_be_visible()
    axe(page)
    shots(page, "job-done")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download").click()
    assert re.fullmatch(r"maria-\d{4}-\d\d-\d\d\.zip", downloading.value.suggested_filename)
    archive = zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes()))
    archive.extractall(tmp_path / "export")
    assert "Rivers of Europe" in archive.read(next(n for n in archive.namelist() if n.startswith("polls/"))).decode()
    reader = new_context().new_page()
    reader.goto((tmp_path / "export" / "index.html").as_uri())
    expect(reader.get_by_role("heading", name="What is stored about maria")).to_be_visible()
    axe(reader)
    shots(reader, "export-page")
    job_address = page.url
    elsewhere.goto(job_address)
    expect(elsewhere.get_by_role("link", name="Download")).to_be_visible()

    page.goto(by_name(server, "/account"))
    shots(page, "account-with-leaving")
    page.get_by_role("link", name="Delete the account").click()
    axe(page)
    shots(page, "delete")
    page.get_by_label("It goes too.").check()
    page.get_by_label("Your password").fill("a wrong password here")
    page.get_by_role("button", name="Delete my account for ever").click()
    expect(page.get_by_role("alert")).to_contain_text("not right")
    expect(page.get_by_label("It goes too.")).to_be_checked()
    axe(page)
    shots(page, "delete-wrong")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete my account for ever").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    axe(page)
    shots(page, "left")
    assert [one for one in complaints if "401" not in one] == []
    for address in (job_address, by_name(server, "/account")):
        elsewhere.goto(address)
        expect(elsewhere).to_have_url(re.compile("/login"))
    page.goto(by_name(server, "/account"))
    expect(page).to_have_url(re.compile("/login"))


def test_a_passkey_deletes_without_the_password(new_context: NewContext, server: Server) -> None:
    set_up_by_name(new_context().new_page(), server)
    page = new_context().new_page()
    register(page, server)
    device(page)
    page.goto(by_name(server, "/account/factors"))
    page.locator("form[data-passkey] input[name=name]").fill("This computer")
    page.locator("form[data-passkey] [data-passkey-button]").click()
    expect(page.get_by_role("heading", name=re.compile("recovery codes", re.I))).to_be_visible()
    page.goto(by_name(server, "/account/delete"))
    page.get_by_label("It stays").check()
    shots(page, "delete-with-passkey")
    page.get_by_role("button", name="Delete it with your passkey").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()


def test_the_last_administrator_reads_why_not(page: Page, server: Server) -> None:
    set_up_by_name(page, server)
    page.goto(by_name(server, "/account/delete"))
    expect(page.get_by_text("You are the last administrator.")).to_be_visible()
    expect(page.get_by_label("Your password")).to_have_count(0)
    axe(page)
    shots(page, "delete-last-administrator")
