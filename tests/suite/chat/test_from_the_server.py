"""What the server has to tell somebody of their own account stands in chat too, and in nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from doorward import Doorward
from doorward.core.access import HOST
from doorward.store import accounts, notices
from doorward.testing import signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.portal import create_app


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(tmp_path))
    yield app
    door.close()


def test_who_is_in_chat_sees_that_a_reset_was_asked_for(app: Flask) -> None:
    ben, mona = signed_in(app, "ben", address="192.0.2.1"), signed_in(app, "mona", address="192.0.2.2")
    text = "A link to choose a new password was made <for you>."
    with app.extensions["doorward"].store.transaction(HOST) as tx:
        found = accounts.by_name_key(tx.db, "ben")
        assert found is not None
        notices.leave(tx, found.id, text)
    room = ben.post("/chat/", {"kind": "private", "name": "A room"}).location
    for page in ("/chat/", room):
        assert "A link to choose a new password was made &lt;for you&gt;." in ben.get(page).text
    assert "A link to choose" not in mona.get("/chat/").text


def test_who_is_in_chat_sees_that_their_account_was_signed_in_to_from_a_new_browser(app: Flask) -> None:
    ben, mona = signed_in(app, "ben", address="192.0.2.1"), signed_in(app, "mona", address="192.0.2.2")
    room = ben.post("/chat/", {"kind": "private", "name": "A room"}).location
    ben.post(f"{room}/people", {"person": "mona"})
    said = "Somebody signed in from a new browser"
    assert said not in ben.get(room).text
    signed_in(app, "ben", address="192.0.2.66")
    for page in ("/chat/", room):
        assert said in ben.get(page).text
        assert "192.0.2.66" in ben.get(page).text
        for nothing in (said, "192.0.2.66"):
            assert nothing not in mona.get(page).text, "it is for that person alone"
    ben.sign_in("ben")  # tells it, and so it is told
    assert said not in ben.get(room).text.partition("<main")[2]
