"""Typing and presence: for who may write in the room and nobody else, and without a word to the records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from doorward import Doorward
from doorward.core.limits import limit_of
from doorward.core.streams import ENVIRON_KEY, Event, NullPublisher, StreamRequest
from doorward.testing import Browser, door_of, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.portal import create_app
from tests.support.work import counted


class Hub(NullPublisher):
    """Knows which accounts opened which topics, and what was told in passing."""

    def __init__(self) -> None:
        self.streams: list[StreamRequest] = []
        self.told: list[Event] = []

    def open(self, request: StreamRequest) -> None:
        self.streams.append(request)

    def listens(self, topic: str, account_id: str) -> bool:
        return any(topic in one.topics and one.account_id == account_id for one in self.streams)

    def tell(self, event: Event) -> None:
        self.told.append(event)

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None:
        self.streams = [one for one in self.streams if topic not in one.topics or account_id != one.account_id]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(tmp_path))
    yield app
    door.close()


@pytest.fixture
def hub(app: Flask) -> Hub:
    hub = Hub()
    door_of(app).store.publisher = hub
    return hub


@pytest.fixture
def people(app: Flask) -> list[Browser]:
    """Mona, Ben and Sven."""
    return [signed_in(app, name, address=f"192.0.2.{at}") for at, name in enumerate(("mona", "ben", "sven"), start=1)]


def room_of(mona: Browser, kind: str = "private") -> str:
    path: str = mona.post("/chat/", {"kind": kind, "name": f"A room, {kind}"}).location
    mona.post(f"{path}/people", {"person": "ben"})
    return path


def listen(who: Browser, hub: Hub, path: str) -> int:
    """Open the stream of who is in a room. Returns the status."""
    name = f"chat.here:{path.rpartition('/')[2]}"
    return who.get("/live", query_string={"topic": name}, environ_overrides={ENVIRON_KEY: hub}).status_code


def types(who: Browser, path: str) -> int:
    """Say that one is typing. Returns the status."""
    return who.post(f"{path}/typing", {"thread": "0"}).status_code


def test_a_strangers_typing_is_refused_as_if_the_room_were_not_and_nobody_hears_it(
    hub: Hub, people: list[Browser]
) -> None:
    mona, ben, sven = people
    path = room_of(mona)
    closed, never = (sven.post(f"{one}/typing", {"thread": "0"}) for one in (path, "/chat/999999"))
    said = [answer.text.partition("<main")[2] for answer in (closed, never)]
    assert (closed.status_code, never.status_code) == (404, 404)
    assert said[0] == said[1] != ""
    assert listen(sven, hub, path) == 404
    assert sven.get(f"{path}/people").status_code == 404
    assert hub.told == []
    assert types(ben, path) == 303
    (event,) = hub.told
    assert isinstance(event.data, dict)
    assert (event.type, event.data["name"], event.data["thread"]) == ("typing", "ben", 0)


def test_who_only_looks_into_a_public_room_neither_types_nor_sees_who_is_there(hub: Hub, people: list[Browser]) -> None:
    mona, _ben, sven = people
    path = room_of(mona, "public")
    assert sven.get(path).status_code == 200
    assert listen(sven, hub, path) == 404
    assert types(sven, path) == 404
    assert "chat.here" not in sven.get(path).text
    assert "chat.here" in mona.get(path).text
    assert sven.get(f"{path}/people").status_code == 403
    assert sven.post(f"{path}/joining").status_code == 303
    assert listen(sven, hub, path) == 200
    assert types(sven, path) == 303


def test_who_was_removed_types_no_more_though_their_stream_was_open(hub: Hub, people: list[Browser]) -> None:
    mona, ben, _sven = people
    path = room_of(mona)
    assert listen(ben, hub, path) == 200
    assert types(ben, path) == 303
    account = hub.streams[0].account_id
    assert mona.post(f"{path}/people/{account}/removal").status_code == 303
    assert types(ben, path) == 404
    assert len(hub.told) == 1


def test_in_an_archived_room_nobody_types(hub: Hub, people: list[Browser]) -> None:
    mona, ben, _sven = people
    path = room_of(mona)
    mona.post(f"{path}/archive", {"on": "1"})
    assert ben.get(path).status_code == 200
    assert types(ben, path) == 404
    assert listen(ben, hub, path) == 404


def test_typing_asks_the_database_for_nothing_but_the_session(app: Flask, hub: Hub, people: list[Browser]) -> None:
    mona, ben, _sven = people
    path = room_of(mona)
    assert listen(ben, hub, path) == 200
    assert types(ben, path) == 303
    with counted(app) as session:
        no_room = f"/chat/{10**30}/people"  # past the largest number: for the room itself no records are asked
        assert ben.get(no_room, headers={"Accept": "application/json"}).status_code == 404
    with counted(app) as typing:
        assert types(ben, path) == 303
    assert typing == session
    assert session.queries > 0
    assert (typing.commits, typing.counts, typing.hashes) == (0, 0, 0)
    with counted(app) as without_stream:
        assert types(mona, path) == 303
    assert without_stream.queries > typing.queries


def test_a_flood_of_typing_is_stopped_for_the_account_in_all_rooms_and_not_for_others(
    hub: Hub, people: list[Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    mona, ben, _sven = people
    path, other = room_of(mona), room_of(mona)
    monkeypatch.setattr("doorward.web.topics._TELLING", limit_of("live.telling", "3/hour", per="account"))
    assert [types(ben, one) for one in (path, other, path, other, path)] == [303, 303, 303, 429, 429]
    assert types(mona, path) == 303
    assert len(hub.told) == 4


def test_a_room_is_not_flooded_by_many(hub: Hub, people: list[Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    mona, ben, _sven = people
    path, other = room_of(mona), room_of(mona)
    monkeypatch.setattr("doorward.web.topics._TOLD", limit_of("live.told", "3/hour", per="topic"))
    assert [types(who, path) for who in (mona, ben, mona, ben, mona)] == [303, 303, 303, 429, 429]
    assert types(ben, other) == 303
    assert len(hub.told) == 4
