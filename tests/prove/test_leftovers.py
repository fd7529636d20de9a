"""Folders of runs: gone with their run, taken away after one that was killed, and nobody else's ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doorward.prove import leftovers
from doorward.prove.leftovers import PREFIX, own_folder, sweep

_RUN = (
    "import sys, time\n"
    "from doorward.prove.leftovers import own_folder\n"
    "with own_folder(sys.argv[1]) as folder:\n"
    "    (folder / 'records').write_text('x')\n"
    "    print(folder, flush=True)\n"
    "    time.sleep(60)\n"
)


def killed_run(place: Path) -> Path:
    """The folder of a run that was killed."""
    run = subprocess.Popen([sys.executable, "-c", _RUN, str(place)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    with run.stdout:
        folder = Path(run.stdout.readline().strip())
        assert folder.is_dir()
        assert sweep(str(place)) == 0, "a run that lives lost its folder"
        run.kill()
        run.wait(10)
    return folder


def test_a_folder_is_gone_with_its_run(tmp_path: Path) -> None:
    with own_folder(str(tmp_path)) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "some").mkdir()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_taken_away_and_what_lives_stays(tmp_path: Path) -> None:
    left = killed_run(tmp_path)
    assert (left / "records").is_file()
    with own_folder(str(tmp_path)) as living:
        assert sweep(str(tmp_path)) == 1
        assert list(tmp_path.iterdir()) == [living]


def test_what_is_not_of_a_run_or_not_ours_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = killed_run(tmp_path)
    plain = tmp_path / f"{PREFIX}somebody"
    plain.mkdir()
    pointer = tmp_path / f"{PREFIX}pointer"
    pointer.symlink_to(left, target_is_directory=True)
    (tmp_path / f"{PREFIX}file").write_text("x")
    within = tmp_path / f"{PREFIX}within"
    within.mkdir()
    (within / leftovers._LOCK).symlink_to(left / leftovers._LOCK)
    strangers = os.geteuid() + 1
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: strangers)
        assert sweep(str(tmp_path)) == 0
    assert sweep(str(tmp_path)) == 1
    assert {path.name for path in tmp_path.iterdir()} == {plain.name, pointer.name, f"{PREFIX}file", within.name}
