"""The house's rules about its own source: who may import whom, and what each room knows.

`violations(source)` reads a source tree and gives every place that breaks a rule. It imports nothing of what it reads.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

#: What each room of the kit may import, besides itself. Read from the bottom: nothing below knows what is above.
ROOMS: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "clock": frozenset(),
    "core": frozenset({"errors"}),
    "settings": frozenset({"core", "errors"}),
    "store": frozenset({"settings", "clock", "core", "errors"}),
    "live": frozenset({"store", "settings", "clock", "core", "errors"}),
    "web": frozenset({"store", "settings", "clock", "core", "errors"}),
    "prove": frozenset({"settings", "clock", "errors"}),
    "serve": frozenset({"web", "live", "prove", "store", "settings", "clock", "core", "errors"}),
    "cli": frozenset({"serve", "web", "live", "prove", "store", "settings", "clock", "core", "errors"}),
}
#: Files beside the rooms that belong to one of them.
BELONGS = {
    "setting_file": "settings",
    "setting_kinds": "settings",
    "setting_table": "settings",
    "setting_providers": "settings",
    "setting_guards": "settings",
    "secret_file": "settings",
    "__main__": "cli",
}
#: `prove` may see which routes there are, and nothing of the mechanisms it judges.
PROVE_SEES = ("doorward.web.census", "doorward.web.routes")
#: These stand above every room: the public names, and what an app's own tests need.
ABOVE_ALL = ("doorward/__init__.py", "doorward/testing.py")

#: Which files may know a library. Patterns are paths below `src/`.
FLASK = (
    "doorward/web/*",
    "doorward/serve/*",
    "doorward/testing.py",
    "doorward_suite/*/views.py",
    "doorward_suite/*/views/*",
    "doorward_suite/portal/*",
)
SQLALCHEMY = (
    "doorward/store/*",
    "doorward_suite/*/models.py",
    "doorward_suite/*/models/*",
    "doorward_suite/*/queries.py",
    "doorward_suite/*/queries/*",
    "doorward_suite/*/actions.py",
    "doorward_suite/*/actions/*",
    "doorward_suite/*/access.py",
    "doorward_suite/*/migrations/*",
)
LOOP = ("doorward/live/*", "doorward/serve/*")
KNOWN_BY = {
    "flask": FLASK,
    "werkzeug": FLASK,
    "sqlalchemy": SQLALCHEMY,
    "alembic": SQLALCHEMY,
    "asyncio": LOOP,
    "uvicorn": LOOP,
    "uvloop": LOOP,
}

#: What would let a decision depend on more than the values it is given.
CORE_NEVER_IMPORTS = (
    *("os", "pathlib", "io", "tempfile", "shutil", "glob", "importlib", "fcntl"),
    *("time", "sqlite3", "dbm", "subprocess"),
)
CORE_NEVER_CALLS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "open")

LONGEST = 400
COUNTED = ("*.py", "*.js", "*.css", "*.html")


@dataclass(frozen=True, slots=True)
class Violation:
    """One place that breaks a rule. `str()` is a line for a person: where, what, and the rule."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"src/{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Module:
    """One Python file below `src/`, parsed.

    Arguments:
        path: its path below `src/`, with slashes.
        source: its text.
        public: the kit's public names, as `doorward.__all__` lists them.
    """

    path: str
    source: str
    public: frozenset[str]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.removesuffix(".py").split("/"))

    @property
    def room(self) -> str:
        """The room of the kit, or the app of the suite, that the file belongs to."""
        name = self.parts[1]
        return BELONGS.get(name, name)

    @cached_property
    def imports(self) -> tuple[tuple[str, int], ...]:
        """Every import in the file, wherever it stands, as full dotted names with their lines."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[tuple[str, int]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        """Where a `from … import` looks, with its leading dots resolved."""
        if not node.level:
            return node.module or ""
        around = self.parts[: -node.level]
        return ".".join([*around, *([node.module] if node.module else [])])


Rule = Callable[[Module], Iterator[tuple[int, str]]]


def violations(source: Path) -> list[Violation]:
    """Every place below `source` (a `src` folder with `doorward` and perhaps `doorward_suite`) that breaks a rule."""
    found = [
        Violation(module.path, line, text)
        for module in _modules(source)
        for rule in RULES
        for line, text in rule(module)
    ]
    return [*dict.fromkeys(found), *_too_long(source)]


def _modules(source: Path) -> list[Module]:
    paths = sorted(path.relative_to(source) for path in source.rglob("*.py"))
    paths = [path for path in paths if path.parts[0] in ("doorward", "doorward_suite")]
    public = _public_names(source / "doorward" / "__init__.py")
    return [Module(path.as_posix(), (source / path).read_text(), public) for path in paths]


def _public_names(init: Path) -> frozenset[str]:
    """The names in `__all__`, which must be a plain list of strings."""
    if not init.exists():
        return frozenset()
    for node in ast.parse(init.read_text()).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and "__all__" in ast.unparse(node).split("=")[0]:
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def imports_run_one_way(module: Module) -> Iterator[tuple[int, str]]:
    """cli → serve → {web, live, prove} → store → settings → core → errors; web and live do not know each other."""
    if module.parts[0] != "doorward" or module.path in ABOVE_ALL:
        return
    if module.room not in ROOMS:
        yield 1, f"{module.room} is a room that the order of imports does not know (tests/support/architecture.py)"
        return
    for name, line in module.imports:
        if not _may_import(module.room, name):
            allowed = ", ".join(sorted(ROOMS[module.room])) or "nothing"
            yield line, f"{module.room} imports {name}; of the kit it may import only: {allowed}"


def _may_import(room: str, name: str) -> bool:
    parts = name.split(".")
    if parts[0] == "doorward_suite":
        return False
    if parts[0] != "doorward":
        return True
    if room == "prove" and any(f"{name}.".startswith(f"{seen}.") for seen in PROVE_SEES):
        return True
    target = BELONGS.get(parts[1], parts[1]) if len(parts) > 1 else ""
    return target == room or target in ROOMS[room]


def each_library_has_its_rooms(module: Module) -> Iterator[tuple[int, str]]:
    """Only `web/` and the views know Flask; only `store/` and an app's records know SQLAlchemy; only `live/` and
    `serve/` know the event loop."""
    for name, line in module.imports:
        library = name.split(".")[0]
        places = KNOWN_BY.get(library)
        if places and not any(fnmatch(module.path, place) for place in places):
            yield line, f"imports {library}, which only these may know: {', '.join(places)}"


def core_decides_on_what_it_is_given(module: Module) -> Iterator[tuple[int, str]]:
    """`core/` reads no clock, no environment, no database and no files."""
    if module.parts[:2] != ("doorward", "core"):
        return
    for name, line in module.imports:
        if name.split(".")[0] in CORE_NEVER_IMPORTS:
            yield line, f"core imports {name}; it decides on plain values, and reads no clock, environment or file"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _ends_with(ast.unparse(node.func), CORE_NEVER_CALLS):
            yield node.lineno, f"core calls {ast.unparse(node.func)}(); what it needs to know is handed to it"


def _ends_with(dotted: str, names: tuple[str, ...]) -> bool:
    return any(dotted == name or ("." in name and dotted.endswith(f".{name}")) for name in names)


def the_suite_uses_public_names(module: Module) -> Iterator[tuple[int, str]]:
    """An app of the suite writes `from doorward import …`, with names of `doorward.__all__`, as anybody's app does."""
    if module.parts[0] != "doorward_suite":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            private = [alias.name for alias in node.names if alias.name.split(".")[0] == "doorward"]
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == "doorward":
            private = [f"{node.module}.{alias.name}" for alias in node.names if not _is_public(node, alias, module)]
        else:
            continue
        for name in private:
            yield node.lineno, f"the suite imports {name}, which is not a public name (doorward.__all__)"


