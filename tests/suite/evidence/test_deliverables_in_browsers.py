"""What is handed over, in a real browser: the POA&M, the SSP mapping, the report and the package, by a lead."""

from __future__ import annotations

import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import axe
from tests.support.server import Server

from .test_in_browsers import NewContext, looked_at, register, server, set_up

pytestmark = pytest.mark.browser
__all__ = ["server"]


def day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def narrow(page: Page) -> None:
    """Nothing scrolls sideways on a phone."""
    before = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    page.set_viewport_size(before)  # type: ignore[arg-type]


def press(page: Page, key: str, at: str) -> None:
    """Press a key on the page with this heading, once its scripts have run."""
    expect(page.get_by_role("heading", name=at, level=1)).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def downloaded(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as given:
        page.get_by_role("link", name=name, exact=True).click()
    path = folder / given.value.suggested_filename
    given.value.save_as(path)
    return path


def test_a_lead_plans_reports_and_hands_over(server: Server, new_context: NewContext, tmp_path: Path) -> None:
    lead = new_context(viewport={"width": 1440, "height": 900}).new_page()
    set_up(server, lead)
    cleo = register(server, new_context, "cleo")
    lead.goto(f"{server.url}/evidence/")
    lead.get_by_role("button", name="Begin").click()
    overview = lead.url
    lead.get_by_role("link", name="Team").click()
    lead.get_by_label("User name").fill("cleo")
    lead.get_by_label("Role", exact=True).select_option("collector")
    lead.get_by_role("button", name="Add").click()
    lead.get_by_label("Organisation").fill("Example Works, Inc.")
    lead.get_by_label("Marking").fill("CUI")
    lead.get_by_role("button", name="Save").click()

    cleo.goto(f"{overview}/items/new?objectives=3.1.1[a]")
    cleo.get_by_label("Title").fill("Export of the directory")
    file = {"name": "users.csv", "mimeType": "text/csv", "buffer": b"name,role\nada,admin\n"}
    cleo.get_by_label("Files").set_input_files(file)
    cleo.get_by_role("button", name="Add", exact=True).click()
    expect(cleo.get_by_text("The evidence was added.")).to_be_visible()
    cleo.get_by_role("link", name="POA&M", exact=True).click()
    expect(cleo.get_by_role("heading", name="Nothing waits")).to_be_visible()
    looked_at(cleo, "poam-empty")
    press(cleo, "a", "POA&M")
    cleo.locator("#requirement").fill("3.1.1")
    cleo.get_by_label("What is missing").fill("There is no list of flows.")
    cleo.get_by_label("What is done about it").fill("A list is made.")
    cleo.get_by_label("How high the risk is").select_option("high")
    cleo.get_by_label("Responsible").select_option(label="cleo (collector)")
    cleo.get_by_label("Closed by").fill(day(60))
    cleo.get_by_role("button", name="Add", exact=True).click()
    expect(cleo.get_by_text("3.1.1 costs 5 points, and only what costs 1 may be on a POA&M.").first).to_be_visible()
    looked_at(cleo, "poam-refused")
    expect(cleo.get_by_label("What is missing")).to_have_value("There is no list of flows.")
    cleo.locator("#requirement").fill("3.1.3")
    cleo.get_by_role("button", name="Add", exact=True).click()
    expect(cleo.get_by_role("heading", name="3.1.3")).to_be_visible()
    for text, until in (("The rules are exported", day(-1)), ("The list is reviewed", day(30))):
        cleo.get_by_label("A milestone").fill(text)
        cleo.get_by_label("Until").fill(until)
        cleo.get_by_role("button", name="Add the milestone").click()
        expect(cleo.get_by_role("rowheader", name=text)).to_be_visible()
    narrow(cleo)
    looked_at(cleo, "poam-entry")
    cleo.get_by_role("row", name="The rules are exported").get_by_role("button", name="Done").click()
    expect(cleo.get_by_text("done", exact=True)).to_be_visible()
    press(cleo, "u", "3.1.3")
    expect(cleo.get_by_text("1 of 2 done")).to_be_visible()
    narrow(cleo)
    looked_at(cleo, "poam")

    cleo.get_by_role("link", name="SSP", exact=True).click()
    expect(cleo.get_by_role("heading", name="SSP mapping")).to_be_visible()
    narrow(cleo)
    cleo.get_by_role("link", name="3.1.1 ", exact=False).first.click()
    cleo.get_by_label("State").select_option("implemented")
    cleo.get_by_label("Whose doing it is").select_option("inherited")
    cleo.get_by_role("button", name="Save").click()
    expect(cleo.get_by_role("link", name="Name the provider.")).to_be_visible()
    cleo.get_by_label("Provider").fill("Cloud Co.")
    cleo.get_by_label("Document").fill("System security plan 3.2")
    cleo.get_by_role("button", name="Save").click()
    expect(cleo.get_by_text("Saved.")).to_be_visible()
    narrow(cleo)
    looked_at(cleo, "ssp-entry")
    press(cleo, "u", "3.1.1")
    expect(cleo.get_by_role("heading", name="SSP mapping")).to_be_visible()
    table = downloaded(cleo, "CSV", tmp_path)
    table.write_text(table.read_text("utf-8").replace("Cloud Co.", "Sky Co.").replace("3.1.2", "9.9.9"), "utf-8")
    cleo.locator("#file").set_input_files(table)
    cleo.get_by_role("button", name="Load", exact=True).click()
    expect(cleo.get_by_text("there is no such requirement in this standard").first).to_be_visible()
    expect(cleo.get_by_text("Inherited from Cloud Co.")).to_be_visible()
    table.write_text(table.read_text("utf-8").replace("9.9.9", "3.1.2"), "utf-8")
    cleo.locator("#file").set_input_files(table)
    cleo.get_by_role("button", name="Load", exact=True).click()
    expect(cleo.get_by_text("Inherited from Sky Co.")).to_be_visible()
    looked_at(cleo, "ssp")

    cleo.get_by_role("link", name="Report", exact=True).click()
    expect(cleo.get_by_text("Example Works, Inc.")).to_be_visible()
    narrow(cleo)
    axe(cleo)  # its picture is too long to be taken
    pdf = pypdf.PdfReader(downloaded(cleo, "PDF", tmp_path))
    assert any("There is no list of flows." in one.extract_text() for one in pdf.pages)
    press(cleo, "/", "CMMC level 2")
    expect(cleo.get_by_role("heading", name="Search")).to_be_visible()

    lead.get_by_role("link", name="Package").click()
    lead.get_by_role("button", name="Make a package").click()
    expect(lead.get_by_role("link", name="Download the package")).to_be_visible(timeout=30_000)
    packed = downloaded(lead, "Download the package", tmp_path)
    lead.reload()
    narrow(lead)
    looked_at(lead, "package")
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)
    cleo.goto(f"{overview}/packages")
    expect(cleo.get_by_role("button", name="Make a package")).to_have_count(0)
    cleo.goto(overview)
    expect(cleo.get_by_text("1 open")).to_be_visible()
    looked_at(cleo, "overview-with-plan")
