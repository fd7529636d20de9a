"""`/admin/backups` in a real browser: a backup is made, its row appears by itself, and it is taken away encrypted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from doorward.core.backup_seal import MAGIC, new_key
from tests.support.browser import axe, shots
from tests.support.server import Server

pytestmark = pytest.mark.browser

PASSWORD = "a quiet harbour in late november"


def test_an_administrator_makes_a_backup_and_takes_it_away(
    page: Page, serve: Callable[..., Server], tmp_path: Path
) -> None:
    env = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap"}
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "doorward.toml").write_text(f'backup_key = "{new_key()}"\nbackup_every = "7d"\n')
    (data / "doorward.toml").chmod(0o600)
    server = serve(data, env=env)
    page.goto(server.setup_url)
    page.get_by_label("User name").fill("Ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).not_to_have_url(server.setup_url)
    page.goto(f"{server.url}/admin/people")
    page.get_by_role("link", name="Backups").click()
    expect(page.get_by_text("No backup of this server is known")).to_be_visible()
    axe(page)
    shots(page, "backups-none")
    page.get_by_role("button", name="Back up now").click()
    row = page.get_by_role("row").filter(has_text="encrypted")
    expect(row).to_be_visible(timeout=30_000)  # it reloads by itself once the job is done
    expect(page.get_by_text("Last backup:")).to_be_visible()
    axe(page)
    shots(page, "backups")
    with page.expect_download() as download:
        row.get_by_role("link", name=re.compile("Download")).click()
    assert re.fullmatch(r"doorward-\d{8}-\d{6}\.backup", download.value.suggested_filename)
    assert Path(download.value.path()).read_bytes().startswith(MAGIC)
