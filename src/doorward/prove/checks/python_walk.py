"""A Python file as the checks look at it: full names, what a request chooses, texts that are put together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from doorward.prove.findings import Severity

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_ROUTES = ("route", "get", "post", "put", "patch", "delete")
_OF_REQUEST = frozenset(
  {
    "args", "form", "values", "files", "json", "cookies", "headers", "data", "stream", "view_args",
    "query_string", "get_json", "get_data", "referrer",
  }
)  # fmt: skip
#: What hands a chosen text on as it is.
_HANDS_ON = frozenset(
    {"str", "os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath", "os.fspath", "urllib.parse.unquote",
     "os.path.abspath", "os.path.normpath", "os.path.expanduser"}
)  # fmt: skip
_TEXT_PARAMETER = re.compile(r"<(?:(?:string|path|default|any)(?:\([^)]*\))?:)?([a-zA-Z_]\w*)>")


@dataclass(frozen=True, slots=True)
class Detected:
    """Something in a source file: the name of its kind, the line, a sentence, and how bad, where that depends."""

    kind: str
    line: int
    text: str
    severity: Severity | None = None


class Source:
    """One parsed file.

    Arguments:
        tree: from `ast.parse`.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.names = dict(_imported(tree))
        self._chosen: dict[ast.AST, frozenset[str]] = {}
        self._built: dict[ast.AST, frozenset[str]] = {}
        #: The innermost function around each node, or the module.
        self.around: dict[ast.AST, ast.AST] = {}
        self._place(tree, tree)

    def _place(self, node: ast.AST, scope: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            self.around[child] = scope
            inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope
            self._place(child, inner)

    def nodes(self) -> Iterator[ast.AST]:
        """Every node that stands in some place."""
        yield from self.around

    def name(self, node: ast.AST) -> str:
        """The full dotted name, with imports resolved: `os.path.join`. Empty where there is none."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            before = self.name(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""

    def is_chosen(self, node: ast.AST | None) -> bool:
        """Can whoever sends a request choose this text? Only what is clear within one function counts."""
        if node is None:
            return False
        scope = self.around.get(node, self.tree)
        return self._chosen_with(node, self._chosen_names(scope))

    def _chosen_names(self, scope: ast.AST) -> frozenset[str]:
        if scope not in self._chosen:
            names = set(route_parameters(scope)) if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef) else set()
            for _ in range(2):  # a name that is made of another one that is made of the request
                for target, value in assignments(scope):
                    if self._chosen_with(value, frozenset(names)):
                        names.add(target)
            self._chosen[scope] = frozenset(names)
        return self._chosen[scope]

    def _chosen_with(self, node: ast.AST, names: frozenset[str]) -> bool:
        def chosen(part: ast.AST) -> bool:
            return self._chosen_with(part, names)

        match node:
            case ast.Name(id=name):
                return name in names
            case ast.Attribute(value=value, attr=attr):
                return (self._is_request(value) and attr in _OF_REQUEST) or chosen(value)
            case ast.Subscript(value=value) | ast.Starred(value=value) | ast.Await(value=value):
                return chosen(value)
            case ast.NamedExpr(value=value) | ast.FormattedValue(value=value):
                return chosen(value)
            case ast.JoinedStr(values=values) | ast.BoolOp(values=values):
                return any(map(chosen, values))
            case ast.BinOp(left=left, right=right):
                return chosen(left) or chosen(right)
            case ast.IfExp(body=body, orelse=orelse):
                return chosen(body) or chosen(orelse)
            case ast.Call(func=func, args=args, keywords=keywords):
                if isinstance(func, ast.Attribute) and chosen(func.value) and func.attr not in _ENDS_CHOICE:
                    return True
                if (isinstance(func, ast.Attribute) and func.attr in ("format", "joinpath")) or self.name(
                    func
                ) in _HANDS_ON:
                    return any(map(chosen, [*args, *(word.value for word in keywords)]))
        return False

    def _is_request(self, node: ast.AST) -> bool:
        return self.name(node) in ("request", "flask.request")

    def is_built(self, node: ast.AST | None) -> bool:
        """Is this a text that is put together of more than constants?"""
        if isinstance(node, ast.Name):
            scope = self.around.get(node, self.tree)
            if scope not in self._built:
                self._built[scope] = frozenset(name for name, value in assignments(scope) if self._is_built(value))
            return node.id in self._built[scope]
        return node is not None and self._is_built(node)

    def _is_built(self, node: ast.AST) -> bool:
        match node:
            case ast.JoinedStr(values=values):
                return any(isinstance(part, ast.FormattedValue) and not is_fixed(part.value) for part in values)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                return is_text(left) and not is_fixed(right)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                texts = is_text(left) or is_text(right) or self._is_built(left) or self._is_built(right)
                return texts and not (is_fixed(left) and is_fixed(right))
            case ast.Call(func=ast.Attribute(value=value, attr="format"), args=args, keywords=keywords):
                parts = [*args, *(word.value for word in keywords)]
                return is_text(value) and not all(is_fixed(part) for part in parts)
        return False


_ENDS_CHOICE = frozenset({"isdigit", "isdecimal", "startswith", "endswith", "keys", "count", "index", "find", "save"})


def is_text(node: ast.AST) -> bool:
    """A text in the source, or several in a row."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return is_text(node.left)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def is_fixed(node: ast.AST) -> bool:
    """A constant, also one by name: NAMES_LIKE_THIS are not changed while running."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper() or name.startswith("__")
        case ast.JoinedStr(values=values):
            return all(is_fixed(part) for part in values)
        case ast.FormattedValue(value=value):
            return is_fixed(value)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(is_fixed(part) for part in parts)
        case ast.BinOp(left=left, right=right):
            return is_fixed(left) and is_fixed(right)
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.GeneratorExp(elt=elt)]):
            return is_fixed(elt)  # ", ".join("?" for _ in values)
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.BinOp(op=ast.Mult(), left=left)]):
            return is_fixed(left)  # ", ".join(["?"] * count)
    return False


def assignments(scope: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Names that get a value in this function, not in those inside it."""
    for node in own_nodes(scope):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        yield target.id, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value):
                yield name, value
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                yield name, value
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                yield name, value


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Everything in a function, but not what is in functions inside it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting = [*ast.iter_child_nodes(node), *waiting]


def routes_of(function: FunctionNode) -> Iterator[tuple[str, ast.Call]]:
    """The route decorators of a view: the method's name and the call."""
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr=name), args=[_, *_]) if name in _ROUTES:
                yield name, decorator


def route_parameters(function: FunctionNode) -> Iterator[str]:
    """The parameters that are texts out of the path."""
    for _, call in routes_of(function):
        path = call.args[0]
        if isinstance(path, ast.Constant) and isinstance(path.value, str):
            yield from _TEXT_PARAMETER.findall(path.value)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value that is handed over by this name."""
    return next((word.value for word in call.keywords if word.arg == name), None)


def is_constant(node: ast.AST | None, value: object) -> bool:
    """Is this exactly the constant `value`?"""
    return isinstance(node, ast.Constant) and node.value is value


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or "."
            for alias in node.names:
                yield alias.asname or alias.name, f"{base}.{alias.name}"
