"""Previews of links: off until the operator names hosts, fetched by the door's rules alone, and nothing but text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from flask import Flask

from doorward import Doorward
from doorward.store.journal import walk
from doorward.testing import Browser, run_jobs, signed_in
from doorward.testing import test_settings as settings_in
from doorward.web.outbound.messenger import Messenger
from doorward_suite.chat import linked
from doorward_suite.chat.actions import previews
from doorward_suite.portal import create_app
from tests.support.elsewhere import Elsewhere, Names, Wires, answer, leads_to

PUBLIC_ADDRESS = "93.184.216.34"
PAGE = b"""<!doctype html><html><head><title>The harbour &amp; its quay</title>
<meta name="description" content="Where boats  lie."><meta property="og:image" content="https://example.org/x.png">
</head><body><title>Not this</title></body></html>"""


@pytest.fixture(scope="module")
def server() -> Iterator[Elsewhere]:
    with Elsewhere() as started:
        yield started


@pytest.fixture(scope="module")
def names() -> Names:
    return Names()


def served(folder: object, server: Elsewhere, names: Names, **settings: object) -> Flask:
    """Chat, on a network of which the public address leads to our server."""
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(folder, **settings))  # type: ignore[arg-type]
    wires = Wires({PUBLIC_ADDRESS: server.port})
    door.parts.outbounds.messenger = Messenger(resolve=names, own=frozenset, dial=wires)
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, server: Elsewhere, names: Names) -> Iterator[Flask]:
    for name in ("quay.example.org", "evil.example.org"):
        names.lead(name, PUBLIC_ADDRESS)
    names.lead("inside.example.org", "127.0.0.1")
    names.lead("cloud.example.org", "169.254.169.254")
    names.lead("both.example.org", f"{PUBLIC_ADDRESS} 10.0.0.7")
    app = served(tmp_path_factory.mktemp("chat"), server, names, link_previews=["*.example.org"])
    yield app
    app.extensions["doorward"].close()


@pytest.fixture(scope="module")
def people(app: Flask) -> dict[str, Browser]:
    return {name: signed_in(app, name) for name in ("mona", "ben", "sven")}


@pytest.fixture
def room(people: dict[str, Browser]) -> str:
    """A private room of Mona's with Ben in it."""
    made: str = people["mona"].post("/chat/", {"kind": "private", "name": "Links"}).location
    people["mona"].post(f"{made}/people", {"person": "ben"})
    switch(people["mona"], made, on=True)
    return made


def switch(who: Browser, room: str, *, on: bool) -> None:
    """Let links in a room have previews, or not."""
    assert who.post(f"{room}/previews", {"on": str(int(on))}).status_code == 303


_numbers = count()


def linking(app: Flask, who: Browser, room: str, address: str) -> str:
    """A message with this link, and whatever is fetched for it; gives the path of the message."""
    made = who.post(f"{room}/messages", {"text": f"See {address}", "client_id": f"link-{next(_numbers)}"})
    assert made.status_code == 303, made.text
    run_jobs(app)
    return f"/chat/m/{made.location.rpartition('#m')[2]}"


def shown(who: Browser, message: str) -> dict[str, str] | None:
    found = who.get(f"{message}/data").json
    assert found is not None
    said: dict[str, str] | None = found["message"]["preview"]
    return said


def test_what_a_page_says_of_itself_is_shown_as_text_and_its_picture_is_not(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere
) -> None:
    server.on("/page", answer(PAGE))
    message = linking(app, people["mona"], room, "http://quay.example.org/page?a=1")
    assert shown(people["ben"], message) == {
        "address": "http://quay.example.org/page?a=1",
        "site": "quay.example.org",
        "title": "The harbour & its quay",
        "about": "Where boats lie.",
    }
    page = people["ben"].get(room).text
    assert "The harbour &amp; its quay</a>" in page
    assert "x.png" not in page
    assert people["sven"].get(f"{message}/data").status_code == 404


@pytest.mark.parametrize(
    "title", [b"<b>bold</b><script>alert(1)</script>", b"&lt;img src=x onerror=alert(1)&gt;", b'"><svg onload=x>']
)
def test_markup_in_a_title_stays_text(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere, title: bytes
) -> None:
    server.on("/evil", answer(b"<title>Begin " + title + b" end</title>"))
    message = linking(app, people["mona"], room, "http://evil.example.org/evil")
    said = shown(people["ben"], message)
    assert said is not None
    assert said["title"].startswith("Begin")
    for page in (people["ben"].get(room).text, people["mona"].get(f"{message}/about").text):
        assert "Begin" in page
        for markup in ("<script>alert", "<img src=x", "<svg onload", "<b>bold"):
            assert markup not in page


