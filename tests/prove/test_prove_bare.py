"""A Flask app without a door, and the same app behind it: before and after."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.before_after import before
from flask import Flask, request

from doorward.prove.attack import Attack
from doorward.prove.attacks import ALL
from doorward.prove.attacks.bare import ATTACKS as BARE
from doorward.prove.outside import WOULD_CHANGE
from doorward.prove.run import Proof
from doorward.serve.prove_app import KIT_PAGES, prove_in_process
from doorward.serve.prove_bare import prove_bare
from doorward.testing import test_settings

#: What the notice board of examples/before_after shows before it has a door.
SHOWN = {
    *("csrf.token", "csrf.site", "csrf.content-type", "bare.open"),
    *("headers.policy", "headers.inline-code", "headers.sniffing", "headers.framing", "headers.referrer"),
    *("headers.transport", "headers.foreign-readers"),
    *("cookies.transport", "cookies.scripts", "cookies.sites"),
    "markup.stored",
}


def proved(app: Flask, *, may_write: bool) -> Proof:
    every: list[Attack] = [*ALL, *BARE]
    return prove_bare(app, every, lambda done, of, what: None, may_write=may_write)


@pytest.fixture
def board() -> Flask:
    before.notices.clear()
    return before.app


def test_before_the_door_is_there_much_gets_through(board: Flask) -> None:
    assert set(proved(board, may_write=True).won) >= SHOWN


def test_behind_the_door_nothing_gets_through(tmp_path: Path) -> None:
    from examples.before_after.after import app

    door = app.extensions["doorward"]
    door.start(test_settings(tmp_path, behind_proxy=["127.0.0.1/32"]))
    try:
        proof = prove_in_process(app, ALL, left_out=KIT_PAGES)
    finally:
        door.close()
    assert [f"{one.id}: {one.what} {one.where}" for one in proof.findings] == []
    assert proof.uncovered == {}
    tried = {result.attack.id for result in proof.results if result.tried}
    assert tried >= SHOWN - {"bare.open", "headers.transport"}, "what won before was tried again"


def test_without_may_write_no_form_is_sent(board: Flask) -> None:
    methods: set[str] = set()
    inside = board.wsgi_app

    def watched(environ, start_response):  # type: ignore[no-untyped-def]
        methods.add(environ["REQUEST_METHOD"])
        return inside(environ, start_response)

    board.wsgi_app = watched  # type: ignore[method-assign]
    try:
        proof = proved(board, may_write=False)
    finally:
        board.wsgi_app = inside  # type: ignore[method-assign]
    assert methods <= {"GET", "HEAD", "OPTIONS"}
    assert before.notices == []
    assert proof.uncovered["POST /notices"] == WOULD_CHANGE
    assert "headers.policy" in proof.won
    reasons = {result.attack.id: result.untried for result in proof.results}
    assert reasons["csrf.token"] == [WOULD_CHANGE]


def test_what_needs_a_door_says_so_and_has_not_held(board: Flask) -> None:
    results = {result.attack.id: result for result in proved(board, may_write=True).results}
    for attack in ALL:
        if not attack.bare:
            assert not results[attack.id].tried
            assert "what a door brings" in results[attack.id].untried[0]


def test_an_app_that_breaks_in_debug_mode_does_not_break_the_run() -> None:
    app = Flask("broken")
    app.debug = True

    @app.get("/")
    def front() -> str:
        raise RuntimeError(request.path)

    proof = proved(app, may_write=True)
    assert proof.uncovered["GET /"] == "the rightful request got 500"
