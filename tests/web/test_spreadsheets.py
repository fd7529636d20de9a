"""Workbooks are read back as they were written; texts are texts, whatever they begin with."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.core.tables import Cell, safe_cell
from doorward.web.spreadsheets import LONGEST_CELL, Sheet, xlsx_table


def read_back(file: bytes) -> dict[str, list[list[object]]]:
    book = openpyxl.load_workbook(io.BytesIO(file))
    return {page.title: [[cell.value for cell in row] for row in page.iter_rows()] for page in book}


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1", '=HYPERLINK("http://a","b")', "{=1}"]
)
def test_no_text_is_a_formula(cell: str) -> None:
    file = xlsx_table([Sheet("Notes", ["=Note"], [[cell]])])
    book = openpyxl.load_workbook(io.BytesIO(file))
    for row in book["Notes"].iter_rows():
        for found in row:
            assert found.data_type == "s"
            assert str(found.value) in (safe_cell(cell), "'=Note")
    sheets = [name for name in zipfile.ZipFile(io.BytesIO(file)).namelist() if "sheets/" in name]
    assert sheets
    for name in sheets:
        assert b"<f>" not in zipfile.ZipFile(io.BytesIO(file)).read(name)


def test_numbers_dates_and_truths_keep_their_kind() -> None:
    row: list[Cell] = [7, -2.5, date(2026, 3, 1), datetime(2026, 3, 1, 12, 0, tzinfo=UTC), True, None, "seven"]
    read = read_back(xlsx_table([Sheet("A", ["a"] * 7, [row])]))["A"]
    assert read[1] == [7, -2.5, datetime(2026, 3, 1), datetime(2026, 3, 1, 12), True, None, "seven"]


def test_what_a_number_of_a_spreadsheet_cannot_hold_stays_as_text() -> None:
    read = read_back(xlsx_table([Sheet("A", ["a", "b", "c"], [[10**18 + 1, float("inf"), float("nan")]])]))["A"]
    assert read[1] == [str(10**18 + 1), "inf", "nan"]


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    read = read_back(xlsx_table([Sheet("A", ["a"], [["x" * 40_000], ["=" + "x" * 40_000]])]))["A"]
    assert all(len(str(row[0])) == LONGEST_CELL and str(row[0]).endswith(" […]") for row in read[1:])


def test_tabs_get_names_that_are_allowed_and_different() -> None:
    long = "Family: Access/Control [AC] and much more than fits"
    names = list(
        read_back(xlsx_table([Sheet(name, ["a"], []) for name in (long, long.upper(), "", "  ''", "History")]))
    )
    assert len(names) == 5
    assert len({name.casefold() for name in names}) == 5
    for name in names:
        assert 1 <= len(name) <= 31
        assert not set(name) & set("[]:*?/\\")


def test_a_workbook_without_a_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        xlsx_table([])


@given(st.text(max_size=60))
@settings(max_examples=30, deadline=None)
def test_no_text_breaks_the_file(text: str) -> None:
    read = read_back(xlsx_table([Sheet(text, [text or "a"], [[text]])], title=text))
    (rows,) = read.values()
    for row in rows:
        assert row[0] is None or not str(row[0]).startswith(("=", "+", "-", "@"))
