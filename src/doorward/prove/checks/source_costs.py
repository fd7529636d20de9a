"""What in the app's source may cost more than its maker thought: patterns, endless queries, work without a limit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser as patterns  # type: ignore[attr-defined]
from typing import Any

from doorward.prove.checks.python_walk import Detected, FunctionNode, Source, assignments, own_nodes, routes_of

_TAKE_PATTERN = frozenset(
    f"re.{name}" for name in ("compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer")
)
_REPEATS = (signs.MAX_REPEAT, signs.MIN_REPEAT)
#: As good as without an end: two such repeats, one in the other, make more ways than can ever be tried.
_MANY = 20
_ASKS = ("execute", "scalars", "exec_driver_sql")
_TEXTS = ("sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text")
_SELECTS = ("sqlalchemy.select", "sqlalchemy.sql.select", "sqlalchemy.future.select")
_ENDS = re.compile(r"\blimit\b|\bfetch\s+(?:first|next)\b|\btop\b", re.I)
_ONE_ROW = re.compile(r"select\s+(?:count|sum|min|max|avg|exists|total)\s*\([^)]*\)\s*(?:,|from\b|as\b|$)", re.I)
_PASSES_ON = ("scalars", "mappings", "tuples", "unique")
_TAKES_ALL = ("all", "fetchall")
_COLLECTS = ("list", "tuple", "set", "dict", "sorted", "frozenset", "reversed", "enumerate")
_NARROWS = frozenset({"limit", "where", "filter", "filter_by", "fetch", "slice"})
_COSTS = re.compile(
    r"smtplib\.SMTP(_SSL)?|hashlib\.(scrypt|pbkdf2_hmac)|bcrypt\.(hashpw|checkpw|kdf)|argon2\..+"
    r"|werkzeug\.security\.(generate|check)_password_hash|subprocess\.(run|Popen|call|check_call|check_output)"
)


def of_costs(source: Source) -> Iterator[Detected]:
    """Everything in the file that may take longer, or be asked for more often, than it should."""
    parents = {child: node for node in ast.walk(source.tree) for child in ast.iter_child_nodes(node)}
    for node in source.nodes():
        if isinstance(node, ast.Call):
            yield from _pattern(source, node)
            yield from _query(source, node, parents)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _work(source, node)


# -- patterns ------------------------------------------------------------------------------------------------


def _pattern(source: Source, call: ast.Call) -> Iterator[Detected]:
    first = call.args[0] if call.args else None
    if source.name(call.func) in _TAKE_PATTERN and isinstance(first, ast.Constant) and isinstance(first.value, str):
        try:
            tree = patterns.parse(first.value)
        except (re.error, OverflowError, RecursionError):
            return
        if _is_slow(tree):
            yield Detected("slow-pattern", call.lineno, f"The pattern {first.value[:60]!r} repeats what repeats.")


def _is_slow(tree: Any) -> bool:
    """Is there a repeat in a repeat, with nothing between two turns that says where one ends?"""
    return any(
        (kind in _REPEATS and value[1] >= _MANY and _can_be_cut_anywhere(value[2]))
        or any(map(_is_slow, _inside(value)))
        for kind, value in tree
    )


def _inside(value: Any) -> Iterator[Any]:
    """The parts of a pattern inside this one."""
    if isinstance(value, patterns.SubPattern):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _inside(part)


def _can_be_cut_anywhere(body: Any) -> bool:
    """Has what is repeated a repeat itself, beside which nothing must stand that the repeat could not be as well?"""
    items = list(_unpacked(body))
    for at, (kind, value) in enumerate(items):
        rest = items[:at] + items[at + 1 :]
        if kind is signs.BRANCH and any(_can_be_cut_anywhere([*way, *rest]) for way in value[1]):
            return True
        if kind in _REPEATS and value[1] >= _MANY:
            repeated = _signs_of(value[2])
            if repeated and not any(_must_be(one) and not _signs_of([one]) & repeated for one in rest):
                return True
    return False


def _unpacked(body: Any) -> Iterator[tuple[Any, Any]]:
    """The items of a sequence, those of plain groups among them."""
    for kind, value in body:
        if kind is signs.SUBPATTERN:
            yield from _unpacked(value[-1])
        else:
            yield kind, value


def _must_be(item: tuple[Any, Any]) -> bool:
    kind, value = item
    return value[0] > 0 if kind in _REPEATS else kind not in (signs.AT, signs.ASSERT, signs.ASSERT_NOT)


#: Stand for all signs: one of each sort is enough to see whether two sets of signs have some in common.
_SAMPLES = frozenset(map(chr, range(32, 127))) | frozenset("\t\n\u00e9\u4e2d")


def _signs_of(body: Any) -> frozenset[str]:
    """Those of the samples that this part of a pattern can be made of."""
    found: frozenset[str] = frozenset()
    for kind, value in body:
        if kind in (signs.LITERAL, signs.NOT_LITERAL, signs.IN, signs.ANY, signs.CATEGORY):
            one = re.compile(_single(kind, value))
            found |= frozenset(sign for sign in _SAMPLES if one.fullmatch(sign))
        else:
            for part in _inside(value):
                found |= _signs_of(part)
    return found


_CATEGORIES = {
    signs.CATEGORY_DIGIT: r"\d",
    signs.CATEGORY_NOT_DIGIT: r"\D",
    signs.CATEGORY_SPACE: r"\s",
    signs.CATEGORY_NOT_SPACE: r"\S",
    signs.CATEGORY_WORD: r"\w",
    signs.CATEGORY_NOT_WORD: r"\W",
}


def _single(kind: Any, value: Any) -> str:
    """The pattern of one sign, as it could have been written."""
    if kind is signs.ANY:
        return "."
    if kind is signs.LITERAL:
        return re.escape(chr(value))
    if kind is signs.NOT_LITERAL:
        return f"[^{re.escape(chr(value))}]"
    if kind is signs.CATEGORY:
        return _CATEGORIES.get(value, r"[\s\S]")
    parts = ["^" if value and value[0][0] is signs.NEGATE else ""]
    for of, what in value:
        if of is signs.RANGE:
            parts.append(f"{re.escape(chr(what[0]))}-{re.escape(chr(what[1]))}")
        elif of is not signs.NEGATE:
            parts.append(_single(of, what))
    return f"[{''.join(parts)}]"


# -- queries -------------------------------------------------------------------------------------------------


def _query(source: Source, call: ast.Call, parents: dict[ast.AST, ast.AST]) -> Iterator[Detected]:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _ASKS and call.args):
        return
    if _is_endless(source, call.args[0]) and _takes_all(source, call, parents):
        yield Detected("endless-query", call.lineno, "All rows that fit are read, however many they are.")


def _is_endless(source: Source, asked: ast.expr) -> bool:
    """A query in the source that gives as many rows as there are. What is put together elsewhere is not judged."""
    if isinstance(asked, ast.Name):
        meant = _meant(source, asked)
        return meant is not None and not isinstance(meant, ast.Name) and _is_endless(source, meant)
    if isinstance(asked, ast.Call) and source.name(asked.func) in _TEXTS and asked.args:
        return _is_endless(source, asked.args[0])
    if isinstance(asked, ast.Constant) and isinstance(asked.value, str):
        words = " ".join(asked.value.split())
        return words.lower().startswith("select ") and not _ENDS.search(words) and not _ONE_ROW.match(words)
    methods: set[str] = set()
    while isinstance(asked, ast.Call) and isinstance(asked.func, ast.Attribute) and not source.name(asked.func):
        methods.add(asked.func.attr)
        asked = asked.func.value
    if not (isinstance(asked, ast.Call) and source.name(asked.func) in _SELECTS) or methods & _NARROWS:
        return False
    return not any(isinstance(part, ast.Call) for part in asked.args)  # select(func.count()) gives one row


def _meant(source: Source, name: ast.Name) -> ast.expr | None:
    """What this name was given, if it was given one thing only."""
    for scope in (source.around.get(name, source.tree), source.tree):
        given = [value for target, value in assignments(scope) if target == name.id]
        if given:
            return given[0] if len(given) == 1 and isinstance(given[0], ast.expr) else None
    return None


def _takes_all(source: Source, asked: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
    """Is everything taken that is found? Where it is handed on, somebody else may take the first and no more."""
    above = parents.get(asked)
    if isinstance(above, ast.Attribute):
        call = parents.get(above)
        if above.attr in _PASSES_ON and isinstance(call, ast.Call):
            return _takes_all(source, call, parents)
        return above.attr in _TAKES_ALL
    if isinstance(above, ast.Call):
        return asked in above.args and source.name(above.func) in _COLLECTS
    if isinstance(above, ast.comprehension | ast.For):
        return above.iter is asked
    return isinstance(above, ast.Starred | ast.YieldFrom)


# -- work ----------------------------------------------------------------------------------------------------


def _work(source: Source, view: FunctionNode) -> Iterator[Detected]:
    """A view that does what takes long, or reaches somebody's mailbox, as often as anybody asks."""
    if not any(True for _ in routes_of(view)) or any(_limits(source, one) for one in view.decorator_list):
        return
    functions = {one.name: one for one in source.tree.body if isinstance(one, ast.FunctionDef)}
    called = [source.name(one.func) for one in own_nodes(view) if isinstance(one, ast.Call)]
    for name in list(called):
        if name in functions:  # one step further, within this file
            called += [source.name(one.func) for one in own_nodes(functions[name]) if isinstance(one, ast.Call)]
    costly = next((name for name in called if _COSTS.fullmatch(name)), None)
    if costly is not None:
        yield Detected("unlimited-cost", view.lineno, f"{view.name}() calls {costly}, as often as it is asked.")


def _limits(source: Source, decorator: ast.expr) -> bool:
    name = source.name(decorator.func) if isinstance(decorator, ast.Call) else source.name(decorator)
    return name.rpartition(".")[2] in ("limit", "counts")
