"""People see what happened with their own account, are told of new browsers, and see nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from doorward import Doorward
from doorward.core.tokens import new_one_time_code
from doorward.store import invitations
from doorward.testing import PASSWORD, Browser, add_account, door_of, signed_in, test_settings

NOTICE = "Somebody signed in from a new browser"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = Flask("events", static_folder=None)
    door = Doorward(app, settings=test_settings(tmp_path_factory.mktemp("door")))
    yield app
    door.close()


def page(browser: Browser) -> str:
    return browser.get("/account").get_data(as_text=True)


def test_a_failed_sign_in_shows_up_for_its_owner_and_for_nobody_else(app: Flask) -> None:
    add_account(app, "owner.one")
    Browser(app, address="192.0.2.99").try_to_sign_in("owner.one", "not the password")
    assert "A sign-in did not work" in page(signed_in(app, "owner.one"))
    assert "192.0.2.99" in page(signed_in(app, "owner.one"))
    assert "192.0.2.99" not in page(signed_in(app, "someone.else"))


def test_a_new_browser_is_told_at_the_next_sign_in_and_a_known_one_is_not(app: Flask) -> None:
    mine = signed_in(app, "traveller")
    mine.sign_out()
    mine.sign_in("traveller")
    assert NOTICE not in page(mine)  # the first browser of all, and then a known one

    signed_in(app, "traveller", address="198.51.100.4")
    mine.sign_out()
    mine.get("/login")
    mine.post("/login", {"username": "traveller", "password": PASSWORD})
    assert NOTICE in (told := page(mine))
    assert "198.51.100.4" in told
    assert "Signed in from a new browser" in told
    assert told.count(NOTICE) == 1
    assert NOTICE not in page(mine)


def test_the_browser_in_which_an_account_was_made_is_not_announced_as_new(app: Flask) -> None:
    parts = door_of(app).parts
    code = new_one_time_code()
    with parts.store.transaction() as tx:
        invitations.add(tx, code, roles=frozenset(), life=timedelta(days=1), uses=1, note="")
    mine = Browser(app)
    mine.get(f"/join/{code}")
    made = mine.post(f"/join/{code}", {"username": "brand.new", "password": PASSWORD, "password_again": PASSWORD})
    assert made.status_code == 303
    assert "Signed in" in (shown := page(mine))
    assert "new browser" not in shown
    mine.sign_out()
    mine.sign_in("brand.new")
    assert NOTICE not in page(mine)
