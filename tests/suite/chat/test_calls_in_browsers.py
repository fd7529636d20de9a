"""A call between instances of Chromium with pretended devices: both receive pictures, a third joins, nobody is left
ringing.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import axe, shots
from tests.support.server import Server

from .in_calls import account_of, chromiums, close_all, person, sees, serve

pytestmark = pytest.mark.browser

#: Whether this is the camera that one's own pictures come from.
CAMERA = """wanted =>
  document.querySelector(".tile.own video").srcObject.getVideoTracks()[0].getSettings().deviceId === wanted"""


def test_two_see_each_other_a_third_joins_and_who_goes_is_gone(tmp_path: Path) -> None:
    with chromiums(3) as browsers:
        server = serve(tmp_path)
        try:
            a_call_of_three(server, *browsers)
        finally:
            close_all(*browsers)
            server.kill()  # how a server stops is shown elsewhere


def tile(other: str) -> str:
    return f'.tile[data-account="{other}"]'


def a_call_of_three(server: Server, one: Browser, two: Browser, three: Browser) -> None:
    mona = person(one, "mona", server.setup_url)
    ben, cleo = (person(where, name, f"{server.url}/register") for where, name in ((two, "ben"), (three, "cleo")))
    faults: list[str] = []
    for page in (mona, ben, cleo):
        page.on("pageerror", lambda fault: faults.append(str(fault)))
    mona.goto(f"{server.url}/chat/")
    mona.get_by_label("Name", exact=True).fill("The harbour")
    mona.get_by_role("button", name="Make the room").click()
    expect(mona.locator("#room-title")).to_have_text("The harbour")
    room = mona.url
    bring_in(mona, room, "ben")
    ben.goto(room)
    mona.goto(room)
    mona.locator("#call-link").click()
    expect(mona.locator("#who")).to_contain_text("Nobody is in the call")
    shots(mona, "chat-call-before")
    axe(mona)
    mona.get_by_role("button", name="Join with video").click()
    expect(mona.locator("#call-said")).to_contain_text("alone in the call")

    # It rings for Ben, who answers; both receive pictures, and hear the beep of the other's pretended microphone.
    expect(ben.locator(".ring")).to_contain_text("mona calls in The harbour.")
    shots(ben, "chat-ring")
    ben.locator(".ring").get_by_role("link", name="Answer").click()
    expect(ben.locator("#who")).to_contain_text("In the call: mona.")
    ben.get_by_role("button", name="Join with video").click()
    expect(ben.locator("#call")).to_have_attribute("data-state", "in")
    for page, other in ((mona, ben), (ben, mona)):
        sees(page, other)
        speaks(page, other)
    axe(ben)
    shots(ben, "chat-call-two")

    # Another camera is chosen, and what the other sees goes on.
    mona.get_by_text("Devices", exact=True).click()
    # Of Chromium's pretended cameras, the second and the third give formats of their own.
    other = mona.locator("#cameras option", has_text="fake_device_3").get_attribute("value") or ""
    mona.locator("#cameras").select_option(other)
    mona.wait_for_function(
        CAMERA,
        arg=other,
    )
    sees(ben, mona)
    shots(mona, "chat-call-devices")
    mona.get_by_text("Devices", exact=True).click()

    # Somebody is added from within the call, and joins while they talk.
    cleo.goto(f"{room}/call")
    expect(cleo.locator("#call")).to_have_count(0)
    with mona.expect_popup() as opened:
        mona.get_by_role("link", name="Add somebody").click()
    bring_in(opened.value, "", "cleo")
    opened.value.close()
    cleo.goto(room)
    expect(cleo.locator("#call-link")).to_have_text("Join the call (2)")
    cleo.locator("#call-link").click()
    cleo.get_by_role("button", name="Join with video").click()
    expect(cleo.locator("#call")).to_have_attribute("data-state", "in")
    for page, others in ((mona, (ben, cleo)), (ben, (mona, cleo)), (cleo, (mona, ben))):
        for other in others:
            sees(page, other)

    # Mute is shown to the others.
    ben.get_by_role("button", name="Microphone on").click()
    expect(mona.locator(f"{tile(account_of(ben))} [data-state]")).to_have_text("muted")
    shots(mona, "chat-call-three")

    # Who closes the page is gone for the others; the last one to leave ends it.
    cleo.close()
    expect(mona.locator(".tile")).to_have_count(2)
    ben.get_by_role("button", name="Leave").click()
    expect(ben.locator("#call-said")).to_have_text("You left the call.")
    expect(mona.locator(".tile")).to_have_count(1)
    mona.get_by_role("button", name="Leave").click()
    expect(mona.locator("#call-said")).to_have_text("You left the call.")
    ben.goto(room)
    expect(ben.locator("#call-link")).to_have_text("Call")
    assert faults == []


def bring_in(page: Page, room: str, name: str) -> None:
    """Somebody is brought into the room, on the page of its people."""
    if room:
        page.goto(f"{room}/settings")
    page.locator("#person").fill(name)
    page.locator("#person").press("Enter")
    expect(page.locator(".people").first).to_contain_text(name)


def speaks(page: Page, other: Page) -> None:
    """The page shows that somebody speaks. The microphone beeps for moments: each picture of the page is looked at."""
    page.wait_for_function(
        "account => document.querySelector(`.tile[data-account=\"${account}\"]`).classList.contains('speaking')",
        arg=account_of(other),
        polling="raf",
    )
