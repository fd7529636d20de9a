"""A classroom signs in at the same moment behind one address; a guesser still gets no more than the limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from doorward import Doorward, access
from doorward.testing import PASSWORD, Browser, add_account, test_settings

CLASS = [f"pupil{number:02}" for number in range(24)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = Flask("classroom", static_folder=None)

    @app.get("/")
    @access.member
    def home() -> str:
        return "in"

    Doorward(app, settings=test_settings(tmp_path_factory.mktemp("door"), sign_in_per_address="4/minute"))
    for name in CLASS:
        add_account(app, name)
    return app


def at_once(tries: list[tuple[Browser, str, str]]) -> list[int]:
    """The answers to sign-ins that are all sent at the same moment."""
    with ThreadPoolExecutor(len(tries)) as pool:
        return list(
            pool.map(lambda one: one[0].post("/login", {"username": one[1], "password": one[2]}).status_code, tries)
        )


def ready(app: Flask, address: str) -> Browser:
    browser = Browser(app, address=address)
    browser.get("/login")
    return browser


def test_a_classroom_behind_one_address_signs_in_at_once(app: Flask) -> None:
    answers = at_once([(ready(app, "192.0.2.10"), name, PASSWORD) for name in CLASS])
    assert answers == [303] * len(CLASS)


def test_guesses_at_once_get_no_more_than_the_limit(app: Flask) -> None:
    answers = at_once([(ready(app, "192.0.2.20"), name, "not the password") for name in CLASS])
    assert sorted(answers) == [401] * 4 + [429] * (len(CLASS) - 4)


def test_one_right_password_among_guesses_does_not_open_the_limit(app: Flask) -> None:
    tries = [(ready(app, "192.0.2.30"), name, "not the password") for name in CLASS[:12]]
    tries.append((ready(app, "192.0.2.30"), CLASS[20], PASSWORD))
    answers = at_once(tries)
    assert answers[:12].count(401) == 4
    assert answers[12] in (303, 429)
