"""A screen is shared in a call between real browsers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.server import Server

from .in_calls import account_of, chromiums, close_all, sees, serve, two_in_a_call

pytestmark = pytest.mark.browser


def test_a_screen_is_shared_and_taken_back(tmp_path: Path) -> None:
    with chromiums(1) as (browser,):
        server = serve(tmp_path)
        try:
            a_screen_is_shared(browser, server)
        finally:
            close_all(browser)
            server.kill()  # how a server stops is shown elsewhere


def a_screen_is_shared(browser: Browser, server: Server) -> None:
    mona, ben = two_in_a_call(server, "Join with voice", browser)
    tile = ben.locator(f'.tile[data-account="{account_of(mona)}"]')
    expect(tile.locator("[data-state]")).to_have_text("")
    expect(tile).not_to_have_class("tile picture")
    # Without another word of the operator's, browsers that can reach each other meet directly.
    expect(tile).to_have_attribute("data-way", "direct")
    expect(tile.locator("[data-relayed]")).to_be_hidden()
    mona.get_by_role("button", name="Share screen").click()
    expect(mona.get_by_role("button", name="Stop sharing")).to_be_visible()
    expect(tile).to_have_class("tile picture")
    sees(ben, mona)
    mona.get_by_role("button", name="Stop sharing").click()
    expect(mona.get_by_role("button", name="Share screen")).to_be_visible()
    expect(tile).not_to_have_class("tile picture")