@pytest.mark.parametrize("path", ["http://inside.example.org/", "http://cloud.example.org/latest/meta-data/"])
def test_a_name_that_leads_inside_is_refused_and_journaled(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere, path: str
) -> None:
    server.on("/", answer(PAGE))
    before, visits = refusals(app), server.visits
    assert shown(people["mona"], linking(app, people["mona"], room, path)) is None
    assert refusals(app) == before + 1
    assert server.visits == visits
    assert shown(people["mona"], linking(app, people["mona"], room, "http://quay.example.org/")) is not None


def test_one_bad_address_among_good_ones_refuses_the_name(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere
) -> None:
    server.on("/", answer(PAGE))
    visits = server.visits
    assert shown(people["mona"], linking(app, people["mona"], room, "http://both.example.org/")) is None
    assert server.visits == visits


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1/", "http://169.254.169.254/", "http://inside.example.org/", "file:///etc/passwd"]
)
def test_a_redirect_to_the_inside_is_not_followed_and_one_to_a_host_on_the_list_is(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere, to: str
) -> None:
    server.on("/leads", leads_to(to))
    server.on("/well", leads_to("http://quay.example.org/page"))
    server.on("/page", answer(PAGE))
    before = refusals(app)
    assert shown(people["mona"], linking(app, people["mona"], room, "http://evil.example.org/leads")) is None
    assert refusals(app) == before + 1
    assert shown(people["mona"], linking(app, people["mona"], room, "http://evil.example.org/well")) is not None


@pytest.mark.parametrize(
    "given",
    [
        answer(PAGE + b"x" * 600_000),
        answer(PAGE, Content_Type="application/octet-stream"),
        answer(PAGE, Content_Type="image/svg+xml"),
        answer(PAGE, status="500 No"),
        answer(b"<title>  </title>"),
    ],
)
def test_what_is_too_large_of_another_type_an_error_or_empty_gives_no_preview(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere, given: bytes
) -> None:
    server.on("/bad", given)
    assert shown(people["mona"], linking(app, people["mona"], room, "http://evil.example.org/bad")) is None
    server.on("/bad", answer(PAGE))
    assert shown(people["mona"], linking(app, people["mona"], room, "http://evil.example.org/bad")) is not None


@pytest.mark.parametrize(
    "text", ["http://example.com/", "http://127.0.0.1/", "`http://quay.example.org/page`", "quay.example.org/page"]
)
def test_what_is_not_on_the_list_or_no_link_is_asked_for_by_nobody(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere, names: Names, text: str
) -> None:
    names.asked.clear()
    visits = server.visits
    assert shown(people["mona"], linking(app, people["mona"], room, text)) is None
    assert (names.asked, server.visits) == ([], visits)


def test_who_wrote_it_takes_it_away_for_good_and_nobody_else_does(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere
) -> None:
    server.on("/page", answer(PAGE))
    message = linking(app, people["ben"], room, "http://quay.example.org/page")
    own = linking(app, people["mona"], room, "http://quay.example.org/page")
    assert people["ben"].post(f"{own}/preview/removal").status_code == 403
    assert people["sven"].post(f"{own}/preview/removal").status_code == 404
    assert shown(people["mona"], own) is not None
    assert "Take the preview away" in people["ben"].get(f"{message}/about").text
    assert people["ben"].post(f"{message}/preview/removal").status_code == 303
    assert shown(people["ben"], message) is None
    people["ben"].post(f"{message}/text", {"text": "Again http://quay.example.org/page"})
    run_jobs(app)
    assert shown(people["ben"], message) is None
    people["ben"].post(f"{message}/text", {"text": "Another http://quay.example.org/page?b"})
    run_jobs(app)
    assert shown(people["ben"], message) is not None
    people["ben"].post(f"{message}/text", {"text": "None"})
    assert shown(people["ben"], message) is None


