"""Phones and the big screen in real browsers: every kind of question, no scripts, no network, to the end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import axe, shots
from tests.support.server import Server

from .browsing import PHONE, NewContext, count, is_saved, joined, pytestmark, say, screen_with
from .browsing import key as key
from .browsing import server as server

__all__ = ["pytestmark"]

QUESTIONS = {
    "choice": {"title": "Which river is the longest?", "options": "Nile\nAmazon\nYangtze"},
    "select": {"title": "Which have you seen?", "options": "Rhine\nDanube\nElbe", "most": "2"},
    "rating": {"title": "How well could you follow?", "low": "Not at all", "high": "Very well"},
    "short": {"title": "What is still unclear?"},
}


@pytest.fixture
def screen(server: Server, key: list[dict], new_context: NewContext) -> Page:
    """The presenter's page of a new poll with a question of each kind, none open yet."""
    return screen_with(server, key, new_context, [{"kind": kind, **fields} for kind, fields in QUESTIONS.items()])


def test_phones_follow_the_presenter_through_every_kind_of_question(screen: Page, new_context: NewContext) -> None:
    phones = [joined(screen, new_context) for _ in range(2)]
    expect(screen.locator("#people b")).to_have_text("2")
    shots(screen, "polls-screen-lobby")
    screen.set_viewport_size({"width": 1440, "height": 900})
    expect(phones[0].locator("#save-state")).to_have_text("Waiting for a question")
    axe(phones[0])

    say(screen, "ArrowRight", " ")
    for phone, option in zip(phones, ("Nile", "Amazon"), strict=True):
        phone.locator(".choice", has_text=option).click()
        is_saved(phone)
    for option in ("o1", "o2"):
        expect(count(screen, option)).to_have_text("1")
    shots(phones[0], "polls-choice")

    say(screen, " ", "PageDown", " ")  # a clicker sends PageDown
    for option in ("Rhine", "Elbe"):
        phones[0].locator(".choice", has_text=option).click()
    phones[0].get_by_role("button", name="Send").click()
    is_saved(phones[0])
    expect(count(screen, "o3")).to_have_text("1")
    shots(phones[0], "polls-select")

    phones[1].locator(".choice", has_text="Danube").click()  # ticked and not sent: it is not taken away …
    say(screen, "PageDown", " ")
    phones[0].locator(".rating label").nth(3).click()
    is_saved(phones[0])
    expect(count(screen, "4")).to_have_text("1")
    expect(phones[1].get_by_role("heading", name="Which have you seen?")).to_be_visible()
    phones[1].get_by_role("link", name="How well could you follow?").click()  # … but the new one is a tap away
    expect(phones[1].get_by_role("heading", name="How well could you follow?")).to_be_visible()
    axe(phones[1])
    shots(phones[0], "polls-rating")
    shots(screen, "polls-screen-rating")

    screen.set_viewport_size({"width": 1440, "height": 900})
    say(screen, "PageDown", " ")
    for phone, text in zip(phones, ("The delta", "<b>Nothing</b>"), strict=True):
        phone.get_by_role("textbox").fill(text)
        phone.get_by_role("button", name="Send").click()
        is_saved(phone)
    expect(screen.locator(".slide:not([hidden]) .answers li")).to_have_text(["<b>Nothing</b>", "The delta"])
    axe(screen)
    shots(screen, "polls-screen-short")
    shots(phones[1], "polls-short")


def test_a_phone_without_scripts_votes_too(screen: Page, new_context: NewContext) -> None:
    say(screen, "ArrowRight", " ")
    expect(screen.locator("#toggle")).to_have_text("Close the question")
    phone = joined(screen, new_context, java_script_enabled=False)
    phone.locator(".choice", has_text="Yangtze").click()
    phone.get_by_role("button", name="Send").click()
    expect(phone.locator("#save-state")).to_have_text("Saved. You can still change it.")
    expect(phone.locator(".choice", has_text="Yangtze").locator("input")).to_be_checked()
    expect(count(screen, "o3")).to_have_text("1")


def test_an_answer_without_a_network_waits_and_is_sent_once_it_is_back(screen: Page, new_context: NewContext) -> None:
    phone = joined(screen, new_context)
    say(screen, "ArrowRight", " ")
    expect(phone.locator(".choice")).to_have_count(3)
    phone.context.set_offline(True)
    phone.locator(".choice", has_text="Nile").click()
    expect(phone.locator("#save-state")).to_have_text("Not saved, trying again")
    phone.locator(".choice", has_text="Amazon").click()  # the last word counts
    phone.context.set_offline(False)
    is_saved(phone)
    expect(count(screen, "o2")).to_have_text("1")
    expect(count(screen, "o1")).to_have_text("0")


