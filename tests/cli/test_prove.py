"""`doorward prove`: exit codes, files, progress, and that nothing stays when it is stopped."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from doorward.cli.main import main
from doorward.cli.progress import Told
from doorward.prove.attacks import ALL

ROOT = Path(__file__).resolve().parents[2]
_numbers = count()

Proved = Callable[..., tuple[int, str, str]]

WEAK = """
from flask import Flask
app = Flask(__name__, static_folder=None)

@app.get("/")
def index():
    return "hello"
"""
#: Nothing but what is of low severity is wrong here, and a way is not covered.
LOW = """
from flask import Flask
app = Flask(__name__, static_folder=None)

@app.get("/")
def index():
    return {"a": 1}

@app.get("/<int:number>")
def one(number):
    return {"a": number}

@app.after_request
def headers(answer):
    answer.headers["Server"] = "board/1.2"
    return answer
"""


@pytest.fixture
def prove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Proved:
    """Runs `doorward prove` on an app without a door that is made of this source."""

    def run(*options: str, source: str | None = None) -> tuple[int, str, str]:
        command = ["doorward", "--data", str(tmp_path / "data"), "prove", *options]
        if source is not None:
            name = f"weak_{next(_numbers)}"
            (tmp_path / f"{name}.py").write_text(source)
            monkeypatch.chdir(tmp_path)
            monkeypatch.syspath_prepend(str(tmp_path))
            command += ["--app", f"{name}:app"]
        monkeypatch.setattr(sys, "argv", command)
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        said = capfd.readouterr()
        assert isinstance(code, int)
        return code, said.out, said.err

    return run


def test_what_got_through_is_one(prove: Proved) -> None:
    code, out, _ = prove("--only", "headers.policy", source=WEAK)
    assert code == 1
    assert "WON   headers.policy" in out


def test_what_held_is_zero_and_low_severity_counts_when_strict(prove: Proved) -> None:
    assert prove("--only", "headers.content-type", source=WEAK)[0] == 0
    assert prove("--only", "headers.talkative", source=LOW)[0] == 0
    code, out, _ = prove("--only", "headers.talkative", "--strict", source=LOW)
    assert code == 1
    assert "board/1.2" in out


def test_what_could_not_be_tried_is_two_and_never_green(prove: Proved) -> None:
    assert prove("--only", "access.token", source=WEAK)[0] == 2, "nothing could be tried"
    code, _, err = prove("--only", "nonsense")
    assert code == 2
    assert "There is no attack 'nonsense'" in err
    assert prove("--app", "no_such_module:app")[0] == 2
    assert prove("--url", "http://192.0.2.7")[0] == 2
    assert prove("--url", "http://127.0.0.1:1", "--app", "x:y")[0] == 2


def test_every_attack_is_listed_with_its_id(prove: Proved) -> None:
    code, out, _ = prove("--list")
    assert code == 0
    listed = [line.split()[0] for line in out.splitlines()[:-1]]
    assert set(listed) >= {attack.id for attack in ALL}
    assert "bare.open" in listed
    code, out, _ = prove("--list", "--only", "csrf")
    assert all(line.startswith("csrf.") for line in out.splitlines()[:-1])


def test_the_result_as_files(prove: Proved, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("report.html", "result.json", "result.sarif")]
    options = ["--report", str(files[0]), "--json", str(files[1]), "--sarif", str(files[2])]
    assert prove(*options, source=WEAK)[0] == 1
    page, result, log = files[0].read_text(), json.loads(files[1].read_text()), json.loads(files[2].read_text())
    assert "What this form cannot see" in page
    assert result["bare"] is True
    assert result["unseen"]
    assert result["at"].endswith("+00:00")
    (run,) = log["runs"]
    ids = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert ids >= {attack.id for attack in ALL}, "a rule for each attack, also for those that held"
    results = {one["ruleId"] for one in run["results"]}
    assert "headers.policy" in results
    assert all(one["ruleId"] in ids for one in run["results"])


def test_away_from_a_terminal_there_is_a_line_for_each_tenth(prove: Proved) -> None:
    stream = io.StringIO()
    told = Told(stream)
    told(0, 1, "walking through the app")
    for done in range(1, 301):
        told(done, 300, "GET /")
    told.over()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "walking through the app"
    assert [line.split()[0] for line in lines[1:]] == [str(tenth) for tenth in range(0, 101, 10)]
    assert "\r" not in stream.getvalue()
    _, _, err = prove("--only", "headers", source=WEAK)
    assert re.search(r"100 %: \d+ of \d+", err)
    assert len(err.splitlines()) < 20


def test_at_a_terminal_one_line_changes_and_is_gone_at_the_end() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    told = Told(stream)
    told(1, 2, "GET /" + "x" * 500)
    told.over()
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("\r\033[K")
    assert len(stream.getvalue()) < 300, "a long address does not wrap"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_when_it_is_stopped_no_folder_and_no_process_stays(tmp_path: Path, stop: signal.Signals) -> None:
    places = tmp_path / "tmp"
    places.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DOORWARD_")}
    running = subprocess.Popen(
        [sys.executable, "-m", "doorward.cli.main", "prove", "--app", "examples.hello.hello:app"],
        cwd=ROOT,
        env={**kept, "TMPDIR": str(places), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stderr is not None
    for line in running.stderr:
        if "walking" in line:
            break
    assert list(places.iterdir()), "it works in a place of its own"
    children = _children(running.pid)
    assert children, "it has started a server"
    running.send_signal(stop)
    assert running.wait(30) == 130
    assert list(places.iterdir()) == []
    deadline = time.monotonic() + 10
    while any(_runs(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(child) for child in children)


def _children(pid: int) -> list[int]:
    return [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
