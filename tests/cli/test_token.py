"""`doorward token …`: made for an owner, told once on standard output, listed without secrets, ended by number."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from doorward.cli.main import main
from doorward.clock import system_clock
from doorward.core.access import HOST
from doorward.core.tokens import looks_like_token
from doorward.settings import Settings
from doorward.store import accounts, tokens
from doorward.store.tokens import Found
from doorward.web.new_passwords import new_account
from doorward.web.parts import open_parts

APP = """
from flask import Flask
from doorward import Doorward, access, api
app = Flask("scoped", static_folder=None)
plain = api.undescribed("plain text, for tests")
app.add_url_rule("/api/read", "read", plain(access.scope("polls:read")(lambda: "read")))
app.add_url_rule("/api/write", "write", plain(access.scope("polls:write")(lambda: "wrote")), methods=["POST"])
Doorward(app, scopes={"polls:read": "See polls and their results."})
"""
PASSWORD = "a quiet harbour in late november"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `doorward --data … token …` as the terminal does: exit code, output, errors."""
    for name in [name for name in os.environ if name.startswith("DOORWARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DOORWARD_ENV", "development")
    monkeypatch.setenv("DOORWARD_HASH_PROFILE", "cheap")
    (tmp_path / "scoped_app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def run(*command: str) -> tuple[int, str, str]:
        sys.modules.pop("scoped_app", None)
        app = ["--app", "scoped_app:app"] if command[0] in ("create", "scopes") else []
        monkeypatch.setattr(sys, "argv", ["doorward", "--data", str(data), "token", *command, *app])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        found = capfd.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in found.err
        return code, found.out, found.err

    _add_maria(data)
    return run


def _add_maria(data: Path) -> None:
    parts = open_parts(Settings.load(data, os.environ), (), system_clock)
    new = new_account(parts, "maria", PASSWORD, PASSWORD, frozenset())
    with parts.store.transaction(HOST) as tx:
        accounts.add(tx, new)
    parts.close()


def found(data: Path, secret: str) -> Found | None:
    parts = open_parts(Settings.load(data, os.environ), (), system_clock)
    try:
        with parts.store.looking_up() as db:
            return tokens.find(db, secret.strip())
    finally:
        parts.close()


def why_dead(data: Path, secret: str) -> str:
    one = found(data, secret)
    return "unknown" if one is None else one.why_dead(system_clock())


def test_a_token_is_made_listed_rotated_and_revoked(run: Run, data: Path) -> None:
    code, secret, said = run("create", "Nightly export", "--owner", "Maria", "--scope", "polls:read")
    assert code == 0, said
    assert looks_like_token(secret.strip())
    assert secret.strip() not in said
    one = found(data, secret)
    assert one is not None
    assert (one.owner_name, one.scopes, one.for_person) == ("maria", "polls:read", False)
    assert one.expires_at is not None
    assert timedelta(days=89) < one.expires_at - system_clock() < timedelta(days=91)
    number = str(one.token_id)

    code, listed, _ = run("list")
    assert code == 0
    assert secret.strip()[3:] not in listed
    assert all(word in listed for word in ("Nightly export", "maria", "polls:read", "works until"))

    code, second, said = run("rotate", number, "--overlap", "0", "--days", "never")
    assert code == 0, said
    assert [why_dead(data, one) for one in (secret, second)] == ["expired", ""]
    assert run("revoke", number)[0] == 0
    assert [why_dead(data, one) for one in (secret, second)] == ["revoked", "revoked"]
    assert "revoked" in run("list")[1]
    assert run("rotate", number)[0] != 0


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["create", "x", "--owner", "maria", "--scope", "polls:delete"], "There is no scope"),
        (["create", "x", "--owner", "maria"], "at least one scope"),
        (["create", " ", "--owner", "maria", "--scope", "polls:read"], "Give the token a name"),
        (["create", "x", "--owner", "nobody", "--scope", "polls:read"], "no account"),
        (["create", "x", "--owner", "maria", "--scope", "polls:read", "--days", "91"], "91"),
        (["create", "x", "--scope", "polls:read"], "--owner"),
        (["revoke", "4711"], "nothing here"),
        (["revoke", "9" * 40], "nothing here"),
        (["rotate", "4711"], "nothing here"),
        (["rotate", "1", "--overlap", "99"], "99"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_makes_nothing(run: Run, command: list[str], words: str) -> None:
    code, out, said = run(*command)
    assert code != 0
    assert words in said
    assert "dw_" not in out + said
    assert run("list")[1] == ""


def test_the_scopes_are_told_with_what_they_mean(run: Run) -> None:
    code, out, _ = run("scopes")
    assert code == 0
    assert "See polls and their results." in out
    assert "POST /api/write" in out