def test_a_message_that_is_deleted_before_its_page_came_stays_deleted(
    app: Flask, people: dict[str, Browser], room: str, server: Elsewhere
) -> None:
    server.on("/page", answer(PAGE))
    made = people["mona"].post(f"{room}/messages", {"text": "http://quay.example.org/page"})
    message = f"/chat/m/{made.location.rpartition('#m')[2]}"
    people["mona"].post(f"{message}/deletion")
    visits = server.visits
    run_jobs(app)
    assert server.visits == visits
    assert shown(people["mona"], message) is None


def test_nobody_lets_the_server_fetch_without_end(
    app: Flask, room: str, server: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "MOST_AN_HOUR", 2)
    server.on("/page", answer(PAGE))
    rita = signed_in(app, "rita")
    path: str = rita.post("/chat/", {"kind": "private", "name": "Many"}).location
    switch(rita, path, on=True)
    found = [shown(rita, linking(app, rita, path, f"http://quay.example.org/page?{one}")) for one in range(3)]
    assert [one is not None for one in found] == [True, True, False]


def test_in_a_room_where_they_are_off_nothing_is_fetched_and_only_who_moderates_switches_them(
    app: Flask, people: dict[str, Browser], server: Elsewhere, names: Names
) -> None:
    mona, ben = people["mona"], people["ben"]
    path: str = mona.post("/chat/", {"kind": "private", "name": "Quiet links"}).location
    mona.post(f"{path}/people", {"person": "ben"})
    server.on("/page", answer(PAGE))
    names.asked.clear()
    visits = server.visits
    assert "Switch previews on" in mona.get(f"{path}/settings").text
    before = linking(app, mona, path, "http://quay.example.org/page")
    assert shown(mona, before) is None
    assert (names.asked, server.visits) == ([], visits), "a room is without them until somebody wants them"
    assert ben.post(f"{path}/previews", {"on": "1"}).status_code == 403
    assert people["sven"].post(f"{path}/previews", {"on": "1"}).status_code == 404
    assert "Previews of links" not in ben.get(f"{path}/settings").text
    assert shown(ben, linking(app, ben, path, "http://quay.example.org/page")) is None
    switch(mona, path, on=True)
    assert "On. For hosts" in ben.get(f"{path}/settings").text
    there = linking(app, ben, path, "http://quay.example.org/page")
    assert shown(ben, there) is not None
    assert shown(mona, before) is None
    # Whoever switches them off is obeyed by what was asked for already.
    made = ben.post(f"{path}/messages", {"text": "http://quay.example.org/page?later"}).location
    switch(mona, path, on=False)
    visits = server.visits
    run_jobs(app)
    assert server.visits == visits
    assert shown(ben, f"/chat/m/{made.rpartition('#m')[2]}") is None
    assert shown(ben, there) is not None
    with app.extensions["doorward"].store.reading() as db:
        switched = [one.entry.details for one in walk(db) if one.entry.event == "chat.previews_switched"]
    assert switched[-2:] == ['{"to":"on"}', '{"to":"off"}']


def test_without_the_setting_nothing_is_fetched(
    tmp_path_factory: pytest.TempPathFactory, server: Elsewhere, names: Names
) -> None:
    app = served(tmp_path_factory.mktemp("off"), server, names)
    try:
        mona = signed_in(app, "mona")
        path: str = mona.post("/chat/", {"kind": "private", "name": "Off"}).location
        assert "Previews of links" not in mona.get(f"{path}/settings").text
        switch(mona, path, on=True)
        server.on("/page", answer(PAGE))
        visits = server.visits
        assert shown(mona, linking(app, mona, path, "http://quay.example.org/page")) is None
        assert server.visits == visits
    finally:
        app.extensions["doorward"].close()


def refusals(app: Flask) -> int:
    """How many the journal has."""
    with app.extensions["doorward"].store.reading() as db:
        return sum(one.entry.event == "outbound.refused" for one in walk(db))


def test_a_head_is_read_as_far_as_it_goes_and_hides_nothing() -> None:
    assert linked.read("<title>a\u202eb\u200bc\x00</title>").title == "abc"
    assert len(linked.read(f"<title>{'x' * 10_000}</title>").title) == linked.LONGEST_TITLE
    assert linked.read("<body><title>late</title>").title == ""
    assert linked.read('<meta property="og:title" content="One"><title>Two</title>').title == "One"
    assert linked.read("x" * 200_000 + "<title>too late</title>").title == ""
    for broken in ("<!--" * 50_000, "<title" * 50_000, "<![CDATA[" * 50_000, "&" * 200_000, "<a " + "b=" * 90_000):
        linked.read(broken)
