"""`doorward <app> …`: an app's own commands work on its records, and a mistyped command leaves nothing behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.cli.main import main
from tests.support.elsewhere import Elsewhere, answer

APP = """
import click
from flask import Flask
from doorward import Doorward, NotFound, Outbound, fetch, transaction

BOOKS = Outbound("shelf.books", hosts=["any public"], schemes=["http"], types=["text/html"])

@click.group()
def shelf():
    "What is done to the shelf."

@shelf.command()
@click.argument("what")
def tidy(what):
    "Tidy it."
    if what == "nothing":
        raise NotFound("There is nothing to tidy.")
    with transaction() as tx:
        tx.journal("shelf.tidied", what=what)
    click.echo(f"tidied {what}")

@shelf.command()
@click.argument("address")
def look(address):
    "Look a book up."
    click.echo(fetch(BOOKS, address).text)

app = Flask("shelf", static_folder=None)
Doorward(app, commands={"shelf": shelf}, outbounds=[BOOKS])
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    for name in [name for name in os.environ if name.startswith("DOORWARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DOORWARD_ENV", "development")
    monkeypatch.setenv("DOORWARD_APP", "shelf_app:app")
    (tmp_path / "shelf_app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def run(*command: str) -> tuple[int, str, str]:
        sys.modules.pop("shelf_app", None)
        monkeypatch.setattr(sys, "argv", ["doorward", *command])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        return int(str(code)), *capfd.readouterr()

    return run


def test_a_command_of_the_app_runs_on_its_records(run: Run, tmp_path: Path) -> None:
    for command in (["--data", "data", "shelf", "tidy", "books"], ["shelf", "tidy", "books", "--data", "data"]):
        assert run(*command)[:2] == (0, "tidied books\n")
    exported = run("--data", "data", "journal", "export")[1]
    assert exported.count("shelf.tidied") == 2
    assert (tmp_path / "data").is_dir()


def test_a_refusal_is_a_sentence(run: Run) -> None:
    code, _, said = run("shelf", "tidy", "nothing", "--data", "data")
    assert code == 2
    assert "There is nothing to tidy." in said
    assert "Traceback" not in said


def test_help_and_mistyped_commands_make_no_data_folder(run: Run, tmp_path: Path) -> None:
    assert "Tidy it." in run("shelf", "--help")[1]
    assert "No such command 'shelv'" in run("shelv", "tidy")[2]
    assert not (tmp_path / "data").exists()


def test_a_command_fetches_as_the_host_and_within_what_the_outbound_may(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Elsewhere() as server:
        address = server.on("/book", answer(b"a book"))
        code, _, said = run("shelf", "look", address, "--data", "data")
        assert (code, server.visits) == (2, 0)
        assert "does not fetch that address" in said
        assert '"outbound.refused"' in run("--data", "data", "journal", "export")[1]
        monkeypatch.setenv("DOORWARD_OUTBOUND_LAN", f"shelf.books=127.0.0.1:{server.port}")
        assert run("shelf", "look", address, "--data", "data")[:2] == (0, "a book\n")
