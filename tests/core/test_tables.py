"""Tables are read back as they were written, and no cell of them is a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.core.tables import csv_table, plain_cell, safe_cell

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    " =1",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠a",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff@a",
]
FORMULAS += ["=cmd|'/C calc'!A0", "\u3000=1", "\x00=1", "\ttext", "\u202e=1"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_of_a_download_is_a_formula(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"
    written = csv_table(["name"], [[cell]])
    assert written.splitlines()[1].startswith("\"'") or "\n\"'" in written


def test_plain_cells_stay_and_quotes_are_doubled() -> None:
    assert safe_cell("Ann-Lee = x") == "Ann-Lee = x"
    assert safe_cell("") == ""
    assert csv_table(["a"], [['Bo "the" one, two']]) == '\ufeff"a"\r\n"Bo ""the"" one, two"\r\n'


def test_headings_are_cells_too() -> None:
    assert csv_table(["=1"], []) == '\ufeff"\'=1"\r\n'


def test_every_kind_of_value_has_one_way_to_be_written() -> None:
    moment = datetime(2026, 3, 1, 12, 30, 5, 999, tzinfo=timezone(timedelta(hours=2)))
    assert [plain_cell(value) for value in (None, True, False, -5, 1.5, date(2026, 3, 1), moment)] == [
        *("", "yes", "no", "-5", "1.5", "2026-03-01"),
        "2026-03-01 10:30:05",
    ]
    assert plain_cell(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01 00:00:00"


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3), max_size=5))
def test_every_text_is_read_back_whole_and_in_its_own_cell(rows: list[list[str]]) -> None:
    written = csv_table(["a", "b", "c"], rows).removeprefix("\ufeff")
    written.encode()
    read = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert [len(row) for row in read] == [3] * len(rows)
    assert read == [[plain_cell(cell) for cell in row] for row in rows]
    for row in read:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)
