"""Photos: sent by editors, re-encoded, and seen by nobody outside before somebody agreed; a parent for a minor."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask import Flask
from PIL import Image

from doorward import Conflict, Forbidden
from doorward.store.store import Store, using
from doorward.testing import Browser, signed_in
from doorward_suite.honors.actions import photos, writing
from doorward_suite.honors.models import Person

from .conftest import EDITOR, PUBLISHER, Made, entries


@pytest.fixture
def acting(app: Flask) -> Iterator[Store]:
    with using(app.extensions["doorward"].store):
        yield app.extensions["doorward"].store


def jpeg() -> bytes:
    """A picture with what a camera writes into it."""
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "Secret Camera"
    Image.new("RGB", (60, 40), "#886633").save(written, "JPEG", exif=exif)
    return written.getvalue()


def send(by: Browser, person: int, content: bytes, name: str = "me.jpg") -> int:
    by.get(f"/honors/admin/people/{person}")
    form = {"photo": (io.BytesIO(content), name), "csrf_token": by.token}
    path = f"/honors/admin/people/{person}/photo"
    return by.send("POST", path, data=form, content_type="multipart/form-data").status_code


def seen(app: Flask, person: int) -> int:
    return Browser(app).get(f"/honors/people/{person}/photo").status_code


def test_nobody_outside_sees_a_photo_before_somebody_agreed(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Photographed")
    editor, publisher = signed_in(app, "snaps", "honors-editor"), signed_in(app, "agrees", "honors-publisher")
    assert send(editor, person, jpeg()) == 303
    page, inside = f"/honors/people/{person}", f"/honors/admin/people/{person}/photo"
    kept = editor.get(inside)
    assert kept.status_code == 200
    assert b"Secret Camera" in jpeg()
    assert b"Secret Camera" not in kept.get_data()
    assert seen(app, person) == 404
    assert "/photo" not in Browser(app).get(page).get_data(as_text=True)
    assert editor.post(f"{inside}/agreement", {"agreed": "parent"}).status_code == 403
    assert publisher.post(f"{inside}/agreement", {"agreed": "the neighbour"}).status_code == 422
    assert seen(app, person) == 404
    assert publisher.post(f"{inside}/agreement", {"agreed": "parent"}).status_code == 303
    assert seen(app, person) == 200
    assert f"{page}/photo" in Browser(app).get(page).get_data(as_text=True)
    told = [entry.event for entry in entries(acting, f"honors/people:{person}")]
    assert told[-2:] == ["honors.photo.added", "honors.photo.agreed"]
    assert publisher.post(f"{inside}/agreement", {"agreed": ""}).status_code == 303
    assert seen(app, person) == 404


def test_who_hides_or_shows_the_short_name_shows_no_photo(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Shown Whole")
    assert send(signed_in(app, "short", "honors-editor"), person, jpeg()) == 303
    photos.agree(PUBLISHER, person, "self")
    assert seen(app, person) == 200
    for consent in ("short", "hidden"):
        writing.set_consent(PUBLISHER, person, consent)
        assert seen(app, person) == 404, consent
    writing.set_consent(PUBLISHER, person, "full")
    assert seen(app, person) == 200
    writing.delete(EDITOR, "people", person)
    assert seen(app, person) == 404


def test_another_photo_needs_another_word_and_a_removed_one_is_gone(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Two Photos")
    editor = signed_in(app, "twice", "honors-editor")
    assert send(editor, person, jpeg()) == 303
    photos.agree(PUBLISHER, person, "parent")
    assert send(editor, person, jpeg()) == 303
    assert seen(app, person) == 404, "what was agreed to was another photo"
    photos.remove(EDITOR, person)
    assert editor.get(f"/honors/admin/people/{person}/photo").status_code == 404
    with acting.reading() as db:
        assert db.get_one(Person, person).photo_id == ""
    with pytest.raises(Conflict):
        photos.agree(PUBLISHER, person, "self")
    with pytest.raises(Forbidden):
        photos.agree(EDITOR, person, "self")


def test_only_pictures_come_in_and_members_send_none(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Not Photographed")
    editor = signed_in(app, "nopic", "honors-editor")
    assert send(editor, person, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "me.png") >= 400
    assert send(editor, person, jpeg()) == 303
    member = signed_in(app, "notstaff")
    assert member.get(f"/honors/admin/people/{person}/photo").status_code == 403
    assert send(member, person, jpeg()) == 403
