"""Presenter, projector, remote and three phones together: a quiz from the way in to the leaderboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import axe, shots

from .browsing import PHONE, NewContext, count, is_saved, joined, pytestmark, say, screen_with
from .browsing import key as key
from .browsing import server as server

__all__ = ["pytestmark"]

QUESTIONS = [
    {"kind": "choice", "title": "Which river is longer?", "options": "Nile\nAmazon\nYangtze", "right": "Nile"},
    {"kind": "number", "title": "How many bridges?", "greatest": "20", "right": "7"},
    {"kind": "rating", "title": "How was it?"},
]
WIDE = {"width": 1440, "height": 900}


def heading(page: Page):
    return page.locator(".slide:not([hidden]) h1")


def picture(page: Page, name: str) -> None:
    before = page.viewport_size
    shots(page, name)
    assert before
    page.set_viewport_size(before)


def test_presenter_projector_remote_and_three_phones_together(server, key, new_context: NewContext) -> None:
    screen = screen_with(server, key, new_context, QUESTIONS)
    base = screen.url.partition("/present")[0]
    projector_browser, remote_browser = new_context(viewport=WIDE), new_context(**PHONE)
    for context in (projector_browser, remote_browser):
        context.add_cookies(key)
    projector, remote = projector_browser.new_page(), remote_browser.new_page()
    projector.goto(f"{base}/screen")
    remote.goto(f"{base}/remote")
    phones = [joined(screen, new_context) for _ in range(3)]
    for page in (screen, projector, remote):
        expect(page.locator("#people b")).to_have_text("3")
        axe(page)
    picture(projector, "polls-projector-lobby")

    remote.get_by_role("button", name="Next").click()
    for page in (screen, projector, remote):
        expect(heading(page)).to_have_text("Which river is longer?")
    remote.get_by_role("button", name="Open the question").click()
    for phone, option in zip(phones, ("Nile", "Nile", "Amazon"), strict=True):
        phone.locator(".choice", has_text=option).click()
        is_saved(phone)
    for page in (screen, projector):
        expect(count(page, "o1")).to_have_text("2")
    picture(remote, "polls-remote")

    # Freeze and hide, from three different places.
    say(screen, "f")
    expect(projector.locator("#frozen")).to_be_visible()
    phones[2].locator(".choice", has_text="Nile").click()
    is_saved(phones[2])
    remote.get_by_role("button", name="Hide the results").click()
    expect(projector.locator(".slide:not([hidden]) .veil")).to_be_visible()
    expect(projector.locator(".slide:not([hidden]) .chart")).to_be_hidden()
    picture(projector, "polls-projector-hidden")
    say(screen, "h")
    expect(projector.locator(".slide:not([hidden]) .chart")).to_be_visible()
    projector.reload()
    expect(count(projector, "o1")).to_have_text("2")  # frozen numbers outlive a reload
    expect(projector.locator("[data-live]")).to_have_attribute("data-state", "live")
    remote.get_by_role("button", name="Let the numbers move").click()
    for page in (screen, projector):
        expect(count(page, "o1")).to_have_text("3")

    # A timer, the QR code on demand, the layouts.
    remote.get_by_role("button", name="2 min").click()
    expect(projector.locator("#timer")).to_contain_text(":")
    picture(screen, "polls-screen-timer")
    say(screen, "q")
    expect(projector.locator(".stage-join h1")).to_be_visible()
    expect(projector.locator(".stage-main")).to_be_hidden()
    picture(projector, "polls-projector-qr")
    say(screen, "q")
    expect(projector.locator(".stage-main")).to_be_visible()

    # The answer: nobody has it before, everybody afterwards.
    for page in (*phones, projector, screen):
        assert "o1" not in str(page.evaluate("fetch(document.querySelector('[data-state$=\"state.json\"]')"
                                             "?.dataset.state ?? 'present.json').then((one) => one.json())"
                                             ".then((one) => one.questions.map(({right}) => right))"))  # fmt: skip
    for phone, name in zip(phones, ("Ada", "Bo", "Cy"), strict=True):
        phone.get_by_role("link", name="Choose a nickname").click()
        phone.get_by_label("Your nickname").fill(name)
        if name == "Ada":
            axe(phone)
            picture(phone, "polls-nickname")
        phone.get_by_role("button", name="Play").click()
    say(screen, "r")
    expect(projector.locator(".bar.right[data-key=o1]")).to_be_visible()
    for phone in phones:
        expect(phone.locator("#verdict")).to_contain_text("The answer: Nile. Right:")
    axe(phones[0])
    picture(phones[0], "polls-quiz-revealed")
    picture(projector, "polls-projector-revealed")
    expect(remote.get_by_role("button", name="Leaderboard")).to_be_visible()
    remote.get_by_role("button", name="Leaderboard").click()
    expect(projector.locator(".leader-list li")).to_have_count(3)
    axe(projector)
    picture(projector, "polls-projector-leaders")

    # The projector's own clicker turns every page; a layout shows what was asked side by side.
    say(projector, "PageDown")
    for page in (screen, remote):
        expect(heading(page)).to_have_text("How many bridges?")
    say(screen, " ")
    phones[0].get_by_role("textbox").fill("7")
    phones[0].get_by_role("button", name="Send").click()
    is_saved(phones[0])
    say(screen, "g")
    expect(projector.locator(".slide:not([hidden])")).to_have_count(2)
    axe(screen)
    picture(projector, "polls-projector-grid")
    say(screen, "g")
    expect(projector.locator("#stage.layout-stack")).to_be_visible()
    screen.locator("summary", has_text="More").click()
    picture(screen, "polls-screen-stack-more")

    # A nickname is taken down, and leaves the leaderboard that everybody sees.
    players = screen.context.new_page()
    players.goto(f"{base}/players")
    axe(players)
    picture(players, "polls-players")
    players.get_by_role("button", name="Take down Cy").click()
    expect(projector.locator(".leader-list li")).to_have_count(2)


def test_without_a_script_the_buttons_turn_the_page(server, key, new_context: NewContext) -> None:
    screen = screen_with(server, key, new_context, QUESTIONS)
    plain = new_context(viewport=WIDE, java_script_enabled=False)
    plain.add_cookies(key)
    page = plain.new_page()
    page.goto(screen.url)
    page.get_by_role("button", name="Next").click()
    expect(heading(page)).to_have_text("Which river is longer?")
    page.get_by_role("button", name="Open the question").click()
    expect(page.locator(".slide:not([hidden]) [data-status]")).to_have_text("open")
    expect(heading(screen)).to_have_text("Which river is longer?")
