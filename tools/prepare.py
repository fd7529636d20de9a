"""Make a virtual environment and install the pinned requirements and this project into it: what `make setup` runs.

Only the standard library, since nothing is installed yet. Every package is checked against its pinned hash; the project
itself is installed as a link to `src/`, with the pinned build tools and without the network.

    python3 tools/prepare.py .venv requirements/run.txt
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

OLDEST = (3, 11)
# What pip says when it comes to a package: to fetch, at hand, not needed on this machine, installed already.
PACKAGE = re.compile(
    r"(?:Collecting |Processing \S*/|Ignoring |Requirement already satisfied: )([A-Za-z0-9_.-]+?)(?:[=<>:\s]|-\d)"
)


def main(arguments: Sequence[str]) -> int:
    venv, requirements = Path(arguments[0]), Path(arguments[1])
    begun = time.monotonic()
    if not _works(venv):
        _create(venv)
    log = venv / "prepare.log"
    log.unlink(missing_ok=True)
    _install(venv, requirements, log)
    _link_project(venv, log)
    print(f"Ready: {venv}, after {time.monotonic() - begun:.0f} s.", flush=True)
    return 0


def _create(venv: Path) -> None:
    """A fresh environment; one that is broken or half made is replaced."""
    if sys.version_info < OLDEST:
        sys.exit(f"Doorward needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    if not _can_make_environments():
        sys.exit(
            f"{sys.executable} cannot make virtual environments: its venv or ensurepip module is missing.\n"
            "On Debian or Ubuntu: apt install python3-venv"
        )
    version = ".".join(str(number) for number in sys.version_info[:3])
    print(f"Making {venv} with Python {version} ...", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"The virtual environment could not be made:\n{made.stdout}{made.stderr}")


def _can_make_environments() -> bool:
    return all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))


def _works(venv: Path) -> bool:
    """Whether the environment is whole and still finds its Python, which may have been upgraded or moved away."""
    python = venv / "bin" / "python"
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return python.exists() and subprocess.run([python, "-c", probe], capture_output=True).returncode == 0


def _install(venv: Path, requirements: Path, log: Path) -> None:
    total = len(re.findall(r"^[A-Za-z0-9]", requirements.read_text(), re.MULTILINE))
    print(f"Installing {total} pinned packages from {requirements} ...", flush=True)
    options = ["--require-hashes", "--no-deps", "--progress-bar", "off", "-r", str(requirements)]
    _run_pip(venv, options, log, total)


def _link_project(venv: Path, log: Path) -> None:
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", "."]
    _run_pip(venv, options, log, 0)


def _run_pip(venv: Path, options: Sequence[str], log: Path, total: int) -> None:
    """Run `pip install`, say now and then how far it is, and on failure show the end of what it said."""
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", *options]
    with (
        log.open("a") as file,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip,
    ):
        assert pip.stdout is not None
        seen = 0
        for line in pip.stdout:
            file.write(line)
            seen = _tell(line, seen, total)
    if pip.returncode:
        tail = "".join(log.read_text().splitlines(keepends=True)[-15:])
        sys.exit(f"\nThe installation failed. The end of {log}:\n\n{tail}")


def _tell(line: str, seen: int, total: int) -> int:
    """Count the packages that pip has come to; on a terminal one line that moves, else one line for every ten."""
    package = PACKAGE.match(line)
    if not (total and package):
        return seen
    seen += 1
    if sys.stdout.isatty():
        print(f"\r  {seen} of {total}: {package[1]:<30}", end="\n" if seen == total else "", flush=True)
    elif seen % 10 == 0:
        print(f"  {seen} of {total}", flush=True)
    return seen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
