"""Mails that an app writes: to verified addresses of people who may sign in, with the change or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from doorward import write_to
from doorward.core.access import HOST
from doorward.core.mail_addresses import read_address
from doorward.store import accounts, emails
from doorward.store.accounts import BLOCKED
from doorward.testing import Clock, add_account, door_of
from tests.support.mails import app_on, sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    with app_on(request, tmp_path, clock, public_url="https://door.example", site_name="The Mill") as app:
        yield app


def with_address(app: Flask, name: str, *, verified: bool = True) -> str:
    account_id = add_account(app, name)
    with door_of(app).store.transaction(HOST) as tx:
        wanted = read_address(f"{name}@example.org")
        emails.want(tx, account_id, wanted)
        if verified:
            emails.confirm(tx, account_id, wanted.key)
    return account_id


def write(app: Flask, account_id: str, subject: str = "Overdue\r\nBcc: x@example.org", path: str = "/shelf/7") -> None:
    with door_of(app).store.transaction(HOST) as tx:
        write_to(tx, account_id, subject, "Two things are late.", path=path)


def test_a_mail_goes_to_the_verified_address_and_says_where_to_go(app: Flask) -> None:
    write(app, with_address(app, "mara"))
    (mail,) = sent(app)
    assert (mail.to, mail.subject) == ("mara@example.org", "Overdue Bcc: x@example.org")
    assert "Two things are late." in mail.text
    assert "https://door.example/shelf/7" in mail.text
    assert "The Mill" in mail.text


def test_nobody_is_written_to_who_has_no_verified_address_or_may_not_sign_in(app: Flask) -> None:
    write(app, with_address(app, "noah", verified=False))
    write(app, add_account(app, "nora"))
    write(app, "a" + "0" * 24)
    blocked = with_address(app, "bob")
    with door_of(app).store.transaction(HOST) as tx:
        accounts.held(tx, blocked).status = BLOCKED  # type: ignore[union-attr]
    write(app, blocked)
    write(app, with_address(app, "mara"))
    assert [mail.to for mail in sent(app)] == ["mara@example.org"]


def test_a_change_that_fails_writes_nothing(app: Flask) -> None:
    mara = with_address(app, "mara")

    def change_and_fail() -> None:
        with door_of(app).store.transaction(HOST) as tx:
            write_to(tx, mara, "Overdue", "Late.")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    assert list(sent(app)) == []


def test_the_same_is_written_at_most_twenty_times_an_hour(app: Flask, clock: Clock) -> None:
    mara = with_address(app, "mara")
    for _ in range(25):
        write(app, mara, "Overdue")
    write(app, mara, "Named")
    assert sorted(mail.subject for mail in sent(app)) == ["Named", *["Overdue"] * 20]
    clock.forward(hours=1, seconds=1)
    write(app, mara, "Overdue")
    assert len(list(sent(app))) == 1
