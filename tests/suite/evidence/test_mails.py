"""What people are told by mail: work, comments that name them, what is overdue; and never what was said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from doorward import Caller, Doorward
from doorward.core.access import HOST
from doorward.core.mail_addresses import read_address
from doorward.store import emails
from doorward.store.store import using
from doorward.testing import Clock, add_account, door_of
from doorward.testing import test_settings as settings_in
from doorward_suite.evidence.actions import assessments, poam, progress, team, work
from doorward_suite.evidence.planning import TypedEntry
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


def an_entry(house: House, due: str, owner: str, requirement: str = "3.1.3") -> int:
    typed = TypedEntry(weakness="The cobalt umbrella.", remediation="Another.", due=due, owner=owner)
    return poam.open_entry(house.lea, house.number, requirement, typed)


def due_in(clock: Clock, days: int) -> str:
    return (clock().date() + timedelta(days=days)).isoformat()


def test_an_overdue_entry_of_the_poam_is_told_once_a_week_until_it_ends(house: House, clock: Clock) -> None:
    entry = an_entry(house, due_in(clock, 2), house.cleo.id)
    an_entry(house, due_in(clock, 2), "", "3.1.6")
    an_entry(house, due_in(clock, 90), house.lea.id, "3.1.7")
    house.mails()
    clock.forward(days=1)
    assert house.mails() == [], "it is not late yet"
    clock.forward(days=2, seconds=1)
    (mail,) = house.mails()
    assert (mail.to, mail.subject) == ("cleo@example.org", "POA&M overdue in A system")
    assert "3.1.3, since " in mail.text
    assert f"https://door.example/evidence/{house.number}/poam" in mail.text
    assert "umbrella" not in mail.text
    assert "3.1.6" not in mail.text
    for _ in range(6):
        clock.forward(days=1, seconds=1)
        assert house.mails() == []
    clock.forward(days=1, seconds=1)
    (mail,) = house.mails()
    assert mail.to == "cleo@example.org"
    poam.withdraw_entry(house.lea, house.number, entry, "It was a mistake.")
    clock.forward(days=8)
    assert house.mails() == []


def test_who_answers_for_an_entry_instead_is_told_at_the_next_look(house: House, clock: Clock) -> None:
    due = due_in(clock, 1)
    entry = an_entry(house, due, house.cleo.id)
    clock.forward(days=2)
    (mail,) = house.mails()
    assert mail.to == "cleo@example.org"
    later = due_in(clock, 1)
    typed = TypedEntry(weakness="The cobalt umbrella.", remediation="Another.", due=later, owner=house.lea.id)
    poam.change_entry(house.lea, house.number, entry, typed)
    clock.forward(days=2, seconds=1)
    (mail,) = house.mails()
    assert mail.to == "lea@example.org"


def test_who_was_sent_away_hears_nothing_of_their_entry(house: House, clock: Clock) -> None:
    an_entry(house, due_in(clock, 1), house.cleo.id)
    team.remove_member(house.lea, house.number, house.cleo.id)
    house.mails()
    clock.forward(days=3)
    assert house.mails() == []
