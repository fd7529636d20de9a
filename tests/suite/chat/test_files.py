"""Files in messages: who may see the room may see the file, and no longer than that; pictures are shown, others not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from doorward import Doorward
from doorward.testing import Browser, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.portal import create_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(tmp_path_factory.mktemp("chat")))
    yield app
    door.close()


@pytest.fixture(scope="module")
def people(app: Flask) -> dict[str, Browser]:
    return {name: signed_in(app, name) for name in ("mona", "ben", "sven")}


@pytest.fixture
def room(people: dict[str, Browser]) -> str:
    """A private room of Mona's with Ben in it."""
    made = people["mona"].post("/chat/", {"kind": "private", "name": "Files"}).location
    people["mona"].post(f"{made}/people", {"person": "ben"})
    path: str = made
    return path


def picture() -> bytes:
    made = BytesIO()
    Image.new("RGB", (640, 480), "teal").save(made, "JPEG", comment=b"a secret comment")
    return made.getvalue()


def send(who: Browser, room: str, *files: tuple[str, bytes], **fields: str) -> TestResponse:
    sent: dict[str, Any] = {"text": "", **fields}
    sent["file"] = [(BytesIO(content), name) for name, content in files]
    return who.post(f"{room}/messages", sent, content_type="multipart/form-data")


def number_of(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return answer.location.rpartition("#m")[2]


NOTE = ("a note.txt", b"Every door was locked.\n")


def test_a_picture_is_shown_anew_and_another_file_is_a_download(people: dict[str, Browser], room: str) -> None:
    number = number_of(send(people["ben"], room, ("quay.jpg", picture()), NOTE, text="Look"))
    page = people["mona"].get(room).text
    assert f'src="/chat/m/{number}/files/1?as=thumb"' in page
    for shown in ("thumb", "full"):
        answer = people["mona"].get(f"/chat/m/{number}/files/1?as={shown}")
        assert answer.status_code == 200
        assert answer.mimetype.startswith("image/")
        assert b"a secret comment" not in answer.data
    note = people["mona"].get(f"/chat/m/{number}/files/2?as=full")
    assert note.data == NOTE[1]
    assert note.headers["Content-Disposition"].startswith("attachment")
    assert people["mona"].get(f"/chat/m/{number}/files/3").status_code == 404
    assert f"/chat/m/{number}/files/1" in people["mona"].get("/chat/search?q=has:image").text


def test_who_may_not_see_the_room_does_not_see_the_file_nor_any_more(people: dict[str, Browser], room: str) -> None:
    number = number_of(send(people["mona"], room, NOTE))
    address = f"/chat/m/{number}/files/1"
    assert people["ben"].get(address).status_code == 200
    assert people["sven"].get(address).status_code == 404
    assert send(people["sven"], room, NOTE).status_code == 404
    found = re.findall(r"people/(\w+)/removal", people["mona"].get(f"{room}/settings").text)
    people["mona"].post(f"{room}/people/{found[-1]}/removal")
    assert people["ben"].get(address).status_code == 404
    assert people["mona"].get(address).status_code == 200


def test_with_the_message_its_files_are_gone(people: dict[str, Browser], room: str) -> None:
    number = number_of(send(people["mona"], room, NOTE, text="Soon gone"))
    people["mona"].post(f"/chat/m/{number}/deletion")
    assert people["mona"].get(f"/chat/m/{number}/files/1").status_code == 404
    assert "a note.txt" not in people["mona"].get(room).text


def test_what_is_sent_twice_with_a_file_is_there_once(people: dict[str, Browser], room: str) -> None:
    ben = people["ben"]
    offered = {"intake": "chat.file", "about": f"room:{room.rpartition('/')[2]}", "name": "n.txt", "size": 5}
    begun = ben.post_json("/files", offered).json
    assert begun is not None
    headers = {"X-CSRF-Token": ben.token, "Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    assert ben.send("PATCH", f"/files/{begun['id']}", data=b"hello", headers=headers).status_code == 200
    sent = {"text": "", "file": begun["id"], "client_id": "with-a-file"}
    one, two = (number_of(ben.post(f"{room}/messages", sent)) for _ in range(2))
    assert one == two
    again = ben.post(f"{room}/messages", {**sent, "client_id": "another"})
    assert again.status_code == 422
    assert ben.get(f"/chat/m/{one}/files/1").data == b"hello"


@pytest.mark.parametrize("file", [("x.jpg", b"no picture at all"), ("x.html", b"<script>"), ("x.txt", b"")])
def test_what_is_no_such_file_is_refused_with_a_sentence(
    people: dict[str, Browser], room: str, file: tuple[str, bytes]
) -> None:
    assert send(people["mona"], room, file, text="Look").status_code in (413, 422)


def test_nothing_at_all_is_no_message(people: dict[str, Browser], room: str) -> None:
    assert people["mona"].post(f"{room}/messages", {"text": ""}).status_code == 422


def found(who: Browser, query: str) -> list[str]:
    """The messages that a search finds."""
    return re.findall(r'href="/chat/m/(\d+)"', who.get("/chat/search", query_string={"q": query}).text)


def test_a_message_is_found_by_the_name_of_its_file_until_it_is_gone(people: dict[str, Browser], room: str) -> None:
    mona, ben, sven = people["mona"], people["ben"], people["sven"]
    number = number_of(send(mona, room, ("Gezeitenkalender für Łódź.txt", b"High water\n"), text="The calendar"))
    for query in ("gezeitenkal", "kalender", "lodz.txt", "calendar lodz", '"fur lodz"', "has:file gezeiten"):
        assert number in found(ben, query), query
        assert number not in found(sven, query), query
    assert number not in found(ben, '"calendar gezeiten"'), "a phrase goes from the text into a name"
    assert number not in found(ben, "gezeiten has:image")
    mona.post(f"/chat/m/{number}/text", {"text": "The tides"})
    assert number in found(ben, "tides lodz")
    assert number not in found(ben, "calendar lodz")
    mona.post(f"/chat/m/{number}/deletion")
    assert found(ben, "gezeiten") == []


def test_has_file_and_has_image_find_what_has_them_and_nothing_else(people: dict[str, Browser], room: str) -> None:
    picture_in = number_of(send(people["ben"], room, ("pier.jpg", picture()), text="Zitterpappel"))
    note_in = number_of(send(people["ben"], room, NOTE, text="Zitterpappel"))
    people["ben"].post(f"{room}/messages", {"text": "Zitterpappel alone"})
    assert set(found(people["mona"], "zitterpappel has:file")) == {picture_in, note_in}
    assert set(found(people["mona"], "zitterpappel has:image")) == {picture_in}
    assert set(found(people["mona"], "pier.jpg")) == {picture_in}
