"""Importing by the pages of administration, by the command of the host, and who may do neither."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from doorward.store.store import Store, using
from doorward.testing import Browser, run_jobs, signed_in
from doorward_suite.honors.actions import importing
from doorward_suite.honors.commands import COMMANDS
from doorward_suite.honors.models import Award, Import

from .conftest import Made

TABLE = "Tên,Huy chương,Trường\nAda Import,Gold,Nord\nBen Import,Tin,Nord\n"


@pytest.fixture
def acting(app: Flask) -> Iterator[Store]:
    with using(app.extensions["doorward"].store):
        yield app.extensions["doorward"].store


def send(by: Browser, content: bytes, name: str = "results.csv") -> str:
    page = by.get("/honors/admin/imports")
    assert page.status_code in (200, 303, 403)
    form = {"file": (io.BytesIO(content), name), "csrf_token": by.token}
    answer = by.send("POST", "/honors/admin/imports", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def count(store: Store, path: str) -> int:
    with store.reading() as db:
        mine = Award.import_id == int(path.rpartition("/")[2])
        return db.scalar(select(func.count()).where(mine)) or 0


def test_from_the_file_to_the_roll_and_back(app: Flask, roll: Made, acting: Store) -> None:
    publisher = signed_in(app, "imports", "honors-publisher")
    path = send(publisher, TABLE.encode())
    page = publisher.get(path).get_data(as_text=True)
    assert "Ada Import" in page
    assert '<option value="Tên" selected>' in page, "the column of names is guessed"
    form = {"name": "Tên", "medal": "Huy chương", "school": "Trường", "edition": str(roll.edition), "consent": "full"}
    assert publisher.post(path, {**form, "do": "try"}).status_code == 303
    page = publisher.get(path).get_data(as_text=True)
    assert "What would come of it" in page
    assert "There is no medal called &#39;Tin&#39;." in page
    assert count(acting, path) == 0
    assert publisher.post(path, {**form, "do": "import"}).status_code == 303
    assert "What came of it" in publisher.get(path).get_data(as_text=True)
    assert "Ada Import" in Browser(app).get("/honors/search?q=ada+import").get_data(as_text=True)
    assert "1 added" in publisher.get("/honors/admin/imports").get_data(as_text=True)
    assert publisher.post(path, {**form, "do": "import"}).status_code == 409
    assert publisher.post(f"{path}/undoing", {}).status_code == 303
    assert count(acting, path) == 0
    assert "/honors/people/" not in Browser(app).get("/honors/search?q=ada+import").get_data(as_text=True)


def test_a_larger_file_is_read_in_the_background_with_its_progress(app: Flask, roll: Made, acting: Store) -> None:
    editor = signed_in(app, "large", "honors-editor")
    rows = [f"Somebody {number},Gold" for number in range(importing.SMALL + 700)]
    path = send(editor, "\n".join(["name,medal", *rows]).encode())
    form = {"name": "name", "medal": "medal", "edition": str(roll.edition), "do": "import"}
    assert editor.post(path, form).status_code == 303
    assert "data-job=" in editor.get(path).get_data(as_text=True)
    assert count(acting, path) == 0
    run_jobs(app)
    assert count(acting, path) == len(rows)
    assert editor.post(f"{path}/undoing", {}).status_code == 303
    run_jobs(app)
    assert count(acting, path) == 0


def test_a_file_that_is_thrown_away_or_unreadable_leaves_nothing(app: Flask, acting: Store) -> None:
    editor = signed_in(app, "throws", "honors-editor")
    path = send(editor, TABLE.encode())
    assert editor.get(path).status_code == 200
    assert editor.post(f"{path}/removal", {}).status_code == 303
    assert editor.get(path).status_code == 404
    form = {"file": (io.BytesIO(b"[1]"), "a.json"), "csrf_token": editor.token}
    wrong = editor.send("POST", "/honors/admin/imports", data=form, content_type="multipart/form-data")
    assert wrong.status_code == 422
    assert "no list of objects" in wrong.get_data(as_text=True)


def test_a_configuration_is_brought_in_by_its_page(app: Flask, acting: Store) -> None:
    editor = signed_in(app, "config", "honors-editor")
    config = {"competitions": [{"id": "page", "name": "By the page"}], "editions": [], "medals": {}}
    path = send(editor, json.dumps(config).encode(), "honor.config.json")
    assert "A configuration of the honor roll" in editor.get(path).get_data(as_text=True)
    assert editor.post(f"{path}/configuration", {}).status_code == 303
    assert "1 competitions" in editor.get(path).get_data(as_text=True)


def test_neither_members_nor_visitors_import_or_see_what_was_sent(app: Flask, roll: Made, acting: Store) -> None:
    editor, member = signed_in(app, "mine", "honors-editor"), signed_in(app, "nosy")
    path = send(editor, TABLE.encode())
    assert editor.get(path).status_code == 200
    for ask in ("/honors/admin/imports", path):
        assert member.get(ask).status_code == 403
        assert Browser(app).get(ask).status_code == 303
    for way in ("", "/configuration", "/removal", "/undoing"):
        assert member.post(f"{path}{way}", {"do": "import"}).status_code == 403
    with acting.reading() as db:
        assert db.get_one(Import, int(path.rpartition("/")[2])).state == importing.SENT


def test_the_host_imports_tries_and_undoes(roll: Made, acting: Store, tmp_path: Path) -> None:
    file, command = tmp_path / "results.csv", COMMANDS["honors"]
    file.write_text(TABLE.replace("Import", "Host"))
    which = ["--competition", "olympiad", "--year", "2025"]
    tried = CliRunner().invoke(command, ["import", str(file), *which, "--dry-run"])
    assert tried.exit_code == 0, tried.output
    done = CliRunner().invoke(command, ["import", str(file), *which, "--replace", "--consent", "short"])
    assert done.exit_code == 0, done.output
    assert "1 added" in done.output
    assert "There is no medal called 'Tin'." in done.output
    number = done.output.partition("Import ")[2].partition(":")[0]
    assert count(acting, f"/{number}") == 1
    assert CliRunner().invoke(command, ["undo", number]).exit_code == 0
    assert count(acting, f"/{number}") == 0
    for wrong in (["--year", "1901"], ["--column", "name"], ["--column", "medal=nothing", *which]):
        refused = CliRunner().invoke(command, ["import", str(file), *wrong])
        assert refused.exit_code == 1, refused.output
        assert refused.output.startswith("Error: ")
