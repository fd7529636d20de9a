"""In a real browser: an organiser has categories proposed and a summary drafted, reads both, takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import axe, shots
from tests.support.pretended_ai import PretendedAi
from tests.support.server import Server

PASSWORD = "a quiet harbour in late november"
SAID = (
    "More trees, and a bench below each.",
    "The noise at night keeps us awake.",
    "A fountain for children to play in.",
)
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider() -> Iterator[PretendedAi]:
    with PretendedAi() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: PretendedAi) -> Iterator[Server]:
    given = provider.settings("openai", ai_timeout="5m")
    ai = {f"DOORWARD_{name.upper()}": str(value) for name, value in given.items()}
    settings = {"DOORWARD_ENV": "development", "DOORWARD_HASH_PROFILE": "cheap", "DOORWARD_APPS": "planning", **ai}
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


def consultation(server: Server, context: BrowserContext) -> tuple[Page, str]:
    """An organiser's page of a consultation that collects, in which they take part too; and its address."""
    page = context.new_page()
    page.goto(server.setup_url)
    page.get_by_label("User name").fill("olga")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).to_have_url(f"{server.url}/")
    token = str(page.locator("meta[name=csrf-token]").get_attribute("content"))

    def send(path: str, **form: str) -> str:
        answer = page.request.post(f"{server.url}{path}", form={"csrf_token": token, **form})
        assert answer.ok, answer.status
        return answer.url

    at = send("/planning/", title="The market square").removesuffix("/manage").removeprefix(server.url)
    page.goto(f"{server.url}{at}/manage")
    send(f"{at}/settings", title="The market square", collect="2026-01-01", categories="Problem\nIdea", dots="5",
         open_link="1")  # fmt: skip
    page.goto(f"{server.url}{at}/manage")
    link = str(page.locator("#join-link").text_content()).strip()
    join = link[link.index("/planning/join/") :]
    page.goto(f"{server.url}{join}")
    kind = str(
        page.locator("[name=kind]").first.get_attribute("value") or page.locator("option").first.get_attribute("value")
    )
    send(join, kind=kind)
    for said in SAID:
        send(f"{at}/contributions", text=said, category="Idea")
    return page, f"{server.url}{at}"


def test_proposals_and_a_summary_are_read_and_taken(
    server: Server, new_context: Callable[..., BrowserContext], provider: PretendedAi
) -> None:
    page, at = consultation(server, new_context(viewport={"width": 1440, "height": 900}))
    page.goto(at)
    expect(page.get_by_text("The organisers may let an AI service")).to_be_visible()
    page.get_by_role("link", name="AI help").click()
    axe(page)
    shots(page, "planning-helping")
    provider.is_silent()
    page.get_by_role("button", name="Propose categories").click()
    expect(page.get_by_text("This can take some minutes.")).to_be_visible()
    axe(page)
    shots(page, "planning-helping-working")
    provider.answers(500, b"{}")
    expect(page.get_by_text("Nothing was lost")).to_be_visible()
    axe(page)
    shots(page, "planning-helping-failed")

    def say(data: Any) -> Any:
        if "categories" not in data:
            return {"summary": f"Of {len(data['texts'])} contributions, most want more green.\n\nOne is about noise."}
        return {"moves": [{"text": one["number"], "category": 1} for one in data["texts"] if "noise" in one["text"]]}

    provider.says(say)
    page.get_by_role("button", name="Propose categories").click()
    expect(page.get_by_text("It proposes another category for 1 contribution.")).to_be_visible()
    page.get_by_role("button", name="Draft a summary").click()
    drafted = page.get_by_label("Drafted")
    expect(drafted).to_have_value("Of 3 contributions, most want more green.\n\nOne is about noise.")
    expect(page.locator("[data-job]")).to_have_count(0)  # the page is loaded once more when the job has ended
    axe(page)
    shots(page, "planning-helping-done")
    drafted.fill("Most want more green. One cannot sleep.")
    page.get_by_role("button", name="Put it above the results").click()
    expect(page.get_by_text("One cannot sleep.")).to_be_visible()
    page.goto(f"{at}/sorting")
    expect(page.get_by_text("Proposed by the AI service")).to_be_visible()
    axe(page)
    shots(page, "planning-sorting-by-ai")
    page.get_by_role("button", name="Move to Problem").click()
    expect(page.get_by_text("Nothing is proposed")).to_be_visible()
