"""The API of chat: the same rights as on the pages, by tokens and by sessions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from doorward import Doorward
from doorward.testing import Clock, Program, add_token, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.chat import SCOPES
from doorward_suite.portal import create_app


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, database: str, clock: Clock) -> Iterator[Flask]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.clock = clock
    door.start(settings_in(tmp_path_factory.mktemp("api"), database_url=database))
    yield app
    door.close()


@pytest.fixture(scope="module")
def people(app: Flask) -> dict[str, Program]:
    """Programs of Mona, Ben and Sven with every scope, and one of Mona's that only reads."""
    for name in ("Mona", "Ben", "Sven"):
        signed_in(app, name)
    found = {name: Program(app, add_token(app, name, *SCOPES, life=None)) for name in ("Mona", "Ben", "Sven")}
    return {**found, "reader": Program(app, add_token(app, "Mona", "chat:read", life=None))}


def body(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json


def test_a_program_reads_and_writes_as_its_owner(people: dict[str, Program]) -> None:
    mona, ben = people["Mona"], people["Ben"]
    room = body(mona.post("/api/chat/directs", {"names": ["ben"]}))
    assert (room["kind"], room["name"]) == ("direct", "Ben")
    path = f"/api/chat/{room['id']}"
    sent = {"text": "Hello **Ben**", "client_id": "one"}
    message = body(mona.post(f"{path}/messages", sent), 201)
    assert body(mona.post(f"{path}/messages", sent), 201) == message
    assert message["text"] == "Hello **Ben**"
    assert body(ben.get("/api/chat/"))["rooms"][0]["unread"] == 1
    assert body(ben.get(f"{path}/messages"))["messages"] == [message]
    assert body(ben.get(f"{path}/messages?after={message['id']}"))["messages"] == []
    ben.send("PUT", f"{path}/read", json={"to": message["id"]})
    assert body(ben.get(path))["unread"] == 0
    assert {one["name"]: one["read_to"] for one in body(mona.get(f"{path}/people"))["people"]} == {
        "Mona": message["id"],
        "Ben": message["id"],
    }
    at = f"/api/chat/messages/{message['id']}"
    edited = body(mona.send("PATCH", at, json={"text": "Hello Ben"}))
    assert (edited["text"], edited["edited"], edited["version"]) == ("Hello Ben", True, 2)
    marked = body(ben.send("PUT", f"{at}/reactions", json={"emoji": "👍", "on": True}))
    assert [one["emoji"] for one in marked["reactions"]] == ["👍"]
    reply = body(ben.post(f"{path}/messages", {"text": "And you", "thread": message["id"]}), 201)
    assert body(mona.get(f"{path}/messages?thread={message['id']}"))["messages"] == [reply]
    assert [one["id"] for one in body(mona.get("/api/chat/search?q=and yo"))["messages"]] == [reply["id"]]
    assert mona.send("DELETE", at).status_code == 204
    assert body(ben.get(at))["deleted"]
    assert body(ben.get(at))["text"] == ""


def test_who_may_not_finds_nothing_and_changes_nothing(people: dict[str, Program]) -> None:
    mona, sven = people["Mona"], people["Sven"]
    room = body(mona.post("/api/chat/", {"kind": "private", "name": "A team"}), 201)
    path = f"/api/chat/{room['id']}"
    message = body(mona.post(f"{path}/messages", {"text": "A secret"}), 201)
    at = f"/api/chat/messages/{message['id']}"
    for method, address, sent in (
        ("GET", path, None),
        ("GET", f"{path}/people", None),
        ("GET", f"{path}/messages", None),
        ("GET", f"/api/chat/search?q=secret&room={room['id']}", None),
        ("GET", at, None),
        ("POST", f"{path}/messages", {"text": "x"}),
        ("PUT", f"{path}/read", {"to": 1}),
        ("PUT", f"{at}/reactions", {"emoji": "👍", "on": True}),
        ("PATCH", at, {"text": "x"}),
        ("DELETE", at, None),
    ):
        more = {} if sent is None else {"json": sent}
        assert sven.send(method, address, **more).status_code == 404, f"{method} {address}"
        assert mona.send(method, address, **more).status_code in (200, 201, 204), f"{method} {address}"
    assert body(sven.get("/api/chat/search?q=secret"))["messages"] == []
    assert body(sven.get("/api/chat/"))["rooms"] == []


def test_a_token_that_reads_does_not_write(people: dict[str, Program]) -> None:
    reader = people["reader"]
    room = body(people["Mona"].post("/api/chat/", {"kind": "public", "name": "Everybody"}), 201)
    assert body(reader.get(f"/api/chat/{room['id']}"))["name"] == "Everybody"
    assert reader.post(f"/api/chat/{room['id']}/messages", {"text": "x"}).status_code == 403
    assert reader.post("/api/chat/", {"kind": "public", "name": "Another"}).status_code == 403
    assert people["Ben"].post(f"/api/chat/{room['id']}/messages", {"text": "x"}).status_code == 403, "not joined"


def test_what_is_wrong_with_a_query_is_said(people: dict[str, Program]) -> None:
    answer = people["Mona"].get("/api/chat/search?q=has:gold")
    assert answer.status_code == 422
    assert "has:gold" in body(answer, 422)["error"]["fields"]["q"]


def test_a_program_sends_a_file_without_a_text_takes_it_back_and_leaves(app: Flask, people: dict[str, Program]) -> None:
    mona, ben, sven = people["Mona"], people["Ben"], people["Sven"]
    room = body(mona.post("/api/chat/directs", {"names": ["ben"]}))["id"]
    begun = body(mona.post("/files", {"intake": "chat.file", "about": f"room:{room}", "name": "n.txt", "size": 5}), 201)
    headers = {"Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    assert mona.send("PATCH", f"/files/{begun['id']}", data=b"hello", headers=headers).status_code == 200
    sent = {"files": [begun["id"]], "client_id": "a-file-alone"}
    one, two = (body(mona.post(f"/api/chat/{room}/messages", sent), 201) for _ in range(2))
    assert (one, one["text"], one["files"][0]["name"]) == (two, "", "n.txt")
    at = f"/api/chat/messages/{one['id']}/files/1"
    assert ben.get(at).data == b"hello"
    assert sven.get(at).status_code == 404
    assert Program(app, add_token(app, "Mona", "chat:write")).get(at).status_code == 403
    assert mona.post(f"/api/chat/{room}/messages", {}).status_code == 422
    team = body(mona.post("/api/chat/", {"kind": "private", "name": "To be left"}), 201)["id"]
    assert sven.send("POST", f"/api/chat/{team}/leaving").status_code == 404
    assert mona.send("POST", f"/api/chat/{team}/leaving").status_code == 204
    assert mona.get(f"/api/chat/{team}").status_code == 404
