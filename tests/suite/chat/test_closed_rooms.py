"""Through the door: for a stranger and for who was removed, every address of a room answers as if it were not.

The list of addresses is that of the app itself, so that a new one is tried too. Each is shown to be there: a member's
same request succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from doorward import Doorward
from doorward.testing import Browser, add_account, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.portal import create_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(tmp_path_factory.mktemp("chat")))
    yield app
    door.close()


class House:
    """A room that Mona moderates, in which Ben is a member; Rita was removed, and Sven was never there."""

    def __init__(self, app: Flask) -> None:
        self.mona, self.ben, self.rita, self.sven = (
            signed_in(app, name, address=f"192.0.2.{number}")
            for number, name in enumerate(("mona", "ben", "rita", "sven"), start=1)
        )
        self.cora = add_account(app, "cora")
        self.kind = "private"

    def room(self) -> str:
        made = self.mona.post("/chat/", {"kind": self.kind, "name": f"Room {id(object())}"})
        path: str = made.location
        for name in ("ben", "rita", "cora"):
            self.mona.post(f"{path}/people", {"person": name})
        rita = self.ids(path)["rita"]
        self.mona.post(f"{path}/people/{rita}/removal")
        return path

    def ids(self, path: str) -> dict[str, str]:
        import re

        page = self.mona.get(f"{path}/settings").text
        found = re.findall(r'people/(\w+)/removal">.*?visually-hidden"> (\w+)<', page, re.S)
        return {name: account for account, name in found}

    def message(self, path: str, who: Browser, **files: tuple[BytesIO, str]) -> int:
        sent = who.post(f"{path}/messages", {"text": "A secret", **files}, content_type="multipart/form-data")
        return int(sent.location.rpartition("#m")[2])


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return House(app)


#: For each way of a room: what a form says, and who may rightfully send it.
FORMS: dict[str, dict[str, str]] = {
    "/chat/<int:room_id>/messages": {"text": "Hello"},
    "/chat/<int:room_id>/read": {"to": "1"},
    "/chat/<int:room_id>/draft": {"text": "Not yet"},
    "/chat/<int:room_id>/typing": {"thread": "0"},
    "/chat/<int:room_id>/settings": {"name": "Another", "history": "all"},
    "/chat/<int:room_id>/archive": {"on": "1"},
    "/chat/<int:room_id>/previews": {"on": "1"},
    "/chat/<int:room_id>/notify": {"notify": "none"},
    "/chat/<int:room_id>/export": {"files": "1"},
    "/chat/<int:room_id>/keeping": {"days": "30"},
    "/chat/<int:room_id>/people": {"person": "sven"},
    "/chat/<int:room_id>/people/<account_id>/role": {"role": "moderator"},
    "/chat/<int:room_id>/call": {"page": "page-of-mona"},
    "/chat/<int:room_id>/call/stay": {"page": "page-of-mona"},
    "/chat/<int:room_id>/call/leave": {"page": "page-of-mona"},
    "/chat/<int:room_id>/call/signal": {"page": "page-of-mona", "to": "<ben>", "said": "[]"},
    "/chat/m/<int:message_id>/text": {"text": "Other"},
    "/chat/m/<int:message_id>/reactions": {"emoji": "👍", "on": "1"},
    "/chat/m/<int:message_id>/pin": {"on": "1"},
}
NO_ROOM = {
    "/chat/",
    "/chat/directs",
    "/chat/export",
    "/chat/keeping",  # of all rooms, for administrators: see test_server_keeping
    "/chat/manifest.webmanifest",
    "/chat/mentions",
    "/chat/notices",
    "/chat/outbox",  # of several rooms at once, each judged for itself: see test_batches
    "/chat/search",
    "/chat/static/<name>",
    "/chat/worker.js",
}


def ways(app: Flask) -> list[tuple[str, str]]:
    rules = [one for one in app.url_map.iter_rules() if one.rule.startswith("/chat/") and one.rule not in NO_ROOM]
    return sorted((method, one.rule) for one in rules for method in (one.methods or ()) if method in ("GET", "POST"))


def asked(house: House, method: str, rule: str) -> Callable[[Browser], TestResponse]:
    """A request to a new room, for whoever sends it."""
    path = house.room()
    number = path.rpartition("/")[2]
    files = {"file": (BytesIO(b"A secret too"), "a note.txt")} if "/files/" in rule else {}
    message = house.message(path, house.mona, **files)
    ids = house.ids(path)
    cora = ids["cora"]
    form = {name: value.replace("<ben>", ids["ben"]) for name, value in FORMS.get(rule, {}).items()}
    if "/call/" in rule:
        for name, who in (("mona", house.mona), ("ben", house.ben)):
            assert who.post(f"{path}/call", {"page": f"page-of-{name}"}).status_code == 200
    address = rule.replace("<int:room_id>", number).replace("<int:message_id>", str(message))
    address = address.replace("<int:number>", "1")
    address = address.replace("<account_id>", cora)

    def send(who: Browser) -> TestResponse:
        return who.get(address) if method == "GET" else who.post(address, form)

    return send


def test_every_address_of_a_room_is_as_if_it_were_not(app: Flask, house: House) -> None:
    found = ways(app)
    assert len(found) >= 20
    for method, rule in found:
        send = asked(house, method, rule)
        for who in (house.sven, house.rita):
            answer = send(who)
            assert answer.status_code == 404, f"{method} {rule}: {answer.status_code}"
            assert "secret" not in answer.text
        if rule.endswith("/joining"):
            continue
        assert send(house.mona).status_code in (200, 303), f"{method} {rule}"


def test_a_room_that_is_not_yours_answers_like_one_that_never_was(house: House) -> None:
    path = house.room()
    never, closed = house.sven.get("/chat/999999"), house.sven.get(path)
    assert (never.status_code, closed.status_code) == (404, 404)
    said = [answer.text.partition("<main")[2] for answer in (never, closed)]
    assert said[0] == said[1] != ""


def test_search_finds_what_is_said_in_a_room_for_those_in_it_and_for_nobody_else(house: House) -> None:
    path = house.room()
    number = path.rpartition("/")[2]
    house.ben.post(f"{path}/messages", {"text": "The word is Eichhörnchen"})
    assert "Eichhörnchen</" in house.mona.get("/chat/search?q=eichhorn").text
    assert "Eichhörnchen</" in house.mona.get(f"/chat/search?q=eichhorn&room={number}").text
    for who in (house.sven, house.rita):
        assert "Nothing was found" in who.get("/chat/search?q=eichhorn").text
        assert who.get(f"/chat/search?q=eichhorn&room={number}").status_code == 404


def test_a_public_room_is_closed_to_whom_was_removed_and_open_to_everybody_else(house: House) -> None:
    house.kind = "public"
    try:
        path = house.room()
    finally:
        house.kind = "private"
    assert house.rita.get(path).status_code == 404
    assert house.rita.post(f"{path}/joining").status_code == 404
    assert path not in house.rita.get("/chat/").text
    assert house.sven.get(path).status_code == 200
    assert house.sven.post(f"{path}/messages", {"text": "Not in yet"}).status_code == 403
    assert house.sven.post(f"{path}/joining").status_code == 303
    assert house.sven.post(f"{path}/messages", {"text": "In now"}).status_code == 303


def test_a_page_shows_what_was_written_as_text_and_never_as_markup(house: House) -> None:
    path = house.room()
    house.ben.post(f"{path}/messages", {"text": "<script>alert(1)</script> **bold** <img src=x onerror=y>"})
    page = house.mona.get(path).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <strong>bold</strong>" in page
    assert "<img src=x" not in page


def test_without_script_every_step_is_a_form(house: House) -> None:
    path = house.room()
    number = house.message(path, house.ben)
    sent = house.mona.post(f"{path}/messages", {"text": "In the thread", "thread": str(number)})
    assert house.ben.get(sent.location).text.count("In the thread") == 1
    links = house.mona.get(f"/chat/m/{number}/about").text
    for way in (f"{path}?at={number}&amp;answer={number}#text", f"{path}?at={number}&amp;thread={number}#thread-text"):
        assert way in links
    answered = house.mona.get(f"{path}?at={number}&answer={number}").text
    assert f'name="reply_to" value="{number}"' in answered
    wrong = house.mona.post(f"{path}/messages", {"text": " "})
    assert wrong.status_code == 422
    assert "The message is empty." in wrong.text
    assert house.mona.get(f"{path}?day=2026-01-01").status_code == 200
    assert house.mona.get(f"{path}?day=never&before=x&after=").status_code == 200


def test_a_script_is_answered_in_json(house: House) -> None:
    path = house.room()
    json = {"Accept": "application/json"}
    answer = house.ben.post(f"{path}/messages", {"text": "Hello", "client_id": "one"}, headers=json)
    assert answer.status_code == 201
    assert answer.json is not None
    message = answer.json["message"]
    assert (message["client"], message["body"]) == ("one", [["p", {}, ["Hello"]]])
    again = house.ben.post(f"{path}/messages", {"text": "Hello", "client_id": "one"}, headers=json)
    assert again.json == answer.json
    found = house.mona.get(f"{path}/messages?after=0", headers=json).json
    assert found is not None
    assert [one["id"] for one in found["messages"]] == [message["id"]]
