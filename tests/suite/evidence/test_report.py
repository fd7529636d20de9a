"""The numbers of the report, and the report as tables."""

from __future__ import annotations

import csv
import io

import openpyxl

from doorward_suite.evidence.report import ranges
from doorward_suite.evidence.report_tables import OBJECTIVES, report_csv, report_xlsx
from doorward_suite.evidence.sprs import Status
from tests.support.evidence_reports import a_report


def test_families_are_counted_from_their_requirements() -> None:
    report = a_report(files=12)
    access, awareness = report.families[0], report.families[1]
    assert (access.family.code, sum(access.requirements.values()), access.objectives) == ("AC", 22, 70)
    assert access.requirements == {Status.MET: 19, Status.PARTIAL: 0, Status.NOT_MET: 2, Status.NOT_APPLICABLE: 1}
    assert (access.found, access.covered, access.evidence, access.cost) == (12, 12, 12, 1 + 3)
    assert (awareness.covered, awareness.evidence, awareness.cost) == (0, 0, 0)
    assert sum(line.objectives for line in report.families) == 320
    assert sum(line.cost for line in report.families) == 110 - (report.score.points if report.score else 0) == 7
    assert report.statuses == {Status.MET: 106, Status.PARTIAL: 1, Status.NOT_MET: 2, Status.NOT_APPLICABLE: 1}
    assert report.open_poam == 3


def test_many_numbers_are_told_in_few_words() -> None:
    assert ranges([7, 1, 2, 3, 2]) == ["1–3", "7"]
    assert ranges([]) == []


def test_a_file_of_two_objectives_is_counted_once() -> None:
    report = a_report(files=1)
    part = report.parts[0]
    assert part.evidence == tuple(report.evidence)
    assert report.families[0].evidence == 1


def test_the_csv_has_a_row_for_each_objective_and_no_formula() -> None:
    written = report_csv(a_report(files=3, reason='=HYPERLINK("http://x","y")'))
    rows = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert tuple(rows[0]) == OBJECTIVES
    assert len(rows) == 1 + 320
    first = dict(zip(OBJECTIVES, rows[1], strict=True))
    assert (first["Objective"], first["Practice"], first["Finding"]) == ("3.1.1[a]", "AC.L2-3.1.1", "Met")
    assert first["Reason"].startswith("'=")
    assert first["Reviewed on"] == "2026-04-02"
    assert first["Evidence"] == "AC.L2-3.1.1_a_Access-policy_2026-03-01_E1v1.pdf"


def test_the_workbook_has_a_sheet_for_each_part_and_no_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx(a_report(files=3, evidence_title="@SUM(A1)"))))
    assert book.sheetnames == ["Objectives", "Families", "POA&M", "SSP", "Evidence"]
    assert [book[name].max_row for name in book.sheetnames] == [321, 15, 4, 111, 4]
    for page in book:
        for row in page.iter_rows():
            assert not any(cell.data_type == "f" for cell in row)
    evidence = [cell.value for cell in book["Evidence"][2]]
    assert evidence[2] == "'@SUM(A1)"
    assert evidence[6] == "3.1.1[a]"
    poam = [cell.value for cell in book["POA&M"][2]]
    assert poam[0] == "3.1.3"
    assert poam[9] == "2026-06-01, done: First step\nno day, open: Last step"
    refused = [cell.value for cell in book["POA&M"][3]]
    assert "costs 3 points" in str(refused[10])
