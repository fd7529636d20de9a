"""An app with a door behind which no page leads: which rooms there are must be said to `doorward prove`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from doorward import Doorward, Example, NotFound, People, access

ROOM = "POST /rooms/<key>/light"
KEY = "under-the-mat"


def create_app(examples: Mapping[str, Any] | None = None) -> Flask:
    app = Flask("hidden", static_folder=None)

    @app.get("/")
    @access.public
    def home() -> str:
        return "<h1>A house</h1>"

    @app.get("/rooms")
    @access.member
    def rooms() -> str:
        return "<h1>Rooms</h1><p>They are not listed.</p>"

    @app.post("/rooms/<key>/light")
    @access.member
    def light(key: str) -> str:
        if key != KEY:
            raise NotFound
        return "on"

    Doorward(app, examples=examples)
    return app


def switched_on(people: People) -> Example:
    """Somebody who knows where the key lies."""
    return Example(people.member, f"/rooms/{KEY}/light", form={"how": "bright"})
