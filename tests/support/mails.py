"""Mails as their recipients get them: what the sender shows on the terminal of a server without a mail server."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from doorward.testing import Browser, Clock, run_jobs
from tests.support.doors import bare_app, behind

_MAIL = re.compile(r"  \| To: (?P<to>.*)\n  \| Subject: (?P<subject>.*)\n  \| \n(?P<text>(?:  \|.*\n)*)")


@dataclass(frozen=True)
class Got:
    """One mail."""

    to: str
    subject: str
    text: str

    @property
    def code(self) -> str:
        return found(r"Your code:  (\S+)", self.text)

    @property
    def link(self) -> str:
        """The path of its link."""
        return found(r"https?://[^/\s]+(/\S+)", self.text)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"no {pattern} in:\n{text}"
    return match[1]


@contextlib.contextmanager
def app_on(request: pytest.FixtureRequest, folder: Path, clock: Clock, **settings: Any) -> Iterator[Flask]:
    """An app behind its door, on the database that a fixture's parameter names; empty."""
    if request.param == "postgres":
        settings["database_url"] = request.getfixturevalue("postgres_url")
    app = bare_app()
    door = behind(app, folder / "data", clock, **settings)
    if not door.store.is_sqlite:
        with door.store.engine.begin() as connection:
            tables = "accounts, mail_codes, mail_outbox, jobs, account_emails"
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield app
    door.close()


def sent(app: Flask) -> list[Got]:
    """Send what is due; what was shown on the terminal."""
    terminal = io.StringIO()
    with contextlib.redirect_stdout(terminal):
        run_jobs(app)
    return read(terminal.getvalue())


def read(output: str) -> list[Got]:
    """The mails in what a server has printed."""
    return [
        Got(match["to"], match["subject"], match["text"].replace("  | ", "").replace("  |", ""))
        for match in _MAIL.finditer(output)
    ]


def give_address(app: Flask, browser: Browser, address: str) -> None:
    """Give the signed-in person an address, and verify it."""
    browser.get("/account/email")
    answer = browser.post("/account/email", {"email": address})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    (mail,) = sent(app)
    assert mail.to == address
    browser.get("/account/email")
    assert browser.post("/account/email/code", {"code": mail.code}).status_code == 303
    assert "verified" in browser.get("/account/email").get_data(as_text=True)
    sent(app)