def _is_public(node: ast.ImportFrom, alias: ast.alias, module: Module) -> bool:
    return node.module == "doorward" and alias.name in module.public


def apps_do_not_know_each_other(module: Module) -> Iterator[tuple[int, str]]:
    """Apps never import each other; `portal` composes them."""
    if module.parts[0] != "doorward_suite" or module.room == "portal":
        return
    for name, line in module.imports:
        parts = name.split(".")
        if parts[0] == "doorward_suite" and (len(parts) < 2 or parts[1] != module.room):
            yield line, f"the app {module.room} imports {name}; only portal may know other apps"


def every_public_module_says_what_it_is(module: Module) -> Iterator[tuple[int, str]]:
    """Every module has a docstring, except private ones and empty files."""
    private = any(part.startswith("_") and not part.startswith("__") for part in module.parts)
    if module.tree.body and not private and not ast.get_docstring(module.tree):
        yield 1, "has no docstring; say in a sentence what the file is for"


def _too_long(source: Path) -> Iterator[Violation]:
    """No file of the source is longer than one can keep in mind."""
    files = (path for pattern in COUNTED for path in source.rglob(pattern))
    for path in sorted(files):
        lines = len(path.read_text().splitlines())
        if lines > LONGEST:
            yield Violation(path.relative_to(source).as_posix(), lines, f"has {lines} lines; at most {LONGEST}")


RULES: tuple[Rule, ...] = (
    imports_run_one_way,
    each_library_has_its_rooms,
    core_decides_on_what_it_is_given,
    the_suite_uses_public_names,
    apps_do_not_know_each_other,
    every_public_module_says_what_it_is,
)
