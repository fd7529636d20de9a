"""How long a room keeps its messages: previewed, told, pinned kept, threads never torn, and only by who moderates."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import select, text

from doorward import Caller, Forbidden, Invalid, NotFound
from doorward.core.names import judge_name
from doorward.store.journal import event_names
from doorward.store.store import Store
from doorward.testing import Clock
from doorward_suite.chat import access, search
from doorward_suite.chat.actions import hanging, keeping, messages, rooms
from doorward_suite.chat.models import Message
from doorward_suite.chat.queries import finding
from doorward_suite.chat.queries import keeping as queries
from doorward_suite.chat.queries import messages as reading_messages

from .conftest import ADA, BEN, MONA, SVEN, private_room, say


def trim(store: Store) -> None:
    job = SimpleNamespace(actor=Caller(name="(chat.keeping)"), progress=lambda done, total=None: None, done=0, total=1)
    keeping.trim(job)  # type: ignore[arg-type]


def texts(store: Store, room: int) -> list[str]:
    with store.reading() as db:
        found = db.scalars(select(Message).where(Message.room_id == room, Message.author_id != "").order_by(Message.id))
        return [one.text for one in found]


def of_server(store: Store, room: int) -> list[str]:
    with store.reading() as db:
        found = db.scalars(select(Message).where(Message.room_id == room, Message.author_id == "").order_by(Message.id))
        return [one.text for one in found]


def test_what_is_too_old_goes_in_parts_and_what_is_pinned_or_newer_stays(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "AT_ONCE", 3)
    room, other = private_room(BEN), private_room()
    say(MONA, other, "Of another room")
    old = [say(MONA, room, f"Old marmalade {number}") for number in range(7)]
    hanging.pin(MONA, old[2], on=True)
    hanging.react(BEN, old[3], "👍", on=True)
    clock.forward(days=31)
    say(BEN, room, "New marmalade")
    with store.reading() as db:
        shown = queries.going(db, room, store.clock() - keeping.EVERY * 30)
    assert (shown.messages, shown.files, shown.more) == (6, 0, False)
    assert shown.bytes == 6 * len("Old marmalade 0")
    trim(store)
    assert len(texts(store, room)) == 8  # nothing goes before it is set
    keeping.set_days(MONA, room, 30)
    trim(store)
    assert texts(store, room) == ["Old marmalade 2", "New marmalade"]
    assert texts(store, other) == ["Of another room"]
    assert len(of_server(store, room)) == 2
    assert of_server(store, room)[1].startswith("6 messages from before")
    with store.reading() as db:
        found = finding.find(db, BEN, search.read("marmalade"))
        assert {line.message.text for line, _room in found.lines} == {"Old marmalade 2", "New marmalade"}
        assert {"chat.keeping_set", "chat.trimmed"} <= set(event_names(db))
        seat = access.seat_in(db, BEN, room)
        assert reading_messages.unread_in(db, seat) == 0  # what the server says calls nobody
    trim(store)
    assert len(of_server(store, room)) == 2
    hanging.pin(MONA, old[2], on=False)
    trim(store)
    assert texts(store, room) == ["New marmalade"]


def test_a_thread_that_goes_on_keeps_the_trace_of_its_beginning(store: Store, clock: Clock) -> None:
    room = private_room(BEN)
    root = say(MONA, room, "The beginning")
    say(BEN, room, "An old reply", thread=root)
    clock.forward(days=31)
    late = say(BEN, room, "A new reply", thread=root)
    keeping.set_days(MONA, room, 30)
    trim(store)
    assert texts(store, room) == ["", "A new reply"]
    with store.reading() as db:
        assert db.get_one(Message, root).replies == 1
        _seat, found = access.message_for(db, BEN, late)
        assert found.thread_id == root
    clock.forward(days=31)
    trim(store)
    assert texts(store, room) == []


def test_only_who_moderates_sets_it_and_nothing_absurd(store: Store) -> None:
    room = private_room(BEN)
    with pytest.raises(Forbidden):
        keeping.set_days(BEN, room, 30)
    for stranger in (SVEN, ADA, Caller()):
        with pytest.raises(NotFound):
            keeping.set_days(stranger, room, 30)
    direct = rooms.write_to_people(MONA, "ben")
    with pytest.raises(Forbidden):
        keeping.set_days(MONA, direct, 1)
    keeping.set_days(MONA, room, 30)
    for typed in ("-1", "1e3", "99999999", "", "٣"):
        with pytest.raises(Invalid):
            keeping.judged_days(typed)


def test_nobody_can_edit_or_be_taken_for_what_the_server_says(store: Store) -> None:
    room = private_room(BEN)
    keeping.set_days(MONA, room, 30)
    with store.reading() as db:
        number = db.scalar(text("SELECT max(id) FROM chat_messages WHERE author_id = ''"))
    for who in (MONA, BEN):
        with pytest.raises(Forbidden):
            messages.edit(who, number, "Something else")
    for name in ("Doorward", "D00rward", "doоrward", "server", "system"):
        assert judge_name(name), name
