"""Where the source of a running app lies: its Python files, its templates, and the file and line of each view."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from jinja2 import TemplateNotFound

from doorward.prove.checks.facts import GuardedRoute, Template
from doorward.prove.checks.reading import python_below
from doorward.web.census import Census

_INSTALLED = ("site-packages", "dist-packages")
_PAGES = (".html", ".htm", ".xhtml", ".xml", ".svg", ".jinja", ".jinja2", ".j2", ".txt", ".md")


def python_of(app: Flask) -> Iterator[Path]:
    """The Python files of the app and of its blueprints; not the kit's, and not of installed packages."""
    own = Path(app.root_path)
    folders = [own]
    for blueprint in app.blueprints.values():
        folder = Path(blueprint.root_path)
        if not _is_kit(blueprint.import_name) and _is_ours(folder, own, blueprint.import_name, app.import_name):
            folders.append(folder)
    yield from python_below(folder for folder in folders if not any(other in folder.parents for other in folders))


def _is_kit(name: str) -> bool:
    return name.split(".")[0] == "doorward"


def _is_ours(folder: Path, own: Path, name: str, app_name: str) -> bool:
    """Somebody else's blueprint out of an installed package is not the app's source."""
    return name.split(".")[0] == app_name.split(".")[0] or not any(part in _INSTALLED for part in folder.parts)


def templates_of(app: Flask) -> Iterator[Template]:
    """Every template that the app can render, the door's own among them."""
    loader = app.jinja_env.loader
    if loader is None:
        return
    here = Path.cwd()
    for name in sorted(app.jinja_env.list_templates()):
        if not name.endswith(_PAGES):
            continue
        try:
            source, file, _ = loader.get_source(app.jinja_env, name)
        except (TemplateNotFound, UnicodeDecodeError, OSError):
            continue
        path = Path(file or name)
        shown = str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
        yield Template(name, shown, source, app.select_jinja_autoescape(name))


def routes_of(app: Flask, census: Census) -> Iterator[GuardedRoute]:
    """The census, with where each view stands."""
    for route in census.routes():
        view = app.view_functions.get(route.endpoint)
        target = inspect.unwrap(getattr(view, "view_class", view))  # type: ignore[arg-type]
        code = getattr(target, "__code__", None)
        if code is not None:
            yield GuardedRoute(route, code.co_filename, code.co_firstlineno)
        else:
            yield GuardedRoute(route)