def test_a_vote_that_is_refused_is_not_called_saved(screen: Page, new_context: NewContext) -> None:
    phone = joined(screen, new_context)
    say(screen, "ArrowRight", " ")
    expect(phone.locator(".choice")).to_have_count(3)
    phone.context.clear_cookies()
    phone.locator(".choice", has_text="Nile").click()
    expect(phone.locator("#save-state")).to_have_attribute("data-state", "failed")
    expect(phone.locator("#save-state")).to_contain_text("Not saved.")
    expect(count(screen, "o1")).to_have_text("0")


def test_a_second_screen_and_a_reload_show_the_same(screen: Page, new_context: NewContext) -> None:
    phone = joined(screen, new_context)
    say(screen, "ArrowRight", " ")
    phone.locator(".choice", has_text="Nile").click()
    is_saved(phone)
    second = screen.context.new_page()
    second.goto(screen.url)
    expect(count(second, "o1")).to_have_text("1")
    phone.locator(".choice", has_text="Amazon").click()
    for shown in (screen, second):
        expect(count(shown, "o2")).to_have_text("1")
        expect(count(shown, "o1")).to_have_text("0")
    phone.reload()
    is_saved(phone)
    expect(phone.locator(".choice", has_text="Amazon").locator("input")).to_be_checked()


def test_phones_are_told_that_the_poll_has_ended(screen: Page, new_context: NewContext) -> None:
    phone = joined(screen, new_context)
    expect(screen.locator("#people b")).to_have_text("1")
    screen.get_by_role("link", name="Leave").click()
    screen.get_by_text("Copy, archive or delete").click()
    screen.get_by_role("button", name="Delete the poll").click()
    expect(screen).to_have_url(re.compile("/polls/$"))
    expect(phone.locator("#save-state")).to_contain_text("This poll has ended", timeout=10_000)


def test_the_makers_pages_are_accessible_with_and_without_mistakes(screen: Page) -> None:
    screen.get_by_role("link", name="Leave").click()
    axe(screen)
    shots(screen, "polls-edit")
    screen.locator(".kinds").get_by_text("Select all that apply").click()
    screen.get_by_label("Question").fill("Which of these?")
    screen.get_by_label("Options, one a line").fill("only one")
    screen.get_by_role("button", name="Save the question").click()
    expect(screen.get_by_role("alert")).to_contain_text("Give 2 to 20 options")
    expect(screen.get_by_label("Question")).to_have_value("Which of these?")
    axe(screen)
    shots(screen, "polls-question-wrong")
    screen.get_by_role("link", name="Cancel").click()
    screen.get_by_role("link", name="Results").first.click()
    axe(screen)
    shots(screen, "polls-results")


def test_a_word_longer_than_the_screen_breaks_and_hides_nothing(screen: Page, new_context: NewContext) -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    edit = screen.url.removesuffix("/present")
    token = screen.locator("meta[name=csrf-token]").get_attribute("content")
    question = {"kind": "choice", "title": word, "options": f"{word}\nRhine"}
    screen.request.post(f"{edit}/questions", form={"csrf_token": token, **question})
    expect(screen.locator(".slide")).to_have_count(5)  # the screen has loaded itself anew
    phone = joined(screen, new_context)
    expect(screen.locator("[data-live]")).to_have_attribute("data-state", "live")
    for _ in range(5):
        say(screen, "ArrowRight")
    say(screen, " ")
    expect(phone.locator(".choice", has_text="Rhine")).to_be_visible()
    narrow = new_context(**PHONE)
    narrow.add_cookies(screen.context.cookies())
    results = narrow.new_page()
    results.goto(f"{edit}/results")
    for page in (screen, phone, results):
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) == 0, page.url


def test_space_closes_the_question_after_a_click_on_next_too(screen: Page) -> None:
    screen.locator("#next").click()
    status = screen.locator(".slide:not([hidden]) [data-status]")
    say(screen, " ")
    expect(status).to_have_text("open")
    say(screen, " ")
    expect(status).to_have_text("closed")


def test_a_network_that_is_back_a_moment_late_does_not_mean_a_long_wait(screen: Page, new_context: NewContext) -> None:
    phone = joined(screen, new_context)
    say(screen, "ArrowRight", " ")
    expect(phone.locator(".choice", has_text="Nile")).to_be_visible()
    phone.clock.install()
    phone.route("**/votes", lambda route: route.abort())
    phone.locator(".choice", has_text="Nile").click()
    expect(phone.locator("#save-state")).to_have_attribute("data-state", "failed")
    for _ in range(4):  # by now it waits for 15 s from one attempt to the next
        with phone.expect_request("**/votes"):
            phone.clock.run_for(15_000)
        expect(phone.locator("#save-state")).to_have_attribute("data-state", "failed")
    with phone.expect_request("**/votes"):
        phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("#save-state")).to_have_attribute("data-state", "failed")
    phone.unroute("**/votes")
    phone.clock.run_for(1_000)
    is_saved(phone)
