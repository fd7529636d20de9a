"""An app's own files: given with fixed types, kept by browsers for as long as they stay the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask, render_template_string

from doorward import Doorward, access, static_files
from doorward.testing import Browser
from doorward.testing import test_settings as settings_in


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Browser]:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "app.css").write_text("a {}")
    (folder / "secret.html").write_text("<script>")
    (tmp_path / "beside.css").write_text("b {}")
    app, pages = Flask("shelf", static_folder=None), Blueprint("shelf", __name__)
    static_files(pages, folder)
    pages.get("/shelf/")(access.public(lambda: render_template_string("{{ shelf_static('app.css') }}")))
    app.register_blueprint(pages)
    door = Doorward(app, settings=settings_in(tmp_path / "data"))
    yield Browser(app)
    door.close()


def test_a_file_is_given_with_its_type_and_kept_by_the_browser_for_its_fingerprint(visitor: Browser) -> None:
    address = visitor.get("/shelf/").get_data(as_text=True)
    given = visitor.get(address)
    assert (given.status_code, given.mimetype, given.get_data()) == (200, "text/css", b"a {}")
    assert "immutable" in given.headers["Cache-Control"]
    assert "immutable" not in visitor.get("/shelf/static/app.css").headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["secret.html", "none.css", "../beside.css", "..%2fbeside.css", "%2e%2e/beside.css", ""]
)
def test_what_is_no_file_of_the_folder_is_not_there(visitor: Browser, name: str) -> None:
    assert visitor.get(f"/shelf/static/{name}").status_code == 404
