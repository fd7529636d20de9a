"""Exports: what one may read at that moment and nothing else, as pages in which nothing runs, and as JSON."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from doorward import Doorward
from doorward.clock import system_clock
from doorward.store.journal import event_names
from doorward.testing import Browser, run_jobs, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.chat import exported
from doorward_suite.portal import create_app

from .test_files import NOTE, number_of, picture, send

HOSTILE = '<script>alert(1)</script> <img src=x onerror=alert(2)> [x](javascript:alert(3)) "><svg onload=alert(4)>'


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(tmp_path))
    yield app
    door.close()


@pytest.fixture
def people(app: Flask) -> dict[str, Browser]:
    return {name: signed_in(app, name) for name in ("mona", "ben", "sven")}


def made(who: Browser, name: str = "A team", history: str = "all", kind: str = "private") -> str:
    path: str = who.post("/chat/", {"kind": kind, "name": name, "history": history}).location
    return path


def export(app: Flask, who: Browser, path: str, **fields: str) -> dict[str, bytes]:
    """What is in the ZIP, by name; empty where the job made none."""
    asked = who.post(f"{path}/export", {"files": "1", **fields})
    assert asked.status_code == 303, asked.text
    job = asked.location.partition("job=")[2]
    run_jobs(app)
    return unpacked(who, job)


def unpacked(who: Browser, job: str) -> dict[str, bytes]:
    answer = who.get(f"/account/jobs/{job}/file")
    if answer.status_code == 404:
        return {}
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        assert archive.testzip() is None
        return {name: archive.read(name) for name in names}


def texts(found: dict[str, bytes]) -> list[str]:
    parts = sorted(name for name in found if re.search(r"messages-\d+\.json$", name))
    return [one["text"] for name in parts for one in json.loads(found[name])]


def test_a_room_with_its_threads_files_and_earlier_versions(app: Flask, people: dict[str, Browser]) -> None:
    mona, ben = people["mona"], people["ben"]
    room = made(mona)
    mona.post(f"{room}/people", {"person": "ben"})
    first = number_of(send(ben, room, ("../../quay.jpg", picture()), NOTE, text="Look **here**"))
    mona.post(f"{room}/messages", {"text": "In the thread", "thread": first})
    edited = number_of(mona.post(f"{room}/messages", {"text": "Before"}))
    mona.post(f"/chat/m/{edited}/text", {"text": "After"})
    gone = number_of(mona.post(f"{room}/messages", {"text": "Soon gone"}))
    mona.post(f"/chat/m/{gone}/deletion")
    found = export(app, ben, room)
    assert texts(found) == ["Look **here**", "In the thread", "After", ""]
    assert b"Soon gone" not in b"".join(found.values())
    folder = f"room-{room.rpartition('/')[2]}"
    data = json.loads(found[f"{folder}/messages-00001.json"])
    assert data[2]["earlier"][0]["text"] == "Before"
    assert data[1]["thread"] == int(first)
    shown, note = (one["path"] for one in data[0]["files"])
    assert found[note] == NOTE[1]
    assert b"a secret comment" not in found[shown]
    page = found[f"{folder}/messages-00001.html"].decode()
    assert "<strong>here</strong>" in page
    assert f'src="{shown.removeprefix(folder + "/")}"' in page
    assert f"{folder}/messages-00001.html" in found["index.html"].decode()
    assert json.loads(found[f"{folder}/room.json"])["messages"] == 4
    assert not any(".." in name or name.startswith("/") for name in found)


def test_nothing_in_a_page_runs_or_is_fetched(app: Flask, people: dict[str, Browser]) -> None:
    mona = people["mona"]
    room = made(mona, name="<b>A & B</b>")
    mona.post(f"{room}/messages", {"text": HOSTILE})
    send(mona, room, ('"><script>x.txt', b"x\n"), text="Look")
    found = export(app, mona, room)
    pages = [content.decode() for name, content in found.items() if name.endswith(".html")]
    assert len(pages) == 2
    for page in pages:
        assert "default-src 'none'" in page
        tags = re.findall(r"<\s*(\w+)", page)
        allowed = "html head meta title style body h1 p a nav article header b time ul li br strong em i img"
        assert set(tags) <= set(allowed.split())
        assert not re.search(r"<[^>]*\son\w+\s*=", page)
        assert not re.search(r'(?:href|src)="\s*(?:javascript|data|//)', page, re.IGNORECASE)
    assert "&lt;b&gt;A &amp; B" in "".join(pages)


def test_a_late_joiner_gets_what_was_said_since(app: Flask, people: dict[str, Browser]) -> None:
    mona, ben = people["mona"], people["ben"]
    room = made(mona, history="joined")
    mona.post(f"{room}/messages", {"text": "Before Ben came"})
    mona.post(f"{room}/people", {"person": "ben"})
    mona.post(f"{room}/messages", {"text": "Since Ben is here"})
    assert texts(export(app, ben, room)) == ["Since Ben is here"]
    assert texts(export(app, ben, "/chat")) == ["Since Ben is here"]
    assert texts(export(app, mona, room)) == ["Before Ben came", "Since Ben is here"]


def test_all_that_one_may_read_and_no_room_of_others(app: Flask, people: dict[str, Browser]) -> None:
    mona, ben, sven = (people[name] for name in ("mona", "ben", "sven"))
    for number, kind in enumerate(("private", "public")):
        room = made(mona, name=f"Room {number}", kind=kind)
        mona.post(f"{room}/messages", {"text": f"In a {kind} room"})
    closed = made(ben, name="Of Ben", kind="public")
    ben.post(f"{closed}/messages", {"text": "Not for Sven"})
    sven.post(f"{closed}/joining")
    member = re.findall(r"people/(\w+)/removal", ben.get(f"{closed}/settings").text)
    ben.post(f"{closed}/people/{member[-1]}/removal")
    assert sorted(texts(export(app, mona, "/chat"))) == ["In a private room", "In a public room", "Not for Sven"]
    assert texts(export(app, sven, "/chat")) == ["In a public room"]
    assert "Of Ben" not in export(app, sven, "/chat")["index.html"].decode()


def test_for_who_is_out_there_is_no_room_also_when_they_asked_before(app: Flask, people: dict[str, Browser]) -> None:
    mona, ben, sven = (people[name] for name in ("mona", "ben", "sven"))
    room = made(mona)
    mona.post(f"{room}/people", {"person": "ben"})
    mona.post(f"{room}/messages", {"text": "A secret"})
    for method in ("get", "post"):
        assert getattr(sven, method)(f"{room}/export").status_code == 404
        assert getattr(ben, method)(f"{room}/export").status_code in (200, 303)
    asked = ben.post(f"{room}/export", {"files": "1"}).location.partition("job=")[2]
    member = re.findall(r"people/(\w+)/removal", mona.get(f"{room}/settings").text)
    mona.post(f"{room}/people/{member[-1]}/removal")
    run_jobs(app)
    assert unpacked(ben, asked) == {}
    page = ben.get(f"/account/jobs/{asked}").text
    assert "There is no such room, or it is not open to you." in page
    assert "A team" not in page
    assert texts(export(app, mona, room)) == ["A secret"]


def test_the_password_is_asked_for_first_and_again_for_the_file(app: Flask, people: dict[str, Browser]) -> None:
    mona = people["mona"]
    room = made(mona)
    done = mona.post(f"{room}/export", {"files": "1"}).location.partition("job=")[2]
    run_jobs(app)
    app.extensions["doorward"].store.clock = app.extensions["doorward"].clock = lambda: (
        system_clock() + timedelta(hours=1)
    )
    for path in (f"{room}/export", "/chat/export"):
        asked = mona.post(path, {"files": "1"})
        assert "job=" not in (asked.location or ""), path
    assert mona.get(f"/account/jobs/{done}/file").mimetype != "application/zip"
    mona.sign_in("mona")
    assert "job=" in mona.post(f"{room}/export", {"files": "1"}).location
    assert texts(unpacked(mona, done)) == []


def test_somebody_elses_export_is_not_given_out(app: Flask, people: dict[str, Browser]) -> None:
    room = made(people["mona"])
    people["mona"].post(f"{room}/messages", {"text": "A secret"})
    asked = people["mona"].post(f"{room}/export", {"files": "1"}).location.partition("job=")[2]
    run_jobs(app)
    assert people["ben"].get(f"/account/jobs/{asked}/file").status_code == 404
    assert texts(unpacked(people["mona"], asked)) == ["A secret"]


def test_it_is_in_the_journal_and_without_files_where_they_are_not_wanted(
    app: Flask, people: dict[str, Browser]
) -> None:
    mona = people["mona"]
    room = made(mona)
    send(mona, room, NOTE, text="Look")
    found = export(app, mona, room, files="")
    assert NOTE[1] not in found.values()
    assert json.loads(found[f"room-{room.rpartition('/')[2]}/messages-00001.json"])[0]["files"][0]["name"] == NOTE[0]
    door: Doorward = app.extensions["doorward"]
    with door.store.reading() as db:
        assert {"chat.export_asked", "chat.export_made"} <= set(event_names(db))


def test_many_messages_come_in_parts_of_which_none_is_left_out(
    app: Flask, people: dict[str, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorward_suite.chat.actions.exporting.PART", 3)
    mona = people["mona"]
    room = made(mona)
    for number in range(7):
        mona.post(f"{room}/messages", {"text": f"Number {number}"})
    found = export(app, mona, room)
    assert texts(found) == [f"Number {number}" for number in range(7)]
    folder = f"room-{room.rpartition('/')[2]}"
    assert json.loads(found[f"{folder}/room.json"])["parts"] == [exported.part_name(one, "json") for one in (1, 2, 3)]
    last = found[f"{folder}/messages-00003.html"].decode()
    assert ">Earlier<" in last
    assert ">Later<" not in last


@pytest.mark.parametrize("name", ["../../x.txt", "C:\\x.txt", "a\u202egnp.exe", "", ".", "..", "ü" * 300, "x" * 300])
def test_names_in_the_archive_are_plain_and_lead_nowhere(name: str) -> None:
    path = exported.file_path("room-1", 5, 2, name)
    assert re.fullmatch(r"room-1/files/5-2-[A-Za-z0-9_-]+(\.[A-Za-z0-9]{1,8})?", path)
    assert len(path) < 120
