"""A small app that takes files, for tests: boxes that belong to people, with a page, a form and downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, render_template_string, request

from doorward import (
    Caller,
    Doorward,
    Intake,
    NotFound,
    StoredFile,
    access,
    check_file,
    current_caller,
    file_answer,
    sent_files,
    transaction,
)
from doorward.clock import system_clock
from doorward.testing import Browser, door_of, test_settings

PAGE = """{% extends "doorward/base.html" %}
{% from "doorward/_uploads.html" import upload_field, upload_script with context %}
{% from "doorward/_forms.html" import csrf, submit with context %}
{% block main %}<h1>Box {{ box }}</h1>
<form class="form" method="post" enctype="multipart/form-data" action="/boxes/{{ box }}">{{ csrf() }}
<div class="field"><label for="label">Label</label><input class="input" id="label" name="label"></div>
{{ upload_field(intake, 'box:' ~ box) }}
{{ submit('Keep') }}</form>
<ul>{% for file in files %}<li><a href="/files-of/{{ box }}/{{ file.id }}">{{ file.name }}</a> {{ file.sha256 }}
{% for note in file.notes %}<p>{{ note }}</p>{% endfor %}</li>{% endfor %}</ul>{{ upload_script() }}{% endblock %}"""


def may_send(_db: Any, caller: Caller, about: str) -> None:
    """Into one's own box only: `box:<name of the account>`."""
    if about != f"box:{caller.name}":
        raise NotFound("There is no such box.")


class Shelf:
    """The app, and what it keeps: in memory, since only the kit's part is under test."""

    def __init__(
        self, data: Path | None, settings: dict[str, Any] | None = None, clock: Any = system_clock, **options: Any
    ) -> None:
        self.kept: dict[str, list[StoredFile]] = {}
        pictures = options.pop("photos", {})
        self.boxes = Intake("shelf.box", may_send=may_send, scopes=("shelf:write",), **options)
        self.photos = Intake(
            "shelf.photo", may_send=may_send, types=(".png", ".jpg", ".gif", ".webp"), pictures=True, **pictures
        )
        self.app = self._make()
        self.door = Doorward(
            self.app,
            intakes=[self.boxes, self.photos],
            scopes={"shelf:write": "Send files."},
            clock=clock,
            settings=test_settings(data, **settings or {}) if data is not None else None,
        )

    def _make(self) -> Flask:
        app = Flask(__name__, static_folder=None)

        @app.get("/boxes/<box>")
        @access.member
        def box(box: str) -> str:
            may_send(None, current_caller(), f"box:{box}")
            return render_template_string(PAGE, box=box, intake=self.boxes, files=self.kept.get(box, []))

        @app.post("/boxes/<box>")
        @access.member
        @access.takes(self.boxes)
        def fill(box: str) -> Response:
            ids = sent_files(self.boxes, "file", f"box:{box}")
            with transaction(current_caller()) as tx:
                taken = tx.take_files(self.boxes, ids)
                tx.journal("box.filled", on=f"box:{box}", count=len(taken), label=request.form.get("label", "")[:40])
            self.kept.setdefault(box, []).extend(taken)
            return redirect(f"/boxes/{box}", 303)

        @app.post("/photos/<box>")
        @access.member
        @access.takes(self.photos)
        def photo(box: str) -> dict[str, Any]:
            ids = sent_files(self.photos, "file", f"box:{box}")
            with transaction(current_caller()) as tx:
                taken = tx.take_files(self.photos, ids)
            self.kept.setdefault(box, []).extend(taken)
            return {"ids": [one.id for one in taken]}

        @app.get("/files-of/<box>/<file_id>")
        @access.member
        def download(box: str, file_id: str) -> Response:
            may_send(None, current_caller(), f"box:{box}")
            if file_id not in [one.id for one in self.kept.get(box, [])]:
                raise NotFound
            return file_answer(file_id, request.args.get("name"), request.args.get("as", False))

        @app.post("/files-of/<box>/<file_id>/drop")
        @access.member
        def drop(box: str, file_id: str) -> Response:
            may_send(None, current_caller(), f"box:{box}")
            with transaction(current_caller()) as tx:
                tx.drop_file(file_id)
            self.kept[box] = [one for one in self.kept[box] if one.id != file_id]
            return redirect(f"/boxes/{box}", 303)

        @app.get("/files-of/<box>/<file_id>/check")
        @access.member
        def check(box: str, file_id: str) -> dict[str, Any]:
            may_send(None, current_caller(), f"box:{box}")
            return {"is": check_file(file_id)}

        return app

    @property
    def folder(self) -> Path:
        return Path(self.door.settings.data) / "files"

    def bytes_on_disk(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and path.name != "lock"]


def create_app() -> Flask:
    """For a server of its own."""
    return Shelf(None, max_bytes="1GiB").app


def offer(browser: Browser, name: str, size: int, about: str, intake: str = "shelf.box") -> Any:
    """Announce a file, as the page's script does."""
    return browser.post_json("/files", {"intake": intake, "about": about, "name": name, "size": size})


def patch(browser: Browser, file_id: str, data: bytes, offset: int = 0, **headers: str) -> Any:
    """Send a piece of it."""
    return browser.send(
        "PATCH",
        f"/files/{file_id}",
        data=data,
        content_type="application/octet-stream",
        headers={"X-CSRF-Token": browser.token, "Accept": "application/json", "Upload-Offset": str(offset), **headers},
    )


def send(browser: Browser, name: str, data: bytes, about: str, intake: str = "shelf.box") -> Any:
    """Announce and send all of it. The answer to the last request."""
    offered = offer(browser, name, len(data), about, intake)
    if offered.status_code != 201:
        return offered
    return patch(browser, offered.json["id"], data)


__all__ = ["Shelf", "door_of", "offer", "patch", "send"]
