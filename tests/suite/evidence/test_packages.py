"""The sealed package: a stranger checks it with `sha256sum` and `doorward journal verify`, and finds a changed byte."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask

from doorward.testing import Browser, door_of, run_jobs
from doorward_suite.evidence.sealed_zip import SealedZip

from .rooms import Room, sent

NAMED = {
    "README.txt",
    "SHA256SUMS",
    "CMMCAssessmentArtifacts.log",
    "CMMCAssessmentLogHash.log",
    "report/Assessment-report.pdf",
    "report/Assessment-report.xlsx",
    "poam/POAM.csv",
    "poam/POAM.xlsx",
    "ssp/SSP-mapping.csv",
    "ssp/SSP-mapping.xlsx",
    "journal/excerpt.jsonl",
}
DOORS = "artifacts/AC.L2-3.1.1_a_etc-passwd_E1v2.txt"


@pytest.fixture(scope="module")
def house(app: Flask) -> Room:
    """An assessment with a piece of two versions, one that is linked to nothing, and one that was deleted."""
    room = Room(app)
    name = "../../etc/passwd"
    first = room.cleo.post(f"{room.path}/items", sent(b"first\n", "a.txt", title=name, objectives="3.1.1[a]"))
    assert first.status_code == 303
    piece = re.search(r"/items/(\d+)", room.cleo.get(f"{room.path}/items").get_data(as_text=True))
    assert piece
    assert room.cleo.post(f"{room.path}/items/{piece[1]}/versions", sent(b"second\n", "b.txt")).status_code == 303
    assert room.cleo.post(f"{room.path}/items", sent(b"x" * 3_000_000, "large.txt")).status_code == 303
    gone = room.cleo.post(f"{room.path}/items", sent(b"gone\n", "gone.txt")).headers["Location"]
    assert room.lea.post(f"{gone}/deletion", {"reason": "A slip."}).status_code == 303
    assert room.lea.post(f"{room.path}/ssp/3.1.1", {"document": "The plan"}).status_code == 303
    return room


def asked(room: Room, who: Browser) -> str:
    """The page of a job that has ended."""
    answer = who.post(f"{room.path}/packages")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    job = answer.headers["Location"].partition("job=")[2]
    run_jobs(room.app)
    return f"/account/jobs/{job}"


def package(room: Room) -> bytes:
    answer = room.lea.get(f"{asked(room, room.lea)}/file")
    assert answer.status_code == 200
    return answer.data


@pytest.fixture(scope="module")
def packed(house: Room) -> bytes:
    return package(house)


@pytest.fixture
def unpacked(packed: bytes, tmp_path: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """As somebody who has this folder and no server."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    return subprocess.run(command, cwd=folder, env={**bare, "LC_ALL": "C"}, capture_output=True, text=True, check=False)


def checked(folder: Path) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str]]:
    doorward = (sys.executable, "-m", "doorward.cli.main", "journal", "verify", "--file", "journal/excerpt.jsonl")
    return run(folder, "sha256sum", "--strict", "-c", "SHA256SUMS"), run(folder, *doorward)


def test_a_stranger_checks_it_with_the_real_commands(unpacked: Path) -> None:
    sums, journal = checked(unpacked)
    assert sums.returncode == 0, sums.stdout + sums.stderr
    assert sums.stdout.count(": OK") == len(NAMED) - 1 + 2
    assert journal.returncode == 0, journal.stderr
    assert "every seal fits" in journal.stdout
    assert (unpacked / DOORS).read_bytes() == b"second\n"


def test_names_are_what_was_said_and_lead_nowhere(packed: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist())
        assert len(names) == len(archive.namelist())
    assert names - {name for name in names if name.startswith("artifacts/")} == NAMED
    assert DOORS in names
    assert len(names) == len(NAMED) + 2  # what was deleted is not in it
    assert not any(".." in name or name.startswith("/") or "\\" in name for name in names)


