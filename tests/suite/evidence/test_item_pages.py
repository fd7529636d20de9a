"""Evidence through the real door: sent with a form, found, downloaded under its name, hashed, checked, taken away."""

from __future__ import annotations

import io
import re
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from doorward.testing import Browser, Clock, door_of, run_jobs
from tests.support.hostile_files import HOSTILE, Hostile

from .rooms import Room, sent

TEXT = b"Who may use the system: Ada, Lea.\n"


def add(room: Room, browser: Browser, content: bytes = TEXT, name: str = "users.txt", **fields: str) -> int:
    facts = {"how": "export", "source": "the directory", "collected_on": "2025-12-01"}
    form = {"objectives": "3.1.1[a]", **facts, **fields}
    added = browser.post(f"{room.path}/items", sent(content, name, **form))
    assert added.status_code == 303, added.get_data(as_text=True)
    listed = browser.get(f"{room.path}/items").get_data(as_text=True)
    return int(re.findall(r"/items/(\d+)\"", listed)[0])


def test_a_file_that_a_form_brings_is_evidence_and_comes_back_as_it_was(room: Room) -> None:
    number = add(room, room.cleo, title="List of users")
    page = room.vera.get(f"{room.path}/items/{number}").get_data(as_text=True)
    assert sha256(TEXT).hexdigest() in page
    assert "Export from a system" in page
    assert "3.1.1[a]" in page
    guest, _ = room.guest()
    for browser in (room.lea, room.cleo, room.rosa, room.vera, guest):
        given = browser.get(f"{room.path}/items/{number}/versions/1/file")
        assert given.get_data() == TEXT
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        name = f"AC.L2-3.1.1_a_List-of-users_2025-12-01_E{number}v1.txt"
        assert name in given.headers["Content-Disposition"]
        assert given.headers["Content-Disposition"].startswith("attachment")
    for browser in (room.ada, room.sven):
        assert browser.get(f"{room.path}/items/{number}/versions/1/file").status_code == 404
        assert browser.get(f"{room.path}/items/{number}").status_code == 404
    assert room.lea.get(f"{room.path}/items/{number}/versions/2/file").status_code == 404


def test_who_does_not_collect_sends_nothing(room: Room) -> None:
    form = {"objectives": "3.1.1[a]"}
    guest, _ = room.guest()
    for browser, status in ((room.rosa, 403), (room.vera, 403), (guest, 403), (room.sven, 404), (room.ada, 404)):
        assert browser.post(f"{room.path}/items", sent(TEXT, "users.txt", **form)).status_code == status
    offered = {"intake": "evidence.file", "about": f"assessment:{room.number}", "name": "a.txt", "size": 3}
    for browser, status in ((room.vera, 403), (room.sven, 404), (room.cleo, 201)):
        browser.get("/account")
        assert browser.post_json("/files", offered).status_code == status
    for about in ("assessment:0", "assessment:07", f"assessment:{room.number} ", "", "assessment:9999999999999999999"):
        assert room.cleo.post_json("/files", {**offered, "about": about}).status_code == 404


def test_a_file_for_one_assessment_is_not_used_in_another(room: Room) -> None:
    other = Room(room.app)
    offered = {"intake": "evidence.file", "about": f"assessment:{other.number}", "name": "a.txt", "size": 3}
    room.cleo.get("/account")
    file_id = room.cleo.post_json("/files", offered).json["id"]
    headers = {"X-CSRF-Token": room.cleo.token, "Upload-Offset": "0", "Accept": "application/json"}
    octets = "application/octet-stream"
    room.cleo.send("PATCH", f"/files/{file_id}", data=b"abc", content_type=octets, headers=headers)
    wrong = room.cleo.post(f"{room.path}/items", {"objectives": "3.1.1[a]", "file": file_id})
    assert wrong.status_code == 422
    assert room.cleo.post(f"{other.path}/items", {"objectives": "3.1.1[a]", "file": file_id}).status_code == 303


def test_what_is_typed_wrong_is_said_and_nothing_is_kept_or_lost(room: Room) -> None:
    wrong = room.cleo.post(
        f"{room.path}/items",
        sent(TEXT, "users.txt", objectives="3.1.99", source="the directory", collected_on="2031-01-01"),
    )
    page = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert "3.1.99" in page
    assert "the directory" in page
    kept = re.search(r'name="file" value="(f[0-9a-f]+)"', page)
    assert kept, "the file that was sent is not lost"
    again = {"objectives": "3.1.1[b]", "file": kept[1]}
    assert room.cleo.post(f"{room.path}/items", again).status_code == 303
    assert room.cleo.post(f"{room.path}/items", {"objectives": "3.1.1[b]"}).status_code == 422
    page_html = sent(b"<html><script>alert(1)</script>", "users.html", objectives="3.1.1[b]")
    assert room.cleo.post(f"{room.path}/items", page_html).status_code == 422


