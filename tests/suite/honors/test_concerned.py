"""Every write stands in the journal with the people whom it concerns, an import too; and it is found from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from doorward.store.store import Store, using
from doorward.testing import Browser, signed_in
from doorward_suite.honors.actions import importing, writing
from doorward_suite.honors.concerned import is_among, ranges
from doorward_suite.honors.models import Person
from doorward_suite.honors.queries import history

from .conftest import EDITOR, PUBLISHER, Made, entries
from .test_imports import ADA, BEN, as_csv, as_json, bring, named, undo


@given(st.sets(st.integers(1, 60)))
def test_numbers_in_short_are_the_same_numbers(numbers: set[int]) -> None:
    told = ranges(numbers)
    assert {number for number in range(70) if is_among(number, told)} == numbers
    assert all(one[1] + 1 < other[0] for one, other in pairwise(told))


def events_about(store: Store, person: int) -> list[str]:
    with store.reading() as db:
        return [one.event.removeprefix("honors.") for one in history.of_person(db, person)][::-1]


def test_an_import_names_everybody_whom_it_brings_takes_from_and_gives_back(store: Store, made: Made) -> None:
    first, _ = bring(made, as_csv([ADA, BEN]), consent="full")
    [ada], [ben] = named(store, ADA["name"])[-1:], named(store, BEN["name"])[-1:]
    second, _ = bring(made, as_csv([ADA]), replaces=True)
    assert events_about(store, ada.id) == ["import.awards_added"]
    assert events_about(store, ben.id) == ["import.awards_added", "import.awards_removed"]
    undo(second)
    assert events_about(store, ben.id)[2:] == ["import.awards_returned"]
    assert events_about(store, ada.id) == ["import.awards_added"], "whom nothing happened to is not named"
    undo(first)
    for one in (ada, ben):
        assert events_about(store, one.id)[-2:] == ["import.awards_undone", "import.people_removed"]
    with store.reading() as db:
        assert db.get(Person, ada.id) is None


def test_members_of_a_team_are_named_by_an_import_and_by_hand(store: Store, made: Made) -> None:
    member = {"name": "Team Member", "grade": "7", "school": "Nord"}
    team = {"name": "Team X", "medal": "Gold", "subject": "Mathematics", "members": [member]}
    bring(made, as_json([team]), consent="full")
    [person] = named(store, "Team Member")[-1:]
    assert events_about(store, person.id) == ["import.awards_added"]
    other = made.person("By Hand", awarded=False)
    number = made.team("Pair", other)
    award = made.award(number, kind="teams")
    writing.delete(EDITOR, "awards", award)
    writing.correct(EDITOR, "teams", number, {"name": "Pair!", "edition": str(made.edition), "school": ""})
    told = ["person.added", "person.shown", "team.joined", "award.added", "award.deleted", "team.corrected"]
    assert events_about(store, other) == told


def test_a_trial_names_nobody_and_a_large_file_is_a_few_short_entries(store: Store, made: Made) -> None:
    rows = [{"name": f"Many {number}", "medal": "Gold"} for number in range(2 * importing.CHUNK + 1)]
    number, _ = bring(made, as_csv(rows), dry=True)
    assert [one.event for one in entries(store, f"honors/imports:{number}")] == ["honors.import.sent"]
    number, _ = bring(made, as_csv(rows))
    told = [one for one in entries(store, f"honors/imports:{number}") if "awards_added" in one.event]
    assert len(told) == 3
    assert sum(len(one.details) for one in told) < 300
    named_there = [json.loads(one.details)["people"] for one in told]
    assert sum(last - first + 1 for runs in named_there for first, last in runs) == len(rows)


@pytest.fixture
def acting(app: Flask) -> Iterator[Store]:
    with using(app.extensions["doorward"].store):
        yield app.extensions["doorward"].store


def test_an_administrator_finds_it_from_the_person_and_nobody_else_does(app: Flask, roll: Made, acting: Store) -> None:
    person = roll.person("Written About")
    writing.set_consent(PUBLISHER, person, "short")
    path = f"/honors/admin/people/{person}"
    administrator, publisher = signed_in(app, "reads", "admin"), signed_in(app, "asks", "honors-publisher")
    assert f"{path}/journal" in administrator.get(path).get_data(as_text=True)
    page = administrator.get(f"{path}/journal").get_data(as_text=True)
    for event in ("honors.person.added", "honors.award.added", "honors.person.shown"):
        assert event in page
    assert f"{path}/journal" not in publisher.get(path).get_data(as_text=True)
    assert publisher.get(f"{path}/journal").status_code == 403
    assert Browser(app).get(f"{path}/journal").status_code == 303
    assert administrator.get("/honors/admin/people/999999/journal").status_code == 404
