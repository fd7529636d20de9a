"""Files come in through the door: from whom they may, once, whole, and go out inert."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from doorward.store.file_arrivals import Arrivals
from doorward.store.file_sweep import sweep
from doorward.testing import Browser, Clock, Program, add_token, signed_in
from tests.support.doors import last_entry
from tests.support.shelf import Shelf, offer, patch, send

TEXT = b"one line\nanother line\n"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(tmp_path: Path, clock: Clock) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "data", clock=clock)
    yield made
    made.door.close()


@pytest.fixture
def ada(shelf: Shelf) -> Browser:
    return signed_in(shelf.app, "ada")


@pytest.fixture
def bob(shelf: Shelf) -> Browser:
    return signed_in(shelf.app, "bob")


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **options)
    return file.getvalue()


def kept(browser: Browser, name: str = "notes.txt", data: bytes = TEXT, box: str = "ada") -> str:
    """A file that was sent and taken. Its id."""
    file_id: str = send(browser, name, data, f"box:{box}").json["id"]
    assert browser.post(f"/boxes/{box}", {"file": file_id}).status_code == 303
    return file_id


def test_a_file_is_sent_in_pieces_and_taken_by_the_form(shelf: Shelf, ada: Browser) -> None:
    offered = offer(ada, "notes.txt", len(TEXT), "box:ada")
    assert (offered.status_code, offered.json["offset"]) == (201, 0)
    file_id = offered.json["id"]
    first = patch(ada, file_id, TEXT[:5])
    assert first.json == {"id": file_id, "state": "arriving", "offset": 5}
    assert ada.get(f"/files/{file_id}").json["offset"] == 5
    last = patch(ada, file_id, TEXT[5:], 5)
    assert last.json["state"] == "arrived"
    assert last.json["sha256"] == hashlib.sha256(TEXT).hexdigest()
    assert ada.post("/boxes/ada", {"file": file_id}).status_code == 303
    answer = ada.get(f"/files-of/ada/{file_id}")
    assert answer.data == TEXT
    assert [one.name for one in shelf.kept["ada"]] == ["notes.txt"]


def test_without_javascript_the_form_brings_its_files(shelf: Shelf, ada: Browser) -> None:
    files = [(io.BytesIO(TEXT), "one.txt"), (io.BytesIO(b"a,b\n1,2\n"), "two.csv")]
    answer = ada.post("/boxes/ada", {"label": "both", "file": files}, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert [one.name for one in shelf.kept["ada"]] == ["one.txt", "two.csv"]
    assert details(shelf, "box.filled") == {"count": 2, "label": "both"}


def details(shelf: Shelf, event: str) -> Any:
    """Of the last entry of this event."""
    return json.loads(last_entry(shelf.door, event).details)


def test_a_form_with_nothing_chosen_is_a_form_without_files(shelf: Shelf, ada: Browser) -> None:
    answer = ada.post("/boxes/ada", {"file": (io.BytesIO(b""), "")}, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert shelf.kept["ada"] == []


def test_nobody_else_sees_or_sends_or_gives_up_or_takes_a_file(ada: Browser, bob: Browser) -> None:
    file_id = offer(ada, "notes.txt", len(TEXT), "box:ada").json["id"]
    for answer in (bob.get(f"/files/{file_id}"), patch(bob, file_id, TEXT), give_up(bob, file_id)):
        assert answer.status_code == 404
    assert patch(ada, file_id, TEXT).json["state"] == "arrived"
    assert bob.post("/boxes/bob", {"file": file_id}).status_code == 422
    assert ada.post("/boxes/ada", {"file": file_id}).status_code == 303


def give_up(browser: Browser, file_id: str) -> Any:
    headers = {"X-CSRF-Token": browser.token, "Accept": "application/json"}
    return browser.send("DELETE", f"/files/{file_id}", headers=headers)


def test_a_file_is_taken_once(ada: Browser) -> None:
    file_id = kept(ada)
    assert ada.post("/boxes/ada", {"file": file_id}).status_code == 422
    file_id = send(ada, "notes.txt", TEXT, "box:ada").json["id"]
    assert ada.post("/boxes/ada", {"file": [file_id, file_id]}).status_code == 409
    assert ada.post("/boxes/ada", {"file": file_id}).status_code == 303


def test_the_app_says_who_may_send_about_what(ada: Browser, bob: Browser) -> None:
    assert offer(bob, "notes.txt", 5, "box:ada").status_code == 404
    assert offer(ada, "notes.txt", 5, "box:ada").status_code == 201
    assert offer(ada, "notes.txt", 5, "box:ada", intake="shelf.cellar").status_code == 404


def test_a_file_about_something_else_is_not_taken_for_this(shelf: Shelf, ada: Browser) -> None:
    photo = send(ada, "p.png", picture(), "box:ada", intake="shelf.photo").json["id"]
    assert ada.post("/boxes/ada", {"file": photo}).status_code == 422
    assert ada.post("/photos/ada", {"file": photo}).status_code == 200


def test_visitors_send_nothing_and_tokens_only_with_the_scope(shelf: Shelf, ada: Browser) -> None:
    assert offer(Browser(shelf.app), "notes.txt", 5, "box:ada").status_code == 401
    offered = {"intake": "shelf.box", "about": "box:ada", "name": "notes.txt", "size": len(TEXT)}
    assert Program(shelf.app, add_token(shelf.app, "ada", "account:read")).post("/files", offered).status_code == 403
    program = Program(shelf.app, add_token(shelf.app, "ada", "shelf:write"))
    file_id = program.post("/files", offered).json["id"]
    headers = {"Upload-Offset": "0"}
    sent = program.send(
        "PATCH", f"/files/{file_id}", data=TEXT, headers=headers, content_type="application/octet-stream"
    )
    assert sent.json["state"] == "arrived"
    assert program.post("/files", {**offered, "intake": "shelf.photo", "name": "p.png"}).status_code == 403


def test_a_change_needs_the_csrf_token(ada: Browser) -> None:
    file_id = offer(ada, "notes.txt", len(TEXT), "box:ada").json["id"]
    assert patch(ada, file_id, TEXT, **{"X-CSRF-Token": "x"}).status_code == 403
    form = {"file": (io.BytesIO(TEXT), "notes.txt"), "csrf_token": "x"}
    assert ada.send("POST", "/boxes/ada", data=form, content_type="multipart/form-data").status_code == 400
    assert patch(ada, file_id, TEXT).json["state"] == "arrived"


def test_no_file_of_a_form_is_read_before_its_token_and_its_sender_are_known(shelf: Shelf, ada: Browser) -> None:
    ada.get("/account")
    assert ada.send("POST", "/boxes/ada", **raw_form(("csrf_token", ada.token), "file")).status_code == 303
    assert ada.send("POST", "/boxes/ada", **raw_form("file", ("csrf_token", ada.token))).status_code == 400
    visitor = Browser(shelf.app)
    form = {"file": (io.BytesIO(TEXT), "notes.txt")}
    assert visitor.post("/boxes/ada", form, content_type="multipart/form-data").status_code == 401
    assert len(shelf.bytes_on_disk()) == 1


def raw_form(*parts: str | tuple[str, str]) -> dict[str, Any]:
    """A form whose parts stand in exactly this order: fields, or the name of a field with a file."""
    body = b""
    for part in parts:
        name, value = (part, TEXT.decode()) if isinstance(part, str) else part
        file = '; filename="notes.txt"' if isinstance(part, str) else ""
        body += f'--edge\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n'.encode()
    return {"data": body + b"--edge--\r\n", "content_type": "multipart/form-data; boundary=edge"}


def test_what_a_view_does_not_ask_for_is_gone_again(shelf: Shelf, ada: Browser) -> None:
    form = {"other": (io.BytesIO(TEXT), "notes.txt")}
    assert ada.post("/boxes/ada", form, content_type="multipart/form-data").status_code == 303
    assert shelf.bytes_on_disk() == []
    assert usage(shelf) == {}


def usage(shelf: Shelf) -> dict[str, tuple[int, int]]:
    """What the quotas count, by holder; those with nothing left out."""
    with sqlite3.connect(Path(shelf.door.settings.data) / "doorward.sqlite3") as db:
        rows = db.execute("SELECT holder, sum(stored), sum(files) FROM file_usage GROUP BY holder").fetchall()
    return {holder: (stored, files) for holder, stored, files in rows if stored or files}


def test_two_who_send_one_file_do_not_mix_their_bytes(ada: Browser) -> None:
    file_id = offer(ada, "notes.txt", len(TEXT), "box:ada").json["id"]
    assert patch(ada, file_id, TEXT[:4]).status_code == 200
    assert patch(ada, file_id, b"XXXX").status_code == 409
    assert patch(ada, file_id, b"XXXX", 8).status_code == 409
    done = patch(ada, file_id, TEXT[4:], 4)
    assert done.json["sha256"] == hashlib.sha256(TEXT).hexdigest()


@pytest.mark.parametrize("second", [TEXT, TEXT.upper()], ids=["the same", "other bytes"])
def test_a_second_sender_who_began_in_time_takes_nothing_away_from_what_has_arrived(
    shelf: Shelf, ada: Browser, monkeypatch: pytest.MonkeyPatch, second: bytes
) -> None:
    """Both find the file as arriving; one is through before the other writes its first byte."""
    file_id = offer(ada, "notes.txt", len(TEXT), "box:ada").json["id"]
    appending, other = Arrivals.appending, signed_in(shelf.app, "ada")
    other.get("/account")

    def late(self: Arrivals, key: str, position: int) -> Any:
        monkeypatch.setattr(Arrivals, "appending", appending)
        assert patch(other, file_id, TEXT).status_code == 200
        return appending(self, key, position)

    monkeypatch.setattr(Arrivals, "appending", late)
    assert patch(ada, file_id, second).status_code == 409
    assert ada.post("/boxes/ada", {"file": file_id}).status_code == 303
    assert ada.get(f"/files-of/ada/{file_id}").data == TEXT
    assert len(shelf.bytes_on_disk()) == 1


def test_more_than_announced_is_refused_before_it_is_read(shelf: Shelf, ada: Browser) -> None:
    file_id = offer(ada, "notes.txt", 5, "box:ada").json["id"]
    assert patch(ada, file_id, b"12345678").status_code == 413
    assert shelf.bytes_on_disk() == []
    assert patch(ada, file_id, b"12345").json["state"] == "arrived"


def test_too_large_files_and_wrong_types_are_refused_when_they_are_announced(ada: Browser) -> None:
    assert offer(ada, "notes.txt", 101 << 20, "box:ada").status_code == 413
    for name in ("page.html", "drawing.svg", "run.exe", "noextension", "a.txt.js", ""):
        refused = offer(ada, name, 5, "box:ada")
        assert (refused.status_code, refused.json["error"]["code"]) == (422, "file_refused"), name
    assert offer(ada, "empty.txt", 0, "box:ada").status_code == 422
    assert offer(ada, "notes.txt", 100 << 20, "box:ada").status_code == 201


def test_content_must_be_what_the_name_says(shelf: Shelf, ada: Browser) -> None:
    refused = send(ada, "photo.png", b"<html><script>alert(1)</script>", "box:ada")
    assert refused.status_code == 422
    assert "web page" in refused.json["error"]["message"]
    assert shelf.bytes_on_disk() == []
    assert usage(shelf) == {}
    assert details(shelf, "file.refused") == {"intake": "shelf.box", "why": "type"}
    assert send(ada, "photo.png", picture(), "box:ada").status_code == 200


def test_an_account_has_room_for_so_much_and_no_more(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "data", per_account="1KiB", in_all="2KiB")
    ada, bob, cleo = (signed_in(shelf.app, name) for name in ("ada", "bob", "cleo"))
    assert offer(ada, "a.txt", 600, "box:ada").status_code == 201
    second = offer(ada, "b.txt", 600, "box:ada")
    assert (second.status_code, second.json["error"]["code"]) == (413, "quota_full")
    assert "600 bytes of the 1 KiB" in second.json["error"]["message"]
    assert offer(bob, "a.txt", 1000, "box:bob").status_code == 201
    third = offer(cleo, "a.txt", 1000, "box:cleo")
    assert third.json["error"]["code"] == "quota_full"
    assert offer(cleo, "a.txt", 400, "box:cleo").status_code == 201
    shelf.door.close()


def test_room_is_free_again_when_a_file_is_given_up_or_dropped(shelf: Shelf, ada: Browser) -> None:
    file_id = offer(ada, "a.txt", 600, "box:ada").json["id"]
    assert give_up(ada, file_id).status_code == 204
    assert give_up(ada, file_id).status_code in (204, 404)
    file_id = kept(ada)
    assert {stored for stored, _ in usage(shelf).values()} == {len(TEXT)}
    assert give_up(ada, file_id).status_code == 409
    ada.post(f"/files-of/ada/{file_id}/drop")
    assert usage(shelf) == {}
    assert shelf.bytes_on_disk() == []
    assert ada.get(f"/files-of/ada/{file_id}").status_code == 404


def test_what_nobody_took_is_swept_after_a_day_and_what_was_taken_stays(
    shelf: Shelf, ada: Browser, clock: Clock
) -> None:
    taken = kept(ada)
    half = offer(ada, "half.txt", 10, "box:ada").json["id"]
    patch(ada, half, b"12345")
    send(ada, "waits.txt", TEXT, "box:ada")
    clock.forward(hours=23)
    assert sweep(shelf.door.store) == 0
    clock.forward(hours=2)
    assert sweep(shelf.door.store) == 2
    assert len(shelf.bytes_on_disk()) == 1
    assert {stored for stored, _ in usage(shelf).values()} == {len(TEXT)}
    ada.sign_in("ada")
    assert ada.get(f"/files-of/ada/{taken}").data == TEXT
    assert ada.get(f"/files/{half}").status_code == 404


def test_a_download_is_inert(ada: Browser) -> None:
    headers = ada.get(f"/files-of/ada/{kept(ada)}").headers
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Disposition"] == 'attachment; filename="notes.txt"'
    assert headers["Cache-Control"] == "private, no-store"


def test_parts_of_a_file_are_given_as_they_are_asked_for(ada: Browser) -> None:
    path = f"/files-of/ada/{kept(ada)}"
    whole = ada.get(path)

    def part(wanted: str, **headers: str) -> tuple[int, bytes, str | None]:
        answer = ada.get(path, headers={"Range": wanted, **headers})
        return answer.status_code, answer.data, answer.headers.get("Content-Range")

    size = len(TEXT)
    assert part("bytes=0-3") == (206, b"one ", f"bytes 0-3/{size}")
    assert part("bytes=4-") == (206, TEXT[4:], f"bytes 4-{size - 1}/{size}")
    assert part("bytes=-5") == (206, TEXT[-5:], f"bytes {size - 5}-{size - 1}/{size}")
    assert part("bytes=5-999999") == (206, TEXT[5:], f"bytes 5-{size - 1}/{size}")
    assert part(f"bytes={size}-")[::2] == (416, f"bytes */{size}")
    assert part("bytes=-0")[0] == 416
    for odd in ("bytes=0-1,3-4", "bytes=5-2", "bytes=x-", "lines=1-2", "bytes=", "bytes=-"):
        assert part(odd) == (200, TEXT, None), odd
    tag = whole.headers["ETag"]
    assert part("bytes=0-3", **{"If-Range": tag})[0] == 206
    assert part("bytes=0-3", **{"If-Range": '"other"'}) == (200, TEXT, None)
    assert ada.get(path, headers={"If-None-Match": tag}).status_code == 304
    head = ada.send("HEAD", path)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(size))


def test_a_picture_is_shown_upright_without_what_its_camera_wrote(shelf: Shelf, ada: Browser) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Secret Camera"
    sent = send(ada, "p.jpg", picture("JPEG", (60, 40), exif=exif), "box:ada", intake="shelf.photo")
    file_id = sent.json["id"]
    ada.post("/photos/ada", {"file": file_id})
    assert (shelf.kept["ada"][0].width, shelf.kept["ada"][0].height) == (40, 60)
    for variant in ("full", "thumb"):
        answer = ada.get(f"/files-of/ada/{file_id}?as={variant}")
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert answer.headers["Cache-Control"] == "private, no-cache"
        shown = Image.open(io.BytesIO(answer.data))
        assert shown.size == (40, 60)
        assert not shown.getexif()
        assert b"Secret Camera" not in answer.data
    assert ada.get(f"/files-of/ada/{file_id}").headers["Content-Disposition"].startswith("attachment")


def test_a_file_that_changed_on_disk_is_noticed(shelf: Shelf, ada: Browser) -> None:
    file_id = kept(ada)
    path = f"/files-of/ada/{file_id}/check"
    assert ada.get(path).json == {"is": True}
    (bytes_of_it,) = shelf.bytes_on_disk()
    bytes_of_it.write_bytes(TEXT.upper())
    assert ada.get(path).json == {"is": False}
    bytes_of_it.unlink()
    assert ada.get(path).json == {"is": None}
    assert ada.get(f"/files-of/ada/{file_id}").status_code == 404


def test_names_of_people_are_no_names_on_disk(shelf: Shelf, ada: Browser) -> None:
    file_id = kept(ada, "../../etc/../käse\u202etxt.exe\r\n.txt")
    (bytes_of_it,) = shelf.bytes_on_disk()
    assert bytes_of_it.relative_to(shelf.folder).parts[0] == "kept"
    assert not set(bytes_of_it.name) - set("0123456789abcdef")
    assert bytes_of_it.stat().st_mode & 0o777 == 0o600
    disposition = ada.get(f"/files-of/ada/{file_id}").headers["Content-Disposition"]
    assert disposition == "attachment; filename=\"kasetxt.exe.txt\"; filename*=UTF-8''k%C3%A4setxt.exe.txt"
