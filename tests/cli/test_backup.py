"""`doorward backup` and `restore` on the terminal: what they say, how they end, and that no key is ever shown."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from doorward.cli.main import main
from doorward.clock import system_clock
from doorward.core.backup_seal import MAGIC, read_key
from doorward.settings import Settings
from doorward.store import accounts
from doorward.store.transaction import Transaction
from doorward.web.parts import Parts, open_parts

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `doorward --data … <command>` as the terminal does: its exit code, and what it said."""
    for name in [name for name in os.environ if name.startswith("DOORWARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DOORWARD_ENV", "development")

    def run(*command: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorward", "--data", str(data), *command])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        found = capfd.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in found.err
        return code, found.out, found.err

    return run


@pytest.fixture
def parts(data: Path, run: Run) -> Parts:
    """The server's own, which goes on beside the command."""
    return open_parts(Settings.load(data, {}, {"env": "development"}), (), system_clock)


def test_without_anything_it_backs_up_into_the_data_folder_and_says_what_that_is_worth(parts: Parts, run: Run) -> None:
    code, out, err = run("backup")
    assert code == 0
    (made,) = (parts.settings.data / "backups").iterdir()
    assert made.suffix == ".tar"
    assert str(made) in out
    assert "it is whole" in out
    assert "not encrypted" in err
    assert "--new-key" in err
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700


def test_a_key_is_made_once_and_encrypts(parts: Parts, run: Run, tmp_path: Path, data: Path) -> None:
    place = tmp_path / "backup.key"
    code, out, err = run("backup", "--new-key", str(place))
    assert (code, err) == (0, "")
    assert "elsewhere" in out
    key = place.read_text().strip()
    assert read_key(key)
    assert key not in out
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    code, out, err = run("backup", "--new-key", str(place))
    assert code == 2
    assert "never written over" in err
    assert place.read_text().strip() == key
    code, out, err = run("backup", str(tmp_path), "--key-file", str(place))
    assert (code, err) == (0, "")
    (made,) = tmp_path.glob("*.backup")
    assert made.read_bytes().startswith(MAGIC)


def test_the_key_comes_from_the_settings_too(
    parts: Parts, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", "--new-key", str(tmp_path / "k"))
    monkeypatch.setenv("DOORWARD_BACKUP_KEY", (tmp_path / "k").read_text())
    assert run("backup", str(tmp_path / "one"))[0] == 0
    monkeypatch.delenv("DOORWARD_BACKUP_KEY")
    monkeypatch.setenv("DOORWARD_BACKUP_KEY_FILE", str(tmp_path / "k"))
    assert run("backup", str(tmp_path / "two"))[0] == 0
    for made in ("one", "two"):
        assert (tmp_path / made).read_bytes().startswith(MAGIC)
    code, out, _ = run("settings")
    assert code == 0
    assert (tmp_path / "k").read_text().strip() not in out


def test_a_wrong_key_is_said_without_repeating_it(
    parts: Parts, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "k").write_text("my secret passphrase\n")
    (tmp_path / "k").chmod(0o600)
    for options in (("--key-file", str(tmp_path / "k")), ("--key-file", str(tmp_path / "none"))):
        code, out, err = run("backup", str(tmp_path / "x"), *options)
        assert (code, out) == (2, "")
        assert "my secret" not in err
    monkeypatch.setenv("DOORWARD_BACKUP_KEY", "my secret passphrase")
    code, out, err = run("backup", str(tmp_path / "x"))
    assert code == 2
    assert "DOORWARD_BACKUP_KEY must be a backup key" in err
    assert "my secret" not in err
    assert not (tmp_path / "x").exists()


def test_a_key_that_others_can_read_is_pointed_out(parts: Parts, run: Run, tmp_path: Path) -> None:
    run("backup", "--new-key", str(tmp_path / "k"))
    (tmp_path / "k").chmod(0o644)
    code, _, err = run("backup", str(tmp_path / "x"), "--key-file", str(tmp_path / "k"))
    assert code == 0
    assert "chmod 600" in err


def test_a_folder_without_a_server_is_no_empty_backup(run: Run, data: Path, tmp_path: Path) -> None:
    code, _, err = run("backup", str(tmp_path / "x"))
    assert code == 2
    assert "There is no data folder" in err
    assert not data.exists()


def test_a_broken_journal_ends_with_1_and_the_backup_is_there(parts: Parts, run: Run, tmp_path: Path) -> None:
    for _ in range(3):
        with parts.store.transaction() as tx:
            tx.journal("test.written")
    with parts.store.engine.begin() as connection:
        connection.execute(text("UPDATE journal SET outcome = 'failed' WHERE seq = 2"))
    code, _, err = run("backup", str(tmp_path / "x"))
    assert code == 1
    assert "broken at entry 2" in err
    assert (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"backup_key_file": "nothing.key"},
        {"backup_key_file": "doorward.toml"},
        {"backup_every": "10m"},
        {"backup_keep": "0"},
    ],
)
def test_settings_that_would_fail_at_night_stop_the_start(
    data: Path, run: Run, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data.mkdir()
    (data / "doorward.toml").write_text("")
    monkeypatch.setenv("DOORWARD_ENV", "production")
    for name, value in settings.items():
        monkeypatch.setenv(f"DOORWARD_{name.upper()}", value)
    assert run("settings")[0] == 2


# -- restore ---------------------------------------------------------------------------------------------------


@pytest.fixture
def made(parts: Parts, run: Run, tmp_path: Path) -> tuple[str, str]:
    """An encrypted backup with its key; and an account that was blocked after it. No server runs any more."""
    add_person(parts, "Bob")
    run("backup", "--new-key", str(tmp_path / "k"))
    assert run("backup", str(tmp_path / "b.backup"), "--key-file", str(tmp_path / "k"))[0] == 0
    with parts.store.transaction() as tx:
        block(tx, "bob")
    parts.close()
    return str(tmp_path / "b.backup"), str(tmp_path / "k")


def add_person(parts: Parts, name: str) -> None:
    with parts.store.transaction() as tx:
        accounts.add(tx, accounts.NewAccount(name, name.lower(), name.lower(), "hash"))


def block(tx: Transaction, name: str) -> None:
    found = accounts.by_name_key(tx.db, name)
    assert found is not None
    found.status = accounts.BLOCKED


def test_a_restore_says_what_was_done_and_where_the_old_data_is(made: tuple[str, str], run: Run, data: Path) -> None:
    code, out, err = run("restore", made[0], "--key-file", made[1], "--check")
    assert (code, err) == (0, "")
    assert "It can be restored" in out
    assert "Nothing was changed" in out
    code, out, err = run("restore", made[0], "--key-file", made[1])
    assert (code, err) == (0, "")
    assert "Restored b.backup" in out
    assert "everybody signs in anew" in out
    assert "Blocked since, and so again: Bob." in out
    (aside,) = data.glob("before-restore-*")
    assert str(aside) in out
    assert run("journal", "verify")[0] == 0


def test_while_a_server_runs_it_does_nothing_and_says_why(
    made: tuple[str, str], run: Run, data: Path, parts: Parts
) -> None:
    running = open_parts(parts.settings, (), system_clock)
    try:
        code, out, err = run("restore", made[0], "--key-file", made[1])
        assert (code, out) == (2, "")
        assert "Stop it first" in err
        assert run("restore", made[0], "--key-file", made[1], "--check")[0] == 0
    finally:
        running.close()


@pytest.mark.parametrize("wrong", ["key", "no key", "no backup", "nothing", "a folder", "another app"])
def test_what_cannot_be_restored_is_said_in_a_sentence(
    made: tuple[str, str], run: Run, data: Path, tmp_path: Path, wrong: str
) -> None:
    run("backup", "--new-key", str(tmp_path / "other"))
    before = sorted(path.name for path in data.iterdir())
    command = {
        "key": [made[0], "--key-file", str(tmp_path / "other")],
        "no key": [made[0]],
        "no backup": [made[1]],
        "nothing": [str(tmp_path / "nothing")],
        "a folder": [str(tmp_path)],
        "another app": [made[0], "--key-file", made[1], "--app", "nowhere:app"],
    }[wrong]
    code, out, err = run("restore", *command)
    assert (code, out) == (2, "")
    assert err.strip()
    assert sorted(path.name for path in data.iterdir()) == before


def test_on_a_new_machine_three_commands_are_enough(made: tuple[str, str], run: Run, tmp_path: Path) -> None:
    code, out, err = run("restore", made[0], "--key-file", made[1], "--data", str(tmp_path / "new"))
    assert (code, err) == (0, "")
    assert "1 secret key of the backup added" in out
    assert "was not looked at" in out
    code, out, _ = run("account", "list", "--data", str(tmp_path / "new"))
    assert code == 0
    assert "Bob" in out
