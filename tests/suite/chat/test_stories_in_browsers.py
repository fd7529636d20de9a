"""Three people in one story, in real browsers; and what holds whatever the network does and wherever one scrolls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Response, Route, expect

from doorward.store.engine import open_engine
from doorward.store.store import Store
from doorward_suite.chat.actions import keeping
from tests.support.browser import axe, shots
from tests.support.elsewhere import Elsewhere, answer
from tests.support.server import Server

from .harbour import NewContext, People, keys_of_three, message, say, serving

pytestmark = pytest.mark.browser

PREVIEWED = b"""<!doctype html><html><head><title>The &lt;b&gt;tide&lt;/b&gt; tables</title>
<meta name="description" content="High and low water."></head></html>"""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """A server of the team's own network, which the operator lets be asked for previews."""
    with Elsewhere() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere) -> Iterator[Server]:
    granted = {"DOORWARD_OUTBOUND_LAN": f"chat.previews=127.0.0.1:{elsewhere.port}"}
    with serving(tmp_path_factory.mktemp("server"), **granted) as running:
        yield running


@pytest.fixture(scope="module")
def keys(server: Server, chromium: Any) -> dict[str, list[Any]]:
    return keys_of_three(server, chromium)


@pytest.fixture
def people(server: Server, keys: dict[str, list[Any]], new_context: NewContext) -> People:
    return People(server, keys, new_context)


def test_a_day_of_three_people(people: People) -> None:
    """Written, edited, answered in a thread, uploaded, named, found; one is without a network and comes back."""
    mona, ben, cleo = people.mona, people.ben, people.cleo
    everybody = (mona, ben, cleo)

    say(mona, "The ferry leaves at **eight**")
    for page in everybody:
        expect(message(page, "The ferry").locator("strong")).to_have_text("eight")
    mona.locator("#text").press("ArrowUp")
    expect(mona.locator("#text")).to_have_value("The ferry leaves at **eight**")
    say(mona, "The ferry leaves at **nine**")
    for page in everybody:
        expect(message(page, "The ferry").locator("strong")).to_have_text("nine")
        expect(message(page, "The ferry").locator("[data-note=edited]")).to_be_visible()
    number = message(cleo, "The ferry").get_attribute("data-id")
    cleo.goto(f"{people.address.rpartition('/')[0]}/m/{number}/about")
    expect(cleo.locator(".earlier")).to_contain_text("The ferry leaves at **eight**")
    cleo.goto(people.address)
    expect(cleo.locator("#chat")).to_have_attribute("data-live", "live")

    row = message(ben, "The ferry")
    row.hover()
    row.locator("[data-act=thread]").click()
    expect(ben.locator("#thread-title")).to_be_visible()
    say(ben, "From which pier, @mona?", "#thread-text")
    for page in (mona, cleo):
        expect(message(page, "The ferry").locator("[data-thread]")).to_have_text("1 reply")
    mona.goto(f"{people.address.rpartition('/')[0]}/mentions")
    expect(mona.locator(".mention")).to_have_text("@mona")
    mona.goto(people.address)
    expect(mona.locator("#chat")).to_have_attribute("data-live", "live")

    made = BytesIO()
    Image.new("RGB", (640, 480), "navy").save(made, "PNG")
    cleo.locator("#text").fill("Pier four")
    picture = {"name": "pier.png", "mimeType": "image/png", "buffer": made.getvalue()}
    cleo.locator(".composer input[data-intake]").set_input_files([picture])
    expect(cleo.locator("[data-tray] li")).to_have_count(1)
    cleo.get_by_role("button", name="Send").click()
    for page in (mona, ben):
        expect(message(page, "Pier four").locator(".msg-picture img")).to_be_visible()

    people.contexts["cleo"].set_offline(True)
    expect(cleo.locator("#live-state")).to_be_visible()
    say(cleo, "On my way")
    say(mona, "We wait for you, @cleo")
    expect(message(mona, "We wait for you")).to_be_visible()
    expect(message(cleo, "On my way").locator("[data-note=state]")).to_have_text("waiting for the network")
    expect(message(mona, "On my way")).to_have_count(0)
    people.contexts["cleo"].set_offline(False)
    for page in everybody:
        expect(message(page, "On my way")).to_have_count(1)
        expect(message(page, "We wait for you").locator(".mention")).to_have_text("@cleo")
    expect(cleo.locator("#live-state")).to_be_hidden()

    for page in everybody:
        for words, found in (
            ("ferr nine", "The ferry leaves"),
            ("from:ben pier", "From which pier"),
            ("has:image", "Pier four"),
        ):
            page.goto(f"{people.address.rpartition('/')[0]}/search?q={words}")
            expect(page.locator(".found")).to_have_count(1)
            expect(page.locator(".found")).to_contain_text(found)
        page.goto(people.address)
        assert [one.strip() for one in page.locator("#messages .msg-body").all_inner_texts()] == [
            "The ferry leaves at nine",
            "Pier four",
            "We wait for you, @cleo",
            "On my way",
        ]
    assert people.faults == []


