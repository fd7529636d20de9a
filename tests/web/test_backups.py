"""`/admin/backups`: who may make one and take it away, only encrypted; and those that the server makes by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from doorward.core.backup_seal import MAGIC, new_key, read_key
from doorward.core.backups import read_about
from doorward.store.backup import last_mark
from doorward.testing import Browser, Clock, Program, add_token, door_of, run_jobs, signed_in
from doorward.web import backups
from tests.support.backups import looked_into
from tests.support.doors import bare_app, behind, entries, last_entry

PAGE = "/admin/backups"
KEY = new_key()

Make = Callable[..., Flask]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Make]:
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        app = bare_app()
        behind(app, tmp_path / "data", clock, scopes={}, **{"backup_key": KEY, **settings})
        made.append(app)
        return app

    yield make
    for app in made:
        door_of(app).close()


def folder(app: Flask) -> Path:
    return door_of(app).settings.data / "backups"


def files(app: Flask) -> list[str]:
    return sorted(path.name for path in folder(app).iterdir()) if folder(app).is_dir() else []


def backed_up(app: Flask, ada: Browser) -> str:
    """Ask for one, and let it be made: its name."""
    before = files(app)
    ada.get(PAGE)
    answer = ada.post(PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}#now")
    run_jobs(app)
    (made,) = set(files(app)) - set(before)
    return made


def test_an_administrator_makes_one_and_takes_it_away_encrypted(make: Make) -> None:
    app = make()
    ada = signed_in(app, "Ada", "admin")
    assert "No backup of this server is known" in ada.get(PAGE).text
    assert "None is kept here" in ada.get(PAGE).text
    name = backed_up(app, ada)
    html = ada.get(PAGE).text
    assert "Last backup:" in html
    address = f"{PAGE}/{name}/file"
    assert address in html
    answer = ada.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data == (folder(app) / name).read_bytes()
    assert answer.data.startswith(MAGIC)
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    found = looked_into(folder(app) / name, read_key(KEY))
    assert read_about(found["backup.json"]).entries > 0
    door = door_of(app)
    for event in ("backup.asked", "backup.made", "backup.taken"):
        assert last_entry(door, event).who_name == "Ada"
    assert last_entry(door, "backup.taken").on == f"backup:{name}"
    facts = ada.get("/admin/security").text
    assert "today, encrypted" in facts


def test_only_an_administrator_who_has_just_proved_it_gets_anything(make: Make, clock: Clock) -> None:
    app = make()
    ada = signed_in(app, "Ada", "admin")
    ways = [("GET", PAGE), ("POST", PAGE), ("GET", f"{PAGE}/{backed_up(app, ada)}/file")]
    clock.forward(minutes=1)
    bob, visitor = signed_in(app, "Bob"), Browser(app)
    program = Program(app, add_token(app, "Ada", "account:read"))
    for method, path in ways:
        assert bob.send(method, path, data={"csrf_token": bob.token}).status_code == 403, path
        assert visitor.send(method, path).status_code in (303, 400), path
        assert program.send(method, path).status_code in (401, 403), path
    assert ada.send("POST", PAGE).status_code == 400  # without a token of the form
    clock.forward(minutes=11)
    for method, path in ways:
        answer = ada.send(method, path, data={"csrf_token": ada.token} if method == "POST" else None)
        assert answer.status_code in (303, 403), path
        assert MAGIC not in answer.data
    assert run_jobs(app) == 0
    ada.post("/account/confirm", {"password": "a quiet harbour in late november"})
    for method, path in ways:  # what was refused exists
        data = {"csrf_token": ada.token} if method == "POST" else None
        assert ada.send(method, path, data=data).status_code in (200, 303), path
    assert run_jobs(app) == 1


def test_without_a_key_nothing_is_made_nor_given_out_here(make: Make) -> None:
    app = make(backup_key=None)
    ada = signed_in(app, "Ada", "admin")
    html = ada.get(PAGE).text
    assert "no key is set" in html
    assert "Back up now" not in html
    assert ada.post(PAGE).status_code == 409
    assert run_jobs(app) == 0
    assert files(app) == []


@pytest.mark.parametrize(
    "name",
    [
        "doorward-20260101-110000.tar",
        "doorward-20260101-100000.backup",
        "doorward-20260101-090000.backup",
        "notes.backup",
        "..%2Fsecrets.toml",
        "..%2f..%2fdata%2fsecrets.toml",
        "%2e%2e",
        "secrets.toml",
        ".",
    ],
)
def test_nothing_else_is_given_out(make: Make, name: str) -> None:
    """What is not encrypted, what is a link, what we did not name, and what lies elsewhere."""
    app = make()
    ada = signed_in(app, "Ada", "admin")
    good = backed_up(app, ada)
    (folder(app) / "doorward-20260101-110000.tar").write_bytes(b"every record")
    (folder(app) / "doorward-20260101-100000.backup").write_bytes(b"every record")
    (folder(app) / "doorward-20260101-090000.backup").symlink_to(folder(app) / good)
    (folder(app) / "notes.backup").write_bytes(MAGIC)
    assert ada.get(f"{PAGE}/{name}/file").status_code in (404, 400)
    html = ada.get(PAGE).text
    assert html.count("Download") == 1
    assert html.count("given out on the host only") == 2
    assert not [one for one in entries(door_of(app), "backup.taken") if good not in one.on]


def test_asking_twice_makes_one(make: Make) -> None:
    app = make()
    ada = signed_in(app, "Ada", "admin")
    for _ in range(3):
        ada.post(PAGE)
    assert run_jobs(app) == 1
    assert len(files(app)) == 1


def test_one_that_cannot_be_made_is_said_on_the_page(make: Make, tmp_path: Path, clock: Clock) -> None:
    app = make(backup_folder=str(tmp_path / "no such disk"))
    ada = signed_in(app, "Ada", "admin")
    assert "cannot be read" in ada.get(PAGE).text
    ada.post(PAGE)
    run_jobs(app)
    html = ada.get(PAGE).text
    assert "Did not work" in html
    assert "There is no folder" in html
    assert "Back up now" in html
    clock.forward(days=2)
    ada.post("/account/confirm", {"password": "a quiet harbour in late november"})
    ada.sign_in("Ada")
    assert "Did not work" not in ada.get(PAGE).text


def test_the_oldest_go_once_a_new_one_is_there_and_nothing_else_does(make: Make, clock: Clock) -> None:
    app = make(backup_keep=2)
    ada = signed_in(app, "Ada", "admin")
    made = []
    for _ in range(3):
        clock.forward(seconds=90)
        made.append(backed_up_again(app, ada, made))
    (folder(app) / "notes.txt").write_text("mine")
    (folder(app) / "doorward-20200101-000000.backup").symlink_to(folder(app) / "notes.txt")
    assert set(files(app)) == {*made[1:], "notes.txt", "doorward-20200101-000000.backup"}
    clock.forward(seconds=90)
    made.append(backed_up_again(app, ada, made))
    assert set(files(app)) == {*made[2:], "notes.txt", "doorward-20200101-000000.backup"}
    assert json.loads(last_entry(door_of(app), "backup.swept").details)["names"] == [made[1]]


def backed_up_again(app: Flask, ada: Browser, known: list[str]) -> str:
    ada.post(PAGE)
    run_jobs(app)
    return max(set(files(app)) - set(known) - {"notes.txt"})


# -- by itself -------------------------------------------------------------------------------------------------


def test_the_server_makes_one_when_the_last_is_old_enough(make: Make, clock: Clock) -> None:
    app = make(backup_every="1d")
    assert run_jobs(app) == 0
    for hours, count in ((2, 1), (12, 1), (10, 1), (2, 2), (1, 2), (22, 2), (1, 3)):
        clock.forward(hours=hours)
        run_jobs(app)
        assert len(files(app)) == count, hours
    assert {entry.who_name for entry in entries(door_of(app), "backup.made")} == {"(kit.backups)"}


def test_one_that_somebody_made_counts_and_without_the_setting_none_is_made(make: Make, clock: Clock) -> None:
    app = make(backup_every="1d")
    ada = signed_in(app, "Ada", "admin")
    backed_up(app, ada)
    clock.forward(hours=20)
    run_jobs(app)
    assert len(files(app)) == 1
    assert "every day and keeps the newest 7" in signed_in(app, "Ada", "admin").get(PAGE).text
    app = make()
    clock.forward(days=30)
    run_jobs(app)
    assert len(files(app)) == 1
    assert "makes none by itself" in signed_in(app, "Ada", "admin").get(PAGE).text


def test_without_a_key_it_still_makes_them_for_the_host_and_says_so(make: Make, clock: Clock) -> None:
    app = make(backup_every="1d", backup_key=None)
    clock.forward(hours=2)
    run_jobs(app)
    mark = last_mark(door_of(app).settings.data)
    assert mark is not None
    assert mark.encrypted is False
    ada = signed_in(app, "Ada", "admin")
    assert "is not encrypted" in ada.get(PAGE).text
    assert "Whoever has it can read every record" in ada.get("/admin/security").text


def test_one_that_fails_is_in_the_journal_and_is_tried_again(make: Make, clock: Clock, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    app = make(backup_every="1d", backup_folder=str(disk))
    clock.forward(hours=2)
    run_jobs(app)
    assert last_entry(door_of(app), "backup.made").outcome == "failed"
    disk.mkdir()
    clock.forward(hours=2)
    run_jobs(app)
    assert len(list(disk.iterdir())) == 1


@pytest.mark.parametrize(("hours", "due"), [(0, False), (23, False), (23.6, True), (24, True), (900, True)])
def test_when_one_is_due(make: Make, clock: Clock, hours: float, due: bool) -> None:
    app = make(backup_every="1d")
    settings = door_of(app).settings
    assert backups.is_due(settings, clock.now)  # none was ever made
    (settings.data / "last-backup.json").write_text(json.dumps({"at": clock.now.isoformat()}))
    assert backups.is_due(settings, clock.now + timedelta(hours=hours)) is due


def test_an_old_or_broken_one_is_said_at_the_security_page(make: Make, clock: Clock) -> None:
    app = make()
    ada = signed_in(app, "Ada", "admin")
    place = door_of(app).settings.data / "last-backup.json"
    for mark, said in (
        (None, "none is known"),
        ({"at": "nonsense"}, "none is known"),
        ({"at": (clock.now - timedelta(days=10)).isoformat(), "encrypted": True}, "10 days ago, encrypted"),
        ({"at": (clock.now - timedelta(days=1)).isoformat(), "encrypted": True}, "yesterday, encrypted"),
        ({"at": clock.now.isoformat(), "broken": True}, "does not hold"),
    ):
        if mark is not None:
            place.write_text(json.dumps(mark))
        assert said in ada.get("/admin/security").text
