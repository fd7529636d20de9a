"""The commands on the host: what they say, how they end, and that no secret is ever printed."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from doorward.cli.main import main
from doorward.clock import system_clock
from doorward.core.access import HOST
from doorward.core.journal import GENESIS, Entry, numbered
from doorward.settings import Settings
from doorward.store import accounts, codes, factors
from doorward.store import journal as records
from doorward.store.sessions import find, open_session
from doorward.web.parts import Parts, open_parts

PASSWORD = "a quiet harbour in late november"


@dataclass
class Said:
    """What a command left on the terminal."""

    code: int
    out: str
    err: str


class Run(Protocol):
    def __call__(self, *command: str, given: str = "") -> Said: ...


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `doorward --data … <command>` as the terminal does."""
    for name in [name for name in os.environ if name.startswith("DOORWARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DOORWARD_ENV", "development")
    monkeypatch.setenv("DOORWARD_HASH_PROFILE", "cheap")

    def run(*command: str, given: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["doorward", "--data", str(data), *command])
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        found = capfd.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in found.err
        return Said(code, found.out, found.err)

    return run


@pytest.fixture
def parts(data: Path, run: Run) -> Parts:
    """What the commands work on, as the server opens it beside them."""
    settings = Settings.load(data, {}, {"env": "development", "hash_profile": "cheap"})
    return open_parts(settings, (), system_clock)


def made(run: Run, name: str, *roles: str) -> None:
    options = [word for role in roles for word in ("--role", role)]
    said = run("account", "create", name, *options, "--password-stdin", given=f"{PASSWORD}\n")
    assert (said.code, said.err) == (0, ""), said


# --- settings and routes ---------------------------------------------------------------------------------


def test_settings_lists_each_with_meaning_and_value_and_shows_no_secret(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORWARD_SITE_NAME", "Hill School")
    monkeypatch.setenv("DOORWARD_SMTP_URL", "smtps://doorward:mailsecret@mail.example.org:465")
    said = run("settings")
    assert said.code == 0
    for part in ("DOORWARD_SITE_NAME", "now: Hill School", "DOORWARD_MAX_BODY", "DOORWARD_SECRET_KEYS"):
        assert part in said.out
    keys = Settings.load(data, os.environ).secret_keys
    assert not any(key in said.out + said.err for key in keys)
    assert "mailsecret" not in said.out + said.err


def test_a_misspelt_setting_stops_a_command_with_the_nearest_right_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORWARD_SITE_NAM", "x")
    said = run("settings")
    assert said.code == 2
    assert "site_name" in said.err.lower()


def test_routes_shows_who_may_enter_where(run: Run) -> None:
    said = run("routes", "--app", "examples.hello.hello:app")
    assert said.code == 0
    lines = {tuple(line.split()[:3]) for line in said.out.splitlines()}
    assert ("GET", "/", "public") in lines
    assert ("POST", "/greet", "member") in lines
    greet = next(line for line in said.out.splitlines() if "/greet" in line)
    assert "limit 10/minute per visitor" in greet


STREAMING = """
from flask import Flask
from doorward import Doorward, access, api
app = Flask("streaming", static_folder=None)
app.add_url_rule("/api/raw", "raw", access.public(api.undescribed("a stream of bytes")(lambda: b"")))
app.add_url_rule("/board", "board", access.publishes("the board")(access.public(lambda: "")))
Doorward(app)
"""


def test_routes_shows_what_is_not_described_and_what_is_published(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "streaming_app.py").write_text(STREAMING)
    monkeypatch.syspath_prepend(str(tmp_path))
    said = run("routes", "--app", "streaming_app:app")
    raw = next(line for line in said.out.splitlines() if "/api/raw" in line)
    assert raw.endswith("not described: a stream of bytes")
    assert any(line.endswith("shows everybody: the board") for line in said.out.splitlines())


def test_routes_for_programs_is_json(run: Run) -> None:
    said = run("routes", "--app", "examples.hello.hello:app", "--json")
    rows = json.loads(said.out)
    assert {"method": "GET", "path": "/", "rule": "public", "notes": ""} in rows


def test_an_app_that_is_not_there_is_a_sentence(run: Run) -> None:
    said = run("routes", "--app", "no.such.module:app")
    assert said.code == 2
    assert "module:name" in said.err


# --- accounts --------------------------------------------------------------------------------------------


def test_an_account_is_made_listed_blocked_let_in_and_deleted(run: Run) -> None:
    made(run, "Mara.K", "admin")
    made(run, "noah")
    assert "Mara.K" in run("account", "list").out
    assert run("account", "block", "NOAH").out == "Blocked NOAH, everywhere and at once.\n"
    assert "blocked" in run("account", "list").out
    assert run("account", "unblock", "noah").code == 0
    assert "blocked" not in run("account", "list").out
    assert run("account", "roles", "noah", "admin").out == "noah has the roles: admin\n"
    assert run("account", "roles", "noah").out == "noah has the roles: member\n"
    assert run("account", "delete", "noah").code == 0
    assert "noah" not in run("account", "list").out
    events = [json.loads(line)["event"] for line in run("journal", "export").out.splitlines()]
    assert events == ["account.created", "account.created", "account.blocked", "account.unblocked",
                      "account.roles_changed", "account.roles_changed", "account.deleted"]  # fmt: skip
    assert run("journal", "verify").code == 0


def test_a_password_is_never_printed_nor_journaled(run: Run, data: Path) -> None:
    made(run, "mara", "admin")
    said = run("account", "create", "short", "--password-stdin", given="hunter2!x\n")
    assert said.code == 1
    assert "hunter2!x" not in said.out + said.err
    assert PASSWORD not in run("account", "list").out + run("journal", "export").out
    assert not any(PASSWORD.encode() in file.read_bytes() for file in data.iterdir() if file.is_file())


@pytest.mark.parametrize("name", ["admin", "everyone", "a\nb", "", "x" * 300])
def test_a_name_that_may_not_be_is_refused_with_a_sentence(run: Run, name: str) -> None:
    said = run("account", "create", "--password-stdin", "--", name, given=f"{PASSWORD}\n")
    assert said.code == 1
    assert len(said.err) > len("Error: ")


def test_a_name_that_looks_like_one_that_is_taken_is_refused(run: Run) -> None:
    made(run, "mara")
    said = run("account", "create", "m\u0430ra", "--password-stdin", given=f"{PASSWORD}\n")
    assert said.code in (1, 2)
    assert len(run("account", "list").out.splitlines()) == 1


@pytest.mark.parametrize("command", ["block", "unblock", "delete", "roles"])
def test_nobody_of_that_name_is_a_sentence(run: Run, command: str) -> None:
    run("account", "setup-code")
    said = run("account", command, "nobody")
    assert (said.code, said.out) == (2, "")
    assert "There is no account named 'nobody'." in said.err


@pytest.mark.parametrize("command", [["block"], ["delete"], ["roles"]])
def test_the_last_administrator_cannot_be_shut_out(run: Run, command: list[str]) -> None:
    made(run, "mara", "admin")
    said = run("account", *command, "mara")
    assert said.code == 2
    assert "last administrator" in said.err
    assert "admin" in run("account", "list").out


def test_a_blocked_account_has_no_session_left(run: Run, parts: Parts) -> None:
    made(run, "noah")
    with parts.store.transaction(HOST) as tx:
        noah = accounts.by_name_key(tx.db, "noah")
        assert noah is not None
        identifier, _ = open_session(tx, noah.id, agent="", keep=True)
    run("account", "block", "noah")
    with parts.store.looking_up() as db:
        assert find(db, identifier) is None
    parts.close()


def test_lost_factors_are_taken_on_the_host_and_the_journal_says_so(run: Run, parts: Parts) -> None:
    made(run, "mara", "admin")
    with parts.store.transaction(HOST) as tx:
        mara = accounts.by_name_key(tx.db, "mara")
        assert mara is not None
        factors.offer_totp(tx, mara.id, "sealed")
        assert factors.confirm_totp(tx, mara.id, "sealed", 1)
        factors.replace_codes(tx, mara.id, ["AAAAAA"])
        identifier, _ = open_session(tx, mara.id, agent="", keep=True, factors=("password", "totp"))
        assert factors.has_second(tx.db, mara.id)
    said = run("account", "reset-factors", "MARA")
    assert (said.code, said.err) == (0, "")
    assert said.out == "Took all second factors from MARA; the password alone opens it again.\n"
    with parts.store.reading() as db:
        assert not factors.has_second(db, mara.id)
        assert factors.codes_left(db, mara.id) == 0
        assert find(db, identifier) is None
    parts.close()
    last = json.loads(run("journal", "export").out.splitlines()[-1])
    assert (last["event"], last["who_name"], last["on"]) == ("account.factors_reset", "(host)", f"account:{mara.id}")
    assert run("account", "reset-factors", "nobody").code == 2
    assert run("journal", "verify").code == 0


def test_a_set_up_code_works_until_the_next_one(run: Run, parts: Parts) -> None:
    first, second = (run("account", "setup-code", "--url", "https://polls.example.org/").out for _ in range(2))
    assert first.startswith("Set up the first administrator: https://polls.example.org/setup/")
    codes_given = [line.rsplit("/", 1)[1].strip() for line in (first, second)]
    with parts.store.reading() as db:
        held = [codes.holds(db, codes.SETUP, code, system_clock()) for code in codes_given]
    assert held == [False, True]
    assert not any(code in run("journal", "export").out for code in codes_given)
    parts.close()


def test_there_is_no_set_up_code_beside_an_administrator(run: Run) -> None:
    made(run, "mara", "admin")
    said = run("account", "setup-code")
    assert (said.code, said.out) == (2, "")
    assert "There is an administrator already" in said.err


# --- the journal -----------------------------------------------------------------------------------------


def alter(data: Path, statement: str) -> None:
    with sqlite3.connect(data / "doorward.sqlite3") as db:
        db.execute(statement)
    db.close()


def test_a_whole_journal_is_called_whole(run: Run) -> None:
    made(run, "mara", "admin")
    said = run("journal", "verify")
    assert (said.code, said.err) == (0, "")
    assert said.out == "The journal is whole: 1 entries, every seal fits.\n"


@pytest.mark.parametrize(
    ("attack", "number"),
    [
        ("UPDATE journal SET who_name = 'Mallory' WHERE seq = 2", 2),
        ("DELETE FROM journal WHERE seq = 2", 2),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("DELETE FROM journal_head", 4),
    ],
)
def test_a_broken_journal_is_named_with_its_first_wrong_entry(run: Run, data: Path, attack: str, number: int) -> None:
    for name in ("mara", "noah", "olga"):
        made(run, name)
    assert run("journal", "verify").code == 0
    alter(data, attack)
    said = run("journal", "verify")
    assert (said.code, said.out) == (1, "")
    assert f"The journal is broken at entry {number}: " in said.err


def test_a_data_folder_that_is_not_there_is_not_called_whole(run: Run, data: Path) -> None:
    for command in (["journal", "verify"], ["journal", "export"], ["account", "list"]):
        said = run(*command)
        assert (said.code, said.out) == (2, "")
        assert "There is no data folder" in said.err
    assert not data.exists()


def test_a_reader_that_has_seen_enough_ends_the_export_quietly(run: Run, data: Path, parts: Parts) -> None:
    with parts.store.transaction(HOST) as tx:
        for number in range(3000):
            tx.journal("test.written", on=f"thing:{number}", note="x" * 300)
    parts.close()
    export = [sys.executable, "-m", "doorward.cli.main", "--data", str(data), "journal", "export"]
    with subprocess.Popen(export, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert json.loads(running.stdout.readline())["seq"] == 1
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == 1


# --- keys, and commands in general -----------------------------------------------------------------------


def test_a_new_key_goes_in_front_and_is_not_printed(run: Run, data: Path) -> None:
    made(run, "mara")
    before = Settings.load(data, os.environ).secret_keys
    said = run("rotate-keys")
    after = Settings.load(data, os.environ).secret_keys
    assert said.code == 0
    assert after[1:] == before
    assert not any(key in said.out + said.err for key in after)
    assert "1 older still verify" in said.out
    assert (data / "secrets.toml").stat().st_mode & 0o777 == 0o600


def test_keys_that_come_from_the_environment_are_not_rotated_in_a_file(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "k" * 20 + "0123456789abcdefghij"
    monkeypatch.setenv("DOORWARD_SECRET_KEYS", key)
    said = run("rotate-keys")
    assert said.code == 2
    assert key not in said.out + said.err
    assert "DOORWARD_SECRET_KEYS" in said.err


def test_a_broken_database_is_a_sentence(run: Run, data: Path) -> None:
    made(run, "mara")
    for file in data.glob("doorward.sqlite3*"):
        file.unlink()
    (data / "doorward.sqlite3").write_bytes(b"this is no database" * 500)
    said = run("account", "list")
    assert said.code == 2
    assert "The database cannot be used" in said.err


def test_a_command_that_does_not_exist_ends_with_2(run: Run) -> None:
    assert run("nonsense").code == 2
    assert "nonsense" in run("nonsense").err


def test_the_data_folder_may_be_named_behind_the_command(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run("account", "create", "mara", "--password-stdin", "--data", str(other), given=f"{PASSWORD}\n")
    assert "mara" in run("account", "list", "--data", str(other)).out


def test_the_help_says_what_a_command_does_not_what_it_did(run: Run) -> None:
    said = run("account", "--help").out
    assert "Block NAME" in said
    assert not {"Blocked", "Deleted", "Took"} & set(said.split())


@pytest.mark.parametrize("command", [[], ["--help"], ["account", "--help"], ["journal", "verify", "-h"]])
def test_every_command_explains_itself(run: Run, command: list[str]) -> None:
    said = run(*command)
    assert "Usage:" in said.out + said.err


def test_a_file_of_the_journal_is_checked_without_a_server(parts: Parts, run: Run, tmp_path: Path) -> None:
    for name in ("ada", "bob"):
        made(run, name)
    whole, excerpt = tmp_path / "journal.jsonl", tmp_path / "excerpt.jsonl"
    whole.write_text(run("journal", "export").out, "utf-8")
    with parts.store.reading() as db:
        entries = [one for one in records.walk(db) if one.entry.event == "account.created"]
        excerpt.write_text(
            "\n".join(records.excerpt(db, "accounts", [one.entry.on for one in entries])) + "\n", "utf-8"
        )
    parts.close()
    for file in (whole, excerpt):
        elsewhere = run("--data", str(tmp_path / "nowhere"), "journal", "verify", "--file", str(file))
        assert elsewhere.code == 0, elsewhere
        assert "every seal fits" in elsewhere.out
        assert not (tmp_path / "nowhere").exists()
        here = run("journal", "verify", "--file", str(file), "--here")
        assert (here.code, "Every entry of it stands in the journal" in here.out) == (0, True), here
    assert "does not show that none was left out" in run("journal", "verify", "--file", str(excerpt)).out
    text = excerpt.read_text("utf-8")
    for wrong in (text.replace("bob", "eve"), text.rpartition("\n{")[0]):
        excerpt.write_text(wrong, "utf-8")
        said = run("journal", "verify", "--file", str(excerpt))
        assert said.code == 1
        assert "is broken at line" in said.err


def test_a_chain_that_was_computed_anew_is_not_the_journal_of_this_server(run: Run, tmp_path: Path) -> None:
    made(run, "ada")
    rows = [json.loads(line) for line in run("journal", "export").out.splitlines()]
    names = ("at", "event", "outcome", "who", "who_name", "address", "on", "details")
    forged = [Entry(**{name: row[name].replace("ada", "eve") for name in names}) for row in rows]
    file = tmp_path / "forged.jsonl"
    file.write_text("".join(f"{one.as_json()}\n" for one in numbered(forged, 0, GENESIS)), "utf-8")
    assert run("journal", "verify", "--file", str(file)).code == 0  # a chain of its own holds, and that is said
    said = run("journal", "verify", "--file", str(file), "--here")
    assert said.code == 1
    assert "does not agree with the journal of this server" in said.err
    assert run("journal", "verify", "--here").code == 2