@pytest.mark.parametrize("name", sorted({DOORS, *NAMED} - {"SHA256SUMS"}))
def test_a_changed_byte_is_found_in_every_file(unpacked: Path, name: str) -> None:
    content = bytearray((unpacked / name).read_bytes())
    content[len(content) // 2] ^= 1
    (unpacked / name).write_bytes(content)
    sums, _journal = checked(unpacked)
    assert sums.returncode == 1
    assert f"{name}: FAILED" in sums.stdout


def test_a_changed_entry_is_found_though_its_hash_was_written_anew(unpacked: Path) -> None:
    file, sums_file = unpacked / "journal/excerpt.jsonl", unpacked / "SHA256SUMS"
    before = file.read_bytes()
    file.write_bytes(before.replace(b'"Cleo"', b'"Vera"', 1))
    assert file.read_bytes() != before
    anew = (sha256(before).hexdigest(), sha256(file.read_bytes()).hexdigest())
    sums_file.write_text(sums_file.read_text().replace(*anew))
    sums, journal = checked(unpacked)
    assert sums.returncode == 0
    assert journal.returncode == 1
    assert "its seal does not fit" in journal.stderr


def test_the_excerpt_has_what_was_done_here_and_nothing_else(house: Room, unpacked: Path) -> None:
    lines = [json.loads(line) for line in (unpacked / "journal/excerpt.jsonl").read_text("utf-8").splitlines()]
    head, *entries, end = lines
    assert head["about"] == f"assessment:{house.number}"
    assert end["entries"] == len(entries)
    about = {one["on"].partition("/")[0] for one in entries}
    assert about == {f"assessment:{house.number}"}
    events = {one["event"] for one in entries}
    assert {"assessment.created", "evidence.added", "evidence.deleted", "ssp.changed"} <= events
    arrived = [json.loads(one["details"])["sha256"] for one in entries if one["event"] == "evidence.added"]
    assert sha256(b"second\n").hexdigest() in arrived


def test_the_page_and_the_journal_name_the_hash_by_which_it_is_known(house: Room, packed: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        manifest = sha256(archive.read("SHA256SUMS")).hexdigest()
    guest, _secret = house.guest()
    for reader in (house.vera, guest):
        page = reader.get(f"{house.path}/packages").get_data(as_text=True)
        assert manifest in page
        assert "Make a package" not in page
    assert house.sven.get(f"{house.path}/packages").status_code == 404


def test_it_is_for_leads_and_its_file_for_who_asked(house: Room) -> None:
    for who in (house.vera, house.cleo, house.rosa):
        assert who.post(f"{house.path}/packages").status_code == 403
    for who in (house.sven, house.ada):
        assert who.post(f"{house.path}/packages").status_code == 404
    page = asked(house, house.lea)
    assert house.ada.get(f"{page}/file").status_code == 404
    assert house.lea.get(f"{page}/file").status_code == 200
    shown = house.lea.get(f"{house.path}/packages?job={page.rpartition('/')[2]}").get_data(as_text=True)
    assert "Download the package" in shown
    assert "Download the package" not in house.vera.get(f"{house.path}/packages?job={page.rpartition('/')[2]}").text


def test_the_same_state_gives_the_same_bytes_but_for_what_has_the_moment_in_it(house: Room) -> None:
    first, again = package(house), package(house)
    with zipfile.ZipFile(io.BytesIO(first)) as one, zipfile.ZipFile(io.BytesIO(again)) as other:
        assert one.namelist() == other.namelist()
        differ = {name for name in one.namelist() if one.read(name) != other.read(name)}
    stamped = {"report/Assessment-report.pdf", "README.txt", "SHA256SUMS"}
    assert differ <= stamped | {name for name in NAMED if name.endswith(".xlsx")}


def test_who_is_no_lead_any_more_when_it_is_made_gets_nothing(app: Flask) -> None:
    room = Room(app)
    answer = room.lea.post(f"{room.path}/packages")
    assert room.ada.post(f"{room.path}/leads", {"lead": "rosa"}).status_code == 303
    assert room.rosa.post(f"{room.path}/people", {"member": "lea", "role": "viewer"}).status_code == 303
    run_jobs(room.app)
    job = answer.headers["Location"].partition("job=")[2]
    assert room.lea.get(f"/account/jobs/{job}/file").status_code == 404
    assert "Only a lead makes a package." in room.lea.get(f"/account/jobs/{job}").get_data(as_text=True)


def test_a_file_that_changed_on_disk_is_told_and_no_package_is_made(app: Flask) -> None:
    room = Room(app)
    place = room.cleo.post(f"{room.path}/items", sent(b"as it arrived\n", "a.txt")).headers["Location"]
    files = door_of(app).store.files
    assert files is not None
    kept = [
        one for one in (files.folder / "kept").rglob("*") if one.is_file() and one.read_bytes() == b"as it arrived\n"
    ]
    kept[0].write_bytes(b"as it never was\n")
    page = asked(room, room.lea)
    assert "is not on disk as it arrived. No package is made" in room.lea.get(page).get_data(as_text=True)
    assert room.lea.get(f"{page}/file").status_code == 404
    assert "None yet." in room.vera.get(f"{room.path}/packages").get_data(as_text=True)
    assert "changed on disk" in room.vera.get(place).get_data(as_text=True)
    kept[0].write_bytes(b"as it arrived\n")
    room.lea.post(f"{place}/checks")
    assert room.lea.get(f"{asked(room, room.lea)}/file").status_code == 200


@pytest.mark.parametrize(
    "name", ["../up", "/root", "a/../b", "a//b", ".hidden", "a\\b", "C:x", "a\nb", "", "a/", "ä", "x" * 201, "a/.b"]
)
def test_no_name_leads_out_of_a_package(name: str) -> None:
    with SealedZip(io.BytesIO()) as zip_file:
        zip_file.add("fine/name.txt", [b""])
        with pytest.raises(ValueError, match="no name"):
            zip_file.add(name, [b""])


def test_large_evidence_is_held_one_block_at_a_time(house: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from doorward_suite.evidence.actions import packages

    blocks: list[int] = []
    given = packages.blocks_of

    def watched(file: io.BufferedReader) -> object:
        for block in given(file):
            blocks.append(len(block))
            yield block

    monkeypatch.setattr(packages, "blocks_of", watched)
    package(house)
    assert max(blocks) <= 1 << 20
    assert sum(blocks) == 3_000_000 + len(b"second\n")
