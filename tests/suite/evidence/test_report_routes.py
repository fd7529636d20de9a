"""The report behind the real door: who may read it, that it says what was found, and what it costs."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pypdf
import pytest
from flask import Flask
from sqlalchemy import event

from doorward import Caller, NotFound, now
from doorward.store.store import Store
from doorward_suite.evidence import access
from doorward_suite.evidence.queries.reporting import report_of
from doorward_suite.evidence.sprs import Status

from .conftest import CARL, CLEO, LEA, PLAYERS, SVEN, Team
from .rooms import Room, sent

KINDS = ("", "/pdf", "/csv", "/xlsx")


@pytest.fixture(scope="module")
def filled(app: Flask) -> Room:
    """An assessment with one objective met by evidence, and one not met."""
    room = Room(app)
    form = sent(b"Every door was locked.\n", "doors.txt", title="=SUM(1) <b>Ärger</b>", objectives="3.1.1[a]")
    assert room.cleo.post(f"{room.path}/items", form).status_code == 303
    for who, objective, form in (
        (room.cleo, "3.1.1[a]", {"step": "hand_in"}),
        (room.rosa, "3.1.1[a]", {"step": "met"}),
        (room.rosa, "3.1.2[a]", {"step": "not_met", "reason": "There is no list."}),
    ):
        assert who.post(f"{room.path}/objectives/{objective}/steps", form).status_code == 303
    return room


@pytest.mark.parametrize("kind", KINDS)
def test_every_role_and_a_guest_read_it_and_nobody_else(filled: Room, kind: str) -> None:
    way = f"{filled.path}/report{kind}"
    guest, _secret = filled.guest()
    for insider in (filled.vera, filled.cleo, filled.rosa, filled.lea, guest):
        assert insider.get(way).status_code == 200
    assert filled.sven.get(way).status_code == 404
    assert filled.ada.get(way).status_code == 404  # an administrator without a place


def test_it_says_what_was_found_and_by_whom(filled: Room) -> None:
    text = filled.vera.get(f"{filled.path}/report").get_data(as_text=True)
    assert "AC.L2-3.1.1_a_SUM-1-b-Arger-b" in text
    assert "&lt;b&gt;Ärger&lt;/b&gt;" in text
    assert "There is no list." in text
    assert "No CMMC status as it stands." in text
    paper = pypdf.PdfReader(io.BytesIO(filled.vera.get(f"{filled.path}/report/pdf?paper=a4").data))
    assert "There is no list." in " ".join(one.extract_text() for one in paper.pages)
    assert float(paper.pages[0].mediabox.width) == pytest.approx(595.28)
    book = openpyxl.load_workbook(io.BytesIO(filled.vera.get(f"{filled.path}/report/xlsx").data))
    assert book["Evidence"]["C2"].value == "'=SUM(1) <b>Ärger</b>"
    rows = filled.vera.get(f"{filled.path}/report/csv").get_data(as_text=True)
    assert rows.count("\r\n") == 321
    assert '"There is no list."' in rows


def test_there_is_no_other_kind(filled: Room) -> None:
    assert filled.vera.get(f"{filled.path}/report/docx").status_code == 404
    answer = filled.vera.get(f"{filled.path}/report/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=Assessment-report_")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def made_report(store: Store, made: Team, who: Caller = LEA) -> Any:
    with store.reading() as db:
        return report_of(db, access.seat_in(db, who, made.number), now(), "lea")


def test_who_has_no_place_gets_no_report(store: Store, made: Team) -> None:
    with pytest.raises(NotFound):
        made_report(store, made, SVEN)
    for role in PLAYERS.values():
        assert made_report(store, made, role).title == "A system"


def test_what_nobody_has_judged_is_not_met(store: Store, made: Team) -> None:
    report = made_report(store, made)
    assert report.statuses[Status.NOT_MET] == 110
    assert report.score.points == -203
    assert report.score.value is None
    assert len(report.parts) == 110
    assert sum(len(part.objectives) for part in report.parts) == 320


def statements(store: Store, work: Callable[[], object]) -> int:
    counted: list[str] = []
    listen = ("before_cursor_execute", lambda conn, cursor, statement, *rest: counted.append(statement))
    event.listen(store.engine, *listen)
    work()
    event.remove(store.engine, *listen)
    return len(counted)


def test_more_evidence_costs_no_more_queries(store: Store, made: Team) -> None:
    from doorward_suite.evidence.actions import linking

    def link_one() -> None:
        for number, who in enumerate((CLEO, CARL) * 3):
            linking.link(CLEO, made.number, made.put_item(who), [f"3.1.1[{'abcdef'[number]}]", "3.1.2[a]"])

    link_one()
    before = statements(store, lambda: made_report(store, made))
    link_one()
    assert statements(store, lambda: made_report(store, made)) == before <= 8
    report = made_report(store, made)
    assert len(report.evidence) == 12
    assert len(next(one for one in report.parts[1].objectives if one.id == "3.1.2[a]").evidence) == 12


def test_what_was_deleted_is_not_in_it(store: Store, made: Team) -> None:
    from doorward_suite.evidence.actions import linking

    item = made.put_item(CLEO)
    linking.link(CLEO, made.number, item, ["3.1.1[a]"])
    assert len(made_report(store, made).evidence) == 1
    linking.delete_item(LEA, made.number, item, "Not needed.")
    assert made_report(store, made).evidence == {}
