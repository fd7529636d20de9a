"""The maker puts questions in order by dragging and by keyboard, copies them, and puts a poll away and back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.support.browser import axe, shots

from .browsing import NewContext, pytestmark, screen_with
from .browsing import key as key
from .browsing import server as server

__all__ = ["pytestmark"]

TITLES = ["Which river is the longest?", "What did you notice?", "How many bridges are there?"]


def in_order(page: Page, *places: int) -> None:
    expect(page.locator("#questions h3")).to_have_text([TITLES[place] for place in places])


def drag(page: Page, start: int, end: int) -> None:
    """Take a question by its grip to where another stands, slowly enough for every one that is passed."""
    expect(page.locator("#questions .grip")).to_have_count(3)
    grip = page.locator("#questions .grip").nth(start).bounding_box()
    there = page.locator("#questions > li").nth(end).bounding_box()
    assert grip
    assert there
    x = grip["x"] + grip["width"] / 3
    page.mouse.move(x, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(x, there["y"] + (there["height"] - 5 if end > start else 5), steps=20)
    with page.expect_response("**/place"), page.expect_navigation():
        page.mouse.up()


def test_questions_are_put_in_order_copied_and_the_poll_is_put_away(server, key, new_context: NewContext) -> None:
    questions = [{"kind": "short", "title": title} for title in TITLES]
    page = screen_with(server, key, new_context, questions)
    edit = page.url.partition("/present")[0]
    page.goto(edit)
    in_order(page, 0, 1, 2)
    page.get_by_role("button", name=f"Move up: {TITLES[2]}").focus()
    page.keyboard.press("Enter")
    in_order(page, 0, 2, 1)
    expect(page.locator("#questions .grip")).to_have_count(3)
    page.set_viewport_size({"width": 1440, "height": 1800})
    drag(page, 0, 2)
    in_order(page, 2, 1, 0)
    page.reload()
    drag(page, 2, 0)
    in_order(page, 0, 2, 1)
    page.reload()
    drag(page, 0, 2)
    page.reload()
    in_order(page, 2, 1, 0)

    page.locator("#questions > li").first.get_by_text("Copy or delete").click()
    page.locator("#questions > li").first.get_by_label("Copy to").select_option("This poll")
    axe(page)
    shots(page, "polls-edit-arrange")
    page.get_by_role("button", name=f"Copy the question {TITLES[2]}").click()
    in_order(page, 2, 1, 0, 2)

    page.get_by_text("Copy, archive or delete").click()
    page.get_by_role("button", name="Archive the poll").click()
    expect(page).to_have_url(re.compile("/polls/put-away$"))
    page.get_by_role("button", name="Restore Rivers").first.click()
    expect(page).to_have_url(edit)
    page.get_by_text("Copy, archive or delete").click()
    page.get_by_role("button", name="Delete the poll").click()
    page.get_by_role("link", name="Archive").click()
    expect(page.get_by_role("button", name="Restore Rivers")).to_have_count(1)
    page.get_by_text("Erase", exact=False).first.click()
    axe(page)
    shots(page, "polls-put-away")
    page.get_by_role("button", name="Erase it for good").click()
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_a_template_begins_a_session(server, key, new_context: NewContext) -> None:
    screen = screen_with(server, key, new_context, [{"kind": "choice", "title": "Which?", "options": "Nile\nRhine"}])
    screen.goto(screen.url.partition("/present")[0])
    screen.locator("summary", has_text="Copy, archive or delete").click()
    screen.get_by_role("button", name="Keep as a template").click()
    expect(screen.locator(".page-head")).to_contain_text("A template: nobody can join it.")
    axe(screen)
    shots(screen, "polls-template")
    screen.get_by_role("link", name="Templates").click()
    expect(screen.get_by_role("heading", name="Templates")).to_be_visible()
    axe(screen)
    shots(screen, "polls-templates")
    screen.get_by_role("button", name="Start a session").first.click()
    expect(screen.get_by_role("link", name="Present").first).to_be_visible()
    expect(screen.locator("#questions")).to_contain_text("Which?")
