"""The sound app with one mistake in it: written to a folder of its own, started, checked and attacked."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from flask import Flask

from doorward.errors import StartRefused
from doorward.prove.attack import Attack
from doorward.prove.findings import Finding, Severity
from doorward.serve.checking import StaticChecks
from doorward.serve.prove_app import KIT_PAGES, prove_in_process
from doorward.testing import door_of
from tests.prove.mistake import Mistake
from tests.prove.stage import on_stage

SOUND = Path(__file__).parent / "sound"
#: The start itself refuses it.
START = "start"
_FAILING = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_NUMBERS = count(1)


def caught_by(mistake: Mistake | None, folder: Path, attacks: Iterable[Attack]) -> set[str]:
    """What catches the mistake: "start", checks as "check source.sql", attacks as "prove access.owner"."""
    with _written(mistake, folder) as make:
        try:
            with on_stage(make) as app:
                found = {f"check {one.id}" for one in checked(app)}
                chosen = list(attacks)
                proof = prove_in_process(app, chosen, left_out=KIT_PAGES) if chosen else None
                return found | {f"prove {one}" for one in (proof.won if proof else [])}
        except StartRefused:
            return {START}


def checked(app: Flask) -> list[Finding]:
    """What the static checks find in the source, templates and rules of the app; not in settings of these tests."""
    found = StaticChecks(app, door_of(app)).find()
    areas = ("source.", "templates.", "rules.")
    return [one for one in found if one.id.startswith(areas) and one.severity in _FAILING]


@contextmanager
def _written(mistake: Mistake | None, folder: Path) -> Iterator[Callable[[], Flask]]:
    """The source with the mistake; gives what makes the app."""
    name = f"notebook_{next(_NUMBERS)}"
    place = folder / name
    shutil.copytree(SOUND, place, ignore=shutil.ignore_patterns("__pycache__"))
    for change in mistake.changes if mistake is not None else ():
        file = place / change.file
        before = file.read_text("utf-8")
        assert before.count(change.old) >= 1, f"{change.file} has no {change.old!r}"
        file.write_text(before.replace(change.old, change.new), "utf-8")

    def make() -> Flask:
        spec = importlib.util.spec_from_file_location(name, place / "app.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        app = module.create_app()
        assert isinstance(app, Flask)
        return app

    try:
        yield make
    finally:
        sys.modules.pop(name, None)
        shutil.rmtree(place, ignore_errors=True)
