"""Three people in real browsers: write, edit, answer in a thread, name somebody, lose the network and come back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser import axe, shots
from tests.support.server import Server

from .harbour import NewContext, People, keys_of_three, message, say, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def keys(server: Server, chromium: Any) -> dict[str, list[Any]]:
    return keys_of_three(server, chromium)


@pytest.fixture
def people(server: Server, keys: dict[str, list[Any]], new_context: NewContext) -> People:
    return People(server, keys, new_context)


def test_three_people_write_edit_answer_and_name_each_other(people: People) -> None:
    mona, ben, cleo = people.mona, people.ben, people.cleo
    say(mona, "The **dredger** comes <img src=x onerror=alert(1)>")
    for page in (mona, ben, cleo):
        expect(message(page, "dredger").locator("strong")).to_have_text("dredger")
        expect(page.locator("#messages img")).to_have_count(0)
    say(ben, "When, @mona?")
    expect(message(mona, "When").locator(".mention")).to_have_text("@mona")

    ben.locator("#text").press("ArrowUp")
    expect(ben.locator("#text")).to_have_value("When, @mona?")
    say(ben, "When exactly, @mona?")
    for page in (mona, ben, cleo):
        expect(message(page, "When exactly").locator("[data-note=edited]")).to_be_visible()

    row = message(cleo, "When exactly")
    row.hover()
    row.locator("[data-act=react]").first.click()
    for page in (mona, ben):
        expect(message(page, "When exactly").locator(".mark-chip")).to_contain_text("1")

    row.hover()
    row.locator("[data-act=thread]").click()
    expect(cleo.locator("#thread-title")).to_be_visible()
    say(cleo, "On Tuesday", "#thread-text")
    expect(message(cleo, "On Tuesday", "#replies")).to_be_visible()
    expect(message(mona, "When exactly").locator("[data-thread]")).to_have_text("1 reply")
    expect(message(mona, "On Tuesday")).to_have_count(0)

    # Each finds what was said, in the room, in the thread, and by the name that somebody was called by.
    for page in (mona, ben, cleo):
        page.goto(f"{people.address.rpartition('/')[0]}/search?q=tuesd")
        expect(page.locator(".found")).to_contain_text("On Tuesday")
    mona.goto(f"{people.address.rpartition('/')[0]}/search?q=from:ben exact")
    expect(mona.locator(".found .mention")).to_have_text("@mona")
    shots(mona, "chat-search")
    axe(mona)
    assert people.faults == []


def test_a_picture_goes_into_the_room_and_is_shown_large(people: People) -> None:
    mona, ben = people.mona, people.ben
    made = BytesIO()
    Image.new("RGB", (800, 600), "teal").save(made, "PNG")
    ben.locator("#text").fill("The quay")
    picture = {"name": "quay.png", "mimeType": "image/png", "buffer": made.getvalue()}
    note = {"name": "depths.csv", "mimeType": "text/csv", "buffer": b"metre,depth\n1,4.2\n"}
    ben.locator(".composer input[data-intake]").set_input_files([picture, note])
    expect(ben.locator("[data-tray] li")).to_have_count(2)
    ben.get_by_role("button", name="Send").click()
    shown = message(mona, "The quay")
    expect(shown.locator(".msg-picture img")).to_be_visible(timeout=20_000)
    expect(shown.locator(".msg-file")).to_contain_text("depths.csv")
    expect(ben.locator("[data-tray] li")).to_have_count(0)
    expect(message(ben, "The quay").locator(".msg-picture")).to_have_count(1)
    shown.locator(".msg-picture").click()
    expect(mona.locator("#viewer img")).to_be_visible()
    assert mona.locator("#viewer img").evaluate("one => one.decode().then(() => one.naturalWidth)") == 800
    shots(mona, "chat-viewer")
    mona.keyboard.press("Escape")
    expect(mona.locator("#viewer")).to_be_hidden()
    shots(mona, "chat-files")
    assert people.faults == []


def test_what_is_written_without_a_network_waits_and_goes_once(people: People) -> None:
    mona, ben = people.mona, people.ben
    posts: list[str] = []
    people.contexts["ben"].set_offline(True)
    say(ben, "First, from the boat")
    say(ben, "Second, from the boat")
    say(ben, "Third, from the boat")
    expect(message(ben, "First, from the boat").locator("[data-note=state]")).to_have_text("waiting for the network")
    say(mona, "Are you there?")
    expect(message(mona, "Are you there?")).to_be_visible()
    expect(message(mona, "from the boat")).to_have_count(0)
    ben.on(
        "response",
        lambda answer: posts.append(answer.url) if "/messages" in answer.url or "outbox" in answer.url else None,
    )
    people.contexts["ben"].set_offline(False)
    expect(message(mona, "from the boat")).to_have_count(3, timeout=20_000)
    expect(message(ben, "Are you there?")).to_have_count(1, timeout=20_000)
    expect(message(ben, "from the boat")).to_have_count(3)
    expect(ben.locator(".msg.pending")).to_have_count(0)
    assert [one for one in posts if one.endswith("/outbox")] == [f"{people.address.rpartition('/')[0]}/outbox"]
    assert [one for one in posts if one.endswith("/messages")] == [], "what waited went at once"
    mona.reload()
    said = [one.strip() for one in mona.locator("#messages .msg-body").all_inner_texts()]
    assert said == ["Are you there?", "First, from the boat", "Second, from the boat", "Third, from the boat"]


def test_who_is_here_and_who_is_typing_is_seen_by_those_in_the_room(people: People) -> None:
    mona, ben, cleo = people.mona, people.ben, people.cleo
    expect(mona.locator("#room-here")).to_have_text("Here now: ben and cleo")
    expect(cleo.locator("#room-here")).to_have_text("Here now: ben and mona")
    ben.locator("#text").press_sequentially("The tide")
    for page in (mona, cleo):
        expect(page.locator(".composer [data-typing]")).to_have_text("ben is typing…")
    expect(ben.locator(".composer [data-typing]")).to_have_text("")
    shots(mona, "chat-typing")
    ben.locator("#text").press("Enter")
    expect(message(mona, "The tide")).to_be_visible()
    expect(mona.locator(".composer [data-typing]")).to_have_text("")
    ben.goto(people.address.rpartition("/")[0] + "/")
    expect(mona.locator("#room-here")).to_have_text("Here now: cleo")
    ben.goto(people.address)
    expect(mona.locator("#room-here")).to_have_text("Here now: ben and cleo")
    assert people.faults == []


def test_under_ones_last_message_stands_who_has_read_it(people: People) -> None:
    mona, ben, cleo = people.mona, people.ben, people.cleo
    say(mona, "High water at nine")
    seen = mona.locator(".msg-seen")
    expect(seen).to_have_text("Read by ben and cleo")
    expect(message(mona, "High water").locator(".msg-seen")).to_have_count(1)
    shots(mona, "chat-seen")
    expect(ben.locator(".msg-seen")).to_have_count(0)
    for page in (ben, cleo):
        page.goto(people.address.rpartition("/")[0] + "/")
    say(mona, "Low water at three")
    expect(message(mona, "Low water")).to_be_visible()
    expect(seen).to_have_count(0)
    ben.goto(people.address)
    expect(message(mona, "Low water").locator(".msg-seen")).to_have_text("Read by ben")
    mona.reload()
    expect(message(mona, "Low water").locator(".msg-seen")).to_have_text("Read by ben")
    assert people.faults == []


def test_all_of_it_goes_by_the_keyboard_and_a_sheet_says_how(people: People) -> None:
    mona = people.mona
    say(people.ben, "One")
    expect(message(mona, "One")).to_be_visible()
    say(people.cleo, "Two")
    expect(message(mona, "Two")).to_be_visible()
    mona.locator("#log").focus()
    mona.keyboard.press("?")
    expect(mona.locator("#keys")).to_be_visible()
    expect(mona.get_by_role("dialog", name="Keys")).to_contain_text("Alt ↑ or ↓")
    axe(mona)
    shots(mona, "chat-keys")
    mona.keyboard.press("Escape")
    expect(mona.locator("#keys")).to_be_hidden()
    expect(mona.locator("#log")).to_be_focused()
    mona.keyboard.press("ArrowDown")
    expect(message(mona, "Two")).to_be_focused()
    mona.keyboard.press("ArrowUp")
    expect(message(mona, "One")).to_be_focused()
    mona.keyboard.press("+")
    expect(message(people.ben, "One").locator(".mark-chip")).to_contain_text("1")
    mona.keyboard.press("a")
    expect(mona.locator(".composer [data-about-text]")).to_have_text("Answering ben: One")
    expect(mona.locator("#text")).to_be_focused()
    mona.keyboard.type("Is this a question?")
    expect(mona.locator("#keys")).to_be_hidden()
    expect(mona.locator("#text")).to_have_value("Is this a question?")
    mona.keyboard.press("Shift+Tab")
    mona.locator("#log").focus()
    mona.keyboard.press("Escape")
    expect(mona.locator("#text")).to_be_focused()
    assert people.faults == []


def test_the_keyboard_goes_from_room_to_room(people: People, server: Server) -> None:
    mona = people.mona
    mona.goto(f"{server.url}/chat/")
    mona.get_by_label("Name", exact=True).fill("The quay")
    mona.get_by_role("button", name="Make the room").click()
    expect(mona.locator("#room-title")).to_have_text("The quay")
    expect(mona.locator("#chat")).to_have_attribute("data-live", "live")
    below = mona.locator(".room-link[aria-current]").evaluate(
        "link => link.closest('li').nextElementSibling.querySelector('a').href"
    )
    mona.keyboard.press("Alt+ArrowDown")
    expect(mona).to_have_url(below)
    expect(mona.locator("#chat")).to_have_attribute("data-live", "live")
    mona.locator("#text").focus()
    mona.keyboard.press("Alt+ArrowUp")
    expect(mona.locator("#room-title")).to_have_text("The quay")


#: Remembers which notices a page shows and how often it sounds, and says that nobody looks at it when it is told to.
REMEMBER = """
window.notices = []; window.notes = 0; window.asked = 0; window.away = false;
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { window.asked += 1; return (Notification.permission = "granted"); }
  constructor(title, options) { super(); window.notices.push(`${title}: ${options.body}`); }
};
const sound = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.notes += 1; return sound.call(this); };
Document.prototype.hasFocus = () => !window.away;
"""


def test_whoever_looks_elsewhere_is_told_as_they_wish(people: People, server: Server) -> None:
    ben, mona = people.ben, people.mona
    ben.add_init_script(REMEMBER)
    ben.goto(f"{server.url}/chat/notices")
    axe(ben)
    shots(ben, "chat-notices")
    assert ben.evaluate("window.asked") == 0  # nothing is asked before somebody clicks
    ben.get_by_role("button", name="Sound: off").click()
    expect(ben.get_by_role("button", name="Sound: on")).to_be_visible()
    assert ben.evaluate("window.notes") == 2
    ben.get_by_role("button", name="Notices of the browser: off").click()
    expect(ben.get_by_role("button", name="Notices of the browser: on")).to_be_visible()
    assert ben.evaluate("window.asked") == 1

    ben.goto(f"{server.url}/chat/")
    expect(ben.locator(".room-link").first).to_be_visible()
    ben.evaluate("Notification.permission = 'granted'")
    say(mona, "@ben, the pilot is here")
    named = ben.locator(".ring.named")
    expect(named).to_contain_text("You were named in The harbour.")
    assert ben.evaluate("window.notices") == []
    shots(ben, "chat-named")
    named.get_by_role("link", name="Show").click()
    expect(ben.locator("#chat")).to_have_attribute("data-live", "live")

    ben.evaluate("Notification.permission = 'granted'; window.away = true")
    say(mona, "A secret for later")
    ben.wait_for_function("() => window.notices.length === 1 && window.notes === 2")
    assert ben.evaluate("window.notices") == ["The harbour: Something new was written."]
    ben.evaluate("window.away = false")
    say(mona, "Seen at once")
    expect(message(ben, "Seen at once")).to_be_visible()
    assert ben.evaluate("window.notices.length") == 1
    assert people.faults == []


def test_nothing_is_shown_to_who_is_not_to_be_disturbed_or_wants_nothing_of_the_room(
    people: People, server: Server
) -> None:
    ben, mona = people.ben, people.mona
    ben.goto(f"{server.url}/chat/notices")
    ben.get_by_role("button", name="Do not disturb me").click()
    expect(ben.get_by_text("You are not disturbed until")).to_be_visible()
    number = people.address.rpartition("/")[2]
    ben.goto(f"{server.url}/chat/")
    count = ben.locator(f'[data-room="{number}"] [data-count]')
    say(mona, "@ben, one")
    expect(count).to_have_text("1")
    expect(ben.locator(".ring.named")).to_have_count(0)
    ben.goto(f"{server.url}/chat/notices")
    ben.get_by_role("button", name="End it now").click()
    expect(ben.get_by_role("button", name="End it now")).to_have_count(0)
    ben.goto(f"{people.address}/settings")
    ben.get_by_label("Of this room").select_option("none")
    ben.locator("#told ~ form button").click()
    ben.goto(f"{server.url}/chat/")
    expect(count).to_have_text("1")
    say(mona, "@ben, two")
    expect(count).to_have_text("2")
    expect(ben.locator(".ring.named")).to_have_count(0)
    assert people.faults == []


SWIPE = """([from, to]) => {
  const touch = (x) => new Touch({ identifier: 1, target: document.body, clientX: x, clientY: 300 });
  const tell = (name, touches, changedTouches) =>
    document.body.dispatchEvent(new TouchEvent(name, { bubbles: true, touches, changedTouches }));
  tell("touchstart", [touch(from)], [touch(from)]);
  tell("touchend", [], [touch(to)]);
}"""


def test_on_a_phone_the_rooms_are_a_drawer(people: People, keys: dict[str, list[Any]], new_context: NewContext) -> None:
    context = new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    context.add_cookies(keys["mona"])
    phone = context.new_page()
    phone.goto(people.address)
    expect(phone.locator("#chat")).to_have_attribute("data-live", "live")
    drawer, button = phone.locator("#drawer"), phone.locator("#open-drawer")
    expect(phone.locator(".room-link").first).to_be_hidden()
    expect(phone.locator(".camera")).to_be_visible()
    expect(phone.locator(".camera input")).to_have_attribute("capture", "environment")
    button.click()
    expect(drawer).to_be_visible()
    expect(drawer.locator(".room-link[aria-current]")).to_be_visible()
    axe(phone)
    shots(phone, "chat-drawer")
    expect(drawer).to_be_hidden()  # the pictures were taken on a wide screen too, where the rooms stand beside
    button.click()
    expect(drawer).to_be_visible()
    for _ in range(12):
        phone.keyboard.press("Tab")
        assert phone.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#drawer') !== null"
        )
    phone.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(button).to_be_focused()
    phone.evaluate(SWIPE, [5, 200])
    expect(drawer).to_be_visible()
    phone.evaluate(SWIPE, [250, 40])
    expect(drawer).to_be_hidden()
    phone.evaluate(SWIPE, [150, 340])  # not from the edge: somebody reads a wide table
    expect(drawer).to_be_hidden()
    button.click()
    expect(drawer).to_be_visible()
    say(people.ben, "For the list")
    drawer.locator(".room-link[aria-current]").click()
    expect(phone.locator("#room-title")).to_have_text("The harbour")
    expect(drawer).to_be_hidden()
    expect(message(phone, "For the list")).to_be_visible()


#: What an address answers, though it may be a stream without end.
STATUS = """async address => {
  const over = new AbortController();
  const { status } = await fetch(address, { signal: over.signal });
  over.abort();
  return status;
}"""


def said_at(page: Page, address: str) -> str:
    """What stands in a page, as whoever looks at it in this browser gets it."""
    return page.request.get(address).text().partition("<main")[2]


def test_for_who_is_removed_stream_permalink_file_and_search_answer_as_if_the_room_were_not(people: People) -> None:
    mona, cleo = people.mona, people.cleo
    note = {"name": "Kaimauer.csv", "mimeType": "text/csv", "buffer": b"metre,depth\n1,4.2\n"}
    mona.locator("#text").fill("Before the Zwinglikirche")
    mona.locator(".composer input[data-intake]").set_input_files(note)
    expect(mona.locator("[data-tray] li")).to_have_count(1)
    mona.get_by_role("button", name="Send").click()
    row = message(cleo, "Before the Zwinglikirche")
    expect(row.locator(".msg-file")).to_be_visible(timeout=20_000)
    number, room = row.get_attribute("data-id"), people.address.rpartition("/")[2]
    topic = str(cleo.locator("#chat").get_attribute("data-topic"))
    closed = [f"/live?topic={topic}", f"/live?topic=chat.here:{room}", f"/chat/m/{number}", f"/chat/m/{number}/files/1"]
    closed += ["/chat/search?q=zwinglik", "/chat/search?q=kaimauer", f"/chat/search?q=before&room={room}"]
    never = [
        "/live?topic=chat.room:999999.0",
        "/live?topic=chat.here:999999",
        "/chat/m/999999",
        "/chat/m/999999/files/1",
    ]
    never += ["/chat/search?q=zwinglix", "/chat/search?q=kaimauex", "/chat/search?q=before&room=999999"]
    assert [cleo.evaluate(STATUS, one) for one in closed] == [200] * len(closed)
    host = people.address.rpartition("/chat/")[0]
    assert ["Zwinglikirche" in said_at(cleo, host + one) for one in closed[4:]] == [True] * 3

    mona.goto(f"{people.address}/settings")
    mona.get_by_role("button", name="Remove cleo").click()
    expect(cleo).to_have_url(re.compile("/chat/$"), timeout=15_000)
    expect(cleo.locator(f'[data-room="{room}"]')).to_have_count(0)
    for gone, invented in zip(closed, never, strict=True):
        status = cleo.evaluate(STATUS, gone)
        assert status == cleo.evaluate(STATUS, invented), gone
        if "search" in gone and "room=" not in gone:
            assert "Nothing was found" in said_at(cleo, host + gone)
            continue
        assert status == 404, gone
        if not gone.startswith("/live"):
            assert said_at(cleo, host + gone) == said_at(cleo, host + invented) != "", gone
    assert cleo.goto(people.address).status == 404  # type: ignore[union-attr]
    expect(people.ben.locator("#chat")).to_have_attribute("data-live", "live")


def test_older_messages_come_as_one_scrolls_up_and_nothing_jumps(people: People) -> None:
    mona = people.mona
    token = mona.locator("meta[name=csrf-token]").get_attribute("content")
    for number in range(120):
        sent = {"csrf_token": token or "", "text": f"Line {number:03}."}
        mona.request.post(f"{people.address}/messages", form=sent, headers={"Accept": "application/json"})
    mona.reload()
    expect(message(mona, "Line 119.")).to_be_visible()
    expect(mona.locator("#messages .msg")).to_have_count(50)
    mona.locator("#log").evaluate("log => { log.scrollTop = 0; }")
    expect(message(mona, "Line 020.")).to_be_attached()
    mona.locator("#log").evaluate("log => { log.scrollTop = 0; }")
    expect(message(mona, "Line 000.")).to_be_attached()
    said = [one.strip() for one in mona.locator("#messages .msg-body").all_inner_texts()]
    assert said == [f"Line {number:03}." for number in range(120)]
    expect(mona.locator("#older")).to_be_hidden()


def test_the_pages_are_for_everybody(people: People) -> None:
    mona = people.mona
    say(people.ben, "A *word*, `code` and @mona")
    expect(message(mona, "A word")).to_be_visible()
    number = message(mona, "A word").get_attribute("data-id")
    pages = {"room": people.address, "thread": f"{people.address}?at={number}&thread={number}"}
    pages["settings"] = f"{people.address}/settings"
    pages["rooms"] = people.address.rpartition("/")[0] + "/"
    pages["message"] = f"{pages['rooms']}m/{number}/about"
    pages |= {name: f"{pages['rooms']}{name}" for name in ("mentions", "export")} | {"pins": f"{people.address}/pins"}
    mona.goto(pages["message"])
    mona.get_by_role("button", name="Pin to the room").click()
    expect(message(mona, "A word").locator("[data-note=pinned]")).to_be_visible()
    for name, address in pages.items():
        for scheme in ("dark", "light"):
            mona.emulate_media(color_scheme=scheme)
            mona.goto(address)
            axe(mona)
        shots(mona, f"chat-{name}")
