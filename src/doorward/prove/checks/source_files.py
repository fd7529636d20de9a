"""Files in the app's source: taken past the intakes, given back with a type that somebody else chose."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from doorward.prove.checks.python_walk import Detected, Source, is_constant, keyword

_GIVES = ("send_file", "flask.send_file", "send_from_directory", "flask.send_from_directory")
_ANSWERS = ("Response", "flask.Response", "make_response", "flask.make_response", *_GIVES)
#: A name that ends so is guessed to be nothing that browsers run.
_INERT = re.compile(r"\.(txt|csv|md|png|jpe?g|gif|webp|pdf|zip|docx|xlsx|pptx|json)$")


def of_files(source: Source) -> Iterator[Detected]:
    """Everything that the file tells about files that people send."""
    for node in source.nodes():
        if isinstance(node, ast.Attribute) and node.attr == "files" and _is_request(source, node.value):
            yield Detected("past-intakes", node.lineno, "A file is taken out of the request itself.")
        if isinstance(node, ast.Call):
            name = source.name(node.func)
            yield from _guessed(source, node, name)
            yield from _chosen(source, node, name)
            if name in _GIVES[2:] and node.args and source.is_chosen(node.args[0]):
                yield Detected("path", node.lineno, "send_from_directory() takes a folder that a request chooses.")


def _is_request(source: Source, node: ast.AST) -> bool:
    return source.name(node) in ("request", "flask.request")


def _guessed(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    """A file by a name that a request chooses, whose type is guessed by that name, shown in the page's place."""
    if name not in _GIVES or keyword(call, "mimetype") is not None:
        return
    if is_constant(keyword(call, "as_attachment"), True):
        return
    if any(source.is_chosen(part) and not _ends_inert(part) for part in call.args):
        yield Detected("guessed-type", call.lineno, f"{name.rpartition('.')[2]}() guesses by the name what a file is.")


def _ends_inert(node: ast.expr) -> bool:
    last = node.values[-1] if isinstance(node, ast.JoinedStr) and node.values else node
    return isinstance(last, ast.Constant) and isinstance(last.value, str) and bool(_INERT.search(last.value))


def _chosen(source: Source, call: ast.Call, name: str) -> Iterator[Detected]:
    if name in _ANSWERS and any(source.is_chosen(keyword(call, one)) for one in ("mimetype", "content_type")):
        yield Detected("chosen-type", call.lineno, "An answer has the type that a request names.")
