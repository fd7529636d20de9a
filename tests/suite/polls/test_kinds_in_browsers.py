"""Rankings, numbers, clouds and answers of one's own, on a phone and on the big screen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import axe, shots

from .browsing import NewContext, count, is_saved, joined, pytestmark, say, screen_with
from .browsing import key as key
from .browsing import server as server

__all__ = ["pytestmark"]

QUESTIONS = [
    {"kind": "ranking", "title": "What should we build first?", "options": "A bridge\nA school\nA park"},
    {"kind": "number", "title": "How many kilometres is it?", "greatest": "50", "unit": "km"},
    {"kind": "cloud", "title": "The river in a word?", "most": "2"},
    {"kind": "choice", "title": "How did you come?", "options": "By bus\nOn foot", "other": "1"},
    {"kind": "short", "title": "What did you notice?", "show": "cloud"},
]


def test_phones_rank_type_numbers_and_words(server, key, new_context: NewContext) -> None:
    screen = screen_with(server, key, new_context, QUESTIONS)
    phone, plain = joined(screen, new_context), joined(screen, new_context, java_script_enabled=False)
    here = screen.locator(".slide:not([hidden])")

    def go_on() -> None:
        say(screen, "PageDown", " ")
        expect(here.locator("[data-status]")).to_have_text("open")

    go_on()
    first = phone.locator(".rank li").first
    expect(first).to_contain_text("A bridge")
    phone.get_by_role("button", name="Up: A park").click()
    phone.get_by_role("button", name="Up: A park").click()
    expect(first).to_contain_text("A park")
    drag_down(phone, phone.locator(".rank li", has_text="A bridge"))
    expect(phone.locator(".rank li").last).to_contain_text("A bridge")
    axe(phone)
    phone.get_by_role("button", name="Send").click()
    is_saved(phone)
    expect(count(screen, "o3")).to_have_text("3")
    plain.get_by_role("link", name="Look for the next question").click()
    for place, label in enumerate(("A park", "A bridge", "A school"), start=1):
        plain.get_by_label(f"Place {place}").select_option(label)
    shots(plain, "polls-ranking-plain")
    plain.get_by_role("button", name="Send").click()
    is_saved(plain)
    expect(count(screen, "o3")).to_have_text("6")
    expect(here.locator(".bar[data-key=o3] [data-share]")).to_have_text("place 1.0")
    shots(phone, "polls-ranking")
    axe(screen)
    shots(screen, "polls-screen-ranking")
    phone.reload()
    expect(phone.locator(".rank li").first).to_contain_text("A park")

    screen.set_viewport_size({"width": 1440, "height": 900})
    go_on()
    phone.get_by_role("textbox").fill("100")
    phone.get_by_role("button", name="Send").click()
    expect(phone.locator("#save-state")).to_contain_text("Type a whole number from 0 to 50.")
    phone.get_by_role("textbox").fill("42")
    phone.get_by_role("button", name="Send").click()
    is_saved(phone)
    expect(here).to_contain_text("1 person answered. Average: 42.0 km.")
    axe(phone)
    shots(phone, "polls-number")
    shots(screen, "polls-screen-number")

    screen.set_viewport_size({"width": 1440, "height": 900})
    go_on()
    phone.get_by_label("Word 1").fill("Wide")
    phone.get_by_label("Word 2").fill("<b>cold</b>")
    phone.get_by_role("button", name="Send").click()
    is_saved(phone)
    plain.get_by_role("link", name="Look for the next question").click()
    plain.get_by_label("Word 1").fill("wide")
    plain.get_by_role("button", name="Send").click()
    is_saved(plain)
    expect(here.locator(".cloud li").first).to_have_text("Wide: 2")
    expect(here.locator(".cloud li")).to_have_count(2)
    axe(screen)
    shots(phone, "polls-cloud")
    shots(screen, "polls-screen-cloud")

    screen.set_viewport_size({"width": 1440, "height": 900})
    go_on()
    phone.locator(".choice", has_text="By bus").click()
    is_saved(phone)
    expect(phone.get_by_label("Your own answer")).to_be_hidden()
    phone.locator(".choice", has_text="Other").click()
    phone.get_by_label("Your own answer").fill("By boat")
    phone.get_by_role("button", name="answer").click()
    is_saved(phone)
    expect(count(screen, "o1")).to_have_text("0")
    expect(count(screen, "other")).to_have_text("1")
    expect(here.locator(".answers li")).to_have_text(["By boat"])
    axe(phone)
    shots(phone, "polls-other")
    shots(screen, "polls-screen-other")
    phone.reload()
    expect(phone.get_by_label("Your own answer")).to_have_value("By boat")

    screen.set_viewport_size({"width": 1440, "height": 900})
    go_on()
    phone.get_by_role("textbox").fill("The river was wide and the boats were slow")
    phone.get_by_role("button", name="Send").click()
    is_saved(phone)
    expect(here.locator(".cloud li")).to_have_count(4)
    shots(screen, "polls-screen-words")
    results = screen.context.new_page()
    results.goto(screen.url.partition("/present")[0] + "/results")
    expect(results.locator(".panel", has_text="What should we build first?")).to_contain_text("place 1.0")
    axe(results)
    shots(results, "polls-results-kinds")
    table = results.request.get(f"{results.url}.csv")  # streamed by the real server
    assert "What should we build first?" in table.text()
    results.get_by_role("link", name="Report to print").click()
    expect(results.locator(".report > section")).to_have_count(5)
    axe(results)
    shots(results, "polls-report")
    load = screen.context.new_page()
    load.goto(screen.url.partition("/polls/")[0] + "/polls/load")
    axe(load)
    shots(load, "polls-load")


def drag_down(phone: Page, item) -> None:
    """Take an item by its grip below the one that stands beneath it."""
    grip = item.locator(".grip").bounding_box()
    last = phone.locator(".rank li").last.bounding_box()
    assert grip
    assert last
    middle = grip["x"] + grip["width"] / 2
    phone.mouse.move(middle, grip["y"] + grip["height"] / 2)
    phone.mouse.down()
    phone.mouse.move(middle, last["y"] + last["height"] - 2, steps=8)
    phone.mouse.up()


def test_the_makers_form_of_every_new_kind_is_accessible(server, key, new_context: NewContext) -> None:
    screen = screen_with(server, key, new_context, [])
    edit = screen.url.partition("/present")[0]
    for kind in ("ranking", "number", "cloud", "choice", "short"):
        screen.goto(f"{edit}/questions/new?kind={kind}")
        expect(screen.get_by_role("button", name="Save the question")).to_be_visible()
        axe(screen)
        if kind in ("number", "choice"):
            shots(screen, f"polls-form-{kind}")
