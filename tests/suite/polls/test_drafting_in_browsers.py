"""In a real browser: a presenter has questions drafted, reads and changes one, takes it; and sees what a check says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import axe, shots
from tests.support.pretended_ai import PretendedAi
from tests.support.server import Server

from .browsing import NewContext, joined, pytestmark, screen_with
from .browsing import key as key

__all__ = ["pytestmark"]


@pytest.fixture(scope="module")
def provider() -> Iterator[PretendedAi]:
    with PretendedAi() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: PretendedAi) -> Iterator[Server]:
    ai = {
        f"DOORWARD_{name.upper()}": str(value)
        for name, value in provider.settings("anthropic", ai_timeout="5m").items()
    }
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap", **ai}
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


def test_questions_are_drafted_changed_and_taken(server, key, new_context: NewContext, provider: PretendedAi) -> None:
    provider.is_silent()
    screen = screen_with(server, key, new_context, [])
    page = screen.context.new_page()
    page.goto(screen.url.partition("/present")[0])
    page.get_by_role("link", name="Let an AI service draft some").click()
    expect(page.get_by_text("Nothing suggested yet")).to_be_visible()
    axe(page)
    shots(page, "polls-drafting-empty")
    page.get_by_label("Topic").fill("The rivers of Europe, for a class of twelve-year-olds")
    page.get_by_role("button", name="Draft them").click()
    expect(page.get_by_text("This can take a minute.")).to_be_visible()
    axe(page)
    shots(page, "polls-drafting-working")
    provider.answers(429, b"{}", Retry_After="120")  # what was asked before gets nothing, and says so
    expect(page.get_by_text("Nothing was lost")).to_be_visible()
    expect(page.get_by_label("Topic")).to_have_value("The rivers of Europe, for a class of twelve-year-olds")
    axe(page)
    shots(page, "polls-drafting-failed")

    def say(_data: Any) -> Any:
        return {
            "questions": [
                {
                    "title": "Which of these is the longest?",
                    "options": ["Danube", "Rhine", "Elbe"],
                    "right": ["Danube"],
                },
                {"title": "Which city lies on the Rhine?", "options": ["Cologne", "Vienna"], "right": ["Cologne"]},
            ]
        }

    provider.says(say)
    page.get_by_label("Topic").fill("The rivers of Europe")
    page.get_by_label("For a quiz: say which options are right").check()
    page.get_by_role("button", name="Draft them").click()
    first = page.locator(".question-list li").first
    expect(first.get_by_label("Question", exact=True)).to_have_value("Which of these is the longest?")
    expect(page.locator("[data-job]")).to_have_count(0)  # the page is loaded once more when the job has ended
    axe(page)
    shots(page, "polls-drafting")
    first.get_by_label("Question", exact=True).fill("Which of these rivers is the longest?")
    first.get_by_role("button", name="Add it to the poll").click()
    expect(page.get_by_role("link", name="Which of these rivers is the longest?", exact=True)).to_be_visible()
    page.get_by_text("Copy, improve or delete").click()
    page.get_by_role("link", name="Ask an AI service about").click()
    provider.says(lambda _data: {"options": ["Volga", "Oder"]})
    page.get_by_role("button", name="Suggest wrong answers").click()
    expect(page.locator("#options-1")).to_have_value("Danube\nRhine\nElbe\nVolga\nOder")
    expect(page.locator("[data-job]")).to_have_count(0)
    axe(page)
    shots(page, "polls-drafting-distractors")
    page.get_by_role("button", name="Change the question to this").click()
    expect(page.get_by_role("heading", name="Questions", exact=True)).to_be_visible()


def test_a_check_lets_one_through_and_holds_one_back(server, key, new_context, provider: PretendedAi) -> None:
    def say(data: Any) -> Any:
        found = [one["number"] for one in data["questions"] if "stupid" in one["text"]]
        return {"flagged": [{"number": number, "reason": "insult"} for number in found]}

    provider.says(say)
    screen = screen_with(server, key, new_context, [])
    presenter = screen.context.new_page()
    presenter.goto(screen.url.partition("/present")[0] + "/proposals")
    presenter.get_by_role("button", name="Let the audience propose").click()
    presenter.get_by_role("button", name="Check proposals first").click()
    expect(presenter.get_by_role("button", name="Check no longer")).to_be_visible()
    phone = joined(screen, new_context)
    phone.get_by_role("link", name="Propose a question").click()
    for said in ("Why is the river so stupid?", "Why is the river so wide?"):
        phone.get_by_label("What should be asked?").fill(said)
        phone.get_by_role("button", name="Propose it").click()
        expect(phone.get_by_text("It is looked at before others see it.")).to_be_visible()
    axe(phone)
    shots(phone, "polls-propose-checked")

    def shown() -> None:
        presenter.reload()
        waiting = presenter.locator("section[aria-labelledby=waiting]")
        expect(waiting.get_by_text("It may insult somebody.")).to_be_visible(timeout=1_000)
        expect(presenter.locator("section[aria-labelledby=shown]").get_by_text("so wide?").first).to_be_visible(
            timeout=1_000
        )

    until(shown)
    axe(presenter)
    shots(presenter, "polls-proposals-checked")


def until(looks: Any, times: int = 30) -> None:
    """What a job does shows on a page that is loaded anew: look until it does."""
    for left in reversed(range(times)):
        try:
            looks()
            return
        except AssertionError:
            if not left:
                raise
