"""A question with pictures in real browsers: made, put in order, voted on, and watched on the big screen."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.support.browser import axe, shots

from .browsing import NewContext, count, is_saved, joined, pytestmark, say, screen_with
from .browsing import key as key
from .browsing import server as server

__all__ = ["pytestmark"]

DOORS = {"A round arch": "#2a6f63", "A pointed arch": "#8a4b1f", "A straight lintel": "#33479a"}


def drawn(number: int, colour: str) -> bytes:
    """A picture of a door, as a camera would send it."""
    picture, written = Image.new("RGB", (1200, 900), "#e8e2d2"), io.BytesIO()
    pen = ImageDraw.Draw(picture)
    pen.rectangle((400, 300, 800, 900), fill=colour)
    if number == 0:
        pen.ellipse((400, 100, 800, 500), fill=colour)
    elif number == 1:
        pen.polygon([(400, 300), (600, 40), (800, 300)], fill=colour)
    picture.save(written, "JPEG")
    return written.getvalue()


def make(screen: Page, edit: str) -> None:
    """The maker's page, as a person uses it."""
    screen.goto(f"{edit}/questions/new?kind=image")
    screen.get_by_label("Question", exact=True).fill("Which door would you take?")
    for number, (shows, colour) in enumerate(DOORS.items()):
        row = screen.locator(".picture-row").nth(number)
        file = {"name": f"door{number}.jpg", "mimeType": "image/jpeg", "buffer": drawn(number, colour)}
        row.locator("input[type=file]").set_input_files(file)
        row.get_by_label("What it shows").fill(shows)
        expect(row.locator(".upload-item")).to_have_attribute("data-state", "arrived")
    axe(screen)
    shots(screen, "polls-form-image")
    screen.get_by_role("button", name="Save the question").click()
    expect(screen.locator(".question-list")).to_contain_text("Which door would you take?")


def is_loaded(page: Page, where: str, many: int) -> None:
    """All pictures there have arrived, and are pictures."""
    # Not the browser waits: in a page without scripts it does not look again.
    for at in range(many):
        expect(page.locator(where).nth(at)).to_have_js_property("complete", True)
        expect(page.locator(where).nth(at)).not_to_have_js_property("naturalWidth", 0)
    expect(page.locator(where)).to_have_count(many)


def test_a_picture_is_chosen_with_one_thumb_and_seen_on_the_big_screen(server, key, new_context: NewContext) -> None:
    screen = screen_with(server, key, new_context, [])
    edit = screen.url.partition("/present")[0]
    make(screen, edit)
    screen.get_by_role("link", name="Which door would you take?", exact=True).click()
    third = screen.locator(".picture-row").nth(2)
    is_loaded(screen, ".picture-now", 3)
    third.get_by_label("Place", exact=True).fill("1")
    screen.locator(".picture-row").nth(0).get_by_label("Place", exact=True).fill("3")
    axe(screen)
    shots(screen, "polls-form-image-again")
    screen.get_by_role("button", name="Save the question").click()
    expect(screen.locator(".question-list")).to_contain_text("Image choice")

    screen.set_viewport_size({"width": 1440, "height": 900})
    screen.goto(f"{edit}/present")
    expect(screen.locator("[data-live]")).to_have_attribute("data-state", "live")
    phone, plain = joined(screen, new_context), joined(screen, new_context, java_script_enabled=False)
    expect(phone.locator("#save-state")).to_have_text("Waiting for a question")
    say(screen, "PageDown", " ")
    is_loaded(phone, ".choice img", 3)
    for at, shows in enumerate(("A straight lintel", "A pointed arch", "A round arch")):
        expect(phone.locator(".choice img").nth(at)).to_have_attribute("alt", shows)
    axe(phone)
    phone.get_by_role("radio", name="A pointed arch").check()
    is_saved(phone)
    expect(phone.get_by_role("button", name="Send")).to_be_hidden()
    plain.get_by_role("link", name="Look for the next question").click()
    is_loaded(plain, ".choice img", 3)
    plain.get_by_role("radio", name="A pointed arch").check()
    plain.get_by_role("button", name="Send").click()
    is_saved(plain)
    expect(count(screen, "o2")).to_have_text("2")
    is_loaded(screen, ".slide:not([hidden]) .bar-picture", 3)
    axe(screen)
    shots(phone, "polls-image")
    shots(plain, "polls-image-plain")
    shots(screen, "polls-screen-image")

    screen.goto(f"{edit}/results")
    is_loaded(screen, ".bar-picture", 3)
    axe(screen)
    shots(screen, "polls-results-image")
    screen.goto(f"{edit}/report")
    is_loaded(screen, ".bar-picture", 3)
    shots(screen, "polls-report-image")
