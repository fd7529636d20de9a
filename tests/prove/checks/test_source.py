"""Each mistake in a Python source is found where it stands, and its sound twin is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.prove import checks
from doorward.prove.checks.reading import python_below
from doorward.prove.findings import Finding, Severity
from tests.prove.checks.planted_settings import facts
from tests.prove.checks.planted_source import PLANTED


def found(folder: Path, source: str) -> list[Finding]:
    app = folder / "app"
    app.mkdir(exist_ok=True)
    (app / "views.py").write_text(source)
    return checks.run(facts(folder / "data", {"sources": list(python_below([app])), "here": folder}, env="production"))


@pytest.mark.parametrize(("finding", "wrong", "sound"), PLANTED)
def test_a_planted_mistake_is_found_and_its_sound_twin_is_not(
    finding: str, wrong: str, sound: str, tmp_path: Path
) -> None:
    assert finding in {one.id for one in found(tmp_path, wrong)}
    assert finding not in {one.id for one in found(tmp_path, sound)}


def test_a_finding_names_file_and_line(tmp_path: Path) -> None:
    assert [one.where for one in found(tmp_path, "a = 1\n\ndef f():\n    eval(\n        text)\n")] == ["app/views.py:4"]


def test_what_a_request_chooses_makes_a_fetch_worse(tmp_path: Path) -> None:
    source = "import requests\nfrom flask import request\ndef f():\n  u = request.form['u']\n  requests.get({})\n"
    severities = [found(tmp_path, source.format(url))[0].severity for url in ("u", "other", "'https://a.example'")]
    assert severities == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]


def test_only_the_apps_own_files_are_read(tmp_path: Path) -> None:
    for folder in ("app/.venv", "app/node_modules", "app/env", "app/tests", "app/mine", "app/other"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "bad.py").write_text("eval(x)")
    (tmp_path / "app/other/pyvenv.cfg").touch()
    (tmp_path / "app/test_it.py").write_text("eval(x)")
    assert [one.where for one in found(tmp_path, "")] == ["app/mine/bad.py:1"]


def test_files_that_are_no_python_do_no_harm(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "nul.py").write_bytes(b"a = 1\0")
    (app / "latin.py").write_bytes(b"# caf\xe9\nx = 1")
    (app / "deep.py").write_text("x = " + "(" * 500 + ")" * 500)
    (app / "gone.py").symlink_to(tmp_path / "nowhere")
    assert {one.id for one in found(tmp_path, "x = 1")} <= {"source.unreadable"}
