"""Workbooks are read back as they were written; texts are texts, whatever they begin with."""

from __future__ import annotations

import io
import random
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.core.tables import Cell, safe_cell
from doorward.web.spreadsheets import LONGEST_CELL, Sheet, xlsx_pieces, xlsx_table


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


CODED = ["_x003D_1+1", "_x003d_1", "a_x000D__x0040_SUM(A1)", "__x002B__x002B_1"]


@pytest.mark.parametrize("text", CODED)
def test_no_code_of_the_format_becomes_a_sign(text: str) -> None:
    """ECMA-376 reads "_x003D_" in a text as "=": the attacker's way past the apostrophe."""
    sheets = zipfile.ZipFile(io.BytesIO(xlsx_table([Sheet("A", ["a"], [[text]])])))
    written = re.findall(r"<t [^>]*>([^<]*)</t>", sheets.read("xl/worksheets/sheet1.xml").decode())[1]

    def shown(content: str) -> str:
        return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), content)

    assert shown(text) != text, "as it was sent it would be read as a sign"
    assert shown(written) == text, "a spreadsheet shows what was typed"


def test_every_part_is_xml_and_says_what_it_is() -> None:
    book = zipfile.ZipFile(io.BytesIO(xlsx_table([Sheet("A & <B>", ["a"], [["<x>&\r\n"]])], title="<&>")))
    assert book.testzip() is None
    told = ElementTree.fromstring(book.read("[Content_Types].xml"))
    named = {each.get("PartName") for each in told}
    for name in book.namelist():
        ElementTree.fromstring(book.read(name))
        assert f"/{name}" in named or name.endswith((".rels", "[Content_Types].xml"))


def test_the_first_row_stays_in_sight_and_columns_have_their_widths() -> None:
    page = openpyxl.load_workbook(io.BytesIO(xlsx_table([Sheet("A", ["a"] * 28, [[1] * 28], (8, 200))])))["A"]
    assert page.freeze_panes == "A2"
    assert [page.column_dimensions[letter].width for letter in ("A", "B", "C")] == [8, 60, 6]
    assert page["AB2"].value == 1
    assert (page["A1"].font.b, page["A2"].font.b) == (True, False)
    assert page["A2"].alignment.wrap_text


def test_days_that_a_spreadsheet_counts_wrongly_stay_as_text() -> None:
    row: list[Cell] = [date(1900, 2, 28), date(1900, 3, 1), datetime(1899, 1, 1, 8, 0), date(9999, 12, 31)]
    read = read_back(xlsx_table([Sheet("A", ["a"] * 4, [row])]))["A"]
    assert read[1] == ["1900-02-28", datetime(1900, 3, 1), "1899-01-01 08:00:00", datetime(9999, 12, 31)]


def test_the_same_table_is_the_same_file() -> None:
    first, second = (xlsx_table([Sheet("A", ["a"], [["b", 1, None]])]) for _ in range(2))
    assert first == second


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


def test_a_workbook_in_pieces_says_the_same_as_a_whole_one() -> None:
    def sheets() -> list[Sheet]:
        rows = [[number, f"row {number}", None, number / 7] for number in range(1_203)]
        return [Sheet("One", ("a", "b", "c", "d"), rows), Sheet("one", ("x",), [["=1+1"]]), Sheet("None", ("y",), [])]

    def read(content: bytes) -> dict[str, list]:
        book = openpyxl.load_workbook(io.BytesIO(content))
        return {name: [*book[name].iter_rows(values_only=True)] for name in book.sheetnames}

    pieces = [*xlsx_pieces(iter(sheets()), title="Rivers")]
    assert len(pieces) > 1
    assert zipfile.ZipFile(io.BytesIO(b"".join(pieces))).testzip() is None
    assert read(b"".join(pieces)) == read(xlsx_table(sheets(), title="Rivers"))


def test_of_a_long_table_only_a_piece_is_held() -> None:
    chance, asked = random.Random(7), 0

    def rows() -> Iterator[list[Cell]]:
        nonlocal asked
        for number in range(30_000):
            asked += 1
            yield [number, f"{chance.getrandbits(1_000):x}"]

    pieces = xlsx_pieces([Sheet("Long", ("No.", "Text"), rows())])
    next(pieces)
    assert asked < 2_000, "the first piece does not wait for the last row"
    tracemalloc.start()
    size = sum(map(len, pieces))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert asked == 30_000
    assert size > 4_000_000
    assert most < 1_500_000, f"{most} bytes held of a file of {size}"


def test_a_workbook_without_a_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sheet"):
        list(xlsx_pieces([]))
    with pytest.raises(ValueError, match="at least one"):
        xlsx_table([])


@given(st.text(max_size=60))
@settings(max_examples=30, deadline=None)
def test_no_text_breaks_the_file(text: str) -> None:
    read = read_back(xlsx_table([Sheet(text, [text or "a"], [[text]])], title=text))
    (rows,) = read.values()
    for row in rows:
        assert row[0] is None or not str(row[0]).startswith(("=", "+", "-", "@"))
