"""A call between real browsers with pretended devices: both receive pictures, a third joins, nobody is left ringing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support import services
from tests.support.browser import ARGUMENTS, axe, executable, shots
from tests.support.server import Server

PASSWORD = "a quiet harbour in late november"

pytestmark = pytest.mark.browser

#: A moving picture and a beep in place of a camera and a microphone, and no question whether the page may use them.
DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
#: How many pictures of somebody else a page has shown.
PICTURES = """account => {
  const video = document.querySelector(`.tile[data-account="${account}"] video`);
  return video ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
}"""


#: From now on a page notes which devices it asks for.
NOTES_WHAT_IS_ASKED_FOR = """() => {
  window.asked = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (what) => { window.asked.push(what.audio?.deviceId?.exact); return ask(what); };
}"""


@pytest.fixture(scope="module")
def browsers() -> Iterator[tuple[Browser, Browser]]:
    """Two instances of Chromium, which share nothing but the machine."""
    services.need("browser")
    with sync_playwright() as playwright:
        one, two = (
            playwright.chromium.launch(executable_path=executable(), args=[*ARGUMENTS, *DEVICES]) for _ in range(2)
        )
        yield one, two
        one.close()
        two.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "DOORWARD_ENV": "development",
        "DOORWARD_HASH_PROFILE": "cheap",
        "DOORWARD_REGISTRATION_OPEN": "open",
    }
    running = Server(tmp_path_factory.mktemp("server") / "data", env=settings).wait_ready()
    yield running
    running.stop()


def person(browser: Browser, server: Server, name: str, address: str) -> Page:
    page = browser.new_context(viewport={"width": 900, "height": 700}).new_page()
    page.set_default_timeout(40_000)
    page.goto(address)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again", exact=True).fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    expect(page.get_by_text(name).first).to_be_attached()
    return page


def sees(page: Page, account: str) -> None:
    """Pictures of this account arrive, and go on arriving."""
    page.wait_for_function(f"account => ({PICTURES})(account) > 5", arg=account)
    before = page.evaluate(PICTURES, account)
    page.wait_for_function(f"([account, before]) => ({PICTURES})(account) > before", arg=[account, before])


def speaks(page: Page, account: str) -> None:
    """The page shows that somebody speaks. The microphone beeps for moments: each picture of the page is looked at."""
    page.wait_for_function(
        "account => document.querySelector(`.tile[data-account='${account}']`).classList.contains('speaking')",
        arg=account,
        polling="raf",
    )


def account_of(page: Page) -> str:
    return str(page.locator("#call").get_attribute("data-me"))


def test_two_see_each_other_a_third_joins_and_who_goes_is_gone(
    browsers: tuple[Browser, Browser], server: Server, tmp_path: Path
) -> None:
    one, two = browsers
    mona = person(one, server, "mona", server.setup_url)
    ben = person(two, server, "ben", f"{server.url}/register")
    cleo = person(two, server, "cleo", f"{server.url}/register")
    faults: list[str] = []
    for page in (mona, ben, cleo):
        page.on("pageerror", lambda fault: faults.append(str(fault)))
    mona.goto(f"{server.url}/chat/")
    mona.get_by_label("Name", exact=True).fill("The harbour")
    mona.get_by_role("button", name="Make the room").click()
    expect(mona.locator("#room-title")).to_have_text("The harbour")
    room = mona.url
    mona.goto(f"{room}/settings")
    mona.locator("#person").fill("ben")
    mona.locator("#person").press("Enter")
    expect(mona.get_by_text("ben", exact=True).first).to_be_visible()
    ben.goto(room)
    mona.goto(room)
    mona.locator("#call-link").click()
    expect(mona.locator("#who")).to_contain_text("Nobody is in the call")
    shots(mona, "chat-call-before")
    axe(mona)
    mona.get_by_role("button", name="Join with video").click()
    expect(mona.locator("#call-said")).to_contain_text("alone in the call")

    # It rings for Ben, who answers; both receive pictures.
    expect(ben.locator(".ring")).to_contain_text("mona calls in The harbour.")
    shots(ben, "chat-ring")
    ben.locator(".ring").get_by_role("link", name="Answer").click()
    expect(ben.locator("#who")).to_contain_text("In the call: mona.")
    ben.get_by_role("button", name="Join with video").click()
    who = {name: account_of(page) for name, page in (("mona", mona), ("ben", ben))}
    sees(mona, who["ben"])
    sees(ben, who["mona"])
    # Each hears the beep of the other's pretended microphone.
    speaks(mona, who["ben"])
    speaks(ben, who["mona"])
    axe(ben)
    shots(ben, "chat-call-two")

    # Another microphone is chosen, and the other goes on hearing.
    mona.evaluate(NOTES_WHAT_IS_ASKED_FOR)
    mona.get_by_text("Devices", exact=True).click()
    another = mona.locator("#mics option").nth(1).get_attribute("value")
    mona.locator("#mics").select_option(another)
    mona.wait_for_function("another => window.asked.includes(another)", arg=another)
    expect(mona.locator("#mics")).to_have_value(another or "")
    mona.get_by_text("Devices", exact=True).click()
    speaks(ben, who["mona"])

    # Somebody is brought in from within the call, and joins while they talk.
    cleo.goto(f"{room}/call")
    expect(cleo.locator("#call")).to_have_count(0)
    with mona.expect_popup() as opened:
        mona.get_by_role("link", name="Add somebody").click()
    opened.value.locator("#person").fill("cleo")
    opened.value.locator("#person").press("Enter")
    expect(opened.value.locator(".people").first).to_contain_text("cleo")
    opened.value.close()
    cleo.goto(room)
    expect(cleo.locator("#call-link")).to_have_text("Join the call (2)")
    cleo.locator("#call-link").click()
    cleo.get_by_role("button", name="Join with video").click()
    who["cleo"] = account_of(cleo)
    for page, others in ((mona, ("ben", "cleo")), (ben, ("mona", "cleo")), (cleo, ("mona", "ben"))):
        for other in others:
            sees(page, who[other])

    # Mute is shown to the others.
    ben.get_by_role("button", name="Microphone on").click()
    expect(mona.locator(f'.tile[data-account="{who["ben"]}"] [data-state]')).to_have_text("muted")
    shots(mona, "chat-call-three")

    # Who closes the page is gone for the others; the last one to leave ends it.
    cleo.close()
    expect(mona.locator(".tile")).to_have_count(2)
    ben.get_by_role("button", name="Leave").click()
    expect(ben.locator("#call-said")).to_have_text("You left the call.")
    expect(mona.locator(".tile")).to_have_count(1)
    mona.get_by_role("button", name="Leave").click()
    ben.goto(room)
    expect(ben.locator("#call-link")).to_have_text("Call")
    assert faults == []
