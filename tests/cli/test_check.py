"""`doorward check`: exit codes, formats, what it keeps; and the suite itself comes out clean."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from doorward.cli.main import main
from doorward.store import check_runs
from doorward.store.engine import open_engine
from doorward.store.store import Store

#: Each app is a module of its own, since a module is loaded once.
_numbers = count()

Checked = Callable[..., tuple[int, str, str]]

SOUND = """
from flask import Flask
from doorward import Doorward, access

app = Flask(__name__, static_folder=None)
Doorward(app)

@app.get("/")
@access.public
def index():
    return "hello"
"""


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Checked:
    """Runs `doorward check` in production, on an app made of this source, or on the suite."""

    def run(*options: str, source: str | None = None, **settings: str) -> tuple[int, str, str]:
        command = ["doorward", "--data", str(tmp_path / "data"), "check", *options]
        if source is not None:
            name = f"app_{next(_numbers)}"
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            (folder / f"{name}.py").write_text(source)
            monkeypatch.chdir(folder)
            monkeypatch.syspath_prepend(str(folder))
            command += ["--app", f"{name}:app"]
        monkeypatch.setenv("DOORWARD_ENV", "production")
        monkeypatch.setenv("DOORWARD_HASH_PROFILE", "rfc9106")
        for setting, value in settings.items():
            monkeypatch.setenv(f"DOORWARD_{setting.upper()}", value)
        monkeypatch.setattr(sys, "argv", command)
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        assert isinstance(code, int)
        return code, said.out, said.err

    return run


def test_the_suite_comes_out_clean(check: Checked) -> None:
    code, out, _ = check("--strict", "--notes")
    assert code == 0, out
    assert "Found:" in out or "Nothing found." in out


def test_a_sound_app_is_zero(check: Checked) -> None:
    assert check("--strict", source=SOUND)[0] == 0


def test_a_finding_is_one(check: Checked) -> None:
    code, out, _ = check(
        source=f"{SOUND}\n@app.get('/x')\n@access.public\ndef x():\n    return str(eval(open('a').read()))\n"
    )
    assert code == 1
    assert "source.eval" in out


def test_a_low_finding_is_one_only_when_strict(check: Checked) -> None:
    low = f"{SOUND}\nimport hashlib\nX = hashlib.md5(b'')\n"
    assert check(source=low)[0] == 0
    assert check("--strict", source=low)[0] == 1


def test_a_setting_is_a_finding_too(check: Checked) -> None:
    code, out, _ = check(source=SOUND, behind_proxy="8.0.0.0/8")
    assert code == 1
    assert "proxy.wide" in out


@pytest.mark.parametrize("source", ["from nowhere import app", "app = 5", SOUND.replace("@access.public\n", "")])
def test_what_does_not_start_is_two(check: Checked, source: str) -> None:
    code, _, err = check(source=source)
    assert code == 2
    assert err


def test_json_holds_every_field(check: Checked) -> None:
    code, out, _ = check("--format", "json", source=f"{SOUND}\napp.run(debug=True) if 0 else None\n")
    assert code == 1
    (found,) = [one for one in json.loads(out)["findings"] if one["id"] == "source.debug"]
    assert found["severity"] == "medium"
    assert found["where"].endswith(".py:13")
    assert found["handbook"] == "docs/handbook/findings/source.md#source-debug"
    assert all(found[part] for part in ("what", "why", "mend", "asvs"))


def test_sarif_is_one_log_with_the_finding(check: Checked) -> None:
    code, out, _ = check("--format", "sarif", source=f'{SOUND}\nX = eval("1" + str(2))\n')
    assert code == 1
    (run,) = json.loads(out)["runs"]
    assert "source.eval" in [one["ruleId"] for one in run["results"]]


def test_the_last_run_is_kept_with_its_entry_in_the_journal(check: Checked, tmp_path: Path) -> None:
    check(source=f'{SOUND}\nX = eval("1" + str(2))\n')
    store = Store(open_engine(f"sqlite:///{tmp_path / 'data' / 'doorward.sqlite3'}"))
    with store.reading() as db:
        kept = check_runs.last(db, check_runs.CHECK)
    store.close()
    assert kept is not None
    assert kept.summary["counts"]["high"] == 1
    assert kept.findings[0]["id"] == "source.eval"
