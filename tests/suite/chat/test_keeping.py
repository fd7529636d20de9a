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
from doorward_suite.chat.actions import hanging, keeping, messages, rooms, trimming
from doorward_suite.chat.actions.keeping import Limits
from doorward_suite.chat.fairness import too_much
from doorward_suite.chat.models import Attached, Message, Room
from doorward_suite.chat.queries import finding
from doorward_suite.chat.queries import keeping as queries
from doorward_suite.chat.queries import messages as reading_messages

from .conftest import ADA, BEN, MONA, SVEN, Told, private_room, say

MIB = 1 << 20


def trim(store: Store) -> None:
    job = SimpleNamespace(actor=Caller(name="(chat.keeping)"), progress=lambda done, total=None: None, done=0, total=1)
    trimming.trim(job)  # type: ignore[arg-type]


def texts(store: Store, room: int) -> list[str]:
    with store.reading() as db:
        found = db.scalars(select(Message).where(Message.room_id == room, Message.author_id != "").order_by(Message.id))
        return [one.text for one in found]


def of_server(store: Store, room: int) -> list[str]:
    with store.reading() as db:
        found = db.scalars(select(Message).where(Message.room_id == room, Message.author_id == "").order_by(Message.id))
        return [one.text for one in found]


def test_what_is_too_old_goes_in_parts_and_what_is_pinned_or_newer_stays(
    store: Store, told: Told, clock: Clock, monkeypatch: pytest.MonkeyPatch
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
    keeping.set_limits(MONA, room, Limits(30))
    trim(store)
    assert texts(store, room) == ["Old marmalade 2", "New marmalade"]
    gone = [one.data["ids"] for one in told.on(f"chat.room:{room}.0") if one.type == "erased"]
    assert [one for part in gone for one in part] == [one for one in old if one != old[2]], (
        "pages that are open show it no more"
    )
    assert len(gone) > 1
    assert texts(store, other) == ["Of another room"]
    assert len(of_server(store, room)) == 2
    assert of_server(store, room)[1].startswith("6 messages were erased: what is older than 30 days")
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


def test_a_thread_that_goes_on_keeps_the_trace_of_its_beginning(store: Store, told: Told, clock: Clock) -> None:
    room = private_room(BEN)
    root = say(MONA, room, "The beginning")
    say(BEN, room, "An old reply", thread=root)
    clock.forward(days=31)
    late = say(BEN, room, "A new reply", thread=root)
    keeping.set_limits(MONA, room, Limits(30))
    trim(store)
    assert texts(store, room) == ["", "A new reply"]
    changed = [one.data for one in told.on(f"chat.room:{room}.0") if one.type == "changed" and one.data["id"] == root]
    assert changed[-1]["deleted"], "pages that are open show the trace alone"
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
        keeping.set_limits(BEN, room, Limits(30))
    for stranger in (SVEN, ADA, Caller()):
        with pytest.raises(NotFound):
            keeping.set_limits(stranger, room, Limits(30))
    direct = rooms.write_to_people(MONA, "ben")
    with pytest.raises(Forbidden):
        keeping.set_limits(MONA, direct, Limits(1))
    keeping.set_limits(MONA, room, Limits(30))
    for typed in ("-1", "1e3", "99999999", " ", "٣"):
        for name in ("days", "mib", "files_mib"):
            with pytest.raises(Invalid) as wrong:
                keeping.judged({name: typed})
            assert list(wrong.value.fields) == [name]
    assert keeping.judged({"days": "", "mib": "7"}) == Limits(0, 7, 0)


def test_nobody_can_edit_or_be_taken_for_what_the_server_says(store: Store) -> None:
    room = private_room(BEN)
    keeping.set_limits(MONA, room, Limits(30))
    with store.reading() as db:
        number = db.scalar(text("SELECT max(id) FROM chat_messages WHERE author_id = ''"))
    for who in (MONA, BEN):
        with pytest.raises(Forbidden):
            messages.edit(who, number, "Something else")
    for name in ("Doorward", "D00rward", "doоrward", "server", "system"):
        assert judge_name(name), name


def attach(store: Store, message: int, *sizes: int) -> None:
    """Files of a message, as they stand in the records."""
    with store.transaction() as tx:
        for number, size in enumerate(sizes, start=1):
            file = Attached(message_id=message, number=number, file_id=f"{message}-{number}", name="f", size=size)
            tx.db.add(file)
        tx.db.flush()
        said = tx.db.get_one(Message, message)
        room = tx.db.get_one(Room, said.room_id)
        messages.unindex(tx, room, said, ())
        messages.index_message(tx, room, said, messages.files_of(tx, said))


def files_of(store: Store, *said: int) -> list[int]:
    """How many files each of these messages has."""
    with store.reading() as db:
        found = db.scalars(select(Attached.message_id)).all()
        return [found.count(one) for one in said]


def shown(store: Store, room: int, limit: int, *, of_files: bool) -> dict[str, int]:
    """Who would give how much, as the page shows before it is set."""
    with store.reading() as db:
        return {one.name: one.goes for one in queries.shares(db, db.get_one(Room, room), limit, of_files=of_files)}


def test_whoever_has_most_gives_first_and_who_has_little_gives_nothing() -> None:
    assert too_much({"a": 10, "b": 4, "c": 1}, 15) == {}
    assert too_much({"a": 10, "b": 4, "c": 1}, 11) == {"a": 4}
    assert too_much({"a": 10, "b": 4, "c": 1}, 6) == {"a": 8, "b": 2}
    assert too_much({"a": 10, "b": 4, "c": 1}, 0) == {"a": 10, "b": 4, "c": 1}
    assert too_much({"a": 3}, -5) == {"a": 3}
    assert too_much({}, 0) == {}


def test_of_too_many_files_the_oldest_of_the_heaviest_go_and_what_is_said_or_pinned_stays(store: Store) -> None:
    room = private_room(BEN)
    first, second, third = (say(MONA, room, f"Mona {number}") for number in range(3))
    light = say(BEN, room, "Ben")
    for number in (first, second, third):
        attach(store, number, MIB, MIB)
    attach(store, light, MIB)
    hanging.pin(MONA, first, on=True)
    assert shown(store, room, 4, of_files=True) == {"mona": 3 * MIB}
    trim(store)
    assert files_of(store, first, second, third, light) == [2, 2, 2, 1]  # nothing goes before it is set
    keeping.set_limits(MONA, room, Limits(files_mib=4))
    trim(store)
    assert files_of(store, first, second, third, light) == [2, 0, 1, 1]
    assert texts(store, room) == ["Mona 0", "Mona 1", "Mona 2", "Ben"]
    assert of_server(store, room)[1].startswith("3 files were erased: this room keeps 4 MiB of files.")
    assert shown(store, room, 4, of_files=True) == {}
    with store.reading() as db:  # what has lost its files is not found by them
        assert len(finding.find(db, BEN, search.read("has:file"), room_id=room).lines) == 3
    trim(store)
    assert len(of_server(store, room)) == 2


def test_a_room_that_is_too_large_loses_the_oldest_of_the_heaviest_in_parts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "AT_ONCE", 2)
    room, other = private_room(BEN), private_room()
    attach(store, say(MONA, other, "Of another room"), 9 * MIB)
    said = [say(MONA, room, f"Mona {number}") for number in range(5)]
    light = say(BEN, room, "Ben")
    for number in said:
        attach(store, number, MIB)
    attach(store, light, MIB)
    assert list(shown(store, room, 3, of_files=False)) == ["mona"]
    keeping.set_limits(MONA, room, Limits(mib=3))
    trim(store)
    assert texts(store, room) == ["Mona 4", "Ben"]  # two whole MiB and some words are too much for what is left
    assert texts(store, other) == ["Of another room"]
    assert of_server(store, room)[1].startswith("4 messages and 4 files were erased: this room keeps 3 MiB.")


def test_what_is_nothing_but_files_goes_with_the_last_of_them(store: Store) -> None:
    room = private_room()
    number = say(MONA, room, "Only files")
    attach(store, number, MIB, 2 * MIB)
    with store.transaction() as tx:
        tx.db.get_one(Message, number).text = ""
    keeping.set_limits(MONA, room, Limits(files_mib=2))
    trim(store)
    assert files_of(store, number) == [1]
    attach(store, say(MONA, room, "Later"), 2 * MIB)
    trim(store)
    assert texts(store, room) == ["Later"]