def test_on_a_bad_network_a_page_is_small_and_what_is_written_stands_there_at_once(
    people: People, keys: dict[str, list[Any]], new_context: NewContext
) -> None:
    for number in range(60):
        token = people.mona.locator("meta[name=csrf-token]").get_attribute("content") or ""
        sent = {
            "csrf_token": token,
            "text": f"Line {number:02}, as long as what people say to each other on most days.",
        }
        people.mona.request.post(f"{people.address}/messages", form=sent, headers={"Accept": "application/json"})
    context = new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    context.add_cookies(keys["ben"])
    phone = context.new_page()
    answers: list[Response] = []
    phone.on("response", lambda one: answers.append(one) if "/live" not in one.url else None)

    def weight() -> tuple[int, int]:
        """How many answers came, and how many bytes went over the network for them."""
        phone.wait_for_load_state("networkidle" if not answers else "load")
        expect(phone.locator("#chat")).to_have_attribute("data-live", "live")
        came = [one for one in answers if not one.from_service_worker]
        sizes = [one.request.sizes() for one in came]
        # What comes from the cache has a body of less than nothing.
        return len(came), sum(max(0, one["responseBodySize"] + one["responseHeadersSize"]) for one in sizes)

    phone.goto(people.address)
    first = weight()
    answers.clear()
    phone.goto(people.address)
    again = weight()
    assert first[1] < 170_000
    assert again[1] < 60_000

    held: list[Route] = []
    phone.route(
        "**/messages", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    phone.locator("#text").fill("From the tunnel")
    phone.get_by_role("button", name="Send").click()
    row = message(phone, "From the tunnel")
    expect(row.locator("[data-note=state]")).to_have_text("sending…")
    expect(phone.locator("#text")).to_have_value("")
    expect(message(people.mona, "From the tunnel")).to_have_count(0)
    held.pop().continue_()
    expect(row.locator("[data-note=state]")).to_be_hidden()
    expect(message(people.mona, "From the tunnel")).to_have_count(1)


def waits_no_more(page: Page) -> None:
    """Everything that was written here has gone, as far as the page knows."""
    page.wait_for_function("() => Object.keys(localStorage).every(key => !key.startsWith('chat-outbox:'))")


def test_a_message_is_there_once_though_the_answer_was_lost(people: People) -> None:
    ben, mona = people.ben, people.mona
    tries: list[int] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        tries.append(route.fetch().status)
        if len(tries) == 1:
            route.abort()  # the server has it, and the page does not know
        else:
            route.continue_()

    ben.route("**/messages", lose_the_first)
    say(ben, "Only once")
    waits_no_more(ben)
    assert tries == [201, 201]
    ben.unroute("**/messages")
    say(mona, "And after it")
    expect(message(ben, "And after it")).to_be_visible()
    for page in (mona, ben):
        expect(message(page, "Only once")).to_have_count(1)
        page.reload()
        expect(message(page, "Only once")).to_have_count(1)


def test_what_waits_outlives_the_page_and_goes_in_its_order(people: People) -> None:
    ben, mona = people.ben, people.mona
    ways = ("**/messages", "**/outbox")
    for way in ways:
        ben.route(way, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    for text in ("One of three", "Two of three", "Three of three"):
        say(ben, text)
    expect(message(ben, "One of three").locator("[data-note=state]")).to_have_text("waiting for the network")
    ben.reload()
    expect(ben.locator(".msg.pending")).to_have_count(3)
    for way in ways:
        ben.unroute(way)
    waits_no_more(ben)
    expect(message(mona, "of three")).to_have_count(3)
    mona.reload()
    said = [one.strip() for one in mona.locator("#messages .msg-body").all_inner_texts()]
    assert said == ["One of three", "Two of three", "Three of three"]


#: Looks at the first message that can be seen: which it is, and how far below the edge it stands.
LOOK = """log => {
  const edge = log.getBoundingClientRect().top;
  const row = [...log.querySelectorAll('.msg')].find(one => one.getBoundingClientRect().top >= edge);
  return [row.id, row.getBoundingClientRect().top - edge];
}"""
#: How far below the edge a message stands now.
STANDS = "(log, id) => document.getElementById(id).getBoundingClientRect().top - log.getBoundingClientRect().top"


def test_from_the_middle_of_a_long_talk_one_reads_both_ways_and_nothing_jumps(people: People) -> None:
    mona = people.mona
    token = mona.locator("meta[name=csrf-token]").get_attribute("content") or ""
    numbers = []
    for number in range(170):
        sent = {"csrf_token": token, "text": f"Line {number:03}."}
        made = mona.request.post(f"{people.address}/messages", form=sent, headers={"Accept": "application/json"})
        numbers.append(made.json()["message"]["id"])
    middle = f"{people.address.rpartition('/')[0]}/m/{numbers[85]}"
    assert mona.request.get(middle).text().count("Line ") <= 51  # a page of fifty, and the one that was asked for
    mona.goto(middle)
    expect(message(mona, "Line 085.")).to_be_in_viewport()
    rows = mona.locator("#messages .msg")
    log = mona.locator("#log")
    row, stood = log.evaluate(f"log => {{ log.scrollTop = 300; return ({LOOK})(log); }}")
    expect(message(mona, "Line 020.")).to_be_attached()
    assert abs(log.evaluate(STANDS, row) - stood) <= 1
    row, stood = log.evaluate(
        f"log => {{ log.scrollTop = log.scrollHeight - log.clientHeight - 300; return ({LOOK})(log); }}"
    )
    expect(message(mona, "Line 150.")).to_be_attached()
    assert abs(log.evaluate(STANDS, row) - stood) <= 1
    # To both ends, and each message once.
    log.evaluate("log => { log.scrollTop = log.scrollHeight; }")
    expect(message(mona, "Line 169.")).to_be_attached()
    expect(mona.locator("#newer")).to_be_hidden()
    log.evaluate("log => { log.scrollTop = 0; }")
    expect(message(mona, "Line 000.")).to_be_attached()
    expect(rows).to_have_count(170)
    said = [one.strip() for one in mona.locator("#messages .msg-body").all_inner_texts()]
    assert said == [f"Line {number:03}." for number in range(170)]
    assert people.faults == []


def test_a_reply_far_up_in_a_thread_is_found_by_its_address_and_who_writes_is_led_to_the_end(people: People) -> None:
    mona, ben = people.mona, people.ben
    token = mona.locator("meta[name=csrf-token]").get_attribute("content") or ""

    def written(text: str, **more: str) -> str:
        sent = {"csrf_token": token, "text": text, **more}
        made = mona.request.post(f"{people.address}/messages", form=sent, headers={"Accept": "application/json"})
        return str(made.json()["message"]["id"])

    root = written("Which way?")
    numbers = [written(f"Reply {number:03}.", thread=root) for number in range(120)]
    host = people.address.rpartition("/")[0]
    ben.goto(f"{host}/m/{numbers[30]}")
    expect(message(ben, "Reply 030.", "#replies")).to_be_in_viewport()
    expect(ben.locator("#chat")).to_have_attribute("data-live", "live")
    expect(message(ben, "Reply 119.", "#replies")).to_have_count(0)
    say(mona, "Beside it")
    expect(message(ben, "Which way?").locator("[data-thread]")).to_have_text("120 replies")
    ben.get_by_role("link", name="Older replies").click()
    expect(message(ben, "Reply 000.", "#replies")).to_be_visible()
    expect(ben.locator("#thread-older")).to_be_hidden()
    ben.get_by_role("link", name="Newer replies").click()
    expect(ben.locator("#chat")).to_have_attribute("data-live", "live")
    expect(message(ben, "Reply 030.", "#replies")).to_be_attached()
    say(ben, "That way", "#thread-text")
    last = message(ben, "That way", "#replies")
    expect(message(ben, "Reply 119.", "#replies")).to_be_attached()
    expect(last).to_have_count(1)
    expect(last).to_be_in_viewport()
    expect(ben.locator(".msg.pending")).to_have_count(0)
    # The same in the room itself, from the middle of what was said there.
    for number in range(80):
        written(f"Line {number:03}.")
    ben.goto(f"{host}/m/{root}")
    expect(ben.locator("#chat")).to_have_attribute("data-live", "live")
    expect(message(ben, "Line 079.")).to_have_count(0)
    say(ben, "From far above")
    expect(message(ben, "Line 079.")).to_be_attached()
    expect(message(ben, "From far above")).to_have_count(1)
    expect(ben.locator(".msg.pending")).to_have_count(0)
    assert people.faults == []


def test_a_draft_waits_in_its_room_and_what_is_new_has_a_line_before_it(people: People, server: Server) -> None:
    mona, ben = people.mona, people.ben
    say(mona, "Seen")
    expect(message(ben, "Seen")).to_be_visible()
    expect(mona.locator(".msg-seen")).to_contain_text("ben")
    with ben.expect_response(lambda one: one.url.endswith("/draft")):
        ben.locator("#text").fill("Half a thought")
    ben.goto(f"{server.url}/chat/")
    number = people.address.rpartition("/")[2]
    expect(ben.locator(f'[data-room="{number}"] .room-draft')).to_have_text("draft")
    say(mona, "Not seen yet")
    expect(ben.locator(f'[data-room="{number}"] [data-count]')).to_have_text("1")
    ben.goto(people.address)
    expect(ben.locator("#text")).to_have_value("Half a thought")
    expect(ben.locator("#new + .msg, #new + .day + .msg")).to_contain_text("Not seen yet")
    shots(ben, "chat-draft-and-new")
    expect(people.cleo.locator("#text")).to_have_value("")
    ben.locator("#text").press("Enter")
    expect(message(mona, "Half a thought")).to_be_visible()
    ben.reload()
    expect(ben.locator("#text")).to_have_value("")
    # The day on which all this was said leads to its first message; one on which nothing was said, to the newest.
    mona.locator(".day-jump summary").click()
    mona.locator("#day").fill(datetime.now(UTC).date().isoformat())
    mona.locator(".day-jump button").click()
    expect(message(mona, "Seen").first).to_be_visible()
    assert "day=" in mona.url
    assert people.faults == []


def test_what_a_moderator_deletes_leaves_a_trace_at_once_and_on_every_page(people: People, server: Server) -> None:
    mona, ben, cleo = people.mona, people.ben, people.cleo
    say(ben, "Something rash")
    say(cleo, "Mine, taken back")
    for text, who, trace in (
        ("Something rash", mona, "This message was deleted by a moderator."),
        ("Mine, taken back", cleo, "This message was deleted."),
    ):
        number = message(who, text).get_attribute("data-id")
        who.goto(f"{server.url}/chat/m/{number}/about")
        who.get_by_role("button", name="Delete the message").click()
        expect(who.locator(f"#m{number} .msg-body")).to_have_text(trace)
        expect(ben.locator(f"#m{number} .msg-body")).to_have_text(trace)
        ben.reload()
        expect(ben.locator(f"#m{number} .msg-body")).to_have_text(trace)
        expect(ben.locator("#chat")).to_have_attribute("data-live", "live")
    assert people.faults == []


def test_a_room_is_made_renamed_described_archived_and_left_in_pages(people: People, server: Server) -> None:
    mona, ben, cleo = people.mona, people.ben, people.cleo
    mona.goto(f"{server.url}/chat/")
    mona.get_by_label("Name", exact=True).fill("The wharf")
    mona.get_by_label("What it is for").fill("What comes and goes")
    mona.get_by_label("Who finds it").select_option("public")
    mona.get_by_role("button", name="Make the room").click()
    expect(mona.locator("#room-title")).to_have_text("The wharf")
    room = mona.url
    ben.goto(f"{server.url}/chat/")
    ben.get_by_role("button", name="Join The wharf").click()
    expect(ben.locator("#room-about")).to_have_text("What comes and goes")
    expect(ben.locator("#chat")).to_have_attribute("data-live", "live")

    mona.goto(f"{room}/settings")
    mona.get_by_label("Name", exact=True).fill("The old wharf")
    mona.get_by_label("What it is for").fill("What came and went")
    mona.locator("#change ~ form button").click()
    expect(ben.locator("#room-title")).to_have_text("The old wharf")
    expect(ben.locator("#room-about")).to_have_text("What came and went")
    mona.get_by_role("button", name="Make a moderator ben").click()
    expect(mona.locator(".people li", has_text="ben")).to_contain_text("moderator")
    mona.get_by_role("button", name="Archive the room").click()
    expect(ben.locator(".chat-main > .notice")).to_contain_text("archived")
    expect(ben.locator("#text")).to_have_count(0)
    ben.goto(f"{room}/settings")  # a moderator now, as Mona is
    ben.get_by_role("button", name="Open the room again").click()
    expect(ben.get_by_role("button", name="Archive the room")).to_be_visible()
    mona.get_by_role("button", name="Leave the room").click()
    expect(mona.locator("#mine")).to_be_visible()
    ben.goto(f"{room}/settings")
    expect(ben.locator(".people").first).not_to_contain_text("mona")

    cleo.goto(f"{server.url}/chat/")
    cleo.get_by_label("Names", exact=True).fill("ben, mona")
    cleo.get_by_role("button", name="Write", exact=True).click()
    expect(cleo.locator("#room-title")).to_have_text("ben, mona")
    ben.goto(cleo.url)
    expect(ben.locator("#chat")).to_have_attribute("data-live", "live")
    say(cleo, "```python\ndef moor(boat):\n    return True\n```\n[a trap](javascript:alert(1)) https://example.org/")
    for _ in range(2):
        row = message(ben, "moor")
        expect(row.locator("pre .k").first).to_have_text("def")
        expect(row.locator("pre .nf")).to_have_text("moor")
        expect(row.locator(".msg-body a")).to_have_count(1)
        assert row.locator(".msg-body a").get_attribute("href") == "https://example.org/"
        ben.reload()
    assert people.faults == []


#: A file that somebody pastes into, or drops over, where one writes.
GIVEN = """(box, [kind, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(["metre,depth\\n1,4.2\\n"], name, { type: "text/csv" }));
  const how = { bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent("paste", { ...how, clipboardData: data })
    : new DragEvent("drop", { ...how, dataTransfer: data });
  box.dispatchEvent(event);
}"""


def test_files_are_pasted_and_dropped(people: People) -> None:
    mona, ben = people.mona, people.ben
    box = ben.locator("#text")
    box.evaluate(GIVEN, ["paste", "pasted.csv"])
    box.evaluate(GIVEN, ["drop", "dropped.csv"])
    expect(ben.locator("[data-tray] li")).to_have_count(2)
    say(ben, "Both of them")
    files = message(mona, "Both of them").locator(".msg-file")
    expect(files).to_have_count(2)
    expect(files.nth(0)).to_contain_text("pasted.csv")
    expect(files.nth(1)).to_contain_text("dropped.csv")
    assert people.faults == []


def test_a_preview_appears_in_pages_that_are_open_once_the_room_wants_them(
    people: People, elsewhere: Elsewhere
) -> None:
    mona, ben = people.mona, people.ben
    elsewhere.on("/tides", answer(PREVIEWED))
    address = f"http://127.0.0.1:{elsewhere.port}/tides"
    say(ben, f"Before: {address}")
    expect(message(mona, "Before:")).to_be_visible()
    mona.goto(f"{people.address}/settings")
    expect(mona.locator("#previews + p")).to_contain_text("Off.")
    mona.get_by_role("button", name="Switch previews on").click()
    expect(mona.locator("#previews + p")).to_contain_text("On.")
    axe(mona)
    shots(mona, "chat-settings-previews")
    mona.goto(people.address)
    expect(mona.locator("#chat")).to_have_attribute("data-live", "live")
    say(ben, f"After: {address}?b")
    for page in (mona, ben):
        shown = message(page, "After:").locator(".msg-preview")
        expect(shown).to_be_visible()
        expect(shown.locator("a")).to_have_text("The <b>tide</b> tables")
        expect(shown).to_contain_text("High and low water.")
        assert shown.locator("a").get_attribute("href") == f"{address}?b"
        expect(page.locator(".msg-preview b")).to_have_count(0)
        expect(message(page, "Before:").locator(".msg-preview")).to_be_hidden()
    shots(mona, "chat-preview")
    axe(mona)
    assert people.faults == []


def trim_now(server: Server) -> None:
    """Ask the running server for what it does once a day."""
    store = Store(open_engine(f"sqlite:///{server.data / 'doorward.sqlite3'}"))
    with store.transaction() as tx:
        tx.job(keeping.KIND)
    store.close()


def test_an_administrator_limits_the_files_of_all_rooms(people: People, server: Server) -> None:
    mona, ben = people.mona, people.ben

    def send_chart(number: int, kib: int) -> None:
        ben.locator("#text").fill(f"Chart {number}")
        chart = {"name": f"chart-{number}.csv", "mimeType": "text/csv", "buffer": b"1,2,3,4\n" * 128 * kib}
        ben.locator(".composer input[data-intake]").set_input_files([chart])
        expect(ben.locator("[data-tray] li")).to_have_count(1)
        ben.get_by_role("button", name="Send").click()
        expect(message(ben, f"Chart {number}").locator(".msg-file")).to_be_visible()

    send_chart(0, 1536)
    send_chart(1, 512)
    mona.goto(f"{server.url}/chat/")
    mona.get_by_role("link", name="Files of all rooms").click()
    expect(mona.locator(".lead")).to_contain_text("All of it is kept.")
    axe(mona)
    shots(mona, "chat-server-keeping")
    mona.locator("#files_mib").fill("1")
    mona.get_by_role("button", name="Look what would go").click()
    expect(mona.locator(".people")).to_contain_text("The harbour")
    axe(mona)
    shots(mona, "chat-server-keeping-look")
    mona.get_by_role("button", name="Keep this and no more").click()
    expect(mona.locator(".lead")).to_contain_text("Kept: 1 MiB.")
    # It is told in the room at once, by a name that nobody can take, and is not counted as unread.
    told = message(ben, "An administrator has set that this server keeps 1 MiB of files in all its rooms.")
    expect(told).to_be_visible()
    expect(told.locator(".msg-name")).to_have_text("Doorward")
    shots(ben, "chat-server-told")
    mona.goto(f"{people.address}/settings")
    expect(mona.locator("#keeping ~ p.small")).to_contain_text("this server keeps 1 MiB of files in all its rooms")
    mona.goto(f"{people.address}/keeping?days=30&files_mib=1")
    expect(mona.locator(".people")).to_contain_text("ben")
    axe(mona)
    shots(mona, "chat-keeping")
    # What would go some time within the day goes now: a file first, and by a limit of the room the oldest message.
    old, new = (
        f"{server.url}/chat/m/{message(ben, f'Chart {one}').get_attribute('data-id')}/files/1" for one in (0, 1)
    )
    trim_now(server)
    expect(message(ben, "1 file was erased: this server keeps 1 MiB of files in all its rooms.")).to_be_visible()
    expect(message(ben, "Chart 0").locator(".msg-file")).to_have_count(0)
    expect(message(ben, "Chart 1").locator(".msg-file")).to_have_count(1)
    assert [ben.request.get(one).status for one in (old, new)] == [404, 200]
    send_chart(2, 768)
    mona.goto(f"{people.address}/keeping?mib=1")
    mona.get_by_role("button", name="Keep this and no more").click()
    expect(mona.locator("#keeping + p")).to_contain_text("1 MiB of messages and files")
    trim_now(server)
    expect(message(ben, "erased: this room keeps 1 MiB.")).to_be_visible()
    expect(message(ben, "Chart 2")).to_be_visible()
    for number in (0, 1):
        expect(message(ben, f"Chart {number}")).to_have_count(0)
    mona.goto(f"{server.url}/chat/keeping?files_mib=0")
    mona.get_by_role("button", name="Keep everything").click()
    expect(mona.locator(".lead")).to_contain_text("All of it is kept.")
    assert people.faults == []
