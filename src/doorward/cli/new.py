"""`doorward new NAME`: a small app behind the door, with tests."""

from __future__ import annotations

import keyword
import re
import shutil
import sys
from pathlib import Path

import click

from doorward.errors import StartRefused

_TEMPLATES = Path(__file__).parent / "templates" / "new"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
#: Names under which something else would be found, or hidden.
_TAKEN = {"doorward", "doorward_suite", "flask", "sqlalchemy", "alembic", "tests", "test", "data", "pytest"}


@click.command()
@click.argument("name")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="The folder to make.  [default: ./NAME]")
def new(name: str, into: Path | None) -> None:
    """Make a small app behind the door: pages, records of one's own, a migration, tests.

    It passes `doorward check`, `doorward prove` and its own tests. Nothing that is there is overwritten.
    """
    folder = into or Path(name)
    make(name, folder)
    click.echo(f"Made {folder}. Now:\n\n    cd {folder}\n    doorward serve --app {name}.app:app\n    python -m pytest")


def make(name: str, folder: Path) -> None:
    """Write the app.

    Arguments:
        name: of its package: small letters, digits and underscores.
        folder: where; it must not be there yet, or be empty.

    Errors:
        StartRefused: the name cannot be used, or something is in the folder.
    """
    if not _NAME.fullmatch(name):
        raise StartRefused(f"{name!r} cannot be the name of a package: small letters, digits and _, at most 30.")
    if keyword.iskeyword(name) or name in _TAKEN or name in sys.stdlib_module_names:
        raise StartRefused(f"{name!r} is the name of something else in Python. Choose another one.")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()) or (folder.is_dir() and any(folder.iterdir())):
        raise StartRefused(f"{folder} is there already. Nothing was changed: name another folder with --into.")
    was_there = folder.is_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in sorted(_TEMPLATES.rglob("*.in")):
            _write(folder / _place(source, name), _filled(source.read_text("utf-8"), name))
    except OSError as problem:
        if not was_there:
            shutil.rmtree(folder, ignore_errors=True)
        raise StartRefused(f"{folder} could not be written: {problem.strerror}.") from None


def _place(source: Path, name: str) -> Path:
    """Where a template goes: `package` is the app's package, and its templates stand below the app's name."""
    parts = list(source.relative_to(_TEMPLATES).parts)
    parts[-1] = parts[-1].removesuffix(".in")
    if parts[:2] == ["package", "templates"]:
        parts.insert(2, name)
    if parts[0] == "package":
        parts[0] = name
    parts[-1] = ".gitignore" if parts[-1] == "gitignore" else parts[-1]
    return Path(*(_filled(part, name) for part in parts))


def _filled(text: str, name: str) -> str:
    return text.replace("@NAME@", name).replace("@TITLE@", name.replace("_", " ").capitalize())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
