"""What every app of the tests would do anew is done once for all of them, so that the whole suite takes minutes.

A thousand apps start in one run, nearly all of them alike: the same templates, the same empty records. None of this
changes what a test sees: an app that starts on an empty folder finds the records that its migrations make, made once
by these very migrations and copied; that they can be made, step by step, is what tests/store/test_migrate.py shows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from werkzeug.routing import Rule

from doorward.store import migrate as real
from doorward.store.engine import open_engine
from doorward.store.migrate import Migrations
from doorward.web import parts

#: Less than this, and the memory is for other things.
_ROOM = 2 * 1024**3
_MEMORY = Path("/dev/shm")


def pytest_configure() -> None:
    _in_memory()
    _compiled_for_all_processes()
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Compiled()}
    Rule._compile_builder = _builder_when_used(Rule._compile_builder)  # type: ignore[method-assign]
    parts.migrate = migrate  # type: ignore[attr-defined]


def _in_memory() -> None:
    """What is temporary lies in memory where there is room: what is acknowledged there need not wait for a disk."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    room = os.statvfs(_MEMORY)
    if room.f_bavail * room.f_frsize > _ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _compiled_for_all_processes() -> None:
    """A hundred servers and commands are started; each would read and compile our own sources again."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


class _Compiled(BytecodeCache):
    """Templates, compiled once in this process. The same source is the same code, whichever app it is of."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key + bucket.checksum] = bucket.code


def _builder_when_used(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """Werkzeug compiles two functions for each route that make addresses of it; most apps of the tests never ask."""

    def later(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        made: list[Callable[..., Any]] = []

        def build(self: Rule, **values: Any) -> Any:
            if not made:
                made.append(compile_builder(rule, append_unknown))
            return made[0](self, **values)

        return build

    return later


def migrate(engine: Engine, apps: Sequence[Migrations] = ()) -> bool:
    """As `doorward.store.migrate.migrate`; new SQLite records are a copy of those that it made before."""
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if not file or Path(file).exists() or not Path(file).parent.is_dir():
        return real.migrate(engine, apps)
    shutil.copy(_new_records(tuple(apps), _state_of(apps)), file)
    return True


#: Gone when this process ends.
_folders: list[tempfile.TemporaryDirectory[str]] = []


@cache
def _new_records(apps: tuple[Migrations, ...], _state: str) -> Path:
    """The file of records that were just made; the same for all apps with these migrations."""
    _folders.append(tempfile.TemporaryDirectory(prefix="doorward-new-"))
    file = Path(_folders[-1].name) / "new.sqlite3"
    engine = open_engine(f"sqlite:///{file}")
    real.migrate(engine, apps)
    engine.dispose()
    return file


def _state_of(apps: Sequence[Migrations]) -> str:
    files = [file for one in (real.KIT, *apps) for file in sorted(one.folder.glob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
