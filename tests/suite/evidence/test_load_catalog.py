"""`doorward evidence load-catalog FILE`, as the host types it: loaded and told, or nothing is changed at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.cli.main import main
from tests.support.nist_workbooks import REQUIREMENT_HEADINGS, requirement_rows, workbook

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    for name in [name for name in os.environ if name.startswith("DOORWARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DOORWARD_ENV", "development")
    monkeypatch.chdir(tmp_path)

    def run(*command: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["doorward", *command, "--data", "data"])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        return int(str(code)), *capfd.readouterr()

    return run


def test_the_official_wording_is_loaded_and_the_journal_says_by_whom(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r2.xlsx").write_bytes(workbook(REQUIREMENT_HEADINGS, requirement_rows()).read())
    code, said, _ = run("evidence", "load-catalog", "r2.xlsx")
    assert code == 0
    assert "110" in said
    journal = run("journal", "export")[1]
    assert "catalogue" in journal
    assert "(host)" in journal


def test_what_is_missing_is_told_and_the_rest_is_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r2.xlsx").write_bytes(workbook(REQUIREMENT_HEADINGS, requirement_rows()[1:]).read())
    code, said, _ = run("evidence", "load-catalog", "r2.xlsx")
    assert code == 0
    assert "Missing: 3.1.1." in said


def test_half_a_workbook_changes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r2.xlsx").write_bytes(workbook(REQUIREMENT_HEADINGS, requirement_rows()[:50]).read())
    code, _, wrong = run("evidence", "load-catalog", "r2.xlsx")
    assert code != 0
    assert "only 50 of the 110" in wrong
    assert "Traceback" not in wrong
    assert "catalogue" not in run("journal", "export")[1]


def test_a_file_that_is_none_is_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "r2.xlsx").write_bytes(b"MZ" + bytes(200))
    code, _, wrong = run("evidence", "load-catalog", "r2.xlsx")
    assert code != 0
    assert wrong.strip()
    assert "Traceback" not in wrong
