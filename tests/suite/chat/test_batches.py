"""What waits in an outbox goes at once: in its order, each once, each judged by the rules and limits of one alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from doorward import Doorward
from doorward.store.store import Store
from doorward.testing import Browser, Program, add_token, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.chat import SCOPES
from doorward_suite.chat.actions import posting
from doorward_suite.chat.actions.posting import MOST_AT_ONCE, Draft
from doorward_suite.chat.models import Message
from doorward_suite.portal import create_app

from .conftest import BEN, MONA, SVEN, Told, private_room, say


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
    made: str = people["mona"].post("/chat/", {"kind": "private", "name": "Boats"}).location
    people["mona"].post(f"{made}/people", {"person": "ben"})
    return made


def item(room: str, text: str, client: str, **more: Any) -> dict[str, Any]:
    return {"room": int(room.rpartition("/")[2]), "text": text, "client": client, **more}


def sent(who: Browser, *items: dict[str, Any], status: int = 200) -> list[dict[str, Any]]:
    json_wanted = {"Accept": "application/json"}
    answer = who.post("/chat/outbox", {"messages": json.dumps(items)}, headers=json_wanted)
    assert answer.status_code == status, answer.text
    found: list[dict[str, Any]] = (answer.json or {}).get("messages", [])
    return found


def said_in(who: Browser, room: str) -> list[str]:
    found = who.get(f"{room}/messages?after=0", headers={"Accept": "application/json"}).json
    assert found is not None
    return [one["client"] for one in found["messages"]]


def test_they_are_there_in_their_order_and_once_however_often_they_are_sent(
    people: dict[str, Browser], room: str
) -> None:
    items = [item(room, f"Number {number}", f"order-{room[6:]}-{number}") for number in range(MOST_AT_ONCE - 1)]
    first = sent(people["ben"], *items[:7])
    again = sent(people["ben"], *items, items[0])
    assert [one["message"] for one in again[:7]] == [one["message"] for one in first]
    assert again[-1] == again[0]
    assert said_in(people["mona"], room) == [one["client"] for one in items]


def test_what_one_is_refused_for_holds_up_no_other_and_each_is_told(people: dict[str, Browser], room: str) -> None:
    other = people["mona"].post("/chat/", {"kind": "private", "name": "Not of Ben"}).location
    hidden = people["mona"].post(f"{other}/messages", {"text": "Hidden"}).location.rpartition("#m")[2]
    known, never = item(other, "Into a room of others", "b"), {"room": 987_654, "text": "Into no room", "client": "c"}
    found = sent(
        people["ben"],
        item(room, "Well", "a"),
        known,
        never,
        item(room, "   ", "d"),
        item(room, "Answers what is hidden", "e", reply_to=int(hidden)),
        item(room, "x" * 8_001, "f"),
        item(room, "Well, too", "g"),
        item(room, "bad number", "no spaces"),
    )
    assert [one["client"] for one in found if "message" in one] == ["a", "g"]
    assert said_in(people["mona"], room) == ["a", "g"]
    assert said_in(people["mona"], other) != ["b"]
    assert found[1]["refused"] == found[2]["refused"], "a closed room is as if it were not"
    assert found[3]["refused"] == "The message is empty."


def test_a_room_that_one_was_removed_from_takes_nothing_any_more(people: dict[str, Browser], room: str) -> None:
    assert "message" in sent(people["ben"], item(room, "Still in", f"in-{room[6:]}"))[0]
    settings = people["mona"].get(f"{room}/settings").text
    ben = settings.split("/removal")[0].rpartition("/people/")[2]
    people["mona"].post(f"{room}/people/{ben}/removal")
    assert "refused" in sent(people["ben"], item(room, "Out", f"out-{room[6:]}"))[0]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[1]", "null", "[" * 9_000, '[{"room": true, "text": "x", "client": "y"}]', '[{"room": 1}]',
     '[{"room": 1, "text": 1, "client": "y"}]', '[{"room": -1, "text": "x", "client": "y"}]',
     '[{"room": 1, "text": "x", "client": "y", "thread": 1e400}]', json.dumps([item("/1", "x", "y")] * 51)],
)  # fmt: skip
def test_what_is_no_such_list_is_refused_as_a_whole(people: dict[str, Browser], text: str) -> None:
    assert people["ben"].post("/chat/outbox", {"messages": text}).status_code == 422


def test_nobody_writes_more_in_an_hour_by_sending_many_at_once(app: Flask, people: dict[str, Browser]) -> None:
    rita = signed_in(app, "rita")
    room: str = rita.post("/chat/", {"kind": "private", "name": "Much"}).location
    said = [item(room, " ", f"much-{number}") for number in range(MOST_AT_ONCE)]  # refused ones count as well
    for _ in range(6000 // MOST_AT_ONCE):
        sent(rita, *said)
    sent(rita, item(room, "One more", "more"), status=429)
    assert rita.post(f"{room}/messages", {"text": "One alone"}).status_code == 429
    assert "message" in sent(people["mona"], item(people["mona"].post(
        "/chat/", {"kind": "private", "name": "Mine"}).location, "Somebody else", "else"))[0]  # fmt: skip


def test_a_program_writes_several_at_once(app: Flask, people: dict[str, Browser], room: str) -> None:
    program = Program(app, add_token(app, "ben", *SCOPES, life=None))
    number = int(room.rpartition("/")[2])
    wanted = [{"room": number, "text": f"No. {one}", "client_id": f"api-{room[6:]}-{one}"} for one in range(3)]
    wanted.append({"room": 987_654, "text": "Nowhere", "client_id": "api-nowhere"})
    answers = [program.post("/api/chat/messages", {"messages": wanted}) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    written = answers[0].json["written"] if answers[0].json else []
    assert [one["message"]["text"] for one in written[:3]] == ["No. 0", "No. 1", "No. 2"]
    assert written[3]["refused"]["code"] == "not_found"
    assert program.post("/api/chat/messages", {"messages": []}).status_code == 422
    reader = Program(app, add_token(app, "ben", "chat:read", life=None))
    assert reader.post("/api/chat/messages", {"messages": wanted}).status_code == 403


# -- on both databases, past the door ---------------------------------------------------------------------------


def test_all_of_them_share_one_transaction_and_each_is_told_once_in_its_order(store: Store, told: Told) -> None:
    room, other = private_room(BEN), private_room(BEN)
    root = say(MONA, room, "The beginning")
    told.events.clear()
    commits: list[object] = []
    note = commits.append
    event.listen(store.engine, "commit", note)
    try:
        drafts = [(room, Draft(f"No. {number} @mona", f"one-{room}-{number}")) for number in range(20)]
        drafts.insert(5, (room, Draft("In the thread", f"one-{room}-t", thread=root)))
        drafts.insert(9, (other, Draft("Elsewhere", f"one-{room}-e")))
        written = posting.post_all(BEN, drafts)
    finally:
        event.remove(store.engine, "commit", note)
    assert len(commits) == 1
    lines = [one for one in written if isinstance(one, posting.Line)]
    assert len(lines) == len(drafts)
    heard = [one.data["id"] for one in told.on(f"chat.room:{room}.0") if one.type == "message"]  # type: ignore[index,call-overload]
    assert heard == [one.message.id for one in lines if one.message.room_id == room] == sorted(heard)
    changed = [one.data for one in told.on(f"chat.room:{room}.0") if one.type == "changed"]
    assert [one["replies"] for one in changed] == [1]  # type: ignore[index,call-overload]
    news = [one.data for one in told.on(f"chat.me:{MONA.id}") if one.type == "news"]
    assert [(one["room"], one["called"], one["count"]) for one in news] == [(room, True, 20), (other, False, 1)]  # type: ignore[index,call-overload]
    with store.reading() as db:
        texts = db.scalars(select(Message.text).where(Message.room_id == room).order_by(Message.id)).all()
    assert texts == ["The beginning", *(draft.text for number, draft in drafts if number == room)]


def test_a_number_used_elsewhere_is_refused_and_a_stranger_writes_nothing(store: Store) -> None:
    room, other = private_room(BEN), private_room(BEN)
    say(BEN, other, "There", client_id=f"same-{room}")
    used, fine = posting.post_all(BEN, [(room, Draft("Here", f"same-{room}")), (room, Draft("Here", f"new-{room}"))])
    assert isinstance(used, posting.Refused)
    assert isinstance(fine, posting.Line)
    (stranger,) = posting.post_all(SVEN, [(room, Draft("Hello", f"sven-{room}"))])
    assert isinstance(stranger, posting.Refused)
    assert stranger.code == "not_found"
