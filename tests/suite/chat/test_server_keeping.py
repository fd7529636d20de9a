"""What the server keeps of the files of all rooms: the heaviest gives first, shown before, told in the room, and set by
administrators alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import delete, select

from doorward import Caller, Doorward, Forbidden, Invalid
from doorward.clock import system_clock
from doorward.store.journal import event_names, walk
from doorward.store.store import Store
from doorward.testing import Browser, run_jobs, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.chat.actions import hanging, people, rooms, server_keeping
from doorward_suite.chat.models import Attached, Message, Room
from doorward_suite.chat.queries import keeping as room_queries
from doorward_suite.chat.queries import server_keeping as queries
from doorward_suite.portal import create_app

from .conftest import ADA, BEN, CLEO, MONA, Told, private_room, say
from .test_keeping import MIB, attach, files_of, of_server, texts, trim


@pytest.fixture
def empty(store: Store) -> Store:
    """The store without files of other tests, and without a limit."""
    with store.transaction() as tx:
        tx.db.execute(delete(Attached))
    server_keeping.set_limit(ADA, 0)
    return store


def tell(store: Store) -> None:
    """What is done in the background once a limit is set."""
    with store.reading() as db:
        row = db.get_one(server_keeping.ServerKeeps, 1)
    given = {"set_at": row.set_at.isoformat()}
    job = SimpleNamespace(actor=Caller(name="(chat)"), arguments=given, progress=lambda done, total=None: None)
    server_keeping.tell(job)  # type: ignore[arg-type]


def with_files(room: int, who: Caller, store: Store, *sizes: int) -> list[int]:
    """Messages of somebody, each with a file of this size."""
    said = [say(who, room, f"{who.name} {number}") for number in range(len(sizes))]
    for number, size in zip(said, sizes, strict=True):
        attach(store, number, size)
    return said


def test_the_heaviest_room_gives_first_in_it_the_heaviest_person_and_what_is_pinned_stays(
    empty: Store, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = empty
    monkeypatch.setattr(room_queries, "AT_ONCE", 2)
    heavy, middle, light = private_room(BEN), rooms.write_to_people(MONA, "ben"), private_room()
    pinned = with_files(heavy, MONA, store, MIB)[0]
    hanging.pin(MONA, pinned, on=True)
    of_mona = with_files(heavy, MONA, store, *[MIB] * 6)
    of_ben = with_files(heavy, BEN, store, MIB)
    in_middle = with_files(middle, BEN, store, *[MIB] * 4)
    in_light = with_files(light, MONA, store, MIB, MIB)
    with store.reading() as db:
        sizes = queries.sizes(db)
        over = sizes.over(10)
    assert (sizes.all, sizes.pinned) == (14 * MIB, MIB)
    assert sizes.over(0) == {}
    assert sizes.over(14) == {}
    # Nine are left for 7 + 4 + 2: nobody keeps more than 3.5, and the light room gives nothing.
    assert over == {heavy: 7 * MIB // 2, middle: MIB // 2}
    trim(store)
    assert sum(files_of(store, *of_mona, *of_ben, *in_middle, *in_light)) == 13  # nothing goes before it is set

    server_keeping.set_limit(ADA, 10)
    tell(store)
    tell(store)  # once more, as after a server that was killed
    assert [len(of_server(store, room)) for room in (heavy, middle, light)] == [1, 1, 0]
    assert of_server(store, heavy)[0].startswith(
        "An administrator has set that this server keeps 10 MiB of files in all its rooms. 3.5 MiB of the files here"
    )
    assert sum(files_of(store, *of_mona, *of_ben, *in_middle, *in_light)) == 13
    trim(store)
    assert files_of(store, *of_mona) == [0, 0, 0, 0, 1, 1]
    assert files_of(store, pinned, *of_ben) == [1, 1]
    assert files_of(store, *in_middle) == [0, 1, 1, 1]
    assert files_of(store, *in_light) == [1, 1]
    assert "mona 0" in texts(store, heavy), "what was said with a file stays"
    assert of_server(store, heavy)[1].startswith("4 files were erased: this server keeps 10 MiB of files in all")
    assert of_server(store, middle)[1].startswith("1 file was erased: this server keeps 10 MiB of files in all")
    with store.reading() as db:
        assert queries.sizes(db).over(10) == {}
        assert {"chat.server_keeping_set", "chat.trimmed"} <= set(event_names(db))
    trim(store)
    assert len(of_server(store, heavy)) == 2


def test_who_lifts_the_limit_is_obeyed_and_nothing_absurd_is_taken(empty: Store) -> None:
    room = private_room()
    said = with_files(room, MONA, empty, MIB, MIB)
    server_keeping.set_limit(ADA, 1)
    server_keeping.set_limit(ADA, 0)
    tell(empty)
    trim(empty)
    assert files_of(empty, *said) == [1, 1]
    assert of_server(empty, room) == []
    for typed in ("-1", "1e3", "99999999", " ", "٣"):
        with pytest.raises(Invalid):
            server_keeping.judged({"files_mib": typed})
    for who in (MONA, Caller()):
        with pytest.raises(Forbidden):
            server_keeping.set_limit(who, 1)
    with empty.reading() as db:
        assert queries.files_mib(db) == 0


def test_an_administrator_sees_how_heavy_rooms_are_and_no_name_of_one_that_is_closed_to_them(empty: Store) -> None:
    closed, open_one = private_room(), rooms.make(MONA, "public", "The market")
    hidden = rooms.make(MONA, "public", "The cellar")
    people.join(ADA, hidden)
    people.remove(MONA, hidden, ADA.id)
    own = rooms.write_to_people(ADA, "cleo")
    for size, room in enumerate((open_one, hidden, closed), start=2):
        with_files(room, MONA, empty, size * MIB)
    with_files(own, CLEO, empty, 5 * MIB)
    with empty.reading() as db:
        found = queries.giving(db, ADA, queries.sizes(db), 1)
    assert [(one.kind, one.title, one.has // MIB) for one in found] == [
        ("direct", "cleo", 5),
        ("private", "", 4),
        ("public", "", 3),
        ("public", "The market", 2),
    ]


# --- through the door ---


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(tmp_path))
    yield app
    door.close()


def send_file(who: Browser, room: str, size: int) -> str:
    """A message with a file; the path of the file."""
    form = {"text": "Numbers", "file": (BytesIO(b"1,2,3,4\n" * (size // 8)), "numbers.csv")}
    sent = who.post(f"{room}/messages", form, content_type="multipart/form-data")
    assert sent.status_code == 303, sent.text
    return f"/chat/m/{sent.location.rpartition('#m')[2]}/files/1"


def test_it_is_shown_set_and_told_and_for_administrators_alone(app: Flask) -> None:
    ada = signed_in(app, "ada", "admin", address="192.0.2.1")
    mona = signed_in(app, "mona", address="192.0.2.2")
    room: str = mona.post("/chat/", {"kind": "private", "name": "The reading room"}).location
    old, new = send_file(mona, room, MIB), send_file(mona, room, MIB)
    for answer in (mona.get("/chat/keeping"), mona.post("/chat/keeping", {"files_mib": "1"})):
        assert answer.status_code == 403
    assert "/chat/keeping" not in mona.get("/chat/").text
    assert "/chat/keeping" in ada.get("/chat/").text
    assert "All of it is kept." in ada.get("/chat/keeping").text
    page = ada.get("/chat/keeping?files_mib=1").text
    assert "A private room" in page
    assert "The reading room" not in page
    assert "1.0 MiB of 2.0 MiB" in page
    assert mona.get(old).status_code == 200, "looking takes nothing"
    assert ada.get("/chat/keeping?files_mib=3").text.count("There is not too much yet.") == 1
    wrong = ada.post("/chat/keeping", {"files_mib": "many"})
    assert (wrong.status_code, "Write a number up to" in wrong.text) == (422, True)
    assert ada.post("/chat/keeping", {"files_mib": "1"}).status_code == 303
    assert "Kept: 1 MiB." in ada.get("/chat/keeping").text
    assert "this server keeps 1 MiB of files in all its rooms" in mona.get(f"{room}/settings").text
    run_jobs(app)
    assert "this server keeps 1 MiB of files in all its rooms. 1.0 MiB of the files here" in mona.get(room).text
    with app.extensions["doorward"].store.reading() as db:
        entries = [one.entry for one in walk(db) if one.entry.event == "chat.server_keeping_set"]
        assert db.scalar(select(Room.name).join(Message, Message.room_id == Room.id).limit(1)) == "The reading room"
    assert len(entries) == 1
    assert (mona.get(old).status_code, mona.get(new).status_code) == (200, 200)  # within a day, and not at once


def test_it_is_set_by_who_has_just_proved_who_they_are(app: Flask) -> None:
    ada = signed_in(app, "ada", "admin")
    door = app.extensions["doorward"]
    door.store.clock = door.clock = lambda: system_clock() + timedelta(hours=1)
    ada.post("/chat/keeping", {"files_mib": "5"})
    assert "All of it is kept." in ada.get("/chat/keeping").text
    ada.sign_in("ada")
    ada.post("/chat/keeping", {"files_mib": "5"})
    assert "Kept: 5 MiB." in ada.get("/chat/keeping").text