def test_evidence_is_linked_versioned_and_taken_away_through_its_page(room: Room) -> None:
    number = add(room, room.cleo, objectives="3.3.1[a]")
    path = f"{room.path}/items/{number}"
    assert room.cleo.post(f"{path}/links", {"change": "link", "objectives": "3.3.1[b] 3.3.1[c]"}).status_code == 303
    assert room.cleo.post(f"{path}/links", {"change": "unlink", "objectives": "3.3.1[c]"}).status_code == 303
    assert room.cleo.post(f"{path}/links", {"change": "link", "objectives": "nothing"}).status_code == 422
    assert room.rosa.post(f"{path}/links", {"change": "link", "objectives": "3.3.1[d]"}).status_code == 403
    newer = sent(b"newer\n", "users-2.txt", collected_on="2025-12-31")
    assert room.cleo.post(f"{path}/versions", newer).status_code == 303
    page = room.vera.get(path).get_data(as_text=True)
    assert page.index("Version 2") < page.index("Version 1")
    assert room.vera.get(f"{path}/versions/1/file").get_data() == TEXT
    assert room.vera.get(f"{path}/versions/2/file").get_data() == b"newer\n"
    assert room.vera.get(f"{room.path}/items?objective=3.3.1[b]").get_data(as_text=True).count(f'/items/{number}"') == 1
    assert f'/items/{number}"' not in room.vera.get(f"{room.path}/items?objective=3.3.1[c]").get_data(as_text=True)
    assert room.rosa.post(f"{path}/deletion", {"reason": "x"}).status_code == 403
    assert room.cleo.post(f"{path}/deletion", {"reason": ""}).status_code == 422
    assert room.cleo.post(f"{path}/deletion", {"reason": "The wrong system."}).status_code == 303
    assert room.cleo.get(path).status_code == 404
    assert room.cleo.get(f"{path}/versions/1/file").status_code == 404
    assert room.cleo.get(f"{room.path}/items?shows=deleted").status_code == 403
    assert "The wrong system." in room.lea.get(f"{room.path}/items?shows=deleted").get_data(as_text=True)
    assert room.cleo.post(f"{path}/restoration").status_code == 403
    assert room.lea.post(f"{path}/restoration").status_code == 303
    assert room.vera.get(f"{path}/versions/1/file").get_data() == TEXT


def test_the_hashes_are_those_of_the_files_under_the_names_they_get(room: Room) -> None:
    number = add(room, room.cleo, b"for the hashes\n", "h.txt", title="Hashed", objectives="3.2.1[a]")
    name = f"AT.L2-3.2.1_a_Hashed_2025-12-01_E{number}v1.txt"
    line = f"{sha256(b'for the hashes' + chr(10).encode()).hexdigest()}  {name}"
    sums = room.vera.get(f"{room.path}/hashes/SHA256SUMS").get_data(as_text=True)
    assert line in sums.splitlines()
    log = room.vera.get(f"{room.path}/hashes/CMMCAssessmentArtifacts.log").get_data()
    assert name.encode() in log
    of_log = room.vera.get(f"{room.path}/hashes/CMMCAssessmentLogHash.log").get_data(as_text=True)
    assert sha256(log).hexdigest().upper() in of_log
    assert room.vera.get(f"{room.path}/hashes/CMMCAssessmentArtifacts.log").get_data() == log
    assert room.sven.get(f"{room.path}/hashes/SHA256SUMS").status_code == 404
    assert room.vera.get(f"{room.path}/hashes/..%2fsecrets").status_code == 404


