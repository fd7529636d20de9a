"""The source keeps the rules of the house, and the checker of these rules catches whoever breaks one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.architecture import LONGEST, violations

SOURCE = Path(__file__).resolve().parents[1] / "src"


def test_the_source_keeps_every_rule_of_the_house() -> None:
    found = violations(SOURCE)
    assert not found, "\n" + "\n".join(map(str, found))


#: For each rule: a file that breaks it, what stands in it, and what the checker must say.
PLANTED = {
    "core imports the store": ("doorward/core/x.py", "import doorward.store.engine", "core imports doorward.store"),
    "core imports the settings": (
        "doorward/core/x.py",
        "from doorward import settings",
        "core imports doorward.settings",
    ),
    "core imports by a relative path": (
        "doorward/core/x.py",
        "from ..web import gate",
        "core imports doorward.web.gate",
    ),
    "the store imports the web": ("doorward/store/x.py", "from doorward.web import gate", "store imports doorward.web"),
    "the web imports the streams": (
        "doorward/web/x.py",
        "from doorward.live.hub import Hub",
        "web imports doorward.live",
    ),
    "the streams import the web": ("doorward/live/x.py", "from doorward.web import gate", "live imports doorward.web"),
    "the web imports the server": ("doorward/web/x.py", "from doorward.serve import ca", "web imports doorward.serve"),
    "the server imports the commands": (
        "doorward/serve/x.py",
        "import doorward.cli.main",
        "serve imports doorward.cli",
    ),
    "a room imports the public names": (
        "doorward/web/x.py",
        "from doorward import Doorward",
        "imports doorward.Doorward",
    ),
    "an import hides in a function": (
        "doorward/core/x.py",
        "def f():\n    import doorward.web",
        "core imports doorward.web",
    ),
    "prove sees a mechanism": ("doorward/prove/x.py", "from doorward.core import csrf", "prove imports doorward.core"),
    "prove sees the gate": ("doorward/prove/x.py", "from doorward.web import gate", "prove imports doorward.web.gate"),
    "the kit imports an app": ("doorward/serve/x.py", "import doorward_suite.polls", "serve imports doorward_suite"),
    "a room nobody knows": ("doorward/utils/x.py", "X = 1", "does not know"),
    "core knows Flask": ("doorward/core/x.py", "from flask import request", "imports flask"),
    "the store knows Werkzeug": ("doorward/store/x.py", "import werkzeug.http", "imports werkzeug"),
    "an app's action knows Flask": ("doorward_suite/polls/actions.py", "import flask", "imports flask"),
    "the web knows SQLAlchemy": ("doorward/web/x.py", "from sqlalchemy import text", "imports sqlalchemy"),
    "an app's view knows SQLAlchemy": ("doorward_suite/polls/views.py", "import sqlalchemy", "imports sqlalchemy"),
    "the web runs an event loop": ("doorward/web/x.py", "import asyncio", "imports asyncio"),
    "core reads the clock": ("doorward/core/x.py", "x = datetime.now(UTC)", "core calls datetime.now()"),
    "core reads the clock in full": ("doorward/core/x.py", "x = datetime.datetime.utcnow()", "core calls"),
    "core imports a clock": ("doorward/core/x.py", "from time import monotonic", "core imports time.monotonic"),
    "core imports the kit's clock": ("doorward/core/x.py", "from doorward.clock import system_clock", "core imports"),
    "core reads the environment": ("doorward/core/x.py", "from os import environ", "core imports os.environ"),
    "core reads a file": ("doorward/core/x.py", "x = open('x')", "core calls open()"),
    "core knows paths": ("doorward/core/x.py", "from pathlib import Path", "core imports pathlib.Path"),
    "core opens a database": ("doorward/core/x.py", "import sqlite3", "core imports sqlite3"),
    "an app reaches into the kit": ("doorward_suite/polls/x.py", "from doorward.core import csrf", "not a public name"),
    "an app imports a module of the kit": ("doorward_suite/polls/x.py", "import doorward.web", "not a public name"),
    "an app uses a name that is not public": (
        "doorward_suite/polls/x.py",
        "from doorward import secret",
        "not a public name",
    ),
    "an app takes every name": ("doorward_suite/polls/x.py", "from doorward import *", "not a public name"),
    "an app imports another": (
        "doorward_suite/polls/x.py",
        "from doorward_suite.chat import models",
        "only portal may",
    ),
    "an app imports another by a relative path": (
        "doorward_suite/polls/x.py",
        "from ..chat import models",
        "only portal may",
    ),
    "a module without a docstring": ("doorward/web/x.py", "!", "has no docstring"),
    "a file too long": ("doorward/web/x.py", "x = 1\n" * LONGEST, f"at most {LONGEST}"),
    "a style sheet too long": ("doorward/web/static/x.css", "a {}\n" * (LONGEST + 1), f"at most {LONGEST}"),
}


@pytest.mark.parametrize(("path", "text", "said"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_violation_is_found(tmp_path: Path, path: str, text: str, said: str) -> None:
    plant(tmp_path, path, text)
    found = violations(tmp_path)
    assert [violation.path for violation in found] == [path]
    assert said in str(found[0])


#: What the rules allow, so that no rule is kept by refusing everything.
ALLOWED = {
    "core uses errors": ("doorward/core/x.py", "from doorward.errors import Refused"),
    "settings use core's values": ("doorward/settings.py", "from doorward.core import units"),
    "the store uses core and the clock": (
        "doorward/store/x.py",
        "from doorward import clock\nimport doorward.core.journal",
    ),
    "the web knows Flask and the store": ("doorward/web/x.py", "import flask\nfrom doorward.store import accounts"),
    "the server joins web and live": ("doorward/serve/x.py", "import asyncio, flask\nfrom doorward import web, live"),
    "prove sees the census": ("doorward/prove/x.py", "from doorward.web.census import census"),
    "testing may know all": ("doorward/testing.py", "import flask\nfrom doorward.core import csrf"),
    "an app uses public names": ("doorward_suite/polls/views.py", "import flask\nfrom doorward import access"),
    "an app uses its own records": ("doorward_suite/polls/actions.py", "import sqlalchemy\nfrom . import models"),
    "portal knows every app": ("doorward_suite/portal/compose.py", "from doorward_suite.polls import views"),
    "core makes an aware time": ("doorward/core/x.py", "x = datetime.fromtimestamp(5, UTC)"),
}


@pytest.mark.parametrize(("path", "text"), ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_allowed_is_not_reported(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert violations(tmp_path) == []


def plant(source: Path, path: str, text: str) -> None:
    """A small source tree with one file in it; `!` stands for a file that has only code and no docstring."""
    plain = not path.endswith(".py")
    files = {
        "doorward/__init__.py": '"""Public."""\n__all__ = ["access"]\n',
        path: text if plain else "x = 1\n" if text == "!" else f'"""Planted."""\n{text}\n',
    }
    for name, content in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content)
