"""A form that needs a fresh sign-in is kept while its sender confirms; it is nobody else's, and never sent alone."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask, request

from doorward import access
from doorward.testing import PASSWORD, Browser, Clock, signed_in
from tests.support.doors import app_behind

KEPT = re.compile(r'name="held" value="([^"]+)"')
done: list[tuple[str, list[str], str]] = []


def routes(app: Flask) -> None:
    @app.post("/danger")
    @access.member
    @access.fresh
    def danger() -> str:
        done.append((request.form.get("note", ""), request.form.getlist("role"), request.args.get("of", "")))
        return "done"


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Flask:
    return app_behind(tmp_path_factory.mktemp("held"), routes, clock, sign_in_per_address="1000/minute")


@pytest.fixture
def stale(app: Flask, clock: Clock) -> Browser:
    """A browser whose owner signed in too long ago."""
    browser = signed_in(app, "maria")
    clock.forward(minutes=11)
    done.clear()
    return browser


def kept_of(browser: Browser, fields: dict[str, object], path: str = "/danger") -> str | None:
    refused = browser.post(path, fields, headers={"Referer": "http://localhost/the-form"})
    assert refused.status_code == 403
    assert refused.headers["Cache-Control"] == "no-store"
    found = KEPT.search(refused.get_data(as_text=True))
    return html.unescape(found[1]) if found else None


def confirm(browser: Browser, held: str, password: str = PASSWORD) -> str:
    answer = browser.post("/account/confirm", {"password": password, "held": held, "next": "/the-form"})
    return answer.get_data(as_text=True) if answer.status_code != 303 else f"to {answer.headers['Location']}"


def test_the_page_that_keeps_a_form_asks_for_what_the_account_has(stale: Browser) -> None:
    page = stale.post("/danger", {"note": "x"}, headers={"Referer": "http://localhost/the-form"}).get_data(as_text=True)
    assert 'name="held"' in page
    assert 'name="password"' in page
    assert ">Confirm</button>" in page
    assert "not set up any more" not in page


def test_what_was_typed_is_sent_after_confirming_with_one_click_and_not_before(stale: Browser) -> None:
    held = kept_of(stale, {"note": 'Ä "<b>" & so', "role": ["one", "two"]}, "/danger?of=7")
    assert held
    page = confirm(stale, held)
    assert done == []
    assert 'action="/danger?of=7"' in page
    assert "<b>" not in page
    fields = re.findall(r'type="hidden" name="(note|role)" value="([^"]*)"', page)
    assert [(name, html.unescape(value)) for name, value in fields] == [
        ("note", 'Ä "<b>" & so'),
        ("role", "one"),
        ("role", "two"),
    ]
    assert stale.post("/danger?of=7", {"note": "x", "role": ["one"]}).data == b"done"
    assert done == [("x", ["one"], "7")]


def test_a_wrong_password_keeps_it_still(stale: Browser) -> None:
    held = kept_of(stale, {"note": "kept"})
    assert held
    page = confirm(stale, held, "something else entirely")
    again = KEPT.search(page)
    assert again
    assert "Send it now?" in confirm(stale, html.unescape(again[1]))


def test_it_is_this_sessions_alone_and_not_for_long(app: Flask, stale: Browser, clock: Clock) -> None:
    held = kept_of(stale, {"note": "mine"})
    assert held
    other = signed_in(app, "noah")
    assert confirm(other, held) == "to /the-form"
    clock.forward(minutes=16)
    stale.get("/account/confirm")
    assert confirm(stale, held) == "to /the-form"
    stale.get("/account/confirm")
    assert confirm(stale, "nonsense") == "to /the-form"
    stale.get("/account/confirm")
    assert confirm(stale, held[:-4] + "AAAA") == "to /the-form"


@pytest.mark.parametrize("name", ["password", "current_password", "code", "the_token", "client_Secret"])
def test_a_field_that_may_prove_somebody_is_not_kept(stale: Browser, name: str) -> None:
    refused = stale.post("/danger", {"note": "x", name: "prove it"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 403
    assert KEPT.search(page) is None
    assert "prove it" not in page
    assert "/account/confirm?next=" in page


def test_what_is_too_large_to_keep_is_refused_as_before(stale: Browser) -> None:
    assert kept_of(stale, {"note": "x" * 13_000}) is None
    assert kept_of(stale, {"note": "x" * 9_000}) is not None


def test_a_program_gets_its_sentence_and_no_page(stale: Browser) -> None:
    refused = stale.post("/danger", {"note": "x"}, headers={"Accept": "application/json"})
    assert refused.get_json()["error"]["code"] == "sign_in_again"
