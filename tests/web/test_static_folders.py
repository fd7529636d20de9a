"""No static route of the framework leads to what the server keeps: such a start is refused, and no route has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import BuildError

from doorward import Doorward, access
from doorward.errors import StartRefused
from doorward.testing import Browser, signed_in, test_settings
from doorward_suite.portal import create_app
from tests.support.doors import bare_app, behind
from tests.support.shelf import Shelf, send

SHOWN = b"body { color: teal }"


def of_the_app(folder: Path) -> Flask:
    return bare_app(static_folder=str(folder), static_url_path="/static")


def of_a_blueprint(folder: Path) -> Flask:
    app = bare_app()
    app.register_blueprint(static_of(folder))
    return app


def static_of(folder: Path) -> Blueprint:
    notes = Blueprint("notes", __name__, static_folder=str(folder), static_url_path="/notes/static")
    access.default(notes, access.public)
    return notes


@pytest.fixture(params=[of_the_app, of_a_blueprint])
def make(request: pytest.FixtureRequest) -> Callable[[Path], Flask]:
    made: Callable[[Path], Flask] = request.param
    return made


def start(app: Flask, data: Path) -> Flask:
    behind(app, data, rules={"static": access.public} if app.static_folder else {})
    return app


@pytest.mark.parametrize("inside", ["data/files", "data/files/kept", "data", ".", "elsewhere/../data/files"])
def test_a_static_folder_that_leads_to_kept_files_stops_the_start(
    make: Callable[[Path], Flask], tmp_path: Path, inside: str
) -> None:
    (tmp_path / "data/files/kept").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(StartRefused, match="leads to the data folder"):
        start(make(tmp_path / inside), tmp_path / "data")


@pytest.mark.parametrize("target", ["data/files", "data/files/kept/secret", "data/secrets.toml", "."])
def test_no_link_in_it_leads_there_either(make: Callable[[Path], Flask], tmp_path: Path, target: str) -> None:
    (tmp_path / "data/files/kept").mkdir(parents=True)
    (tmp_path / "shown/deep").mkdir(parents=True)
    (tmp_path / "shown/deep/link").symlink_to(tmp_path / target)
    with pytest.raises(StartRefused, match="deep/link, leads to the data folder"):
        start(make(tmp_path / "shown"), tmp_path / "data")


def test_a_folder_beside_the_data_is_served_as_ever(make: Callable[[Path], Flask], tmp_path: Path) -> None:
    (tmp_path / "data-of-ours").mkdir()
    (tmp_path / "data-of-ours/app.css").write_bytes(SHOWN)
    (tmp_path / "data-of-ours/again.css").symlink_to(tmp_path / "data-of-ours/app.css")
    app = start(make(tmp_path / "data-of-ours"), tmp_path / "data")
    path = "/static" if app.static_folder else "/notes/static"
    for name in ("app.css", "again.css"):
        assert Browser(app).get(f"{path}/{name}").data == SHOWN


def names_of(bytes_of_it: Path, data: Path) -> list[str]:
    """Every way to call a kept file that a static route might understand."""
    place = bytes_of_it.relative_to(data)
    up = "../" * 12
    return [
        *(
            bytes_of_it.name,
            f"{bytes_of_it.parent.name}/{bytes_of_it.name}",
            str(place),
            str(bytes_of_it).replace("/", "%2f"),
        ),
        *(f"{up}{str(bytes_of_it)[1:]}", f"..%2f{place}", f"%2e%2e/{place}", f"....//{place}"),
    ]


def told(browser: Browser, path: str) -> int:
    """The status in the end: two slashes in a row lead on to one."""
    answer = browser.get(path)
    while answer.status_code == 308:
        answer = browser.get(urlsplit(answer.headers["Location"]).path)
    return answer.status_code


def asked_for(app: Flask, name: str) -> dict[str, int]:
    """What each route of the app says that takes a name, whoever wrote it: its address, and the status."""
    found = {}
    browser = signed_in(app, "sven")
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or not rule.arguments:
                continue
            try:
                address = app.url_for(rule.endpoint, **dict.fromkeys(rule.arguments, "NAME"))
            except (BuildError, ValueError):
                continue  # it takes numbers
            if "static" in rule.endpoint or "static" in rule.rule:
                found[rule.rule] = told(browser, address.replace("NAME", name))
    return found


def test_no_static_route_of_the_portal_has_a_kept_file(tmp_path: Path) -> None:
    """All apps together: none has the framework's static route, and the kit's own gives scripts and styles alone."""
    app = create_app()
    door: Doorward = app.extensions["doorward"]
    door.start(test_settings(tmp_path))
    kept = tmp_path / "files/kept/ab/ab0123456789abcdef0123456789abcdef"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"evidence")
    assert app.static_folder is None
    assert [name for name, one in app.blueprints.items() if one.static_folder is not None] == []
    asked = asked_for(app, kept.name)
    assert {"/doorward/static/<path:name>", "/evidence/static/<name>", "/chat/static/<name>"} < asked.keys()
    for name in names_of(kept, tmp_path):
        statuses = asked_for(app, name)
        assert set(statuses.values()) <= {404, 400}, statuses
    door.close()


def test_a_kept_file_is_given_by_its_view_and_by_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown/app.css").write_bytes(SHOWN)
    shelf = Shelf(tmp_path / "data")
    app = shelf.app
    app.register_blueprint(static_of(tmp_path / "shown"))
    ada = signed_in(app, "ada")
    file_id = send(ada, "notes.txt", b"evidence", "box:ada").json["id"]
    assert ada.post("/boxes/ada", {"file": file_id}).status_code == 303
    assert ada.get(f"/files-of/ada/{file_id}").data == b"evidence"
    (bytes_of_it,) = shelf.bytes_on_disk()
    assert ada.get("/notes/static/app.css").data == SHOWN
    for name in (*names_of(bytes_of_it, tmp_path / "data"), file_id, "notes.txt"):
        assert told(ada, f"/notes/static/{name}") in (400, 404), name
    shelf.door.close()
