"""Image choice: pictures by upload, re-encoded, described, seen by who takes part, and gone with their question."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from doorward.store.store import Store, using
from doorward.testing import Browser, Clock, signed_in

from .pictures import SHOWS, address, ask, asked, fields_of, jpeg, send
from .rooms import JSON, Room
from .rooms import app as app
from .rooms import clock as clock
from .rooms import olga as olga
from .rooms import room as room
from .rooms import sven as sven


@pytest.fixture
def acting(app: Flask) -> Iterator[Store]:
    with using(app.extensions["doorward"].store):
        yield app.extensions["doorward"].store


def kept(app: Flask) -> set[Path]:
    """The files that are kept."""
    files = app.extensions["doorward"].store.files
    return {path for path in (files.folder / "kept").rglob("*") if path.is_file()}


def status_of(browser: Browser, name: str, query: str = "") -> int:
    return browser.get(address(name) + query).status_code


def test_phones_choose_a_picture_and_it_is_counted(app: Flask, room: Room) -> None:
    question = ask(room)
    assert [one["label"] for one in question["options"]] == list(SHOWS)
    room.set_status(question["id"], "open")
    phone = room.phone(app)
    page = phone.get(room.join).text
    for one in question["options"]:
        assert f'src="{address(one["picture"])}" alt="{one["label"]}"' in page
    assert room.vote(phone, question["id"], "o2").status_code == 303
    assert room.tally(question["id"])["counts"] == {"o1": 0, "o2": 1, "o3": 0}
    assert room.vote(phone, question["id"], "o1", "o2", headers=JSON).status_code == 422
    results = room.olga.get(f"{room.path}/results").text
    assert address(question["options"][1]["picture"]) in results
    assert "A green door" in room.olga.get(f"{room.path}/results.csv").text


def test_what_is_shown_is_made_anew_and_small_on_phones(app: Flask, room: Room) -> None:
    name = ask(room)["options"][0]["picture"]
    small, large = (room.olga.get(address(name) + query) for query in ("", "?large=1"))
    assert small.content_type == "image/webp"
    for shown, side in ((small, 480), (large, 900)):
        assert Image.open(io.BytesIO(shown.data)).size == (side, side // 2)
        assert b"Secret Camera" not in shown.data
        assert "no-store" in shown.headers["Cache-Control"] or "private" in shown.headers["Cache-Control"]
    assert len(small.data) < 20_000
    assert b"Secret Camera" in jpeg()


def test_a_picture_is_there_for_who_takes_part_while_it_is_shown_and_for_its_maker_always(
    app: Flask, room: Room, sven: Browser
) -> None:
    question = ask(room)
    name, phone, stranger = question["options"][0]["picture"], room.phone(app), Browser(app)
    admin = signed_in(app, "Overseer", "admin")
    never_there = stranger.get(address("0" * 32))

    def seen() -> dict[str, int]:
        who = {"maker": room.olga, "admin": admin, "phone": phone, "stranger": stranger, "account": sven}
        return {called: status_of(browser, name) for called, browser in who.items()}

    always = {"maker": 200, "admin": 200, "stranger": 404, "account": 404}
    assert seen() == {**always, "phone": 404}, "a draft"
    room.set_status(question["id"], "open")
    assert seen() == {**always, "phone": 200}
    refused = stranger.get(address(name))
    assert (refused.status_code, refused.headers.get("Cache-Control")) == (
        never_there.status_code,
        never_there.headers.get("Cache-Control"),
    )
    room.set_status(question["id"], "closed")
    assert seen() == {**always, "phone": 200}
    assert Browser(app).get(room.join).status_code == 200
    other = Room(room.olga)
    assert status_of(other.phone(app), name) == 404, "a phone of another poll"
    assert room.olga.post(f"{room.path}/archiving").status_code == 303
    assert seen() == {**always, "phone": 404}
    assert room.olga.post(f"{room.path}/restoring").status_code == 303
    assert seen()["phone"] == 200
    assert room.olga.post(f"{room.path}/deletion").status_code == 303
    assert set(seen().values()) == {404}


def test_by_a_roster_only_who_has_a_seat_sees_it(app: Flask, olga: Browser) -> None:
    room = Room(olga)
    question = ask(room)
    for one in (room.choice, room.short):
        room.set_status(one, "closed")
    assert olga.post(f"{room.path}/voters", {"voters": "roster"}).status_code == 303
    sheet = olga.post(f"{room.path}/roster", {"names": "Anne"}).text
    code = sheet.partition('<p class="mono"><strong>')[2][:14]
    room.set_status(question["id"], "open")
    name, anne, guest = question["options"][0]["picture"], Browser(app), Browser(app)
    for phone in (anne, guest):
        assert phone.get(room.join).status_code == 200
    assert anne.post(f"{room.join}/seat", {"seat": code}).status_code == 303
    assert (status_of(anne, name), status_of(guest, name)) == (200, 404)
    assert olga.post(f"{room.path}/roster/1/revocation").status_code == 303
    assert status_of(anne, name) == 404


BAD = [
    ("no description", {"text2": ""}, {}, "what it shows"),
    ("a description without a picture", {"text4": "A fourth"}, {}, "has no picture"),
    ("two of one description", {"text2": "a RED door"}, {}, "the same"),
    ("no question", {"title": ""}, {}, "question"),
    ("one picture only", {"text2": "", "text3": "", "remove2": "1", "remove3": "1"}, {}, "2 to 10 pictures"),
    ("a drawing that is a program", {}, {"file1": ("x.svg", b"<svg onload='alert(1)'/>")}, "cannot be taken"),
    ("a page called a picture", {}, {"file1": ("x.png", b"<html><script>alert(1)</script>")}, "called .png, but"),
    ("half a picture", {}, {"file1": ("x.jpg", jpeg()[:300])}, "broken"),
]


@pytest.mark.parametrize(("what", "fields", "files", "said"), BAD, ids=[one[0] for one in BAD])
def test_a_bad_form_is_answered_in_words_and_changes_nothing(
    app: Flask, room: Room, what: str, fields: dict[str, str], files: dict[str, tuple[str, bytes]], said: str
) -> None:
    question = ask(room)
    before = kept(app)
    room.olga.get(f"{room.path}/questions/{question['id']}")
    path = f"{room.path}/questions/{question['id']}/pictured"
    answer = send(room.olga, path, {**fields_of(question), **fields}, files)
    assert answer.status_code == 422, answer.text
    assert said.casefold() in answer.text.casefold()
    assert asked(room) == question
    assert kept(app) == before


def test_pictures_are_put_in_order_replaced_and_taken_away(app: Flask, room: Room) -> None:
    question = ask(room)
    path = f"{room.path}/questions/{question['id']}/pictured"
    first, second, third = (one["picture"] for one in question["options"])
    before = kept(app)
    changes = {"place1": "3", "place3": "1", "place2": "2"}
    assert send(room.olga, path, {**fields_of(question), **changes}, {}).status_code == 303
    moved = asked(room)
    assert [one["picture"] for one in moved["options"]] == [third, second, first]
    assert kept(app) == before
    new = {"file1": ("new.jpg", jpeg("#ffffff"))}
    assert send(room.olga, path, {**fields_of(moved), "remove2": "1"}, new).status_code == 303
    now = asked(room)
    names = [one["picture"] for one in now["options"]]
    assert [one["label"] for one in now["options"]] == ["A blue door", "A red door"]
    assert names[1] == first
    assert names[0] not in (first, second, third)
    assert [status_of(room.olga, name) for name in (*names, second, third)] == [200, 200, 404, 404]
    assert len(kept(app)) == len(before) - 2


def test_once_somebody_has_answered_the_pictures_are_locked(app: Flask, room: Room) -> None:
    question = ask(room)
    room.set_status(question["id"], "open")
    assert room.vote(room.phone(app), question["id"], "o1").status_code == 303
    path = f"{room.path}/questions/{question['id']}/pictured"
    assert send(room.olga, path, {**fields_of(question), "remove3": "1"}, {}).status_code == 409
    assert asked(room)["options"] == question["options"]


def test_nobody_names_the_pictures_or_the_files_of_somebody_else(app: Flask, room: Room, sven: Browser) -> None:
    question, theirs = ask(room), Room(sven)
    sven.get(f"{theirs.path}/questions/new?kind=image")
    path = f"{theirs.path}/questions/pictured"
    taken = send(sven, path, fields_of(question), {})
    assert taken.status_code == 409
    assert not [one for one in sven.get(f"{theirs.path}/present.json").json["questions"] if one["kind"] == "image"]
    assert send(sven, f"{room.path}/questions/pictured", fields_of(question), {}).status_code == 404
    own_path = f"{room.path}/questions/{question['id']}/pictured"
    assert send(sven, own_path, fields_of(question), {}).status_code == 404
    assert asked(room) == question


def test_copies_share_the_file_until_the_last_is_gone(app: Flask, room: Room, sven: Browser) -> None:
    before = kept(app)
    question = ask(room)
    with_them = kept(app)
    copied = room.olga.post(f"{room.path}/questions/{question['id']}/copies", {"to": str(room.poll)})
    assert copied.status_code == 303
    copy = asked(room)
    whole = int(room.olga.post(f"{room.path}/copies").headers["Location"].rpartition("/")[2])
    assert copy["id"] != question["id"]
    assert not {one["picture"] for one in copy["options"]} & {one["picture"] for one in question["options"]}
    assert kept(app) == with_them
    name = copy["options"][0]["picture"]
    assert room.olga.post(f"{room.path}/questions/{question['id']}/deletion").status_code == 303
    assert (kept(app), status_of(room.olga, name)) == (with_them, 200)
    assert room.olga.post(f"{room.path}/deletion").status_code == 303
    assert room.olga.post(f"{room.path}/erasure").status_code == 303
    assert kept(app) == with_them, "the copy of the whole poll still shows them"
    shown = room.olga.get(f"/polls/{whole}/present.json").json["questions"]
    assert all(status_of(room.olga, one["picture"]) == 200 for one in shown[-1]["options"])
    assert room.olga.post(f"/polls/{whole}/deletion").status_code == 303
    assert room.olga.post(f"/polls/{whole}/erasure").status_code == 303
    assert kept(app) == before


def test_a_quiz_with_pictures_tells_what_was_right_once_it_is_revealed(app: Flask, room: Room) -> None:
    question = ask(room, right=2)
    room.set_status(question["id"], "open")
    phone = room.phone(app)
    assert room.vote(phone, question["id"], "o2").status_code == 303
    state = phone.get(f"{room.join}/state.json").json
    assert [one["right"] for one in state["questions"] if one["kind"] == "image"] == [[]]
    assert room.olga.post(f"{room.path}/questions/{question['id']}/revelation").status_code == 303
    state = phone.get(f"{room.join}/state.json").json
    assert [one["right"] for one in state["questions"] if one["kind"] == "image"] == [["o2"]]
    assert "The answer: A green door. Right:" in phone.get(f"{room.join}?question={question['id']}").text


def test_a_poll_with_pictures_moves_to_another_installation(app: Flask, room: Room, sven: Browser) -> None:
    question = ask(room)
    room.set_status(question["id"], "open")
    assert room.vote(room.phone(app), question["id"], "o3").status_code == 303
    before = kept(app)
    whole = room.olga.get(f"{room.path}/poll.json").data
    assert b"Secret Camera" not in whole
    sven.get("/polls/load")
    came = send(sven, "/polls/load", {}, {"file": ("poll.json", whole)})
    assert came.status_code == 303, came.text
    there = sven.get(f"{came.headers['Location']}/present.json").json
    [moved] = [one for one in there["questions"] if one["kind"] == "image"]
    [tally] = [one for one in there["tallies"] if one["question"] == moved["id"]]
    assert tally["counts"] == {"o1": 0, "o2": 0, "o3": 1}
    assert [one["label"] for one in moved["options"]] == list(SHOWS)
    for old, new in zip(question["options"], moved["options"], strict=True):
        assert old["picture"] != new["picture"]
        ours, theirs = room.olga.get(address(old["picture"])), sven.get(address(new["picture"]))
        assert ours.status_code == theirs.status_code == 200
        sizes = {Image.open(io.BytesIO(one.data)).size for one in (ours, theirs)}
        assert sizes == {(480, 240)}
        assert status_of(room.olga, new["picture"]) == 404
    assert len(kept(app)) == len(before) + 2 * len(SHOWS)  # each with its thumbnail


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        (["AAAA", "AAAA"], "PNG, JPEG or WebP"),
        (["iVBORw0KGgoAAAANSUhEUg==", "iVBORw0KGgoAAAANSUhEUg=="], "broken"),
        (["not base64 !", "x"], "base64"),
        ([], "no picture"),
    ],
)
def test_a_file_with_bad_pictures_is_refused_whole(app: Flask, sven: Browser, pictures: list[str], said: str) -> None:
    import json

    before, polls = kept(app), sven.get("/polls/").text
    question = {"kind": "image", "title": "Which?", "options": ["One", "Two"], "pictures": pictures}
    whole = {"format": "doorward.polls", "version": 1, "name": "Bad", "questions": [question]}
    sven.get("/polls/load")
    refused = send(sven, "/polls/load", {}, {"file": ("poll.json", json.dumps(whole).encode())})
    assert refused.status_code == 422
    assert said in refused.text
    assert kept(app) == before
    assert sven.get("/polls/").text.count("<li") == polls.count("<li")


def test_five_hundred_phones_behind_one_address_load_the_pictures(app: Flask, room: Room, clock: Clock) -> None:
    question = ask(room)
    room.set_status(question["id"], "open")
    phone = room.phone(app, "203.0.113.99")
    names = [one["picture"] for one in question["options"]]
    answers = {status_of(phone, names[at % 3]) for at in range(1_500)}
    assert answers == {200}
