"""Small apps behind a real door, and looks into what the door has written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from doorward import Doorward
from doorward.core.journal import Entry
from doorward.store import journal
from doorward.store.journal import Filter
from doorward.testing import Clock, test_settings

#: The directives and headers that make pages safe; each must be on every answer.
STEADY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def bare_app(name: str = "app", **options: Any) -> Flask:
    """A Flask app without any route."""
    return Flask(name, **{"static_folder": None, **options})


def behind(app: Flask, data: Path, clock: Clock | None = None, **settings: Any) -> Doorward:
    """The door of `app`, started, with its records in `data`. Its own arguments stand among the settings."""
    data.mkdir(parents=True, exist_ok=True)
    own = ("rules", "roles", "jobs", "leaving", "migrations", "scopes", "intakes")
    options = {name: settings.pop(name) for name in own if name in settings}
    door = Doorward(app, settings=test_settings(data, **settings), clock=clock or Clock(), **options)
    door.start()
    return door


def app_behind(data: Path, routes: Callable[[Flask], None], clock: Clock | None = None, **settings: Any) -> Flask:
    """An app with the routes that `routes` adds, behind a started door."""
    app = bare_app()
    routes(app)
    behind(app, data, clock, **settings)
    return app


def entries(door: Doorward, event: str = "", count: int = 1000) -> list[Entry]:
    """The journal's entries of this event, or all, newest first."""
    with door.store.reading() as db:
        return [sealed.entry for sealed in journal.page(db, Filter(event=event), count)]


def last_entry(door: Doorward, event: str) -> Entry:
    """The newest entry of this event; there must be one."""
    found = entries(door, event, 1)
    assert found, f"no entry {event}; there are {sorted({entry.event for entry in entries(door)})}"
    return found[0]


def journal_break(door: Doorward) -> object:
    """Where the chain of the journal is broken; None when it is whole."""
    with door.store.reading() as db:
        return journal.verify(db, door.parts.seals)


def everything_stored(data: Path) -> bytes:
    """All bytes of the data folder except the secret keys: what a thief of the database finds."""
    kept = [path for path in data.rglob("*") if path.is_file() and path.name != "secrets.toml"]
    return b"\n".join(path.read_bytes() for path in sorted(kept))


#: For fixtures of a door that shall hold on both databases: `params=BOTH`, then `where(request)` among the settings.
BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def where(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings that say in which database this parameter's door keeps its records."""
    return {"database_url": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
