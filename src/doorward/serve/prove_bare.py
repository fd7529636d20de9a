"""`prove` on a Flask app without a door, called in this process: what a door would close."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpx
from flask import Flask

from doorward.prove.attack import Attack
from doorward.prove.cast import assemble
from doorward.prove.outside import WOULD_CHANGE, ReadingLine
from doorward.prove.reduced import attack_some
from doorward.prove.run import Progress, Proof
from doorward.prove.scene import Facts, Scene
from doorward.prove.survey import survey
from doorward.prove.ways import Way, Ways
from doorward.prove.wire import HttpLine

#: The app is asked as if by HTTPS, so that it can show what it does there.
_URL = "https://localhost"
_NEEDS_A_DOOR = "it is about what a door brings: accounts, sessions, factors, tokens, the journal"
HOW_READING = (
    "This is before: the app has no door. It was called in this process, as a visitor, by reading only, since it works "
    "on whatever records it is set up with."
)
HOW_WRITING = (
    "This is before: the app has no door. It was called in this process, as a visitor, and its forms were sent, on "
    "the records that it is set up with."
)
UNSEEN = (
    "No rule says who may enter, so everything counts as open to everybody: whether somebody was let in who should "
    "not be cannot be told.",
    "There are no people of the run's own: an app's own way to sign in, and what lies behind it, was not tried.",
    "No connection was made: what needs one was not tried.",
)
UNSEEN_READING = "No form was sent. With --may-write they are: point the app at a copy of its records first."


def prove_bare(app: Flask, attacks: Sequence[Attack], progress: Progress, *, may_write: bool = False) -> Proof:
    """Attack an app that has no door, as far as that is possible.

    Arguments:
        app: as it is; it works on the records that it is set up with.
        attacks: what to try; those that need a door are left out.
        progress: is told how far it is.
        may_write: whether its forms may be sent.
    """
    transport = httpx.WSGITransport(app=_steady(app), raise_app_exceptions=False)
    line = HttpLine(_URL, transport=transport)
    facts = Facts(_URL, max_body=app.config["MAX_CONTENT_LENGTH"] or 256 * 1024)
    only_reading = not may_write
    # Calls within this process need no pause.
    scene = Scene(ReadingLine(line, 1e9) if only_reading else line, ways_of_bare(app), facts, only_reading=only_reading)
    progress(0, 1, "walking through the app")
    assemble(scene)
    survey(scene)
    if only_reading:
        scene.uncovered.update((str(way), WOULD_CHANGE) for way in scene.ways.all if way.writes)
        scene.samples = [sample for sample in scene.samples if not sample.way.writes]

    def why_not(one: Attack) -> str:
        if not one.bare:
            return _NEEDS_A_DOOR
        return WOULD_CHANGE if one.changes and only_reading else ""

    return attack_some(scene, attacks, why_not, progress)


def ways_of_bare(app: Flask) -> Ways:
    """The ways that Flask's own table names. No rule is known, so all are open."""
    return Ways(
        tuple(
            Way(method, rule.rule, rule.endpoint, public=True)
            for rule in app.url_map.iter_rules()
            for method in sorted(rule.methods or ())
            if method not in ("HEAD", "OPTIONS")
        )
    )


def _steady(app: Flask) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """The app as a server would run it: what it raises in debug mode is an answer too."""

    def steady(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            return app(environ, start_response)
        except Exception as problem:
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
            return [type(problem).__name__.encode()]

    return steady
