"""The token from the environment makes the first administrator: once, never a weak one, dead even if it stays there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from doorward import Doorward
from doorward.cli.serve import _say_how_to_set_up
from doorward.errors import SettingsError
from doorward.settings import Settings, describe
from doorward.store import accounts
from doorward.testing import PASSWORD, Browser, Clock, add_account, door_of, test_settings
from tests.support.doors import bare_app, entries, everything_stored, last_entry

TOKEN = "3f9c81d2a07b4e65c8d1f02b97a4e36d5b80f1c29e7a4d63b05c18f2e9a7d4b6"
FIELDS = {"username": "first", "password": PASSWORD, "password_again": PASSWORD}


def app_with(data: Path, token: str | None = TOKEN) -> Flask:
    app = bare_app()
    Doorward(app, settings=test_settings(data, bootstrap_token=token), clock=Clock()).start()
    return app


def administrators(app: Flask) -> int:
    with door_of(app).store.reading() as db:
        return len(accounts.administrators(db))


def set_up(app: Flask, token: str, name: str = "first") -> int:
    browser = Browser(app)
    if browser.get(f"/setup/{token}").status_code != 200:
        return 404
    return browser.post(f"/setup/{token}", {**FIELDS, "username": name}).status_code


def test_it_makes_the_first_administrator_once(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    assert set_up(app, TOKEN) == 303
    assert administrators(app) == 1
    assert '"by":"bootstrap token"' in last_entry(door_of(app), "account.created").details
    assert set_up(app, TOKEN, "second") == 404
    assert administrators(app) == 1


def test_it_stays_dead_after_a_restart_and_without_any_administrator(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    assert set_up(app, TOKEN) == 303
    with door_of(app).store.transaction() as tx:
        account = accounts.by_name_key(tx.db, "first")
        assert account is not None
        account.roles = ""
    door_of(app).close()
    again = app_with(tmp_path)
    assert administrators(again) == 0
    assert set_up(again, TOKEN, "second") == 404


@pytest.mark.parametrize("token", [TOKEN[:-1], TOKEN + "0", TOKEN.upper(), "x", "None", "%00"])
def test_no_other_text_works(tmp_path: Path, token: str) -> None:
    assert set_up(app_with(tmp_path), token) == 404


def test_without_a_token_none_works(tmp_path: Path) -> None:
    app = app_with(tmp_path, None)
    assert [set_up(app, token) for token in (TOKEN, "None", "null")] == [404] * 3


def test_it_does_not_work_beside_an_administrator(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    add_account(app, "boss", "admin")
    assert set_up(app, TOKEN) == 404


def test_of_two_who_use_it_at_once_one_becomes_administrator(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda number: set_up(app, TOKEN, f"first.{number}"), range(4)))
    assert sorted(done) == [303, 404, 404, 404]
    assert administrators(app) == 1


def test_it_is_written_down_nowhere(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    assert set_up(app, TOKEN) == 303
    assert TOKEN.encode() not in everything_stored(tmp_path)
    assert TOKEN not in repr(entries(door_of(app)))
    assert TOKEN not in repr(door_of(app).settings)
    assert TOKEN not in repr(describe(door_of(app).settings))


@pytest.mark.parametrize(
    "weak", ["admin", "changeme-changeme-changeme-changeme", "a" * 64, "0123456789abcdef" * 4, "short-1"]
)
def test_a_weak_one_is_refused_in_production_and_pointed_out_elsewhere(tmp_path: Path, weak: str) -> None:
    with pytest.raises(SettingsError, match="bootstrap token can be guessed") as refused:
        Settings.load(tmp_path, {"DOORWARD_BOOTSTRAP_TOKEN": weak})
    assert weak not in str(refused.value)
    notes = Settings.load(tmp_path, {"DOORWARD_BOOTSTRAP_TOKEN": weak, "DOORWARD_ENV": "development"}).notes
    assert any("bootstrap token can be guessed" in note for note in notes)
    assert Settings.load(tmp_path, {"DOORWARD_BOOTSTRAP_TOKEN": TOKEN}).bootstrap_token == TOKEN


@pytest.mark.parametrize("odd", ["a/b", "a b", "a?b", "ü" * 40, "a" * 201])
def test_one_that_cannot_stand_in_a_link_is_refused_without_being_repeated(tmp_path: Path, odd: str) -> None:
    with pytest.raises(SettingsError, match="letters, digits") as refused:
        Settings.load(tmp_path, {"DOORWARD_BOOTSTRAP_TOKEN": odd})
    assert odd not in str(refused.value)


def test_the_start_says_what_to_do_and_afterwards_to_remove_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = app_with(tmp_path)
    parts = door_of(app).parts
    _say_how_to_set_up(parts, "http://x")
    before = capsys.readouterr()
    assert "http://x/setup/<token>" in before.out
    assert set_up(app, TOKEN) == 303
    _say_how_to_set_up(parts, "http://x")
    after = capsys.readouterr()
    assert "Remove it" in after.err
    assert TOKEN not in before.out + before.err + after.out + after.err
