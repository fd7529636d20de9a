"""What people are told by mail: work, comments that name them, what is overdue; and never what was said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from doorward import Caller, Doorward
from doorward.core.access import HOST
from doorward.core.mail_addresses import read_address
from doorward.store import emails
from doorward.store.store import using
from doorward.testing import Clock, add_account, door_of
from doorward.testing import test_settings as settings_in
from doorward_suite.evidence.actions import assessments, progress, team, work
from doorward_suite.portal import create_app
from tests.support.mails import Got, sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path, clock: Clock) -> Iterator[Flask]:
    app = create_app(["evidence"])
    door: Doorward = app.extensions["doorward"]
    door.clock = clock
    door.start(settings_in(tmp_path / "data", public_url="https://door.example"))
    with using(door.store):
        yield app
    door.close()


class House:
    """An assessment that Lea leads and in which Cleo collects; both have an address."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.lea, self.cleo, self.sven = (self._person(name) for name in ("lea", "cleo", "sven"))
        ada = Caller(account_id=add_account(app, "ada", "admin"), name="ada", roles=frozenset({"admin"}))
        self.number = assessments.create(ada, "A system", "lea")
        team.add_member(self.lea, self.number, "cleo", "collector")

    def _person(self, name: str) -> Caller:
        account_id = add_account(self.app, name)
        with door_of(self.app).store.transaction(HOST) as tx:
            wanted = read_address(f"{name}@example.org")
            emails.want(tx, account_id, wanted)
            emails.confirm(tx, account_id, wanted.key)
        return Caller(account_id=account_id, name=name)

    def mails(self) -> list[Got]:
        return sent(self.app)


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


def test_work_from_somebody_else_is_told_once_however_much_it_is(house: House) -> None:
    work.assign(house.lea, house.number, ["3.1.1[a]", "3.1.1[b]"], house.cleo.id, "2026-02-01")
    work.assign(house.lea, house.number, ["3.1.1[c]"], house.cleo.id)
    work.assign(house.lea, house.number, ["3.1.1[d]"], house.lea.id)
    work.assign(house.lea, house.number, ["3.1.1[a]"], "")
    first, second = house.mails()
    assert (first.to, first.subject) == ("cleo@example.org", "Work in A system")
    assert "2 objectives were assigned to you in “A system”, until 2026-02-01." in first.text
    assert f"https://door.example/evidence/{house.number}/people/{house.cleo.id}" in first.text
    assert "An objective was assigned" in second.text


def test_who_is_named_is_told_and_not_what_was_said(house: House) -> None:
    progress.comment(house.cleo, house.number, "3.1.1[a]", "The cobalt umbrella, @lea! @cleo @sven")
    (mail,) = house.mails()
    assert (mail.to, mail.subject) == ("lea@example.org", "A comment in A system")
    assert "cleo named you in a comment on 3.1.1[a]" in mail.text
    assert f"https://door.example/evidence/{house.number}/requirements/3.1.1" in mail.text
    assert "umbrella" not in mail.text


def test_what_is_overdue_is_told_once_a_week_until_it_is_reviewed(house: House, clock: Clock) -> None:
    late = [f"3.1.{number}[a]" for number in range(1, 13)]
    work.assign(house.lea, house.number, late, house.cleo.id, "2026-01-01")
    work.assign(house.lea, house.number, ["3.2.1[a]"], house.cleo.id, "2026-06-01")
    work.assign(house.lea, house.number, ["3.2.1[b]"], house.cleo.id)
    house.mails()
    assert house.mails() == []
    clock.forward(days=1)  # the first look
    (mail,) = house.mails()
    assert (mail.to, mail.subject) == ("cleo@example.org", "Overdue in A system")
    assert "3.1.1[a], since 2026-01-01" in mail.text
    assert "and 2 more" in mail.text
    assert "3.2.1" not in mail.text
    for _ in range(6):
        clock.forward(days=1, seconds=1)
        assert house.mails() == []
    for objective in late[1:]:
        progress.take_step(house.lea, house.number, objective, "not_applicable", "We have none.")
    clock.forward(days=1, seconds=1)
    (mail,) = house.mails()
    assert "3.1.1[a]" in mail.text
    assert "3.1.2[a]" not in mail.text


def test_who_was_sent_away_hears_nothing_more(house: House, clock: Clock) -> None:
    work.assign(house.lea, house.number, ["3.1.1[a]"], house.cleo.id, "2026-01-01")
    house.mails()
    team.remove_member(house.lea, house.number, house.cleo.id)
    clock.forward(days=2)
    assert house.mails() == []
