"""A roster in real browsers: the maker prints slips, a phone scans one, votes, and is out when its code is replaced."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.support.browser import axe, shots

from .browsing import PHONE, NewContext, is_saved, pytestmark, say, screen_with
from .browsing import key as key
from .browsing import server as server

__all__ = ["pytestmark"]


def test_a_slip_is_scanned_once_and_its_vote_is_the_persons_only_one(server, key, new_context: NewContext) -> None:
    screen = screen_with(
        server, key, new_context, [{"kind": "choice", "title": "Who shall lead?", "options": "Xenia\nYves"}]
    )
    made = screen.context.new_page()
    made.goto(screen.url.partition("/present")[0] + "/voters")
    axe(made)
    made.get_by_label("Only people on a roster").check()
    made.get_by_role("button", name="Save who votes").click()
    made.get_by_label("Names, one a line").fill("Anne Okafor\nBert Nowak\nCleo Dimitriou")
    shots(made, "polls-voters-roster")
    made.get_by_role("button", name="Make the sheet").click()
    expect(made.locator(".slip")).to_have_count(3)
    axe(made)
    shots(made, "polls-sheet")
    codes = re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", made.locator(".slips").inner_text())
    address = made.locator(".slip .small").first.inner_text()
    screen.reload()
    say(screen, "ArrowRight", " ")
    expect(screen.locator("#toggle")).to_have_text("Close the question")

    phone = new_context(**PHONE).new_page()
    phone.goto(address)
    expect(phone.get_by_label("Type the code that you were given")).to_be_visible()
    axe(phone)
    shots(phone, "polls-seat")
    phone.goto("about:blank")
    phone.goto(f"{address}#seat={codes[0].replace('-', '')}")  # what the QR code says
    expect(phone.get_by_role("heading", name="Who shall lead?")).to_be_visible()
    assert "seat" not in phone.url
    phone.locator(".choice", has_text="Yves").click()
    is_saved(phone)
    axe(phone)
    shots(phone, "polls-roster-phone")
    second = new_context(**PHONE).new_page()
    second.goto(f"{address}#seat={codes[0]}")
    expect(second.get_by_role("alert")).to_contain_text("come in with this code already")
    shots(second, "polls-seat-taken")

    made.get_by_role("link", name="Who votes").click()
    row = made.locator("tr", has_text="Anne Okafor")
    expect(row).to_contain_text("1 of 1")
    expect(made.locator("tr", has_text="Bert Nowak")).to_contain_text("0 of 1")
    axe(made)
    shots(made, "polls-voters-people")
    row.locator("summary", has_text="New code").click()
    row.get_by_role("button", name="Make a new code").click()
    expect(made.locator(".slip")).to_have_count(1)
    expect(phone.get_by_role("alert")).to_contain_text("no longer works", timeout=10_000)
