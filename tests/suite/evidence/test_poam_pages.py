"""The pages of the POA&M behind the real door."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask

from doorward.testing import Browser, Clock

from .rooms import Room

ENTRY = {"weakness": "There is <no> list.", "remediation": "=A list", "level": "high", "risk": "@Somebody"}


@pytest.fixture
def due(clock: Clock) -> str:
    return (clock().date() + timedelta(days=60)).isoformat()


@pytest.fixture(scope="module")
def house(app: Flask) -> Room:
    return Room(app)


def put(room: Room, browser: Browser, requirement: str, due: str) -> str:
    """The path of a new entry."""
    answer = browser.post(f"{room.path}/poam", {**ENTRY, "requirement": requirement, "due": due})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def test_a_collector_opens_changes_and_plans_and_a_lead_withdraws(house: Room, due: str) -> None:
    empty = house.cleo.get(f"{house.path}/poam").get_data(as_text=True)
    assert "Nothing waits" in empty
    path = put(house, house.cleo, "3.1.3", due)
    assert house.cleo.post(f"{path}/milestones", {"step": "It is bought", "step_due": due}).status_code == 303
    page = house.vera.get(path).get_data(as_text=True)
    assert "There is &lt;no&gt; list." in page
    assert "It is bought" in page
    assert "Change the entry" not in page  # a viewer is offered nothing that would be refused
    assert house.cleo.post(path, {**ENTRY, "weakness": "Another.", "due": due}).status_code == 303
    listed = house.vera.get(f"{house.path}/poam").get_data(as_text=True)
    assert "Another." in listed
    assert "0 of 1 done" in listed
    refused = house.cleo.post(f"{path}/closing", {"change": "close", "closing": ""})
    assert refused.status_code == 409
    assert "3.1.3 is not met yet" in refused.get_data(as_text=True)
    assert house.cleo.post(f"{path}/closing", {"change": "withdraw", "closing": "A slip."}).status_code == 403
    assert house.lea.post(f"{path}/closing", {"change": "withdraw", "closing": "A slip."}).status_code == 303
    assert "A slip." in house.vera.get(path).get_data(as_text=True)


def test_what_may_not_wait_is_said_on_the_form_and_what_was_typed_stays(house: Room, due: str) -> None:
    answer = house.cleo.post(f"{house.path}/poam", {**ENTRY, "requirement": "3.1.1", "due": due})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "3.1.1 costs 5 points, and only what costs 1 may be on a POA&amp;M." in text
    assert "There is &lt;no&gt; list." in text
    wrong = house.cleo.post(f"{house.path}/poam", {**ENTRY, "requirement": "9.9", "due": ""})
    assert wrong.status_code == 422
    assert "Write the number of a requirement" in wrong.get_data(as_text=True)


def test_who_may_not_write_it_is_refused_and_strangers_find_nothing(house: Room, due: str) -> None:
    path = put(house, house.lea, "3.1.6", due)
    step = {"step": "It is bought", "step_due": due}
    assert house.lea.post(f"{path}/milestones", step).status_code == 303
    found = re.search(r'action="(/evidence/\d+/poam/\d+/milestones/\d+)"', house.lea.get(path).get_data(as_text=True))
    assert found
    writes = [
        (f"{house.path}/poam", {**ENTRY, "requirement": "3.1.7", "due": due}),
        (path, {**ENTRY, "due": due}),
        (f"{path}/milestones", step),
        (found[1], {"change": "done"}),
        (f"{path}/closing", {"change": "withdraw", "closing": "A slip."}),
        (f"{house.path}/poam/conditional", {"conditional_on": ""}),
    ]
    reads = [f"{house.path}/poam", path, f"{house.path}/poam/files/csv", f"{house.path}/poam/files/xlsx"]
    guest, _secret = house.guest()
    for way, form in writes:
        for who in (house.vera, house.rosa):
            assert who.post(way, form).status_code == 403, way
        assert guest.post(way, form).status_code in (401, 403), way
        for who in (house.sven, house.ada):
            assert who.post(way, form).status_code == 404, way
    for way in reads:
        for who in (house.vera, house.rosa, guest):
            assert who.get(way).status_code == 200, way
        assert house.sven.get(way).status_code == 404, way
    for way, form in writes:  # what was refused was there
        assert house.lea.post(way, form).status_code == 303, way


def test_the_files_have_no_formula(house: Room, due: str) -> None:
    put(house, house.cleo, "3.1.9", due)
    rows = list(csv.DictReader(io.StringIO(house.vera.get(f"{house.path}/poam/files/csv").text.removeprefix("\ufeff"))))
    row = next(one for one in rows if one["Requirement"] == "3.1.9")
    assert (row["Remediation"], row["Risk"], row["Open"]) == ("'=A list", "'@Somebody", "yes")
    book = openpyxl.load_workbook(io.BytesIO(house.vera.get(f"{house.path}/poam/files/xlsx").data))
    assert not any(cell.data_type == "f" for line in book["POA&M"].iter_rows() for cell in line)
    assert house.vera.get(f"{house.path}/poam/files/pdf").status_code == 404


def test_the_overview_tells_what_is_overdue_and_how_long_there_is(house: Room, clock: Clock) -> None:
    path = put(house, house.cleo, "3.1.14", (clock().date() - timedelta(days=1)).isoformat())
    since = (clock().date() - timedelta(days=170)).isoformat()
    assert house.lea.post(f"{house.path}/poam/conditional", {"conditional_on": since}).status_code == 303
    overview = house.vera.get(house.path).get_data(as_text=True)
    assert "1 overdue" in overview
    assert "10 days left" in overview
    gone = (clock().date() - timedelta(days=181)).isoformat()
    assert house.lea.post(f"{house.path}/poam/conditional", {"conditional_on": gone}).status_code == 303
    assert "The conditional status has run out" in house.vera.get(house.path).get_data(as_text=True)
    wrong = house.lea.post(f"{house.path}/poam/conditional", {"conditional_on": "soon"})
    assert wrong.status_code == 422
    assert "Write the day as 2026-12-31." in wrong.get_data(as_text=True)
    requirement = house.cleo.get(f"{house.path}/requirements/3.1.14").get_data(as_text=True)
    assert f'href="{path}"' in requirement


def test_the_report_bears_the_organisation_and_the_marking(house: Room) -> None:
    form = {"name": "A system", "organisation": "Example <Works>", "marking": "CUI"}
    assert house.cleo.post(f"{house.path}/name", form).status_code == 403
    assert house.lea.post(f"{house.path}/name", form).status_code == 303
    page = house.vera.get(f"{house.path}/report").get_data(as_text=True)
    assert "Example &lt;Works&gt;" in page
    assert '<p class="marking">CUI</p>' in page
    assert house.lea.post(f"{house.path}/name", {**form, "marking": "x" * 61}).status_code == 422
