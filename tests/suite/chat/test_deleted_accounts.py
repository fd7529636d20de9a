"""Who deletes their account is out of chat at once; softly their words stay without their name, or all of it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from doorward import Doorward, Record
from doorward.core.streams import NullPublisher
from doorward.testing import PASSWORD, Browser, door_of, run_jobs, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.portal import create_app

SECRET = "Zwetschgenmus"
BYTES = b"What lies in the harbour of Zwetschgenstadt.\n"


class Cuts(NullPublisher):
    """Remembers whose streams were cut."""

    def __init__(self) -> None:
        self.accounts: list[str] = []
        self.topics: list[tuple[str, str | None]] = []

    def cut_account(self, account_id: str) -> None:
        self.accounts.append(account_id)

    def cut_topic(self, topic: str, account_id: str | None = None, *, mark: str | None = None) -> None:
        self.topics.append((topic, account_id))


class Harbour:
    """Mona's room with Ben in it, who has written, attached, been answered and marked, and has a second browser."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.mona, self.ben = signed_in(app, "mona"), signed_in(app, "ben", address="192.0.2.2")
        self.other_browser = signed_in(app, "ben", address="192.0.2.3")
        self.room = str(self.mona.post("/chat/", {"kind": "private", "name": "The harbour"}).location)
        self.mona.post(f"{self.room}/people", {"person": "ben"})
        sent = {"text": SECRET, "file": [(BytesIO(BYTES), f"{SECRET}.txt")]}
        made = self.ben.post(f"{self.room}/messages", sent, content_type="multipart/form-data")
        assert made.status_code == 303, made.text
        self.message = f"/chat/m/{made.location.rpartition('#m')[2]}"
        self.ben.post(f"{self.message}/text", {"text": f"{SECRET}, edited"})
        self.mona.post(f"{self.room}/messages", {"text": "An answer", "thread": self.message.rpartition("/")[2]})
        self.ben.post(f"{self.room}/draft", {"text": f"{SECRET} again"})
        found = re.search(r'data-topic="chat\.me:(\w+)"', self.ben.get("/chat/").text)
        assert found
        self.account = found[1]

    def delete(self, how: str) -> TestResponse:
        self.ben.get("/account/delete")
        answer = self.ben.post("/account/delete", {"how": how, "password": PASSWORD})
        assert "Your account is deleted" in answer.text
        return answer

    def stored(self) -> str:
        """Everything in the records, but the journal."""
        with door_of(self.app).store.reading() as db:
            there = [one.name for one in Record.metadata.sorted_tables if one.name.startswith(("chat_", "files"))]
            return "".join(str(db.execute(text(f"SELECT * FROM {one}")).all()) for one in there)

    def bytes_on_disk(self) -> bool:
        return any(BYTES in one.read_bytes() for one in self.folder.rglob("*") if one.is_file())


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[Harbour]:
    app = create_app(["chat"])
    door: Doorward = app.extensions["doorward"]
    door.start(settings_in(tmp_path))
    yield Harbour(app, tmp_path)
    door.close()


def gets_in(browser: Browser, harbour: Harbour) -> bool:
    """Whether a browser reads the room, its file, or writes there."""
    read = browser.get(harbour.room).status_code == 200
    file = browser.get(f"{harbour.message}/files/1").status_code == 200
    wrote = str(browser.post(f"{harbour.room}/messages", {"text": "Still here"}).location).startswith(harbour.room)
    return read or file or wrote


@pytest.mark.parametrize("how", ["soft", "hard"])
def test_every_session_and_stream_ends_with_the_account(harbour: Harbour, how: str) -> None:
    assert gets_in(harbour.other_browser, harbour)
    cuts = Cuts()
    door_of(harbour.app).store.publisher = cuts
    harbour.delete(how)
    assert cuts.accounts == [harbour.account], "before any job has run"
    assert not gets_in(harbour.ben, harbour)
    assert not gets_in(harbour.other_browser, harbour)
    run_jobs(harbour.app)
    assert (f"chat.here:{harbour.room.rpartition('/')[2]}", harbour.account) in cuts.topics
    people = harbour.mona.get(f"{harbour.room}/people", headers={"Accept": "application/json"}).json
    assert people is not None
    assert [one["name"] for one in people["people"]] == ["mona"]


def test_softly_what_was_written_stays_under_no_name(harbour: Harbour) -> None:
    harbour.delete("soft")
    run_jobs(harbour.app)
    page = harbour.mona.get(harbour.room).text
    assert f"{SECRET}, edited" in page
    assert "Deleted account" in page
    assert not re.search(r"\bben\b", page.partition('id="messages"')[2])
    assert harbour.mona.get(f"{harbour.message}/files/1").data == BYTES
    assert "again" not in harbour.stored(), "a draft is nobody else's"


def test_hard_everything_goes_but_that_it_was_there(harbour: Harbour) -> None:
    assert harbour.bytes_on_disk()
    assert SECRET in harbour.stored()
    harbour.delete("hard")
    run_jobs(harbour.app)
    page = harbour.mona.get(harbour.room).text
    assert "This message was deleted." in page
    assert "1 reply" in page
    assert SECRET not in page
    assert SECRET not in harbour.mona.get(f"{harbour.message}/about").text
    assert f'href="{harbour.message}"' not in harbour.mona.get(f"/chat/search?q={SECRET}").text
    assert harbour.mona.get(f"{harbour.message}/files/1").status_code == 404
    assert SECRET not in harbour.stored()
    assert not harbour.bytes_on_disk()
