"""NIST's workbooks are read by their numbers: what is mended, missing or unknown is told; another file is refused."""

from __future__ import annotations

import pytest

from doorward_suite.evidence.catalogue import Wording, built_in, load_wording
from doorward_suite.evidence.catalogue.wording import from_plain, plain
from doorward_suite.evidence.workbooks import Unreadable
from tests.support.nist_workbooks import (
    OBJECTIVE_HEADINGS,
    REQUIREMENT_HEADINGS,
    Rows,
    objective_rows,
    requirement_rows,
    workbook,
)

CATALOGUE = built_in()


def requirements(rows: Rows) -> object:
    return load_wording(workbook(REQUIREMENT_HEADINGS, rows), CATALOGUE)


def test_the_first_workbook_gives_the_words_of_all_110_requirements() -> None:
    loaded = load_wording(workbook(REQUIREMENT_HEADINGS, requirement_rows()), CATALOGUE)
    assert loaded.report.lines() == ["SP 800-171: 110 requirements found, 0 missing, 0 unknown, 0 mended."]
    assert loaded.report.is_complete
    assert set(loaded.wording.requirements) == set(CATALOGUE.requirement_by_id)
    words = loaded.wording.requirements["3.4.2"]
    assert words.text == "Words of 3.4.2."
    assert words.discussion == "What 3.4.2 means.\nMore of it."


def test_the_second_workbook_gives_the_words_of_all_320_objectives_for_all_its_flaws() -> None:
    loaded = load_wording(workbook(OBJECTIVE_HEADINGS, objective_rows()), CATALOGUE)
    assert (loaded.report.publication, loaded.report.requirements, loaded.report.objectives) == (
        "SP 800-171A",
        110,
        320,
    )
    assert loaded.report.is_complete
    assert set(loaded.wording.objectives) == set(CATALOGUE.objective_by_id)
    assert all(text.rstrip(".") == f"words of {number}" for number, text in loaded.wording.objectives.items())
    assert loaded.wording.requirements["3.10.1"].examine == "Papers of 3.10.1"
    assert loaded.wording.requirements["3.10.1"].interview == "People of 3.10.1"
    assert loaded.wording.requirements["3.10.1"].test == "Trials of 3.10.1"


def test_what_was_mended_is_told_with_its_row() -> None:
    report = load_wording(workbook(OBJECTIVE_HEADINGS, objective_rows()), CATALOGUE).report
    told = [str(note) for note in report.mended]
    assert 'row 3: the number is written "3.1.1[a]\\t "; it is 3.1.1[a].' in told
    assert any('written "3.12.4.[h]"; it is 3.12.4[h]' in note for note in told)
    label = '3.10.1 stands under "Personnel Security"; by its number it is Physical Protection.'
    assert sum(label in note for note in told) == 5, "the requirement and its four objectives"
    assert len(told) == 5 + 5
    assert len(report.lines()) == 1 + 10


def test_3_10_1_stays_with_physical_protection_whatever_the_label_says() -> None:
    load_wording(workbook(OBJECTIVE_HEADINGS, objective_rows()), CATALOGUE)
    assert CATALOGUE.requirement_by_id["3.10.1"].family == "PE"


def test_what_is_missing_is_told_and_the_rest_is_read() -> None:
    rows = [row for row in requirement_rows() if row[2] not in ("3.1.5", "3.14.7")]
    loaded = load_wording(workbook(REQUIREMENT_HEADINGS, rows), CATALOGUE)
    assert loaded.report.missing == ("3.1.5", "3.14.7")
    assert not loaded.report.is_complete
    assert "Missing: 3.1.5, 3.14.7." in loaded.report.lines()
    assert len(loaded.wording.requirements) == 108


def test_a_requirement_without_words_is_missing() -> None:
    rows = requirement_rows()
    rows[0][4] = "  "
    report = load_wording(workbook(REQUIREMENT_HEADINGS, rows), CATALOGUE).report
    assert report.missing == ("3.1.1",)
    assert "3.1.1 has no text of its own here." in str(report.mended[0])


def test_what_is_unknown_is_told_and_left_out() -> None:
    rows = [
        *requirement_rows(),
        ["AC", "", "3.1.23", "", "More.", ""],
        ["See also", "", "appendix <B>", "", "", ""],
        [None] * 6,
    ]
    loaded = load_wording(workbook(REQUIREMENT_HEADINGS, rows), CATALOGUE)
    assert [str(note) for note in loaded.report.unknown] == [
        "row 112: NIST SP 800-171 Rev. 2 / CMMC level 2 has no 3.1.23.",
        'row 113: "appendix <B>" is no number of the standard.',
    ]
    assert set(loaded.wording.requirements) == set(CATALOGUE.requirement_by_id)


def test_the_first_of_two_rows_with_one_number_counts() -> None:
    rows = [*requirement_rows(), ["Access Control", "Basic", "3.1.1", "", "Other words.", ""]]
    loaded = load_wording(workbook(REQUIREMENT_HEADINGS, rows), CATALOGUE)
    assert loaded.wording.requirements["3.1.1"].text == "Words of 3.1.1."
    assert "a second time" in str(loaded.report.mended[0])


def test_another_revision_is_refused_even_when_it_has_every_number_of_this_one() -> None:
    later = [[f"Family {n}", "", f"03.1{n}.0{m}", "", "Words.", ""] for n in (5, 6, 7) for m in (1, 2, 3)]
    with pytest.raises(
        Unreadable, match=r"does not have \(3.15.1, 3.15.2, 3.15.3 and others\). It is of another revision"
    ):
        load_wording(workbook(REQUIREMENT_HEADINGS, [*requirement_rows(), *later]), CATALOGUE)


def test_a_part_of_the_standard_is_refused_as_a_whole() -> None:
    with pytest.raises(Unreadable, match="only 30 of the 110 numbers"):
        load_wording(workbook(REQUIREMENT_HEADINGS, requirement_rows()[:30]), CATALOGUE)


def test_a_workbook_about_something_else_is_refused_with_what_to_do() -> None:
    with pytest.raises(Unreadable, match="Take the workbook of SP 800-171"):
        load_wording(workbook(["Name", "Salary"], [["Ann", "1"]]), CATALOGUE)


def test_both_workbooks_together_say_everything_and_are_stored_and_read_back() -> None:
    first = load_wording(workbook(REQUIREMENT_HEADINGS, requirement_rows()), CATALOGUE).wording
    second = load_wording(workbook(OBJECTIVE_HEADINGS, objective_rows()), CATALOGUE).wording
    for both in (Wording().with_more(first).with_more(second), second.with_more(first)):
        words = both.requirements["3.1.1"]
        assert (words.text, words.discussion) == ("Words of 3.1.1.", "What 3.1.1 means.\nMore of it.")
        assert words.examine == "Papers of 3.1.1"
        assert len(both.objectives) == 320
        assert from_plain(plain(both)) == both
