"""`doorward new`: what it makes passes its own tests, `check` and `prove`; and it overwrites nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doorward.cli.new import make
from doorward.errors import StartRefused


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An app, made by the command."""
    folder = tmp_path_factory.mktemp("made")
    said = run(folder, "-m", "doorward.cli.main", "new", "book_shelf")
    assert said.returncode == 0, said.stderr
    assert "doorward serve --app book_shelf.app:app" in said.stdout
    return folder / "book_shelf"


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DOORWARD_", "PYTEST"))}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=kept, capture_output=True, text=True, timeout=300, check=False
    )


def test_its_own_tests_pass(made: Path) -> None:
    said = run(made, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert said.returncode == 0, said.stdout
    assert "5 passed" in said.stdout
    assert not (made / "data").exists(), "tests leave the app's own records alone"


def test_it_passes_check(made: Path, tmp_path: Path) -> None:
    command = (
        "-m",
        "doorward.cli.main",
        "--data",
        str(tmp_path / "data"),
        "check",
        "--strict",
        "--app",
        "book_shelf.app:app",
    )
    said = run(made, *command)
    assert said.returncode == 0, said.stdout + said.stderr


def test_it_passes_prove_and_each_of_its_ways_is_covered(made: Path) -> None:
    """In the same process as the other proofs of the tests, since a server for each would take too long."""
    program = """
import sys
from pathlib import Path
from tempfile import mkdtemp
from doorward.prove.attacks import ALL
from doorward.serve.prove_app import KIT_PAGES, prove_in_process
from doorward.testing import test_settings
from book_shelf.app import app
app.extensions["doorward"].start(test_settings(Path(sys.argv[1]), behind_proxy=["127.0.0.1/32"]))
proof = prove_in_process(app, ALL, left_out=KIT_PAGES)
print([f"{one.id}: {one.what} {one.where}" for one in proof.findings], proof.uncovered)
print(len(proof.covered), sum(result.tried for result in proof.results))
"""
    place = made.parent / "proof"
    place.mkdir()
    said = run(made, "-c", program, str(place))
    assert said.returncode == 0, said.stderr
    first, second = said.stdout.splitlines()[-2:]
    assert first == "[] {}"
    covered, tried = map(int, second.split())
    assert covered == 5
    assert tried > 30


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "notes.txt").write_text("mine")
    with pytest.raises(StartRefused, match="there already"):
        make("shelf", tmp_path / "shelf")
    assert [one.name for one in (tmp_path / "shelf").iterdir()] == ["notes.txt"]
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StartRefused, match="there already"):
        make("shelf", tmp_path / "file")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StartRefused, match="there already"):
        make("shelf", tmp_path / "link")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    make("shelf", tmp_path)
    assert (tmp_path / "shelf" / "templates" / "shelf" / "home.html").is_file()
    assert "@" not in (tmp_path / "shelf" / "items.py").read_text()


@pytest.mark.parametrize(
    "name", ["", "Shelf", "1shelf", "shelf-two", "../shelf", "a/b", "class", "json", "flask", "tests", "x" * 31, "a\n"]
)
def test_names_that_no_package_can_have_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartRefused, match="name"):
        make(name, tmp_path / "place")
    assert list(tmp_path.iterdir()) == []
