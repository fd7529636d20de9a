"""Find the Flask app that a command shall work on: the suite's, or one named as module:name."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from flask import Flask

from doorward.errors import StartRefused
from doorward.serve import checking, proving_now
from doorward.settings import Settings
from doorward.store.migrate import Migrations
from doorward.web.extension import Doorward

_SUITE = "doorward_suite.portal"


def load_app(
    target: str | None, data: Path, overrides: Mapping[str, object] | None = None, hosts: Iterable[str] = ()
) -> tuple[Flask, Doorward]:
    """The app and its door, started.

    Arguments:
        target: `module:name` of an app or of a function that makes one; None for the suite.
        data: the data folder.
        overrides: settings from the command line.
        hosts: names and addresses of this machine.

    Errors:
        StartRefused: there is no such app, it has no door, or its door refuses the start.
    """
    settings = Settings.load(data, os.environ, overrides)
    target = target or settings.app
    app, door = find_app(target, settings.apps)
    door.start(settings, hosts)
    checking.install(app, door)
    proving_now.install(door, target)
    return app, door


def find_app(target: str | None, apps: tuple[str, ...]) -> tuple[Flask, Doorward]:
    """The app and its door, as they are before a start: nothing is opened.

    Arguments:
        target: as for `load_app`.
        apps: which of the suite's; none means all.

    Errors:
        StartRefused: there is no such app, or it has no door.
    """
    app = named_app(target) if target else _suite(apps)
    door = app.extensions.get("doorward")
    if not isinstance(door, Doorward):
        raise StartRefused(f"{target} is not behind a door: add Doorward(app) to it.")
    return app, door


def migrations_of(target: str | None, settings: Settings) -> tuple[Migrations, ...]:
    """The migrations of an app, without starting it; of the suite, those of every app that is installed.

    Errors:
        StartRefused: there is no such app, or it has no door.
    """
    target = target or settings.app
    app = named_app(target) if target else _suite(())
    door = app.extensions.get("doorward")
    if not isinstance(door, Doorward):
        raise StartRefused(f"{target} is not behind a door: add Doorward(app) to it.")
    return door.migrations


def _suite(apps: tuple[str, ...]) -> Flask:
    try:
        portal = importlib.import_module(_SUITE)
    except ModuleNotFoundError as missing:
        raise StartRefused(
            f"The suite is not installed ({missing.name} is missing): pip install 'doorward[suite]'"
        ) from missing
    app: Flask = portal.create_app(apps)
    return app


def has_door(app: Flask) -> bool:
    """Whether the app is behind a door."""
    return isinstance(app.extensions.get("doorward"), Doorward)


def named_app(target: str) -> Flask:
    """The app that is named so, with a door or without one.

    Errors:
        StartRefused: there is none.
    """
    module_name, _, name = target.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module_name), name or "app")
    except (ModuleNotFoundError, AttributeError) as missing:
        raise StartRefused(
            f"There is no {target!r} ({missing}). Name an app as module:name, such as hello:app."
        ) from missing
    app = found() if callable(found) and not isinstance(found, Flask) else found
    if not isinstance(app, Flask):
        raise StartRefused(f"{target} is not a Flask app.")
    return app
