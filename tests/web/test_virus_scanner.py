"""Files are shown to the virus scanner; without its answer they come in only where a setting says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorward.errors import SettingsError
from doorward.store.virus_scanner import ScannerFailed, TooLargeToScan, scan
from doorward.testing import signed_in, test_settings
from tests.support.hostile_files import EICAR
from tests.support.pretended_clamd import Clamd, clamd
from tests.support.shelf import Shelf, patch, send
from tests.web.test_files import TEXT, details


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[Clamd]:
    with clamd(tmp_path / "clamd.sock") as running:
        yield running


def shelf_with(tmp_path: Path, scanner: Clamd, fails: str = "closed") -> Shelf:
    return Shelf(tmp_path / "data", {"virus_scanner": scanner.address, "virus_scanner_fails": fails})


def test_what_the_scanner_finds_is_refused_and_gone(tmp_path: Path, scanner: Clamd) -> None:
    shelf = shelf_with(tmp_path, scanner)
    ada = signed_in(shelf.app, "ada")
    assert send(ada, "notes.txt", TEXT, "box:ada").json["state"] == "arrived"
    refused = send(ada, "virus.txt", EICAR, "box:ada")
    assert refused.status_code == 422
    assert "Eicar-Test-Signature" in refused.json["error"]["message"]
    assert details(shelf, "file.refused")["why"] == "virus"
    assert scanner.seen == [len(TEXT), len(EICAR)]
    assert len(shelf.bytes_on_disk()) == 1


@pytest.mark.parametrize("mood", ["silent", "garbled", "gone"])
def test_without_an_answer_nothing_comes_in_and_nothing_is_lost(tmp_path: Path, scanner: Clamd, mood: str) -> None:
    shelf = shelf_with(tmp_path, scanner)
    ada = signed_in(shelf.app, "ada")
    scanner.mood = mood
    answer = send(ada, "notes.txt", TEXT, "box:ada")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    (file_id,) = ids(shelf)
    assert ada.get(f"/files/{file_id}").json == {
        "id": file_id, "state": "arriving", "offset": len(TEXT), "size": len(TEXT)
    }  # fmt: skip
    scanner.mood = "well"
    assert patch(ada, file_id, b"", len(TEXT)).json["state"] == "arrived"


def ids(shelf: Shelf) -> list[str]:
    from tests.support.sender import rows

    return [row[0] for row in rows(Path(shelf.door.settings.data), "SELECT id FROM files")]


def test_where_a_setting_says_so_a_file_comes_in_without_an_answer_and_says_it(tmp_path: Path, scanner: Clamd) -> None:
    shelf = shelf_with(tmp_path, scanner, fails="open")
    ada = signed_in(shelf.app, "ada")
    assert send(ada, "notes.txt", TEXT, "box:ada").json["notes"] == []
    scanner.mood = "gone"
    assert send(ada, "notes.txt", TEXT, "box:ada").json["notes"] == ["This file could not be checked for viruses."]


def test_what_is_too_large_for_the_scanner_is_refused_for_good(tmp_path: Path, scanner: Clamd) -> None:
    shelf = shelf_with(tmp_path, scanner)
    ada = signed_in(shelf.app, "ada")
    scanner.mood = "full"
    assert send(ada, "large.txt", TEXT * 100_000, "box:ada").status_code == 422
    assert send(ada, "small.txt", TEXT, "box:ada").status_code == 200


def test_the_scanner_is_asked_over_a_port_too(tmp_path: Path) -> None:
    with clamd() as running, (tmp_path / "file").open("w+b") as file:
        file.write(EICAR)
        file.seek(0)
        assert scan(running.address, file) == "Eicar-Test-Signature"
        assert scan(running.address, file) == ""  # it is at its end
        running.mood = "full"
        file.write(bytes(3_000_000))
        file.seek(0)
        with pytest.raises(TooLargeToScan):
            scan(running.address, file)
    with (tmp_path / "file").open("rb") as file, pytest.raises(ScannerFailed):
        scan(running.address, file)


@pytest.mark.parametrize(
    "address", ["clamd", "unix:clamd.sock", "tcp://127.0.0.1", "http://127.0.0.1:3310", "tcp://h:x"]
)
def test_an_address_that_cannot_be_one_stops_the_start(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="virus_scanner"):
        test_settings(tmp_path, virus_scanner=address)
    assert test_settings(tmp_path, virus_scanner="tcp://127.0.0.1:3310").virus_scanner == "tcp://127.0.0.1:3310"
