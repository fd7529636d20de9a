"""Sending files in a real browser: chosen, dropped, pasted, over a broken network, cancelled; without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.serve.test_uploads import account
from tests.support.browser import axe, shots
from tests.support.hostile_files import HOSTILE
from tests.support.kill import ENV, PASSWORD
from tests.support.sender import APP
from tests.support.server import Server
from tests.support.sound_files import SOUND

pytestmark = pytest.mark.browser

MACROS = next(one for one in HOSTILE if one.what == "macros")
GIVE_FILES = """([selector, kind, files]) => {
    const data = new DataTransfer();
    for (const [name, text] of files) data.items.add(new File([text], name));
    const given = kind === "paste" ? { clipboardData: data } : { dataTransfer: data };
    const event = kind === "paste" ? new ClipboardEvent(kind, { ...given, bubbles: true })
                                   : new DragEvent(kind, { ...given, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("uploads") / "data"
    account(data, "ada")
    running = Server(data, env=ENV, args=["--app", APP]).wait_ready()
    yield running
    running.stop()


def sign_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/login?next=/boxes/ada")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Box ada")


def files(*names: str) -> list[dict[str, object]]:
    return [{"name": name, "mimeType": "", "buffer": SOUND[name]} for name in names]


def test_files_are_sent_at_once_and_the_form_carries_them(page: Page, server: Server) -> None:
    sign_in(page, server)
    box, ready = page.locator("[data-upload]"), page.locator("[data-state=arrived]")
    axe(page)
    page.get_by_label("Files").set_input_files(files("photo.png", "report.pdf"))  # type: ignore[arg-type]
    expect(ready).to_have_count(2)
    page.evaluate(GIVE_FILES, ["[data-upload]", "drop", [["dropped.txt", "hello"], ["bad.png", "<html>"]]])
    expect(ready).to_have_count(3)
    refused = box.get_by_role("listitem").filter(has_text="bad.png")
    expect(refused).to_contain_text("it is a web page")
    page.evaluate(GIVE_FILES, ["body", "paste", [["pasted.csv", "a,b\n=1,2\n"]]])
    expect(ready).to_have_count(4)
    expect(box.get_by_text("Some cells begin with")).to_be_visible()
    page.get_by_label("Files").set_input_files([{"name": MACROS.name, "mimeType": "", "buffer": MACROS.make()}])
    expect(box.get_by_text("contains macros")).to_be_visible()
    expect(box.get_by_role("status")).to_have_text("5 of 6 files ready. 1 not taken.")
    axe(page)
    shots(page, "uploads")
    page.get_by_role("button", name="Keep").click()
    expect(box.get_by_role("status")).to_have_text("A file was not taken. Remove it, or try again.")
    expect(refused.get_by_role("button", name="Remove bad.png")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Files")).to_be_focused()
    page.get_by_role("button", name="Keep").click()
    for name in ("photo.png", "report.pdf", "dropped.txt", "pasted.csv", MACROS.name):
        expect(page.get_by_role("link", name=name)).to_be_visible()


def test_after_a_broken_connection_it_goes_on_where_it_stopped(page: Page, server: Server, tmp_path: Path) -> None:
    sign_in(page, server)
    (tmp_path / "long.txt").write_bytes(b"a line of text\n" * 1_200_000)  # more than two parts
    offsets: list[int] = []

    def broken(route: Route) -> None:
        offsets.append(int(route.request.headers["upload-offset"]))
        if len(offsets) in (2, 3):
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/files/f*", lambda route: broken(route) if route.request.method == "PATCH" else route.continue_())
    page.get_by_label("Files").set_input_files(tmp_path / "long.txt")
    page.get_by_role("button", name="Keep").click()  # too early: the form waits for the file
    item = page.locator(".upload-item")
    expect(item).to_contain_text("it goes on by itself", timeout=20_000)
    shots(page, "uploads-broken")
    expect(page.get_by_role("link", name="long.txt")).to_be_visible(timeout=30_000)
    part = 8 * 1024 * 1024
    assert offsets == [0, part, part, part, 2 * part]


def test_who_cancels_leaves_nothing_behind(page: Page, server: Server) -> None:
    sign_in(page, server)
    page.route("**/files/f*", lambda route: None if route.request.method == "PATCH" else route.continue_())
    page.get_by_label("Files").set_input_files(files("notes.txt"))  # type: ignore[arg-type]
    item = page.locator(".upload-item[data-state]")
    expect(item).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
        item.get_by_role("button", name="Cancel notes.txt").click()
    assert answer.value.status == 204
    expect(page.locator(".upload-item")).to_have_count(0)


def test_without_javascript_the_same_form_brings_the_files(
    new_context: Callable[..., BrowserContext], server: Server, tmp_path: Path
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, server)
    (tmp_path / "plain.txt").write_text("hello")
    page.get_by_label("Label").fill("plain")
    page.get_by_label("Files").set_input_files(tmp_path / "plain.txt")
    shots(page, "uploads-plain")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("link", name="plain.txt")).to_be_visible()
