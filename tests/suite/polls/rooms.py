"""Polls behind the real door, with a maker, a stranger and phones: what the tests of its pages share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from doorward import Doorward
from doorward.testing import Browser, Clock, door_of, signed_in
from doorward.testing import test_settings as settings_in
from doorward_suite.polls import INTAKES, JOBS, MIGRATIONS, blueprint

JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


def polls_app(data: Path, clock: Clock | None = None, **settings: Any) -> Flask:
    """Polls alone behind a door that has started."""
    app = Flask("polls_alone", static_folder=None)
    app.register_blueprint(blueprint)
    made = settings_in(data, **settings)
    Doorward(app, migrations=[MIGRATIONS], intakes=INTAKES, jobs=JOBS, settings=made, clock=clock or Clock()).start()
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Flask]:
    app = polls_app(tmp_path_factory.mktemp("polls"), clock)
    yield app
    door_of(app).close()


@pytest.fixture(scope="module")
def olga(app: Flask) -> Browser:
    return signed_in(app, "Olga")


@pytest.fixture(scope="module")
def sven(app: Flask) -> Browser:
    return signed_in(app, "Sven")


class Room:
    """A poll that Olga made, with an open choice and an open short question."""

    def __init__(self, olga: Browser) -> None:
        self.olga = olga
        self.poll = int(olga.post("/polls/", {"name": "Rivers"}).headers["Location"].rpartition("/")[2])
        self.path = f"/polls/{self.poll}"
        self.add(kind="choice", title="Which is longest?", options="Nile\nAmazon")
        self.add(kind="short", title="What is unclear?")
        screen = olga.get(f"{self.path}/present.json").json
        assert screen is not None
        self.code = screen["poll"]["code"]
        self.choice, self.short = (one["id"] for one in screen["questions"])
        self.set_status(self.choice, "open")
        self.set_status(self.short, "open")
        self.join = f"/polls/join/{self.code}"

    def add(self, **draft: str) -> None:
        assert self.olga.post(f"{self.path}/questions", draft).status_code == 303

    def set_status(self, question: int, status: str) -> None:
        assert self.olga.post(f"{self.path}/questions/{question}/status", {"status": status}).status_code == 303

    def tally(self, question: int) -> dict:
        screen = self.olga.get(f"{self.path}/present.json").json
        assert screen is not None
        return next(one for one in screen["tallies"] if one["question"] == question)

    def phone(self, app: Flask, address: str = "198.51.100.7") -> Browser:
        phone = Browser(app, address=address)
        assert phone.get(self.join).status_code == 200
        return phone

    def vote(self, phone: Browser, question: int, *answer: str, **sent):
        return phone.post(f"{self.join}/votes", {"question": question, "answer": list(answer)}, **sent)


@pytest.fixture
def room(olga: Browser) -> Room:
    return Room(olga)


def may_listen(app: Flask, browser: Browser, name: str) -> bool:
    """Whether `/live` would open the topic: without a hub it answers 503 after it has said yes, 404 after no."""
    status = browser.get("/live", query_string={"topic": name}).status_code
    assert status in (404, 503)
    return status == 503
