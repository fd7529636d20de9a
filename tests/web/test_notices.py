"""What a person is to be told about their account: by the next sign-in, and before that by any app that shows it."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from doorward import access, account_notices
from doorward.core.access import HOST
from doorward.testing import Browser, Clock, Program, add_account, add_token, door_of, signed_in
from doorward.web.recovery import make_reset_code
from tests.support.doors import app_behind

ASKED = "A link to choose a new password was made for you."


def routes(app: Flask) -> None:
    def shown() -> str:
        return "\n".join(f"{one.at:%H:%M} {one.text}" for one in account_notices())

    for path, rule in (("chat", access.public), ("own", access.member), ("read", access.scope("house:read"))):
        app.add_url_rule(f"/{path}", path, rule(lambda: shown()))


def test_an_app_shows_that_a_reset_was_asked_for_and_so_does_the_next_sign_in(tmp_path: Path) -> None:
    clock = Clock()
    app = app_behind(tmp_path, routes, clock)
    ada_id, ada, bob = add_account(app, "ada"), signed_in(app, "ada"), signed_in(app, "bob")
    token, clock.now = add_token(app, "ada", "house:read"), clock.now.replace(hour=13, minute=5)
    assert ada.get("/own").get_data(as_text=True) == ""
    make_reset_code(door_of(app).parts, HOST, ada_id)
    for _ in range(2):  # showing it is not telling it
        assert ada.get("/own").get_data(as_text=True).startswith(f"13:05 {ASKED}")
    assert ASKED in ada.get("/chat").get_data(as_text=True)
    assert ASKED not in bob.get("/own").get_data(as_text=True)
    assert Browser(app).get("/chat").get_data(as_text=True) == ""
    assert Program(app, token).get("/read").get_data(as_text=True) == ""
    ada.sign_out()
    again = Browser(app)
    again.try_to_sign_in("ada")
    assert ASKED in again.get("/account").get_data(as_text=True)
    assert ASKED not in ada.get("/chat").get_data(as_text=True)
    assert ASKED not in again.get("/own").get_data(as_text=True), "told once"
