"""The last check at `/admin/security` in a real browser: the button works, and the pages are accessible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import axe, shots
from tests.support.server import Server

pytestmark = pytest.mark.browser

PASSWORD = "a quiet harbour in late november"


def test_an_administrator_checks_and_reads_what_a_finding_means(
    page: Page, serve: Callable[..., Server], tmp_path: Path
) -> None:
    env = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap", "DOORWARD_MAX_BODY": "100MiB"}
    server = serve(tmp_path / "data", env=env)
    page.goto(server.setup_url)
    page.get_by_label("User name").fill("Ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).not_to_have_url(server.setup_url)
    page.goto(f"{server.url}/admin/security")
    expect(page.get_by_text("No check has run yet")).to_be_visible()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Checked just now.")).to_be_visible()
    expect(page.get_by_text("hash_profile is cheap.").first).to_be_visible()
    axe(page)
    shots(page, "security-check")
    page.locator("a[href$='/findings/passwords.cheap-hashes']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Passwords are hashed cheaply")
    axe(page)
    shots(page, "finding")
