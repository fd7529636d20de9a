"""The audience proposes in real browsers: a phone writes, another wants it, the presenter merges and takes it up."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser import axe, shots

from .browsing import NewContext, joined, pytestmark, screen_with
from .browsing import key as key
from .browsing import server as server

__all__ = ["pytestmark"]


def test_a_phone_proposes_and_the_presenter_takes_it_up(server, key, new_context: NewContext) -> None:
    screen = screen_with(server, key, new_context, [])
    presenter = screen.context.new_page()
    presenter.goto(screen.url.partition("/present")[0] + "/proposals")
    axe(presenter)
    presenter.get_by_role("button", name="Let the audience propose").click()
    expect(presenter.get_by_text("Phones have a link")).to_be_visible()
    phones = [joined(screen, new_context) for _ in range(2)]
    for phone, said in zip(phones, ("Why is the river so wide?", "Why is the river wide?"), strict=True):
        phone.get_by_role("link", name="Propose a question").click()
        phone.get_by_label("What should be asked?").fill(said)
        phone.get_by_role("button", name="Propose it").click()
        expect(phone.locator(".proposals li", has_text=said)).to_be_visible()
    phones[1].get_by_role("button", name="wants this: Why is the river so wide?").click()
    expect(phones[1].get_by_role("button", name="2 want this: Why is the river so wide?")).to_be_visible()
    # The others' pages move by themselves: the first phone was there before the second had proposed anything.
    expect(phones[0].get_by_role("button", name="1 wants this: Why is the river wide?")).to_be_visible()
    expect(phones[0].get_by_role("button", name="2 want this: Why is the river so wide?")).to_be_visible()
    expect(phones[0].locator(".proposals li").first).to_contain_text("so wide")
    axe(phones[0])
    axe(phones[1])
    shots(phones[1], "polls-propose")
    shots(phones[0], "polls-propose-moved")
    expect(presenter.locator(".question-list li")).to_have_count(2)
    expect(presenter.locator("li", has_text="so wide")).to_contain_text("2 want it")
    expect(presenter.get_by_text("Phones have a link")).to_be_hidden()
    axe(presenter)
    shots(presenter, "polls-proposals-moved")
    phones[0].locator("li", has_text="river wide").get_by_role("button").click()
    expect(phones[0].get_by_role("button", name="2 want this: Why is the river wide?")).to_be_visible()
    expect(presenter.locator("li", has_text="river wide")).to_contain_text("2 want it")
    phones[0].get_by_role("button", name="2 want this: Why is the river wide?").click()
    expect(presenter.locator("li", has_text="river wide")).to_contain_text("1 wants it")
    presenter.reload()
    axe(presenter)
    shots(presenter, "polls-proposals")
    presenter.locator("li", has_text="1 wants it").get_by_role("button", name="Merge into that one").click()
    expect(presenter.get_by_text("2 want it")).to_be_visible()
    expect(phones[0].locator(".proposals li")).to_have_count(1)
    presenter.get_by_role("button", name="Make it a question").click()
    expect(presenter.get_by_label("Question", exact=True)).to_have_value("Why is the river so wide?")
