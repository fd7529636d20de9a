"""Tokens older than 90 days: organisers are told by mail, once a month, and never a token with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from doorward import Doorward
from doorward.core.access import HOST
from doorward.core.mail_addresses import read_address
from doorward.store import accounts, emails
from doorward.testing import Clock, run_jobs
from doorward.testing import test_settings as settings_in
from doorward_suite.portal import create_app
from tests.support.mails import Got, sent

from .conftest import Town, begin, entries


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(["planning"])
    door: Doorward = app.extensions["doorward"]
    door.clock = Clock()
    door.start(settings_in(tmp_path / "data", public_url="https://door.example"))
    yield app
    door.close()


def with_address(app: Flask, name: str) -> None:
    door: Doorward = app.extensions["doorward"]
    with door.store.transaction(HOST) as tx:
        account = accounts.by_name_key(tx.db, name)
        assert account
        wanted = read_address(f"{name}@example.org")
        emails.want(tx, account.id, wanted)
        emails.confirm(tx, account.id, wanted.key)


def days_later(app: Flask, days: int) -> list[Got]:
    """Let so many days pass, and what recurs be done; the mails about old tokens that were sent then."""
    door: Doorward = app.extensions["doorward"]
    door.clock.now += timedelta(days=days)  # type: ignore[attr-defined]
    return [one for _ in range(3) for one in sent(app) if "Old tokens" in one.subject]


def town_with_long_tokens(app: Flask) -> Town:
    town = begin(app, "olga", count=2)
    with_address(app, "olga")
    form = {"kind": str(town.kinds[0]), "count": "2", "days": "365"}
    assert town.olga.post(f"{town.path}/tokens", form).status_code == 303
    run_jobs(app)
    return town


def test_organisers_are_told_once_of_tokens_that_should_be_replaced(app: Flask) -> None:
    town = town_with_long_tokens(app)
    assert days_later(app, 89) == []
    [mail] = days_later(app, 2)
    assert (mail.to, mail.subject) == ("olga@example.org", "Old tokens in The market square")
    assert "2 of 2026-01-01" in mail.text
    assert mail.text.count(" of 2026") == 1, "the sheet whose tokens have ended by themselves is not named"
    assert f"https://door.example{town.path}/tokens" in mail.text
    assert not re.search(r"dw_\w{10}", mail.text)
    assert days_later(app, 1) == [], "nobody is told every day"
    assert len(days_later(app, 31)) == 1
    events = [entry.event for entry in entries(app.extensions["doorward"].store, f"consultation:{town.number}")]
    assert events.count("planning.reminded") == 2


def test_of_tokens_that_have_ended_nobody_is_told(app: Flask) -> None:
    town = town_with_long_tokens(app)
    page = town.olga.get(f"{town.path}/tokens").get_data(as_text=True)
    for sheet in re.findall(rf"{town.path}/tokens/(\d+)/revocation", page):
        town.olga.post(f"{town.path}/tokens/{sheet}/revocation")
    assert days_later(app, 120) == []