def test_a_file_that_changed_on_disk_is_an_alarm_on_the_overview_and_by_the_job(room: Room, clock: Clock) -> None:
    own = Room(room.app)
    number = add(own, own.cleo, b"to be changed\n", "c.txt")
    folder = Path(door_of(room.app).settings.data) / "files" / "kept"
    (path,) = [one for one in folder.rglob("*") if one.is_file() and one.read_bytes() == b"to be changed\n"]
    path.chmod(0o600)
    path.write_bytes(b"to be chanGed\n")
    assert 'role="alert"' not in own.vera.get(own.path).get_data(as_text=True)
    assert own.vera.post(f"{own.path}/items/{number}/checks").status_code == 403
    clock.forward(days=7, hours=7)
    try:
        run_jobs(room.app)
        own.vera.sign_in("Vera")
        assert "1 piece of evidence is not on disk as it arrived" in own.vera.get(own.path).get_data(as_text=True)
        path.write_bytes(b"to be changed\n")
        own.rosa.sign_in("Rosa")
        assert own.rosa.post(f"{own.path}/items/{number}/checks").status_code == 303
        assert 'role="alert"' not in own.vera.get(own.path).get_data(as_text=True)
    finally:
        clock.forward(days=-7, hours=-7)


def test_search_finds_evidence_and_requirements(room: Room) -> None:
    number = add(room, room.cleo, title="Marmalade procedure")
    page = room.vera.get(f"{room.path}/search?q=marmalade").get_data(as_text=True)
    assert f"/items/{number}" in page
    assert "No requirement" not in page


#: One of each kind that is refused, and one that is taken with a note; the whole corpus is tried on the intake itself.
KINDS = [*{one.why: one for one in HOSTILE if one.why}.values(), next(one for one in HOSTILE if one.note)]


@pytest.mark.parametrize("hostile", KINDS, ids=[one.what for one in KINDS])
def test_a_hostile_file_is_refused_or_its_note_is_shown(room: Room, hostile: Hostile) -> None:
    before = room.cleo.get(f"{room.path}/items").get_data(as_text=True)
    answer = room.cleo.post(f"{room.path}/items", sent(hostile.make(), hostile.name, objectives="3.4.1[a]"))
    after = room.cleo.get(f"{room.path}/items").get_data(as_text=True)
    if hostile.why:
        assert answer.status_code == 422
        assert before.count("/items/") == after.count("/items/")
        return
    number = re.findall(r"/items/(\d+)\"", after)[0]
    assert answer.status_code == 303
    assert hostile.note in room.vera.get(f"{room.path}/items/{number}").get_data(as_text=True)


def photo() -> bytes:
    """As a camera writes it: lying on its side, with its maker's name in it."""
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112], exif[0x010F] = 6, "Secret Camera"
    Image.new("RGB", (60, 40), "teal").save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_a_picture_is_shown_written_anew_and_the_file_itself_stays_the_evidence(room: Room) -> None:
    sent_bytes = photo()
    number = add(room, room.cleo, sent_bytes, "rack.jpg")
    place = f"{room.path}/items/{number}/versions/1"
    guest, _ = room.guest()
    for browser in (room.lea, room.cleo, room.rosa, room.vera, guest):
        page = browser.get(f"{room.path}/items/{number}").get_data(as_text=True)
        assert f'src="{place}/picture"' in page
        for size in ("", "?as=full"):
            shown = browser.get(f"{place}/picture{size}")
            assert shown.headers["Content-Disposition"].startswith("inline")
            assert b"Secret Camera" not in shown.data
            assert Image.open(io.BytesIO(shown.data)).size == (40, 60), "upright"
        assert browser.get(f"{place}/file").data == sent_bytes, "byte for byte"
    for browser in (room.ada, room.sven):
        assert browser.get(f"{place}/picture").status_code == 404
    assert sha256(sent_bytes).hexdigest() in page
    room.lea.post(f"{room.path}/items/{number}/checks")
    assert "as it arrived" in room.lea.get(f"{room.path}/items/{number}").get_data(as_text=True)
    on_disk = [
        path.read_bytes() for path in Path(door_of(room.app).settings.data, "files/kept").rglob("*") if path.is_file()
    ]
    assert sent_bytes in on_disk, "the original is kept beside the picture that was made of it"
    hashes = room.lea.get(f"{room.path}/hashes/SHA256SUMS").get_data(as_text=True)
    assert sha256(sent_bytes).hexdigest() in hashes


def test_what_is_no_picture_is_not_shown(room: Room) -> None:
    number = add(room, room.cleo)
    assert "/picture" not in room.lea.get(f"{room.path}/items/{number}").get_data(as_text=True)
    assert room.lea.get(f"{room.path}/items/{number}/versions/1/picture").status_code == 404
    assert room.lea.get(f"{room.path}/items/{number}/versions/1/file").data == TEXT
