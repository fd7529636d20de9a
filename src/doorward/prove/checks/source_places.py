"""What stands in the app's source outside of calls: secrets, switches, headers, views that change on GET."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from math import log2

from doorward.prove.checks.python_walk import Detected, Source, is_constant, own_nodes, routes_of
from doorward.prove.checks.source_calls import is_forwarded

_KNOWN = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36}|sk_live_[0-9A-Za-z]{16,}|sk-[0-9A-Za-z-]{32,}|xox[abpr]-[0-9A-Za-z-]{10,}"
    r"|glpat-[0-9A-Za-z_-]{20}|dw_[0-9A-Za-z]{49}|-----BEGIN [A-Z ]*PRIVATE KEY-----|AIza[0-9A-Za-z_-]{35}"
)
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@{<]+:([^\s/@{<$]{4,})@")
_NAMED = re.compile(
    r"(^|_)(secret|secret_key|password|passwd|passphrase|token|api_?key|private_?key|access_?key|credentials?)$", re.I
)
_PASSWORD = re.compile(r"(^|_)(password|passwd|passphrase)$", re.I)
_PLACES = ("os.environ", "environ")
_WRITES = frozenset({"transaction", "grouped", "commit", "write_text", "write_bytes", "unlink", "bulk_save_objects"})


def of_places(source: Source) -> Iterator[Detected]:
    """Everything that is told by what stands somewhere."""
    for node in source.nodes():
        yield from _secrets(source, node)
        yield from _switches(source, node)
        yield from _reads(source, node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _get_writes(source, node)


def _secrets(source: Source, node: ast.AST) -> Iterator[Detected]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 20_000:
        if _KNOWN.search(node.value):
            yield Detected("secret", node.lineno, "This text is a credential.")
        elif (found := _IN_URL.search(node.value)) and not found[1].startswith(("pass", "…", "xxx", "***", "secret")):
            yield Detected("secret", node.lineno, "An address with a password in it.")
        return
    for name, value in _named_values(source, node):
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
            told = name.upper() == "SECRET_KEY" or _is_secret(name, value.value)
            if told:
                yield Detected("secret", value.lineno, f"{name} stands in the source.")


def _named_values(source: Source, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Assign(targets=[target], value=value):
            yield _target(target), value
        case ast.AnnAssign(target=target, value=ast.AST() as value):
            yield _target(target), value
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            for one, other in ((left, right), (right, left)):
                name = _target(one)
                if _PASSWORD.search(name) and isinstance(other, ast.Constant) and len(str(other.value)) >= 4:
                    yield "SECRET_KEY" if isinstance(other.value, str) else "", other


def _target(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _is_secret(name: str, value: str) -> bool:
    """Long and without order, or a password that mixes letters with something else."""
    if not _NAMED.search(name) or " " in value or re.fullmatch(r"[a-z_.:/-]*|[A-Z_]*|[\w-]*\{.*", value):
        return False
    if _PASSWORD.search(name):
        return len(value) >= 6 and bool(re.search(r"[0-9!@#$%^&*]", value)) and bool(re.search("[A-Za-z]", value))
    return len(value) >= 16 and entropy(value) >= 3.2 and bool(re.search("[0-9]", value))


def entropy(text: str) -> float:
    """Bits for each letter."""
    counts = Counter(text).values()
    return -sum(count / len(text) * log2(count / len(text)) for count in counts) if text else 0.0


def _switches(source: Source, node: ast.AST) -> Iterator[Detected]:
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return
    target, value = node.targets[0], node.value
    name = _target(target)
    if name in ("debug", "DEBUG") and is_constant(value, True) and isinstance(target, ast.Attribute | ast.Subscript):
        yield Detected("debug", node.lineno, "Debug mode is switched on.")
    if name == "autoescape" and is_constant(value, False):
        yield Detected("autoescape", node.lineno, "autoescape is switched off.")
    if name == "check_hostname" and is_constant(value, False):
        yield Detected("verify", node.lineno, "check_hostname is switched off.")
    if name == "verify_mode" and source.name(value).endswith("CERT_NONE"):
        yield Detected("verify", node.lineno, "Certificates are not checked (CERT_NONE).")
    if name.lower() == "access-control-allow-origin" and isinstance(value, ast.Constant) and value.value == "*":
        yield Detected("cors", node.lineno, "Access-Control-Allow-Origin is *.")


def _reads(source: Source, node: ast.AST) -> Iterator[Detected]:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.ctx, ast.Load):
        place = source.name(node.value)
        if isinstance(node.slice.value, str) and is_forwarded(node.slice.value) and place not in _PLACES:
            yield Detected("forwarded", node.lineno, f"{node.slice.value} is read.")
    if isinstance(node, ast.Attribute) and node.attr == "access_route":
        yield Detected("forwarded", node.lineno, "access_route is what forwarded headers say.")


def _get_writes(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Detected]:
    """A view that is only for GET, and opens a transaction itself. What it calls is not followed."""
    routes = list(routes_of(function))
    if not routes or not all(_only_get(name, call) for name, call in routes):
        return
    for node in own_nodes(function):
        if isinstance(node, ast.Call):
            last = source.name(node.func).rpartition(".")[2] or getattr(node.func, "attr", "")
            if last in _WRITES:
                yield Detected("get-writes", node.lineno, f"{function.name}() answers GET and calls {last}().")
                return


def _only_get(name: str, call: ast.Call) -> bool:
    if name == "get":
        return True
    methods = next((word.value for word in call.keywords if word.arg == "methods"), None)
    if name != "route":
        return False
    if methods is None:
        return True
    named = [part.value for part in getattr(methods, "elts", []) if isinstance(part, ast.Constant)]
    return bool(named) and set(named) <= {"GET", "HEAD", "OPTIONS"}
