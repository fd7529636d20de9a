"""The sources of an app as texts and trees, each read and parsed once."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

_LARGEST = 1 << 20
_MOST_FILES = 3_000
#: Folders beside an app that hold no code of its own.
_NOT_OURS = frozenset(
  {
    "node_modules", "site-packages", "dist-packages", "__pycache__", "tests", "test", "build", "dist", "venv",
    "env", "data", "docs", "benchmarks",
  }
)  # fmt: skip


def text_of(path: Path) -> str:
    """The text of a source file; empty where it cannot be read, or is larger than anybody writes by hand."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return _text(path, found.st_mtime_ns, found.st_size) if found.st_size <= _LARGEST else ""


@lru_cache(maxsize=512)
def _text(path: Path, _changed: int, _size: int) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def tree_of(path: Path) -> ast.Module | None:
    """The file, parsed; None where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a file that is only looked at
            return ast.parse(text_of(path), str(path))
    except (SyntaxError, ValueError, RecursionError):
        return None


def python_below(folders: Iterable[Path]) -> Iterator[Path]:
    """The Python files in these folders that belong to the app: no tests, no environment, nothing installed."""
    seen: set[Path] = set()
    for folder in folders:
        for place, names, files in os.walk(folder):
            names[:] = sorted(name for name in names if _is_ours(Path(place, name)))
            for name in sorted(files):
                path = Path(place, name).resolve()
                if name.endswith(".py") and not _is_test(name) and path not in seen and len(seen) < _MOST_FILES:
                    seen.add(path)
                    yield path


def _is_ours(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in _NOT_OURS
    return not hidden and not (folder / "pyvenv.cfg").exists()


def _is_test(name: str) -> bool:
    return name.startswith("test_") or name in ("conftest.py", "setup.py")
